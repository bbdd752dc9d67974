#include "table/content_sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "base/random.h"

namespace playhead::table {
namespace {

const Schema kSchema{{"number", ColumnType::kInteger, true}, {"text", ColumnType::kText, true}, {"other", ColumnType::kText, true}};

Rows random_rows(Random& random, std::size_t count) {
  Rows rows(kSchema);
  for (std::size_t row = 0; row < count; ++row) {
    random.chance(0.2) ? rows.columns[0].add_null() : rows.columns[0].add_number(static_cast<std::int64_t>(random.below(5)));
    for (const std::size_t column : {1u, 2u}) {
      random.chance(0.2) ? rows.columns[column].add_null() : rows.columns[column].add_text(std::string(random.below(3), 'x'));
    }
  }
  return rows;
}

ContentSum sum_of(const Rows& rows) {
  ContentSum sum;
  sum.add(rows);
  return sum;
}

TEST(ContentSum, OrderAndCutsDoNotMatter) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    const Rows rows = random_rows(random, random.below(200));
    std::vector<std::uint32_t> order(rows.size());
    std::iota(order.begin(), order.end(), 0u);
    for (std::size_t at = order.size(); at > 1; --at) std::swap(order[at - 1], order[random.below(at)]);
    Rows shuffled(kSchema);
    for (std::size_t column = 0; column < 3; ++column) shuffled.columns[column].gather(rows.columns[column], order);
    ContentSum pieces;
    for (std::size_t at = 0; at < shuffled.size();) {
      const std::size_t count = std::min<std::size_t>(1 + random.below(30), shuffled.size() - at);
      Rows piece(kSchema);
      piece.append(shuffled, at, count);
      pieces.add(piece);
      at += count;
    }
    ASSERT_EQ(pieces, sum_of(rows)) << "seed " << seed;
    ASSERT_EQ(pieces.text(), sum_of(rows).text());
  }
}

TEST(ContentSum, AnyChangeOfARowChangesIt) {
  const auto one = [](std::optional<std::int64_t> number, std::optional<std::string> text, std::optional<std::string> other) {
    Rows rows(kSchema);
    number ? rows.columns[0].add_number(*number) : rows.columns[0].add_null();
    text ? rows.columns[1].add_text(*text) : rows.columns[1].add_null();
    other ? rows.columns[2].add_text(*other) : rows.columns[2].add_null();
    return sum_of(rows).text();
  };
  const std::set<std::string> sums{one(1, "a", "b"), one(2, "a", "b"),  one(1, "b", "a"), one(1, "ab", ""),
                                   one(1, "", "ab"), one({}, "a", "b"), one(0, "a", "b"), one(1, {}, "b"),
                                   one(1, "", "b"),  one({}, {}, {}),   one(1, "a", {}),  one(1, {}, "a")};
  EXPECT_EQ(sums.size(), 12u);
  EXPECT_EQ(ContentSum().text(), std::string(32, '0'));
}

TEST(ContentSum, ARowTwiceIsNotTheRowOnce) {
  Random random(3);
  Rows rows = random_rows(random, 10);
  const ContentSum before = sum_of(rows);
  rows.append(Rows(rows), 4, 1);
  EXPECT_FALSE(sum_of(rows) == before);
  rows.append(Rows(rows), 4, 1);
  EXPECT_FALSE(sum_of(rows) == before);
  ContentSum twice = before;
  twice += before;
  EXPECT_EQ(twice.rows(), 20u);
  EXPECT_NE(twice.text(), before.text());
}

TEST(ContentSum, RowGroupsCountAsTheirRowsAndAsThemselves) {
  Random random(4);
  const auto sum = [](std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> groups) {
    ContentSum result;
    for (const auto& [rows, checksum] : groups) result.add_group(rows, checksum);
    return result;
  };
  EXPECT_EQ(sum({{3, 5}, {4, 6}}), sum({{4, 6}, {3, 5}}));
  EXPECT_EQ(sum({{3, 5}, {4, 6}}).rows(), 7u);
  for (const auto& other :
       {sum({{3, 6}, {4, 5}}), sum({{4, 5}, {3, 6}}), sum({{3, 5}, {4, 7}}), sum({{7, 11}}), sum({{3, 5}, {3, 5}, {1, 0}})}) {
    EXPECT_EQ(other.rows(), 7u);
    EXPECT_NE(other.text(), sum({{3, 5}, {4, 6}}).text());
  }
  ContentSum both = sum({{3, 5}});
  const Rows rows = random_rows(random, 10);
  both.add(rows);
  ContentSum turned = sum_of(rows);
  turned += sum({{3, 5}});
  EXPECT_EQ(both, turned);
}

}  // namespace
}  // namespace playhead::table
