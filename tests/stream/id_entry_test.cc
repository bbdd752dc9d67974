#include "stream/id_entry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>

#include "base/random.h"

namespace playhead::stream {
namespace {

event::EventId numbered(std::uint64_t number) {
  event::EventId id;
  std::memcpy(id.bytes.data() + 8, &number, sizeof number);
  return id;
}

TEST(IdEntry, BitsAreMixedAsSplitMixDoes) {
  // The published first numbers of SplitMix64 from nothing: its state grows by the golden ratio.
  EXPECT_EQ(mix_bits(0x9e3779b97f4a7c15ULL), 0xe220a8397b1dcdafULL);
  EXPECT_EQ(mix_bits(2 * 0x9e3779b97f4a7c15ULL), 0x6e789e6aa1b965f4ULL);
}

TEST(IdEntry, TheMixedFormIsPartOfTheFormatAndNeverChanges) {
  event::EventId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(mixed(id).low, 0x0f0e0d0c0b0a0908ULL);
  EXPECT_EQ(mixed(id).high, mix_bits(0x0706050403020100ULL ^ mix_bits(0x0f0e0d0c0b0a0908ULL)));
  EXPECT_EQ(mixed(id).high, 0xb0e0d09b497e900eULL);  // computed with Python's integers
}

TEST(IdEntry, CountedIdsSpreadEvenlyAndDifferInEitherHalf) {
  constexpr std::size_t kCells = 64;
  std::array<int, kCells> cells{};
  std::set<std::uint64_t> highs;
  for (std::uint64_t number = 0; number < 64'000; ++number) {
    const MixedId id = mixed(numbered(number));
    ++cells[scale(id.high, kCells)];
    highs.insert(id.high);
  }
  EXPECT_EQ(highs.size(), 64'000u);
  EXPECT_GT(*std::ranges::min_element(cells), 850);  // 1000 expected, standard deviation 31
  EXPECT_LT(*std::ranges::max_element(cells), 1150);
  event::EventId other;
  other.bytes[0] = 1;
  EXPECT_NE(mixed(other), mixed(numbered(0)));
}

TEST(IdEntry, AnIdPassesExactlyADayAfterItsBasis) {
  const Timestamp basis = from_micros(1'000'000);
  EXPECT_FALSE(has_passed(basis, kNever));
  EXPECT_FALSE(has_passed(basis, basis));
  EXPECT_FALSE(has_passed(basis, basis + kIdKept - Duration{1}));
  EXPECT_TRUE(has_passed(basis, basis + kIdKept));
  EXPECT_TRUE(has_passed(basis, Timestamp::max()));
}

TEST(IdEntry, TheEndsOfTimeDoNotWrap) {
  EXPECT_EQ(later_by(Timestamp::max() - Duration{5}, kIdKept), Timestamp::max());
  EXPECT_EQ(later_by(kNever, Duration{5}), kNever + Duration{5});
  EXPECT_FALSE(has_passed(Timestamp::max(), Timestamp::max() - Duration{1}));
  EXPECT_FALSE(has_passed(kNever, kNever));
}

TEST(IdEntry, SortsWhateverTheIds) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    std::vector<IdEntry> entries(random.below(seed % 4 == 0 ? 5 : 20'000));
    for (IdEntry& entry : entries) {
      // Also ids that somebody chose so that their upper halves are one, or at the ends.
      const std::uint64_t high = seed % 3 == 0   ? 7
                                 : seed % 3 == 1 ? std::numeric_limits<std::uint64_t>::max() - random.below(3)
                                                 : random.next();
      entry = {{high, random.below(1 << 20)}, from_micros(static_cast<std::int64_t>(random.below(1'000'000)))};
    }
    auto expected = entries;
    const auto by_id = [](const IdEntry& left, const IdEntry& right) { return left.id < right.id; };
    sort_by_id(entries);
    EXPECT_TRUE(std::ranges::is_sorted(entries, by_id));
    const auto in_full = [](const IdEntry& left, const IdEntry& right) {
      return std::pair(left.id, left.basis) < std::pair(right.id, right.basis);
    };
    std::ranges::sort(entries, in_full);
    std::ranges::sort(expected, in_full);
    EXPECT_EQ(entries, expected);
  }
}

}  // namespace
}  // namespace playhead::stream
