#include "simulate/arrivals.h"

#include <gtest/gtest.h>

#include <cmath>

namespace playhead::simulate {
namespace {

ServiceOptions growing(double growth, std::uint32_t listeners, std::uint64_t seed) {
  ServiceOptions options;
  options.seed = seed;
  options.listeners = listeners;
  options.growth = growth;
  return options;
}

double arrivals_until(const ServiceOptions& options, double years) {
  const Timestamp end = options.start + Duration{static_cast<std::int64_t>(years * kYearMicros)};
  Arrivals arrivals(options);
  double count = 0;
  for (Timestamp before = options.start; arrivals.next_time() < end; arrivals.pop(), ++count) {
    EXPECT_GE(arrivals.next_time(), before);
    before = arrivals.next_time();
  }
  return count;
}

// A Yule process of N: mean N exp(rt), variance N exp(rt) (exp(rt) - 1).
void expect_grown(double arrived, double listeners, double factor) {
  EXPECT_NEAR(arrived, listeners * (factor - 1), 5 * std::sqrt(listeners * factor * (factor - 1)));
}

TEST(Arrivals, GrowthIsWhatAYearAdds) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    expect_grown(arrivals_until(growing(10, 2'000, seed), 1), 2'000, 11);
    expect_grown(arrivals_until(growing(0.5, 2'000, seed), 2), 2'000, 2.25);
  }
}

TEST(Arrivals, EventsimCountsGrowthAsARate) {
  ServiceOptions options = growing(10, 5'000, 3);
  options.compat_eventsim = true;
  const double month = 30 / 365.25;
  expect_grown(arrivals_until(options, month), 5'000, std::exp(10 * month));  // 2.27 times as many after thirty days
}

TEST(Arrivals, NobodyComesWithoutGrowthOrListeners) {
  EXPECT_EQ(Arrivals(growing(0, 1'000, 1)).next_time(), Timestamp::max());
  EXPECT_EQ(Arrivals(growing(10, 0, 1)).next_time(), Timestamp::max());
}

TEST(Arrivals, AreBounded) {
  Arrivals arrivals(growing(1'000, kListenersMax - 3, 1));
  for (int arrival = 0; arrival < 3; ++arrival) {
    EXPECT_LT(arrivals.next_time(), Timestamp::max());
    arrivals.pop();
  }
  EXPECT_EQ(arrivals.next_time(), Timestamp::max());
}

}  // namespace
}  // namespace playhead::simulate
