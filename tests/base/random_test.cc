#include "base/random.h"

#include <gtest/gtest.h>

#include <array>

namespace playhead {
namespace {

// The first numbers of SplitMix64 as its authors' reference program gives them.
TEST(Random, GivesTheNumbersOfSplitMix64) {
  Random zero(0);
  EXPECT_EQ(zero.next(), 0xe220a8397b1dcdafULL);
  EXPECT_EQ(zero.next(), 0x6e789e6aa1b965f4ULL);
  EXPECT_EQ(zero.next(), 0x06c45d188009454fULL);
  Random other(1234567);
  for (const std::uint64_t expected :
       {6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL, 4593380528125082431ULL, 16408922859458223821ULL}) {
    EXPECT_EQ(other.next(), expected);
  }
}

TEST(Random, BelowStaysBelowAndReachesAll) {
  Random random(1);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts.at(random.below(7));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, UnitIsInItsHalfOpenInterval) {
  Random random(2);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double unit = random.unit();
    ASSERT_GE(unit, 0.0);
    ASSERT_LT(unit, 1.0);
    sum += unit;
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 0.005);
  EXPECT_FALSE(random.chance(0));
  EXPECT_TRUE(random.chance(1));
}

TEST(Random, AForkIsAStreamOfItsOwn) {
  Random parent(3);
  Random child = parent.fork();
  Random again(3);
  EXPECT_EQ(again.fork().next(), child.next());
  EXPECT_NE(parent.next(), child.next());
}

}  // namespace
}  // namespace playhead
