// cli/lake_place.h: where a topic's raw lake lies, and whether a job is the one to write it.
//
//   <data>/lake/<topic>/   the lake; it belongs to the first job that wrote it, which its manifest names
//   <data>/rejected/<job>/ the job's tables of late events and dead letters
// Threads: main thread. Fails: as the files that are read; kInvalid where a job insists on a lake that is another's.
#pragma once

#include <optional>
#include <string>

#include "cli/workspace.h"
#include "sink/lake.h"

namespace playhead::cli {

enum class LakeWish {
  kAuto,  // write it unless it is another job's
  kOn,    // write it, or fail
  kOff,
};

std::string lake_folder(const Workspace& workspace, const std::string& topic);
std::string rejects_folder(const Workspace& workspace, const std::string& job);

struct LakeOwner {
  std::string job;
  sink::LakeLayout layout = sink::LakeLayout::kPadded;
};
// Whose lake this is; nullopt where there is none yet.
Result<std::optional<LakeOwner>> lake_owner(Workspace& workspace, const std::string& topic);

// The folder of the lake that `job` writes; empty: none. `note` is what to tell the user about it, if anything.
struct LakeChoice {
  std::string folder;
  sink::LakeLayout layout = sink::LakeLayout::kPadded;
  std::string note;
};
// A lake that is there keeps its layout; a new one gets `layout`. kInvalid where the two differ and `layout` is given.
Result<LakeChoice> choose_lake(Workspace& workspace, const std::string& topic, const std::string& job, LakeWish wish,
                               std::optional<sink::LakeLayout> layout = std::nullopt);

}  // namespace playhead::cli
