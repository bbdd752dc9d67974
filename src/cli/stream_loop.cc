#include "cli/stream_loop.h"

#include <algorithm>

#include "cli/pace.h"

namespace playhead::cli {
namespace {

constexpr Duration kLongestWait = std::chrono::seconds{1};

}  // namespace

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
