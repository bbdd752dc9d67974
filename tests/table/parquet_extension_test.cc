#include "table/parquet_extension.h"

#include <gtest/gtest.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "io/simulated.h"
#include "random_rows.h"
#include "table/parquet_arrow.h"

namespace playhead::table {
namespace {

std::string bytes_at(io::FileSystem& files, const std::string& path) { return io::read_file(files, path, 1 << 30).value_or(""); }

// Makes the file at `path` longer, as a folder would.
void extend(io::FileSystem& files, const std::string& path, const Rows& rows, std::uint64_t rows_after) {
  const std::string old = bytes_at(files, path);
  const auto extension = extend_parquet(files, path, rows);
  ASSERT_TRUE(extension) << extension.error().message;
  ASSERT_LE(extension->kept_bytes, old.size());
  EXPECT_EQ(extension->rows, rows_after);
  ASSERT_TRUE(io::write_file_synced(files, path, old.substr(0, extension->kept_bytes) + extension->tail));
}

// What the library says of the file's row groups, in order; each must know its own number and lie behind the one before.
std::vector<std::int64_t> group_rows(std::string_view bytes) {
  const auto footer = parquet::ParquetFileReader::Open(source_of(bytes))->metadata();
  std::vector<std::int64_t> rows;
  std::int64_t end = 4;
  for (int group = 0; group < footer->num_row_groups(); ++group) {
    const auto metadata = footer->RowGroup(group);
    rows.push_back(metadata->num_rows());
    for (int column = 0; column < metadata->num_columns(); ++column) {
      const auto chunk = metadata->ColumnChunk(column);
      const std::int64_t first = chunk->has_dictionary_page() ? chunk->dictionary_page_offset() : chunk->data_page_offset();
      EXPECT_GE(first, end);
      end = first + chunk->total_compressed_size();
    }
  }
  const std::string text = footer->SerializeUnencrypted(false, true);
  for (int group = 0; group < footer->num_row_groups(); ++group) {
    EXPECT_NE(text.find("ordinal=" + std::to_string(group)), std::string::npos) << text;
  }
  return rows;
}

TEST(ParquetExtension, RowsFollowRows) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const Schema schema = random_schema(random);
    Rows expected = random_rows(random, schema, random.below(70'000));
    io::SimulatedFileSystem files;
    ASSERT_TRUE(io::write_file_synced(files, "file", *write_parquet(expected, {{"key", "value"}})));
    for (int times = 0; times < 5; ++times) {
      const Rows more = random_rows(random, schema, random.below(random.chance(0.3) ? 150'000 : 30'000));
      expected.append(more, 0, more.size());
      extend(files, "file", more, expected.size());
      const auto read = read_parquet(bytes_at(files, "file"));
      ASSERT_TRUE(read) << read.error().message;
      ASSERT_EQ(*read, expected);
      EXPECT_EQ(read_parquet_metadata(bytes_at(files, "file")).value(), (Metadata{{"key", "value"}}));
    }
    group_rows(bytes_at(files, "file"));
  }
}

TEST(ParquetExtension, SmallGroupsGrowAndLargeOnesStayByteForByte) {
  Random random(3);
  const Schema schema{{"id", ColumnType::kId, false}, {"note", ColumnType::kText, true}};
  io::SimulatedFileSystem files;
  ASSERT_TRUE(io::write_file_synced(files, "file", *write_parquet(random_rows(random, schema, 40'000), {})));
  extend(files, "file", random_rows(random, schema, 20'000), 60'000);
  EXPECT_EQ(group_rows(bytes_at(files, "file")), (std::vector<std::int64_t>{60'000}));
  extend(files, "file", random_rows(random, schema, 10'000), 70'000);
  EXPECT_EQ(group_rows(bytes_at(files, "file")), (std::vector<std::int64_t>{70'000}));
  const std::string before = bytes_at(files, "file");
  extend(files, "file", random_rows(random, schema, 10'000), 80'000);
  const std::string after = bytes_at(files, "file");
  EXPECT_EQ(group_rows(after), (std::vector<std::int64_t>{70'000, 10'000}));
  EXPECT_EQ(after.substr(0, 70'000 * 16), before.substr(0, 70'000 * 16));
  extend(files, "file", random_rows(random, schema, 130'000), 210'000);
  EXPECT_EQ(group_rows(bytes_at(files, "file")), (std::vector<std::int64_t>{70'000, 131'072, 8'928}));
}

// Rows of 1,000 bytes: 4 MiB of them are some 4,000 rows.
TEST(ParquetExtension, AGroupOfFewWideRowsIsNotSmall) {
  const Schema schema{{"text", ColumnType::kText, false}};
  const auto wide_rows = [&schema](int count) {
    Rows rows(schema);
    for (int row = 0; row < count; ++row) rows.columns[0].add_text(std::string(996, static_cast<char>('a' + row % 26)));
    return rows;
  };
  io::SimulatedFileSystem files;
  Rows expected = wide_rows(2'000);
  ASSERT_TRUE(io::write_file_synced(files, "file", *write_parquet(expected, {})));
  const std::vector<std::vector<std::int64_t>> groups_after{{4'100}, {6'200}, {6'200, 2'100}};
  for (const auto& groups : groups_after) {
    const Rows more = wide_rows(2'100);
    expected.append(more, 0, more.size());
    extend(files, "file", more, expected.size());
    EXPECT_EQ(group_rows(bytes_at(files, "file")), groups);
  }
  EXPECT_EQ(read_parquet(bytes_at(files, "file")).value(), expected);
}

TEST(ParquetExtension, AnEmptyFileAndNoRowsAreFine) {
  Random random(3);
  const Schema schema{{"id", ColumnType::kId, false}};
  io::SimulatedFileSystem files;
  ASSERT_TRUE(io::write_file_synced(files, "file", *write_parquet(Rows(schema), {})));
  extend(files, "file", Rows(schema), 0);
  const Rows rows = random_rows(random, schema, 10);
  extend(files, "file", rows, 10);
  EXPECT_TRUE(bytes_at(files, "file") == write_parquet(rows, {}));
  extend(files, "file", Rows(schema), 10);
  EXPECT_EQ(read_parquet(bytes_at(files, "file")).value(), rows);
}

TEST(ParquetExtension, RefusesAnotherSchemaAndDamage) {
  io::SimulatedFileSystem files;
  const Schema schema{{"count", ColumnType::kInteger, false}};
  EXPECT_EQ(extend_parquet(files, "file", Rows(schema)).error().kind, ErrorKind::kNotFound);
  const std::string good = *write_parquet(Rows(schema), {});
  ASSERT_TRUE(io::write_file_synced(files, "file", good));
  const auto other = extend_parquet(files, "file", Rows({{"count", ColumnType::kInteger, true}}));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::kInvalid);
  Random random(9);
  Rows rows = random_rows(random, schema, 70'000);
  const std::string large = *write_parquet(rows, {});
  for (std::size_t at = large.size() - 700; at < large.size(); ++at) {
    std::string bad = large;
    bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(1 + random.below(255)));
    ASSERT_TRUE(io::write_file_synced(files, "file", bad));
    const auto extension = extend_parquet(files, "file", Rows(schema));
    if (extension) {
      ASSERT_LE(extension->kept_bytes, bad.size());
    }
  }
}

// Other readers find every row, and find the right ones by the statistics of row groups and pages.
TEST(ParquetExtension, OtherReadersSeeOneFile) {
  if (!python_reads_parquet()) GTEST_SKIP() << "python3 with pyarrow and duckdb is absent: other readers were not tried";
  const Schema schema{{"number", ColumnType::kInteger, false}, {"name", ColumnType::kText, true}, {"nothing", ColumnType::kReal, true}};
  const auto numbered = [&](std::int64_t first, std::int64_t count) {
    Rows rows(schema);
    for (std::int64_t number = first; number < first + count; ++number) {
      rows.columns[0].add_number(number);
      if (number % 3 == 0) {
        rows.columns[1].add_null();
      } else {
        rows.columns[1].add_text("name" + std::to_string(number / 1000));
      }
      rows.columns[2].add_null();
    }
    return rows;
  };
  const auto path = std::filesystem::temp_directory_path() / ("playhead_extension_" + std::to_string(std::random_device{}()) + ".parquet");
  io::SimulatedFileSystem files;
  ASSERT_TRUE(io::write_file_synced(files, "file", *write_parquet(numbered(0, 15'000), {})));
  std::int64_t rows = 15'000;
  for (int times = 1; times <= 20; ++times) {
    extend(files, "file", numbered(rows, 15'000), static_cast<std::uint64_t>(rows + 15'000));
    rows += 15'000;
    if (times != 1 && times != 2 && times != 20) continue;
    std::ofstream(path, std::ios::binary) << bytes_at(files, "file");
    const std::string said = python_says("path, rows = \"" + path.string() + "\", " + std::to_string(rows) + R"py(
import duckdb, pyarrow.parquet as pq, pyarrow.dataset as ds, pyarrow.compute as pc
table = pq.read_table(path)
assert table["number"].to_pylist() == list(range(rows)), "order"
assert table["name"].to_pylist() == [None if n % 3 == 0 else f"name{n // 1000}" for n in range(rows)], "names"
assert table["nothing"].null_count == rows
duck = duckdb.read_parquet(path)
assert duck.aggregate("count(*), sum(number), count(name), count(nothing)").fetchall() == [(rows, rows * (rows - 1) // 2, rows - (rows + 2) // 3, 0)], "sums"
metadata = pq.ParquetFile(path).metadata
for group in range(metadata.num_row_groups):
    statistics = metadata.row_group(group).column(0).statistics
    assert metadata.row_group(group).column(0).has_column_index and metadata.row_group(group).column(0).has_offset_index
    for low in (statistics.min, statistics.max - 5, (statistics.min + statistics.max) // 2):
        expected = [n for n in range(low, low + 6) if n < rows]
        assert [row[0] for row in duck.filter(f"number between {low} and {low + 5}").order("number").fetchall()] == expected, low
        found = ds.dataset(path).to_table(filter=(pc.field("number") >= low) & (pc.field("number") <= low + 5))
        assert sorted(found["number"].to_pylist()) == expected, low
assert len(duck.filter("name = $$name17$$").fetchall()) == 667, "texts"
print("fine", metadata.num_row_groups)
)py");
    EXPECT_EQ(said, times < 20 ? "fine 1\n" : "fine 5\n");
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace playhead::table
