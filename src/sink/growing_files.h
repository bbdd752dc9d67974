// sink/growing_files.h: files of a published folder that grow with each commit until they are large enough.
//
// A place is a folder beneath the root ("late", "year=2018/month=11/day=02/hour=05"). In each, every partition has one open file at
// most: the newest of its name, "p<partition>-<offset of its first row, 20 digits>.parquet", until it has its size. More rows make a
// new version of it (table/parquet_extension.h), which takes the old one's place in the folder's next commit; then the next begins. So
// small commits do not make many small files. Which file is open is found by listing the place, so nothing needs to be stored.
//
// Memory:  the bytes of one call's rows in a file; the open files of the last few places used, as names. Borrows all it is given.
// Threads: one owner at a time.
// Fails:   as the file system and the folder; kInvalid where an open file has other columns; kCorrupt for a damaged one. After a failure,
//          and after a failed commit of the folder: forget(), then add the same rows, or more, again.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/strong.h"
#include "io/file_system.h"
#include "table/published_folder.h"
#include "table/rows.h"

namespace playhead::sink {

class GrowingFiles {
 public:
  struct Options {
    std::uint64_t file_bytes_target = std::uint64_t{16} << 20;  // a file that has them grows no more: a commit copies what is there
    std::size_t remembered = 1024;                              // places and partitions whose open file is not looked up again, about
  };

  // `root` is the path of the folder.
  GrowingFiles(io::FileSystem& files, std::string root, table::PublishedFolder& folder, Options options);

  // Adds rows to the folder's next commit: at most once per place and partition in one commit. `first` is the offset of the first row;
  // it is higher than those of all rows that are there.
  Status add(const std::string& place, Partition partition, Offset first, const table::Rows& rows);

  // Adds a whole file of encoded rows to the folder's next commit, beside the open one. `first` as above.
  Status add_file(const std::string& place, Partition partition, Offset first, std::string_view bytes);

  // Looks every place up again before it is used. For when a commit failed, or somebody else changed the folder.
  void forget();

 private:
  struct OpenFile {
    std::string name;  // relative to the root; empty: there is none
    std::uint64_t bytes = 0;
  };
  using OpenFiles = std::map<std::string, OpenFile>;  // by place and what names start with

  Result<OpenFile> look_up(const std::string& place, const std::string& start) const;
  Status write(const std::string& name, std::string_view bytes);
  Status extend(OpenFile& open, const table::Rows& rows);
  void remember(const std::string& key, OpenFile open);

  io::FileSystem& files_;
  std::string root_;
  table::PublishedFolder& folder_;
  Options options_;
  OpenFiles recent_;  // when half of what may be remembered is here, it becomes `older_`, and what was there is forgotten
  OpenFiles older_;
};

}  // namespace playhead::sink
