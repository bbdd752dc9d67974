// The world of a pipeline in a test: one thread does all the work, and there are no time zones but UTC.
#pragma once

#include "pipeline/environment.h"

namespace playhead::pipeline {

inline Environment in_one_thread(io::FileSystem& files, log::Log& log, const Clock& clock) {
  return {.files = files,
          .log = log,
          .clock = clock,
          .zone_named = [](const std::string&) -> Result<const TimeZone*> { return nullptr; },
          .run_each =
              [](std::size_t count, const std::function<void(std::size_t)>& work) {
                for (std::size_t i = 0; i < count; ++i) work(i);
              }};
}

}  // namespace playhead::pipeline
