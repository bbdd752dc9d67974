// cli/pace.h: when the next event is due.
//
// Both paces work with absolute times: a late event does not delay the ones after it, so the rate is held over any span, however
// coarse the sleeps are. Pure arithmetic on instants that the caller reads from a clock; any thread.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "base/time.h"

namespace playhead::cli {

// Wall time at its birth, and from then on the steady clock's pace: a change of the system's clock changes no rate.
class SteadyClock final : public Clock {
 public:
  SteadyClock();
  Timestamp now() const override;

 private:
  Timestamp wall_start_;
  std::chrono::steady_clock::time_point steady_start_;
};

// A fixed number of events per second: event n (from 0) is due at start + n / rate.
class Pace {
 public:
  Pace(Timestamp start, double per_second) : start_(start), per_second_(per_second) {}  // per_second > 0

  Timestamp time_of(std::uint64_t event) const;
  // How many events are due at `now`: the event times at or before it. Never above kDueMax.
  std::uint64_t due(Timestamp now) const;

  static constexpr std::uint64_t kDueMax = std::uint64_t{1} << 53;  // doubles count exactly up to here

 private:
  Timestamp start_;
  double per_second_;
};

// Recorded time played `speed` times as fast. The first event is due at once; one earlier than the first, too.
class ReplayPace {
 public:
  ReplayPace(Timestamp start, double speed) : start_(start), speed_(speed) {}  // speed > 0

  Timestamp time_of(Timestamp event_time);

 private:
  Timestamp start_;
  double speed_;
  Timestamp first_ = kNever;
};

}  // namespace playhead::cli
