// base/clock.h: the one source of "now".
//
// Rooms take a Clock& and never ask the system themselves, so that a run can be replayed. A Clock may be read from any thread.
#pragma once

#include <atomic>
#include <chrono>

#include "base/time.h"

namespace playhead {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;  // wall time, UTC; may jump as the system's does
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }
};

// Stands still until it is moved: the twin for tests and simulation.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : micros_(to_micros(start)) {}
  Timestamp now() const override { return from_micros(micros_.load(std::memory_order_relaxed)); }
  void advance(Duration span) { micros_.fetch_add(span.count(), std::memory_order_relaxed); }
  void set(Timestamp time) { micros_.store(to_micros(time), std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> micros_;
};

}  // namespace playhead
