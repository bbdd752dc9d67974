#include "cli/stream_loop.h"

#include <algorithm>

#include "cli/pace.h"

namespace playhead::cli {
namespace {

constexpr Duration kLongestWait = std::chrono::seconds{1};

constexpr Duration kTellEvery = std::chrono::seconds{2};
constexpr Duration kIdlePause = std::chrono::milliseconds{100};

// One process of several that share a job.
class SharedLoop {
 public:
  SharedLoop(std::unique_ptr<pipeline::Pipeline>& pipeline, const SharedJob& job, const LoopOptions& options, const Interrupt& interrupt)
      : pipeline_(pipeline), job_(job), options_(options), interrupt_(interrupt) {}

  Result<LoopReport> run(const std::function<bool(const pipeline::Progress&)>& stepped) {
    const Timestamp start = clock_.now();
    bool end = false;
    while (!interrupt_.requested() && !end) {
      auto progress = turn();
      if (!progress && progress.error().kind == ErrorKind::kFenced) {
        TRY(begin_anew(progress.error()));
        continue;
      }
      if (!progress) return std::unexpected(progress.error());
      report_.records += progress->records;
      end = !stepped(*progress);
      if (end) break;
      TRY_ASSIGN(end, rest(*progress));
    }
    if (end && !interrupt_.requested()) TRY(pipeline_->drain());
    TRY(leave());
    report_.seconds = static_cast<double>((clock_.now() - start).count()) / 1e6;
    return report_;
  }

 private:
  Result<pipeline::Progress> turn() {
    turned_at_ = clock_.now();
    TRY(job_.group.poll([this](const std::vector<Partition>& partitions) { return pipeline_->assign(partitions); }));
    TRY(assign_what_is_missing());
    TRY_ASSIGN(const pipeline::Progress progress, pipeline_->step());
    if (turned_at_ - told_at_ >= kTellEvery) {
      told_at_ = turned_at_;
      job_.group.tell_progress(pipeline_->positions());
    }
    return progress;
  }

  // Another process has claimed what this one had: nothing more of it was published.
  Status begin_anew(const Error& cause) {
    job_.note("refused to publish, since another process has taken over: " + cause.message + ". Going on with what the group assigns");
    pipeline_.reset();
    TRY_ASSIGN(pipeline_, job_.join());
    return {};
  }

  // After a new beginning: if the group still takes this process for the owner, it is; else the group will soon say what is this one's.
  Status assign_what_is_missing() {
    if (pipeline_->assigned() == job_.group.assigned()) return {};
    const auto owner = job_.group.is_owner();
    if (owner && *owner) return pipeline_->assign(job_.group.assigned());
    interrupt_.sleep(kIdlePause);
    return {};
  }

  // Until there is something to do. True: there never will be.
  Result<bool> rest(const pipeline::Progress& progress) {
    if (progress.more) return false;
    if (options_.until_idle) return is_idle(progress);
    if (progress.records == 0) TRY(pipeline_->reader().wait(std::min(options_.trigger, kLongestWait)));
    interrupt_.sleep(options_.trigger - (clock_.now() - turned_at_));
    return false;
  }

  Result<bool> is_idle(const pipeline::Progress& progress) {
    if (progress.records > 0) return false;
    TRY_ASSIGN(const bool done, is_done());
    if (!done) interrupt_.sleep(kIdlePause);
    return done;
  }

  // Who does not commit waits until the job is finished: who commits may be dead, and this one the next, with open windows to publish.
  Result<bool> is_done() {
    TRY_ASSIGN(const std::uint64_t lag, pipeline_->lag());
    if (lag > 0) return false;
    const Status saved = pipeline_->checkpoint();
    TRY(fenced_is_fine(saved));
    if (!saved || job_.group.assigned().empty() || !pipeline_->is_taken()) return false;
    if (pipeline_->commits()) return true;
    return pipeline_->is_finished();
  }

  // What another process has taken over meanwhile is its own.
  Status leave() {
    TRY(fenced_is_fine(pipeline_->checkpoint()));
    job_.group.tell_progress(pipeline_->positions());
    return job_.group.leave([](const std::vector<Partition>&) -> Status { return {}; });
  }
  static Status fenced_is_fine(const Status& status) { return status || status.error().kind != ErrorKind::kFenced ? status : Status{}; }

  std::unique_ptr<pipeline::Pipeline>& pipeline_;
  const SharedJob& job_;
  const LoopOptions& options_;
  const Interrupt& interrupt_;
  const SteadyClock clock_;
  Timestamp turned_at_;
  Timestamp told_at_;
  LoopReport report_;
};

}  // namespace

Result<LoopReport> run_shared_loop(std::unique_ptr<pipeline::Pipeline>& pipeline, const SharedJob& job, const LoopOptions& options,
                                   const Interrupt& interrupt, const std::function<bool(const pipeline::Progress&)>& stepped) {
  return SharedLoop(pipeline, job, options, interrupt).run(stepped);
}

Result<LoopReport> run_loop(pipeline::Pipeline& pipeline, const LoopOptions& options, const Interrupt& interrupt,
                            const std::function<bool(const pipeline::Progress&)>& stepped) {
  const SteadyClock clock;
  const Timestamp start = clock.now();
  LoopReport report;
  bool drain = false;
  while (!interrupt.requested() && !drain) {
    const Timestamp step_start = clock.now();
    TRY_ASSIGN(const pipeline::Progress progress, pipeline.step());
    report.records += progress.records;
    drain = !stepped(progress);
    if (progress.more || drain) continue;
    if (options.until_idle) {
      drain = progress.records == 0;
      continue;
    }
    if (progress.records == 0) TRY(pipeline.reader().wait(kLongestWait));
    interrupt.sleep(options.trigger - (clock.now() - step_start));
  }
  if (drain && !interrupt.requested()) TRY(pipeline.drain());
  TRY(pipeline.checkpoint());
  report.seconds = static_cast<double>((clock.now() - start).count()) / 1e6;
  return report;
}

}  // namespace playhead::cli
