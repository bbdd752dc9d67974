// cli/job_state.h: how far a job has come, seen from outside while it runs or not.
//
// Read from the job's journals, from the manifest of its output, and from the log; nothing is claimed or changed.
// Threads: any. Fails: kNotFound for a job that has no checkpoint; else as what it reads.
#pragma once

#include <optional>
#include <string>
#include <vector>

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
  std::string output;
  bool running = false;
  bool topic_missing = false;  // deleted, or made anew: lag is not known
  std::vector<JobPartition> partitions;
  stream::Tally tally;         // of all that is processed
  pipeline::Ledger published;  // as of the newest commit of the output

  std::uint64_t lag() const;
};

Result<JobState> state_of(Workspace& workspace, const std::string& checkpoint);

}  // namespace playhead::cli
