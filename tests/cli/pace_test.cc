#include "cli/pace.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace playhead::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Timestamp kStart = from_micros(1'772'366'400'000'000);

TEST(Pace, FirstEventIsDueAtTheStart) {
  const Pace pace{kStart, 0.5};
  EXPECT_EQ(pace.time_of(0), kStart);
  EXPECT_EQ(pace.due(kStart - Duration{1}), 0u);
  EXPECT_EQ(pace.due(kStart), 1u);
  EXPECT_EQ(pace.due(kStart + seconds{2} - Duration{1}), 1u);
  EXPECT_EQ(pace.due(kStart + seconds{2}), 2u);
}

TEST(Pace, HoldsTheRateHoweverCoarseTheSleepsAre) {
  const std::uint64_t seed = 77;
  Random random{seed};
  for (const double rate : {0.7, 1.0, 200.0, 3'333.3, 1e5, 2.5e6}) {
    ManualClock clock{kStart};
    const Pace pace{kStart, rate};
    std::uint64_t sent = 0;
    while (clock.now() < kStart + seconds{10}) {
      sent = pace.due(clock.now());
      clock.advance(Duration{1 + static_cast<std::int64_t>(random.below(90'000))});  // sleeps up to 90 ms too long
    }
    clock.set(kStart + seconds{10} - Duration{1});
    EXPECT_NEAR(static_cast<double>(pace.due(clock.now())), 10 * rate, std::max(1.0, 10 * rate * 1e-6)) << rate;
    EXPECT_LE(sent, pace.due(clock.now()) + 1) << rate << " seed " << seed;
  }
}

TEST(Pace, DueAndTimeOfAgree) {
  const std::uint64_t seed = 78;
  Random random{seed};
  for (int i = 0; i < 2'000; ++i) {
    const double rate = 0.01 + random.unit() * 1e5;
    const Pace pace{kStart, rate};
    const std::uint64_t event = random.below(1'000'000);
    ASSERT_GT(pace.due(pace.time_of(event)), event) << rate << " " << event << " seed " << seed;
    ASSERT_LE(pace.due(pace.time_of(event) - Duration{1}), event) << rate << " " << event << " seed " << seed;
  }
}

TEST(Pace, DoesNotDriftInAYear) {
  const Pace pace{kStart, 3};
  const auto year = std::chrono::days{365};
  EXPECT_EQ(pace.due(kStart + year), 3u * 365 * 86'400 + 1);
}

TEST(Pace, ExtremesEndAtTheirBounds) {
  EXPECT_EQ((Pace{kStart, 1e300}.due(kStart + seconds{1})), Pace::kDueMax);
  EXPECT_GT((Pace{kStart, 1e-300}.time_of(1)), kStart + std::chrono::years{1'000});
  EXPECT_EQ((Pace{kStart, 1e-300}.due(kStart + std::chrono::years{100})), 1u);
}

TEST(ReplayPace, PlaysRecordedTimeFaster) {
  ReplayPace pace{kStart, 60};
  const Timestamp recorded = from_micros(1'541'105'830'796'000);
  EXPECT_EQ(pace.time_of(recorded), kStart);
  EXPECT_EQ(pace.time_of(recorded + std::chrono::minutes{1}), kStart + seconds{1});
  EXPECT_EQ(pace.time_of(recorded + std::chrono::hours{1}), kStart + std::chrono::minutes{1});
}

TEST(ReplayPace, EarlierThanTheFirstAndWithoutTimeIsDueAtOnce) {
  ReplayPace pace{kStart, 1};
  EXPECT_EQ(pace.time_of(kNever), kStart);
  EXPECT_EQ(pace.time_of(from_micros(1'000'000)), kStart);
  EXPECT_EQ(pace.time_of(from_micros(0)), kStart);
  EXPECT_EQ(pace.time_of(from_micros(3'000'000)), kStart + seconds{2});
}

TEST(SteadyClock, StartsAtWallTimeAndGoesOn) {
  const Timestamp before = SystemClock{}.now();
  const SteadyClock clock;
  const Timestamp first = clock.now();
  EXPECT_GE(first, before);
  EXPECT_LT(first - before, seconds{10});
  EXPECT_GE(clock.now(), first);
}

}  // namespace
}  // namespace playhead::cli
