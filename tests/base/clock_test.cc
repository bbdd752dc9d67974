#include "base/clock.h"

#include <gtest/gtest.h>

#include <chrono>

namespace playhead {
namespace {

TEST(Clock, TheSystemsIsBetweenTwoReadingsOfIt) {
  const SystemClock clock;
  const auto before = std::chrono::system_clock::now();
  const Timestamp now = clock.now();
  const auto after = std::chrono::system_clock::now();
  EXPECT_GE(now, std::chrono::floor<Duration>(before));
  EXPECT_LE(now, after);
}

TEST(Clock, TheManualStandsUntilItIsMoved) {
  ManualClock clock(from_micros(5));
  EXPECT_EQ(clock.now(), from_micros(5));
  EXPECT_EQ(clock.now(), from_micros(5));
  clock.advance(std::chrono::seconds{1});
  EXPECT_EQ(clock.now(), from_micros(1'000'005));
  clock.set(from_micros(-3));
  const Clock& seen = clock;
  EXPECT_EQ(seen.now(), from_micros(-3));
}

}  // namespace
}  // namespace playhead
