#include "stream/watermark.h"

#include <gtest/gtest.h>

#include <array>

namespace playhead::stream {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kNoon = from_micros(1'541'073'600'000'000);  // 2018-11-01T12:00:00Z

TEST(Watermark, IsTheHighestTimeMinusTheDisorder) {
  PartitionClock clock({});
  EXPECT_EQ(clock.watermark(), kNever);
  EXPECT_EQ(clock.observe(kNoon), Disposition::kOnTime);
  EXPECT_EQ(clock.watermark(), kNoon - seconds{10});
  clock.observe(kNoon - seconds{5});
  EXPECT_EQ(clock.watermark(), kNoon - seconds{10}) << "it never goes back";
}

TEST(Watermark, JudgesAnEventByTheEventsBeforeIt) {
  PartitionClock clock({});
  clock.observe(kNoon);
  // The watermark is 11:59:50, so the window that ends at 11:59:00 has ended, that of 12:00:00 has not.
  EXPECT_EQ(clock.observe(kNoon - minutes{1}), Disposition::kOnTime) << "its window ends at 12:00:00";
  EXPECT_EQ(clock.observe(kNoon - minutes{1} - seconds{1}), Disposition::kRestated) << "its window ended at 11:59:00";
  // The window of 10:58:30 ended at 10:59:00, 60 min 50 s before the watermark.
  EXPECT_EQ(clock.observe(kNoon - minutes{61} - seconds{30}), Disposition::kLate);
  EXPECT_EQ(clock.observe(kNoon - minutes{60} - seconds{30}), Disposition::kRestated) << "59 min 50 s before the watermark";
}

TEST(Watermark, AWindowThatEndsAtTheWatermarkHasEnded) {
  PartitionClock clock({.disorder = Duration{0}});
  clock.observe(kNoon);
  EXPECT_EQ(clock.observe(kNoon - seconds{1}), Disposition::kRestated);
}

TEST(Watermark, LatenessIsLessThanAllowedAndNotMore) {
  PartitionClock clock({.disorder = Duration{0}, .lateness = minutes{5}});
  clock.observe(kNoon);
  EXPECT_EQ(clock.observe(kNoon - minutes{6}), Disposition::kLate) << "its window ended exactly 5 min ago";
  EXPECT_EQ(clock.observe(kNoon - minutes{6} + Duration{60'000'000}), Disposition::kRestated);
}

TEST(Watermark, FutureIsMoreThanTheBoundAheadOfIngestTime) {
  const TimeRules rules;
  EXPECT_FALSE(PartitionClock::is_future(kNoon + minutes{5}, kNoon, rules));
  EXPECT_TRUE(PartitionClock::is_future(kNoon + minutes{5} + Duration{1}, kNoon, rules));
}

TEST(JobWatermark, IsTheLowestOfThoseThatAreNotIdle) {
  const std::array partitions = {PartitionProgress{kNoon, false}, PartitionProgress{kNoon - minutes{3}, false},
                                 PartitionProgress{kNoon - minutes{9}, true}};
  EXPECT_EQ(job_watermark(partitions, kNever), kNoon - minutes{3});
}

TEST(JobWatermark, IsTheHighestWhenAllAreIdle) {
  const std::array partitions = {PartitionProgress{kNoon, true}, PartitionProgress{kNoon - minutes{3}, true}};
  EXPECT_EQ(job_watermark(partitions, kNever), kNoon);
}

TEST(JobWatermark, NeverGoesBackAndWaitsForAPartitionWithoutEvents) {
  const std::array partitions = {PartitionProgress{kNoon, false}, PartitionProgress{kNever, false}};
  EXPECT_EQ(job_watermark(partitions, kNever), kNever);
  EXPECT_EQ(job_watermark(partitions, kNoon - minutes{1}), kNoon - minutes{1});
}

}  // namespace
}  // namespace playhead::stream
