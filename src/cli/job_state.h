// cli/job_state.h: how far a job has come, seen from outside while it runs or not.
//
// Read from the job's journals, from the manifests of its tables, and from the log; nothing is claimed or changed. No row is read.
// Threads: any. Fails: kNotFound for a job that has no checkpoint; else as what it reads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/stream_job.h"
#include "cli/workspace.h"
#include "pipeline/pipeline.h"

namespace playhead::cli {

struct JobPartition {
  Partition partition;
  Offset next;            // processed up to here
  std::uint64_t lag = 0;  // records that can be read beyond it
  Timestamp watermark = kNever;
  bool idle = false;
  Epoch epoch;
};

struct JobState {
  pipeline::JobIdentity identity;
  std::string checkpoint;
  std::string output;           // windows_of() the job
  std::optional<bool> running;  // nullopt: this user may only read, and so can not look
  bool topic_missing = false;   // deleted, or made anew: lag is not known
  std::vector<JobPartition> partitions;
  stream::Tally tally;         // of all that is processed
  pipeline::Ledger published;  // as of the newest commit of the output

  std::uint64_t lag() const;
  std::string_view activity() const;  // "running", "not running"
};

Result<JobState> state_of(Workspace& workspace, const std::string& checkpoint);

// Where the job's windows are: in the data folder if any are there, else where it last published. The path that the checkpoint remembers
// may be of another place, where the data folder was moved or copied since.
Result<std::string> windows_of(Workspace& workspace, const std::string& job, const std::string& checkpoint);

// The job for a command that needs it stopped, and keeps it stopped meanwhile. kBusy where a process streams it.
Result<std::unique_ptr<StreamJob>> hold_stopped(Workspace& workspace, const JobPlace& place);

// A table of rows that the job writes, as the ledger of its newest commit has it.
struct RowTable {
  std::string folder;
  std::uint64_t commit = 0;   // the number of its newest manifest
  std::uint64_t records = 0;  // that it has taken in: what became no row of it counts too
  bool missing = false;       // it is gone, though the job has written it
  std::uint64_t behind = 0;   // records that the job has processed, but not yet committed here
};

// The folder of the lake of the job's topic, where the job writes one; empty where there is none, or it is another job's. If the job has
// written one and it is gone, this is where it was.
Result<std::string> lake_folder_of(Workspace& workspace, const JobState& state);

// The job's lake; nullopt where it has none.
Result<std::optional<RowTable>> lake_of(Workspace& workspace, const JobState& state);
// Late events, duplicates and dead letters; nullopt before the first commit.
Result<std::optional<RowTable>> rejects_of(Workspace& workspace, const JobState& state);

}  // namespace playhead::cli
