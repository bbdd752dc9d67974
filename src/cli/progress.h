// cli/progress.h: one line on standard error that is written over, so that a long run shows it is alive.
//
// Shown only where standard error is a terminal and the answer is not JSON, from the first second on, at most five times a second.
// Threads: main thread. Fails: never.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/time.h"

namespace playhead::cli {

class Progress {
 public:
  // `what` is counted ("plays"); `total` 0: not known.
  Progress(std::string what, std::uint64_t total, bool json);
  ~Progress();  // clears the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // What `more` gives stands at the end of the line; it is only asked when the line is shown.
  void show(std::uint64_t count, Timestamp now, const std::function<std::string()>& more = {});

 private:
  std::string what_;
  std::uint64_t total_;
  bool shown_on_terminal_;
  bool dirty_ = false;
  Timestamp start_ = kNever;
  Timestamp next_ = kNever;
};

}  // namespace playhead::cli
