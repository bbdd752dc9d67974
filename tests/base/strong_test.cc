#include "base/strong.h"

#include <gtest/gtest.h>

#include <concepts>
#include <type_traits>
#include <unordered_set>

namespace playhead {
namespace {

template <typename Left, typename Right>
concept Comparable = requires(Left left, Right right) { left == right; };

static_assert(!std::is_convertible_v<Offset, Epoch>);
static_assert(!std::is_convertible_v<std::uint64_t, Offset>);
static_assert(!std::is_convertible_v<Offset, std::uint64_t>);
static_assert(!Comparable<Offset, Epoch>);
static_assert(sizeof(Partition) == sizeof(std::uint32_t) && sizeof(Offset) == sizeof(std::uint64_t));

TEST(Strong, IsOrderedAsItsNumber) {
  EXPECT_LT(Offset{3}, Offset{4});
  EXPECT_EQ(Offset{3}.next(), Offset{4});
  EXPECT_EQ(Offset{}, Offset{0});
}

TEST(Strong, IsAKey) {
  const std::unordered_set<Partition> partitions{Partition{1}, Partition{2}, Partition{1}};
  EXPECT_EQ(partitions.size(), 2u);
}

TEST(Strong, ARangeCountsItsRecords) {
  const OffsetRange range{Offset{10}, Offset{25}};
  EXPECT_EQ(range.count(), 15u);
  EXPECT_FALSE(range.empty());
  EXPECT_TRUE((OffsetRange{Offset{7}, Offset{7}}).empty());
  EXPECT_NE(range, (OffsetRange{Offset{10}, Offset{26}}));
}

}  // namespace
}  // namespace playhead
