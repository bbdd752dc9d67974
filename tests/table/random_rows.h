// Rows for the tests of Parquet files: of every type, with every mixture of nulls, and the check by other readers.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/random.h"
#include "table/rows.h"

namespace playhead::table {

inline Id random_id(Random& random) {
  Id id{};
  for (std::uint8_t& byte : id) byte = static_cast<std::uint8_t>(random.next());
  return id;
}

inline void add_random(Values& values, Random& random, std::uint64_t variety) {
  switch (values.type()) {
    case ColumnType::kText:
    case ColumnType::kBytes: {
      std::string text(random.below(20), static_cast<char>('a' + random.below(26)));
      if (values.type() == ColumnType::kBytes) text.push_back(static_cast<char>(random.next()));
      return values.add_text(text + std::to_string(random.below(variety)));
    }
    case ColumnType::kId: return values.add_id(random_id(random));
    case ColumnType::kReal: return values.add_real(static_cast<double>(random.below(variety)) / 7);
    case ColumnType::kFlag: return values.add_number(static_cast<std::int64_t>(random.below(2)));
    default: return values.add_number(static_cast<std::int64_t>(random.next()));
  }
}

inline Schema random_schema(Random& random) {
  Schema schema;
  for (std::uint64_t count = 1 + random.below(9); count > 0; --count) {
    schema.push_back({"c" + std::to_string(count), static_cast<ColumnType>(random.below(7)), random.chance(0.6)});
  }
  return schema;
}

// Nullable columns are at random without nulls, half null, or null throughout.
inline Rows random_rows(Random& random, const Schema& schema, std::size_t count) {
  Rows rows(schema);
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const double nulls = schema[i].nullable ? static_cast<double>(random.below(3)) / 2 : 0;
    const std::uint64_t variety = 1 + random.below(1000);
    for (std::size_t row = 0; row < count; ++row) {
      if (random.chance(nulls)) {
        rows.columns[i].add_null();
      } else {
        add_random(rows.columns[i], random, variety);
      }
    }
  }
  return rows;
}

inline Rows joined(const Rows& first, const Rows& second) {
  Rows rows = first;
  rows.append(second, 0, second.size());
  return rows;
}

// Where the pinned Arrow and DuckDB lie, their Python packages beside their libraries.
inline std::string python_command() {
  const std::string folder = TEST_DATA_FOLDER "/../../third_party/";
  return "PYTHONPATH='" + folder + "arrow:" + folder + "python' python3 ";
}

inline bool python_reads_parquet() {
  static const bool reads = std::system((python_command() + "-c 'import pyarrow.parquet, duckdb' 2>/dev/null").c_str()) == 0;
  return reads;
}

// What a script prints; it must not fail. It may not hold single quotes.
inline std::string python_says(const std::string& script) {
  std::FILE* pipe = popen((python_command() + "-c '" + script + "' 2>&1").c_str(), "r");
  std::string said;
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) said.append(buffer.data(), got);
  EXPECT_EQ(pclose(pipe), 0) << said;
  return said;
}

}  // namespace playhead::table
