#include "cli/pace.h"

#include <algorithm>
#include <cmath>

namespace playhead::cli {
namespace {

// Far enough to wait for ever, near enough to add to any wall time of today.
constexpr double kSpanMicrosMax = 1e18;

Duration span_of(double micros) { return Duration{static_cast<std::int64_t>(std::clamp(std::ceil(micros), 0.0, kSpanMicrosMax))}; }

}  // namespace

SteadyClock::SteadyClock() : wall_start_(SystemClock{}.now()), steady_start_(std::chrono::steady_clock::now()) {}

Timestamp SteadyClock::now() const {
  return wall_start_ + std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - steady_start_);
}

Timestamp Pace::time_of(std::uint64_t event) const { return start_ + span_of(static_cast<double>(event) * 1e6 / per_second_); }

std::uint64_t Pace::due(Timestamp now) const {
  if (now < start_) return 0;
  const double estimate = static_cast<double>((now - start_).count()) * per_second_ / 1e6;
  if (estimate >= static_cast<double>(kDueMax)) return kDueMax;
  // time_of() rounds; asking it makes the two agree, so that who sleeps until time_of(n) finds n due.
  auto count = static_cast<std::uint64_t>(estimate);
  while (count > 0 && time_of(count - 1) > now) --count;
  if (per_second_ > 1e6) return count + 1;  // many events share a microsecond: to the microsecond, all of them are due
  while (time_of(count) <= now) ++count;
  return count;
}

Timestamp ReplayPace::time_of(Timestamp event_time) {
  if (event_time == kNever) return start_;
  if (first_ == kNever) first_ = event_time;
  return start_ + span_of(static_cast<double>((event_time - first_).count()) / speed_);
}

}  // namespace playhead::cli
