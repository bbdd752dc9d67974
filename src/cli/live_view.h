// cli/live_view.h: a running job as a few lines that change in place: rates, watermark, lag, top genres of this minute.
//
// On a terminal the lines are drawn over, at most twice a second; elsewhere one plain line is printed every five seconds.
// Threads: main thread. Fails: never.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "cli/output.h"
#include "pipeline/pipeline.h"

namespace playhead::cli {

class LiveView {
 public:
  // Shows nothing with --json. `until` is when the demo ends.
  LiveView(Output& output, Timestamp now, Timestamp until);

  void show(pipeline::Pipeline& pipeline, Timestamp now, bool even_if_early = false);

 private:
  std::string lines_of(pipeline::Pipeline& pipeline, Timestamp now);

  Output& output_;
  bool terminal_;
  Timestamp until_;
  Timestamp next_;
  Timestamp last_;
  std::uint64_t last_records_ = 0;
  double rate_ = 0;
  int drawn_ = 0;  // lines to draw over
};

}  // namespace playhead::cli
