#include "table/parquet.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

#include "base/random.h"

namespace playhead::table {
namespace {

// Where the pinned Arrow lies, its Python package beside its libraries.
constexpr const char* kArrowFolder = TEST_DATA_FOLDER "/../../third_party/arrow";

Rows window_rows() {
  return Rows{{
      {.name = "window_start", .type = ColumnType::kTimestamp, .numbers = {1'541'105'820'000'000, 1'541'105'880'000'000, -1}},
      {.name = "genre", .type = ColumnType::kText, .texts = {"rock", "", "sigur rós 音楽"}},
      {.name = "count",
       .type = ColumnType::kInteger,
       .numbers = {7, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}},
      {.name = "provisional", .type = ColumnType::kFlag, .numbers = {0, 1, 0}},
  }};
}

Rows random_rows(Random& random, std::size_t count) {
  Rows rows;
  const std::size_t columns = 1 + random.below(6);
  for (std::size_t index = 0; index < columns; ++index) {
    Column column{.name = "c" + std::to_string(index), .type = static_cast<ColumnType>(random.below(4))};
    const std::uint64_t variety = 1 + random.below(1000);
    for (std::size_t row = 0; row < count; ++row) {
      if (column.type == ColumnType::kText) {
        column.texts.push_back(std::string(random.below(20), static_cast<char>('a' + random.below(26))) +
                               std::to_string(random.below(variety)));
      } else {
        column.numbers.push_back(column.type == ColumnType::kFlag ? static_cast<std::int64_t>(random.below(2))
                                                                  : static_cast<std::int64_t>(random.next()));
      }
    }
    rows.columns.push_back(std::move(column));
  }
  return rows;
}

std::string written(const Rows& rows, const Metadata& metadata = {}) {
  auto bytes = write_parquet(rows, metadata);
  EXPECT_TRUE(bytes.has_value()) << bytes.error().message;
  return bytes.value_or("");
}

// A file by another writer, with one column of the given array.
std::string foreign_file(const std::shared_ptr<arrow::Array>& array, bool nullable = true) {
  const auto whole = arrow::Table::Make(arrow::schema({arrow::field("odd", array->type(), nullable)}), {array});
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  EXPECT_TRUE(parquet::arrow::WriteTable(*whole, arrow::default_memory_pool(), sink).ok());
  return sink->Finish().ValueOrDie()->ToString();
}

TEST(Parquet, ReadsBackWhatWasWritten) {
  const Metadata metadata{{"playhead.job", "plays per genre"}, {"a", ""}, {"playhead.epoch", "12"}};
  const std::string bytes = written(window_rows(), metadata);
  EXPECT_EQ(bytes.substr(0, 4), "PAR1");
  EXPECT_EQ(bytes.substr(bytes.size() - 4), "PAR1");
  const auto rows = read_parquet(bytes);
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  EXPECT_EQ(*rows, window_rows());
  const auto footer = read_parquet_metadata(bytes);
  ASSERT_TRUE(footer.has_value()) << footer.error().message;
  EXPECT_EQ(*footer, metadata);
}

TEST(Parquet, FileWithoutRowsKeepsItsColumns) {
  Rows rows = window_rows();
  for (Column& column : rows.columns) {
    column.numbers.clear();
    column.texts.clear();
  }
  const auto read = read_parquet(written(rows));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(*read, rows);
  EXPECT_EQ(read->size(), 0u);
  EXPECT_TRUE(read_parquet_metadata(written(rows))->empty());
}

TEST(Parquet, SameRowsSameBytes) {
  const std::string bytes = written(window_rows(), {{"key", "value"}});
  EXPECT_TRUE(bytes == written(window_rows(), {{"key", "value"}}));
  EXPECT_FALSE(bytes == written(window_rows(), {{"key", "other"}}));
  Random random(3);
  const Rows many = random_rows(random, 200'000);
  EXPECT_TRUE(written(many) == written(many));
}

TEST(Parquet, RandomRowsReadBack) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const Rows rows = random_rows(random, random.below(3000));
    const auto read = read_parquet(written(rows));
    ASSERT_TRUE(read.has_value()) << read.error().message;
    ASSERT_EQ(*read, rows);
  }
}

TEST(Parquet, RowGroupsHaveAFixedSize) {
  Random random(7);
  const Rows rows = random_rows(random, 131072 * 2 + 1);
  const std::string bytes = written(rows);
  const auto footer =
      parquet::ParquetFileReader::Open(std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(std::string_view(bytes))))
          ->metadata();
  ASSERT_EQ(footer->num_row_groups(), 3);
  EXPECT_EQ(footer->RowGroup(0)->num_rows(), 131072);
  EXPECT_EQ(footer->RowGroup(2)->num_rows(), 1);
  const auto read = read_parquet(bytes);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(*read, rows);
}

TEST(Parquet, RefusesRowsThatBreakARule) {
  const auto expect_invalid = [](Rows rows, const std::string& part) {
    const auto bytes = write_parquet(rows, {});
    ASSERT_FALSE(bytes.has_value());
    EXPECT_EQ(bytes.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(bytes.error().message.find(part), std::string::npos) << bytes.error().message;
  };
  expect_invalid({}, "at least one column");
  Rows rows = window_rows();
  rows.columns[1].texts[2] = "\xc3\x28";
  expect_invalid(rows, "genre, row 2");
  rows.columns[1].texts[2] = "\xed\xa0\x80";  // a surrogate: not UTF-8 either
  expect_invalid(rows, "genre, row 2");
  rows = window_rows();
  rows.columns[2].numbers.pop_back();
  expect_invalid(rows, "column count");
  rows = window_rows();
  rows.columns[2].name = "genre";
  expect_invalid(rows, "the name genre");
  rows = window_rows();
  rows.columns[0].name = "";
  expect_invalid(rows, "empty");
  rows = window_rows();
  rows.columns[3].numbers[0] = 2;
  expect_invalid(rows, "a flag is 0 or 1");
  rows = window_rows();
  rows.columns[2].texts.emplace_back("x");
  expect_invalid(rows, "column count");
}

TEST(Parquet, RefusesMetadataThatBreaksARule) {
  for (const Metadata& metadata :
       {Metadata{{"a", "1"}, {"a", "2"}}, Metadata{{"", "1"}}, Metadata{{"ARROW:schema", "1"}}, Metadata{{"a", "\xff"}}}) {
    const auto bytes = write_parquet(window_rows(), metadata);
    ASSERT_FALSE(bytes.has_value());
    EXPECT_EQ(bytes.error().kind, ErrorKind::kInvalid);
  }
}

TEST(Parquet, RefusesOtherTypesAndNullsByName) {
  const auto expect_invalid = [](const std::string& bytes, const std::string& part) {
    const auto rows = read_parquet(bytes);
    ASSERT_FALSE(rows.has_value());
    EXPECT_EQ(rows.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(rows.error().message.find("column odd"), std::string::npos) << rows.error().message;
    EXPECT_NE(rows.error().message.find(part), std::string::npos) << rows.error().message;
  };
  arrow::DoubleBuilder doubles;
  ASSERT_TRUE(doubles.Append(1.5).ok());
  expect_invalid(foreign_file(doubles.Finish().ValueOrDie()), "double");
  arrow::TimestampBuilder local(arrow::timestamp(arrow::TimeUnit::MICRO), arrow::default_memory_pool());
  ASSERT_TRUE(local.Append(1).ok());
  expect_invalid(foreign_file(local.Finish().ValueOrDie()), "timestamp[us]");
  arrow::Int64Builder gaps;
  ASSERT_TRUE(gaps.AppendNull().ok());
  expect_invalid(foreign_file(gaps.Finish().ValueOrDie()), "nulls");
  arrow::Int64Builder numbers;
  ASSERT_TRUE(numbers.Append(5).ok());
  const auto fine = read_parquet(foreign_file(numbers.Finish().ValueOrDie()));
  ASSERT_TRUE(fine.has_value()) << fine.error().message;
  EXPECT_EQ(fine->columns[0].numbers, std::vector<std::int64_t>{5});
}

TEST(Parquet, DamagedBytesAreAnErrorNotACrash) {
  const std::string good = written(window_rows(), {{"key", "value"}});
  for (std::size_t length = 0; length < good.size(); ++length) {
    const auto rows = read_parquet(good.substr(0, length));
    ASSERT_FALSE(rows.has_value()) << length;
    ASSERT_EQ(rows.error().kind, ErrorKind::kCorrupt) << rows.error().message;
    ASSERT_FALSE(read_parquet_metadata(good.substr(0, length)).has_value()) << length;
  }
  EXPECT_FALSE(read_parquet(std::string(1000, 'x')).has_value());
  EXPECT_FALSE(read_parquet("PAR1PAR1").has_value());
}

TEST(Parquet, FlippedBytesAreAnErrorOrRowsNotACrash) {
  const std::string good = written(window_rows(), {{"key", "value"}});
  std::size_t refused = 0;
  for (std::size_t index = 0; index < good.size(); ++index) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string bad = good;
      bad[index] = static_cast<char>(bad[index] ^ flip);
      refused += read_parquet(bad).has_value() ? 0 : 1;
    }
  }
  EXPECT_GT(refused, good.size());
}

bool python_reads_parquet() {
  const std::string probe = std::string("PYTHONPATH='") + kArrowFolder + "' python3 -c 'import pyarrow.parquet' 2>/dev/null";
  return std::system(probe.c_str()) == 0;
}

std::string python_says(const std::string& script) {
  const std::string command = std::string("PYTHONPATH='") + kArrowFolder + "' python3 -c '" + script + "' 2>&1";
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string said;
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) said.append(buffer.data(), got);
  EXPECT_EQ(pclose(pipe), 0) << said;
  return said;
}

TEST(Parquet, OtherReadersSeeTypesIdentitiesAndStatistics) {
  if (!python_reads_parquet()) GTEST_SKIP() << "python3 with pyarrow is absent: other readers were not tried";
  const auto path =
      std::filesystem::temp_directory_path() / ("playhead_parquet_test_" + std::to_string(std::random_device{}()) + ".parquet");
  std::ofstream(path, std::ios::binary) << written(window_rows(), {{"playhead.job", "counts"}});
  const std::string said = python_says(R"(
import pyarrow.parquet as pq
file = pq.ParquetFile(")" + path.string() +
                                       R"(")
for field in file.schema_arrow:
    print(field.name, field.type, field.nullable, field.metadata[b"PARQUET:field_id"].decode())
group = file.metadata.row_group(0)
print(file.metadata.created_by, file.metadata.metadata[b"playhead.job"].decode())
print([group.column(i).compression for i in range(4)], "RLE_DICTIONARY" in group.column(1).encodings, group.column(2).statistics.max == 2**63 - 1)
print(group.column(1).statistics.min, group.column(1).statistics.null_count)
row = file.read().to_pylist()[0]
print(row["window_start"].isoformat(), row["genre"], row["count"], row["provisional"])
)");
  std::filesystem::remove(path);
  EXPECT_EQ(said, R"(window_start timestamp[us, tz=UTC] False 1
genre string False 2
count int64 False 3
provisional bool False 4
playhead version 1.0.0 (build parquet) counts
['ZSTD', 'ZSTD', 'ZSTD', 'ZSTD'] True True
 0
2018-11-01T20:57:00+00:00 rock 7 False
)");
}

}  // namespace
}  // namespace playhead::table
