#include "stream/id_table.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/random.h"

namespace playhead::stream {
namespace {

constexpr Timestamp kNoon = from_micros(1'000'000'000'000);

TEST(IdTable, RemembersUntilTheIdHasPassed) {
  IdTable table(1);
  table.reserve_more(4);
  EXPECT_FALSE(table.remember({1, 2}, kNoon, kNever));
  EXPECT_TRUE(table.remember({1, 2}, kNoon + kIdKept, kNoon));                          // a duplicate
  EXPECT_FALSE(table.remember({2, 1}, kNoon, kNoon));                                   // another id
  EXPECT_TRUE(table.remember({1, 2}, kNoon + kIdKept, kNoon + kIdKept - Duration{1}));  // the duplicates did not renew it
  EXPECT_FALSE(table.remember({1, 2}, kNoon + kIdKept, kNoon + kIdKept));
  EXPECT_TRUE(table.remember({1, 2}, kNoon + 2 * kIdKept, kNoon + 2 * kIdKept - Duration{1}));
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(table.entries()[0], (IdEntry{{1, 2}, kNoon + kIdKept}));
  EXPECT_EQ(table.entries()[1], (IdEntry{{2, 1}, kNoon}));
}

TEST(IdTable, ZerosAndOnesAreIdsToo) {
  constexpr std::uint64_t kOnes = ~std::uint64_t{0};
  IdTable table(0x706c617968656164);
  const std::array<MixedId, 6> ids{
      {{0, 0}, {kOnes, kOnes}, {0, kOnes}, {kOnes, 0}, {0x706c617968656164, 1}, {1, mix_bits(0x706c617968656164)}}};
  table.reserve_more(2 * ids.size());
  for (const MixedId id : ids) EXPECT_FALSE(table.remember(id, kNever, kNever));
  for (const MixedId id : ids) EXPECT_TRUE(table.remember(id, kNever, kNever));
}

TEST(IdTable, AnswersAsAMapDoes) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    IdTable table(random.next());
    std::map<MixedId, Timestamp> reference;
    Timestamp watermark = kNoon;
    const std::uint64_t pool = 1 + random.below(30'000);
    for (int batch = 0; batch < 50; ++batch) {
      if (random.chance(0.05)) {
        table.clear();
        reference.clear();
        EXPECT_EQ(table.size(), 0u);
      }
      const std::size_t rows = random.below(2'000);
      table.reserve_more(rows);
      for (std::size_t row = 0; row < rows; ++row) {
        watermark += Duration{static_cast<std::int64_t>(random.below(10'000'000))};
        // Half of the ids share their upper half.
        const MixedId id{random.chance(0.5) ? 7 : random.below(pool), random.below(pool)};
        const Timestamp basis = watermark + Duration{static_cast<std::int64_t>(random.below(7'200'000'000))};
        const auto known = reference.find(id);
        const bool expected = known != reference.end() && !has_passed(known->second, watermark);
        if (!expected) reference[id] = basis;
        ASSERT_EQ(table.remember(id, basis, watermark), expected);
      }
      ASSERT_EQ(table.size(), reference.size());
    }
    for (const IdEntry& entry : table.entries()) EXPECT_EQ(reference.at(entry.id), entry.basis);
  }
}

TEST(IdTable, MemoryFollowsTheIdsAndIsGivenBack) {
  IdTable table(1);
  Random random(1);
  const std::uint64_t empty = table.memory_bytes();
  for (int batch = 0; batch < 250; ++batch) {
    table.reserve_more(4'000);
    for (int row = 0; row < 4'000; ++row) table.remember({random.next(), random.next()}, kNoon, kNoon);
  }
  EXPECT_EQ(table.size(), 1'000'000u);
  EXPECT_LE(table.memory_bytes(), 1'000'000 * 62u);
  table.clear();
  table.clear();  // sized for what it held last: nothing
  EXPECT_EQ(table.memory_bytes(), empty);
}

}  // namespace
}  // namespace playhead::stream
