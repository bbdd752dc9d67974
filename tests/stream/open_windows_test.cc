#include "stream/open_windows.h"

#include <gtest/gtest.h>

namespace playhead::stream {
namespace {

constexpr Duration kMinute = std::chrono::minutes{1};
constexpr Timestamp minute(std::int64_t number) { return from_micros(number * 60'000'000); }

TEST(OpenWindows, AddsUpAndGivesOutTheEndedOnes) {
  OpenWindows open(kMinute, 100);
  ASSERT_TRUE(open.add({minute(1), "rock", 2}));
  ASSERT_TRUE(open.add({minute(0), "rock", 1}));
  ASSERT_TRUE(open.add({minute(0), "jazz", 5}));
  ASSERT_TRUE(open.add({minute(0), "rock", 10}));
  EXPECT_EQ(open.plays(), 18u);
  EXPECT_EQ(open.entries(), 3u);
  EXPECT_FALSE(open.any_ends_by(minute(1) - Duration{1}));
  EXPECT_TRUE(open.any_ends_by(minute(1)));
  const std::vector<Increase> ended = {{minute(0), "jazz", 5}, {minute(0), "rock", 11}};
  EXPECT_EQ(open.take_through(minute(1)), ended);
  EXPECT_EQ(open.plays(), 2u);
  const std::vector<Increase> rest = {{minute(1), "rock", 2}};
  EXPECT_EQ(open.rows(), rest);
  EXPECT_EQ(open.rows_of(minute(1)), rest);
  EXPECT_TRUE(open.rows_of(minute(7)).empty());
  EXPECT_EQ(open.last_end(), minute(2));
}

TEST(OpenWindows, RefusesMoreThanItsBoundAndStaysAsItWas) {
  OpenWindows open(kMinute, 2);
  ASSERT_TRUE(open.add({minute(0), "a", 1}));
  ASSERT_TRUE(open.add({minute(0), "b", 1}));
  const Status refused = open.add({minute(0), "c", 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kLimit);
  EXPECT_TRUE(open.add({minute(0), "b", 1})) << "a pair that is there may grow";
  EXPECT_EQ(open.plays(), 3u);
  open.take_through(minute(1));
  EXPECT_TRUE(open.add({minute(5), "c", 1})) << "there is room again";
}

TEST(OpenWindows, NothingOpenEndsNever) {
  OpenWindows open(kMinute, 2);
  EXPECT_EQ(open.last_end(), kNever);
  EXPECT_FALSE(open.any_ends_by(Timestamp::max()));
}

}  // namespace
}  // namespace playhead::stream
