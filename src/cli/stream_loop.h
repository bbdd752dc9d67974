// cli/stream_loop.h: drives a pipeline in real time: when to step, when to sleep, when to stop.
//
// While records wait it steps at once; else it sleeps until the log is written to, but steps at most once per trigger, so that what comes
// within a trigger is one epoch. At an Interrupt the step under way is finished, everything is made durable, and it returns.
// Threads: main thread. Fails: as the pipeline; nothing is lost or doubled by starting again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "cli/interrupt.h"
#include "log/group.h"
#include "pipeline/pipeline.h"

namespace playhead::cli {

struct LoopOptions {
  Duration trigger = std::chrono::seconds{1};
  bool until_idle = false;  // stop when all is read, and publish the open windows
};

struct LoopReport {
  std::uint64_t records = 0;  // processed
  double seconds = 0;
};

// `stepped` is called after each step, and about once a second while nothing comes; it returns false to ask for the end, as until_idle
// ends.
Result<LoopReport> run_loop(pipeline::Pipeline& pipeline, const LoopOptions& options, const Interrupt& interrupt,
                            const std::function<bool(const pipeline::Progress&)>& stepped);

// A job that several processes share: each works on the partitions that the group gives it, as long as it gives them.
struct SharedJob {
  log::Group& group;
  std::function<Result<std::unique_ptr<pipeline::Pipeline>>()> join;  // makes a pipeline without partitions
  std::function<void(const std::string&)> note;                       // for the user
};

// As run_loop(), with `pipeline` replaced by another where this one's partitions were taken over by others. With until_idle each process
// stops when its own partitions are read and all that came of them is in the tables. Leaves the group.
Result<LoopReport> run_shared_loop(std::unique_ptr<pipeline::Pipeline>& pipeline, const SharedJob& job, const LoopOptions& options,
                                   const Interrupt& interrupt, const std::function<bool(const pipeline::Progress&)>& stepped);

}  // namespace playhead::cli
