// simulate/arrivals.h: when new listeners come to a service that grows.
//
// A Yule process: each listener that is there brings another one at the same rate, so that growth compounds. With N listeners and a rate
// r the next arrival comes after an exponential time of mean 1 / (N r); after a time t they are N exp(r t) in the mean. Those that leave
// are not taken off, so arrivals follow from the options alone, and every share of a service sees the same ones.
//
// Limits:  kListenersMax listeners in all; then nobody comes any more. Threads: one owner at a time. Memory: the next arrival only.
// Fails:   never.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "base/time.h"
#include "simulate/world.h"

namespace playhead::simulate {

inline constexpr std::uint64_t kListenersMax = 100'000'000;

class Arrivals {
 public:
  explicit Arrivals(const ServiceOptions& options);

  Timestamp next_time() const { return next_; }  // Timestamp::max(): nobody comes any more
  void pop();

 private:
  void draw_next(Timestamp from);

  Random random_;
  double rate_;            // of one listener, per microsecond
  std::uint64_t present_;  // all that came
  Timestamp next_;
};

// How many listeners one listener brings in a year: the logarithm of what the service grows by in a year. eventsim takes the growth
// itself for it, so its growth of 10 comes to 22,000 times as many after a year.
double yearly_rate_of(const ServiceOptions& options);
inline constexpr double kYearMicros = 365.25 * 86'400e6;

}  // namespace playhead::simulate
