// pipeline/committed_files.h: the Parquet files of a published folder as its newest manifest has them.
//
// A writer that was killed after a commit may have left files in its staging root that the next writer will give their names
// (docs/table-format.md). Who checks what is committed, and not what a glob sees, reads those in place of the older versions.
//
// Threads: any; a read. A writer may be at work: a path may be gone when it is opened (kNotFound), then ask again.
// Fails:   as table::PublishedFolder::newest; kIo.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "table/manifest.h"

namespace playhead::pipeline {

struct CommittedFile {
  std::string name;  // visible, relative to the folder
  std::string path;  // where its bytes are
};

struct CommittedFiles {
  std::optional<table::Manifest> manifest;  // nullopt: nobody has written here
  std::vector<CommittedFile> files;         // by name
  std::vector<std::string> unnamed;         // those that still lie in the staging root
  std::vector<std::string> lost;            // those that should be on their way and are nowhere
};

Result<CommittedFiles> committed_files(io::FileSystem& files, const std::string& folder);

}  // namespace playhead::pipeline
