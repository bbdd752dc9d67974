#include "table/rows.h"

#include <gtest/gtest.h>

#include <limits>

#include "random_rows.h"

namespace playhead::table {
namespace {

TEST(Rows, ValuesComeBackByRow) {
  Values numbers(ColumnType::kInteger);
  numbers.add_number(std::numeric_limits<std::int64_t>::min());
  numbers.add_null();
  numbers.add_number(7);
  EXPECT_EQ(numbers.size(), 3u);
  EXPECT_EQ(numbers.nulls(), 1u);
  EXPECT_EQ(numbers.number(0), std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(numbers.is_null(1));
  EXPECT_EQ(numbers.number(1), 0);
  EXPECT_EQ(numbers.number(2), 7);
  Values texts(ColumnType::kText);
  texts.add_text("rock");
  texts.add_text("");
  texts.add_null();
  texts.add_text("jazz");
  EXPECT_EQ(texts.text(0), "rock");
  EXPECT_FALSE(texts.is_null(1));
  EXPECT_EQ(texts.text(1), "");
  EXPECT_TRUE(texts.is_null(2));
  EXPECT_EQ(texts.text(2), "");
  EXPECT_EQ(texts.text(3), "jazz");
  Values reals(ColumnType::kReal);
  reals.add_null();
  reals.add_real(-2.5);
  EXPECT_EQ(reals.real(0), 0.0);
  EXPECT_EQ(reals.real(1), -2.5);
  Values ids(ColumnType::kId);
  ids.add_null();
  ids.add_id({1, 2, 3});
  EXPECT_EQ(ids.text(0), "");
  EXPECT_EQ(ids.text(1), std::string("\1\2\3\0\0\0\0\0\0\0\0\0\0\0\0\0", 16));
}

TEST(Rows, AnAllNullColumnIsOnlyACount) {
  for (int type = 0; type < 7; ++type) {
    Values values(static_cast<ColumnType>(type));
    const std::uint64_t empty = values.bytes();
    values.add_nulls(1'000'000'000);
    EXPECT_EQ(values.bytes(), empty);
    EXPECT_EQ(values.size(), 1'000'000'000u);
    EXPECT_TRUE(values.is_null(999'999'999));
    EXPECT_EQ(values.number(5), 0);
    EXPECT_EQ(values.text(5), "");
  }
}

TEST(Rows, ClearedColumnsAreLikeNewOnes) {
  Random random(1);
  for (int type = 0; type < 7; ++type) {
    Values values(static_cast<ColumnType>(type));
    values.add_nulls(3);
    add_random(values, random, 5);
    values.clear();
    EXPECT_EQ(values, Values(static_cast<ColumnType>(type)));
    add_random(values, random, 5);
    EXPECT_EQ(values.nulls(), 0u);
    EXPECT_FALSE(values.is_null(0));
  }
}

// Every way to add values against the plainest model: an optional number or text for each row.
TEST(Rows, AColumnIsFoundByItsName) {
  Rows rows({{"offset", ColumnType::kInteger}, {"reason", ColumnType::kText}, {"off", ColumnType::kInteger}});
  EXPECT_EQ(&rows.column("offset"), &rows.columns[0]);
  EXPECT_EQ(&rows.column("reason"), &rows.columns[1]);
  EXPECT_EQ(&rows.column("off"), &rows.columns[2]);
}

TEST(Rows, EveryWayToAddGivesTheSameColumn) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const auto type = static_cast<ColumnType>(random.below(7));
    const Rows from = random_rows(random, {{"c", type, true}}, random.below(100));
    const Values& source = from.columns[0];
    Values values(type);
    std::vector<std::uint32_t> taken;
    for (int step = 0; step < 6; ++step) {
      if (random.chance(0.2)) {
        const std::size_t nulls = random.below(20);
        values.add_nulls(nulls);
        taken.insert(taken.end(), nulls, std::numeric_limits<std::uint32_t>::max());
      } else if (random.chance(0.5)) {
        const std::size_t first = random.below(source.size() + 1);
        const std::size_t count = random.below(source.size() - first + 1);
        values.append(source, first, count);
        for (std::size_t row = first; row < first + count; ++row) taken.push_back(static_cast<std::uint32_t>(row));
      } else if (source.size() > 0) {
        std::vector<std::uint32_t> chosen(random.below(10));
        for (std::uint32_t& row : chosen) row = static_cast<std::uint32_t>(random.below(source.size()));
        values.gather(source, chosen);
        taken.insert(taken.end(), chosen.begin(), chosen.end());
      }
    }
    ASSERT_EQ(values.size(), taken.size());
    Values one_by_one(type);
    for (std::size_t row = 0; row < taken.size(); ++row) {
      const bool is_null = taken[row] == std::numeric_limits<std::uint32_t>::max() || source.is_null(taken[row]);
      ASSERT_EQ(values.is_null(row), is_null) << row;
      const bool is_text = type == ColumnType::kText || type == ColumnType::kBytes;
      if (is_text || type == ColumnType::kId) {
        ASSERT_EQ(values.text(row), is_null ? "" : source.text(taken[row])) << row;
      } else {
        ASSERT_EQ(values.number(row), is_null ? 0 : source.number(taken[row])) << row;
      }
      if (is_null) {
        one_by_one.add_null();
      } else if (is_text) {
        one_by_one.add_text(values.text(row));
      } else if (type == ColumnType::kId) {
        one_by_one.add_ids(values.text(row));
      } else if (type == ColumnType::kReal) {
        one_by_one.add_real(values.real(row));
      } else {
        one_by_one.add_number(values.number(row));
      }
    }
    ASSERT_EQ(values, one_by_one);
  }
}

TEST(Rows, ColumnsFollowTheSchema) {
  Rows rows({{"when", ColumnType::kTimestamp, false}, {"what", ColumnType::kText, true}});
  ASSERT_EQ(rows.columns.size(), 2u);
  EXPECT_EQ(rows.columns[1].type(), ColumnType::kText);
  rows.columns[0].add_number(5);
  rows.columns[1].add_null();
  EXPECT_EQ(rows.size(), 1u);
  const Rows twice = joined(rows, rows);
  EXPECT_EQ(twice.size(), 2u);
  EXPECT_NE(twice, rows);
  rows.clear();
  EXPECT_EQ(rows, Rows(twice.schema));
}

}  // namespace
}  // namespace playhead::table
