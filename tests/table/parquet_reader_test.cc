#include "table/parquet_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "io/simulated.h"
#include "random_rows.h"

namespace playhead::table {
namespace {

Result<Rows> read_all(ParquetReader& reader, std::size_t batch_rows) {
  Rows all(reader.schema());
  Rows some;
  while (true) {
    TRY_ASSIGN(const bool any, reader.next(some));
    if (!any) return all;
    EXPECT_GT(some.size(), 0u);
    EXPECT_LE(some.size(), batch_rows);
    all.append(some, 0, some.size());
  }
}

TEST(ParquetReader, BatchesAndColumnsAreThoseOfTheFile) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const Schema schema = random_schema(random);
    const Rows rows = random_rows(random, schema, random.below(2) * 131'072 + random.below(9000));
    io::SimulatedFileSystem files;
    const std::string bytes = *write_parquet(rows, {{"key", "value"}});
    ASSERT_TRUE(io::write_file_synced(files, "file", bytes));
    ParquetReader::Options options{.batch_rows = 1 + random.below(5000)};
    Rows expected;
    for (std::size_t left = random.below(4); left > 0; --left) {
      const std::size_t column = random.below(schema.size());
      if (std::ranges::count(options.columns, schema[column].name) > 0) continue;
      options.columns.push_back(schema[column].name);
      expected.schema.push_back(schema[column]);
      expected.columns.push_back(rows.columns[column]);
    }
    if (options.columns.empty()) expected = rows;
    const auto reader = ParquetReader::open(files, "file", options);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ((*reader)->rows(), rows.size());
    EXPECT_EQ((*reader)->file_bytes(), bytes.size());
    EXPECT_EQ((*reader)->metadata(), (Metadata{{"key", "value"}}));
    EXPECT_EQ((*reader)->schema(), expected.schema);
    const auto read = read_all(**reader, options.batch_rows);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(*read, expected);
    EXPECT_EQ((*reader)->groups(), (rows.size() + 131'071) / 131'072);
    if ((*reader)->groups() < 2) continue;
    (*reader)->seek_group(1);
    Rows last(expected.schema);
    last.append(expected, 131'072, rows.size() - 131'072);
    EXPECT_EQ(read_all(**reader, options.batch_rows).value(), last);
  }
}

TEST(ParquetReader, AnAbsentFileOrColumnIsSaidByName) {
  io::SimulatedFileSystem files;
  EXPECT_EQ(ParquetReader::open(files, "none", {}).error().kind, ErrorKind::kNotFound);
  ASSERT_TRUE(io::write_file_synced(files, "file", *write_parquet(Rows({{"a", ColumnType::kText, false}}), {})));
  const auto reader = ParquetReader::open(files, "file", {.columns = {"b"}});
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(reader.error().message.find("no column b"), std::string::npos) << reader.error().message;
}

TEST(ParquetReader, DamageIsAnErrorOrRowsNotACrash) {
  Random random(5);
  const Rows rows = random_rows(random, random_schema(random), 500);
  const std::string good = *write_parquet(rows, {});
  std::size_t refused = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(random.next());
    io::SimulatedFileSystem files;
    ASSERT_TRUE(io::write_file_synced(files, "file", at % 2 == 0 ? bad : bad.substr(0, at)));
    const auto reader = ParquetReader::open(files, "file", {});
    const auto read = reader ? read_all(**reader, 65536) : std::unexpected(reader.error());
    refused += read ? 0 : 1;
    if (!read) {
      ASSERT_TRUE(read.error().kind == ErrorKind::kCorrupt || read.error().kind == ErrorKind::kInvalid) << read.error().message;
    }
  }
  EXPECT_GT(refused, good.size() / 2);
}

TEST(ParquetReader, ReadsTheFilesOfOtherWriters) {
  if (!python_reads_parquet()) GTEST_SKIP() << "python3 with pyarrow is absent: other writers were not tried";
  const auto folder = std::filesystem::temp_directory_path() / ("playhead_reader_test_" + std::to_string(std::random_device{}()));
  std::filesystem::create_directories(folder);
  python_says("folder = \"" + folder.string() + "\"" + R"(
import pyarrow as pa, pyarrow.parquet as pq, duckdb, datetime
when = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.timezone.utc)
table = pa.table({"t": pa.array([when, None], pa.timestamp("us", "UTC")), "s": ["x", None], "i": pa.array([None, 7], pa.int64()), "f": [True, None],
                  "r": [None, 1.5], "b": pa.array([b"\xff", None], pa.binary()), "u": pa.array([None, b"0123456789abcdef"], pa.binary(16))})
pq.write_table(table, folder + "/arrow_1.parquet", compression="snappy", version="1.0")
pq.write_table(table, folder + "/arrow_2.parquet", compression="gzip", data_page_version="2.0", use_dictionary=False)
duckdb.sql("set timezone = \"UTC\"")
duckdb.from_arrow(table.drop_columns(["u"])).write_parquet(folder + "/duck.parquet")
)");
  for (const std::string name : {"arrow_1", "arrow_2", "duck"}) {
    SCOPED_TRACE(name);
    std::ifstream file(folder / (name + ".parquet"), std::ios::binary);
    const std::string bytes = (std::stringstream() << file.rdbuf()).str();
    const auto rows = read_parquet(bytes);
    ASSERT_TRUE(rows) << rows.error().message;
    ASSERT_EQ(rows->size(), 2u);
    EXPECT_EQ(rows->columns[0].number(0), 1'772'366'400'000'000);
    EXPECT_TRUE(rows->columns[0].is_null(1));
    EXPECT_EQ(rows->columns[1].text(0), "x");
    EXPECT_TRUE(rows->columns[1].is_null(1));
    EXPECT_TRUE(rows->columns[2].is_null(0));
    EXPECT_EQ(rows->columns[2].number(1), 7);
    EXPECT_EQ(rows->columns[3].number(0), 1);
    EXPECT_EQ(rows->columns[4].real(1), 1.5);
    EXPECT_EQ(rows->columns[5].text(0), "\xff");
    if (name != "duck") {
      EXPECT_EQ(rows->columns[6].text(1), "0123456789abcdef");
    }
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace playhead::table
