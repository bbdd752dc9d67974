#include "table/parquet.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

#include "base/random.h"
#include "random_rows.h"
#include "table/parquet_groups.h"

namespace playhead::table {
namespace {

constexpr Id kId = {0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

Rows window_rows() {
  Rows rows({{"window_start", ColumnType::kTimestamp, false},
             {"genre", ColumnType::kText, false},
             {"count", ColumnType::kInteger, false},
             {"provisional", ColumnType::kFlag, false},
             {"share", ColumnType::kReal, true},
             {"raw", ColumnType::kBytes, true},
             {"id", ColumnType::kId, false},
             {"artist", ColumnType::kText, true},
             {"nothing", ColumnType::kTimestamp, true}});
  const auto add = [&](std::int64_t start, std::string_view genre, std::int64_t count, bool provisional) {
    rows.columns[0].add_number(start);
    rows.columns[1].add_text(genre);
    rows.columns[2].add_number(count);
    rows.columns[3].add_number(provisional ? 1 : 0);
    rows.columns[6].add_id(kId);
    rows.columns[8].add_null();
  };
  add(1'541'105'820'000'000, "rock", 7, false);
  add(1'541'105'880'000'000, "", std::numeric_limits<std::int64_t>::max(), true);
  add(-1, "sigur rós 音楽", std::numeric_limits<std::int64_t>::min(), false);
  for (const double share : {0.5, -0.0, std::numeric_limits<double>::infinity()}) rows.columns[4].add_real(share);
  rows.columns[5].add_text(std::string_view("\xff\0x", 3));
  rows.columns[5].add_null();
  rows.columns[5].add_text("");
  rows.columns[7].add_null();
  rows.columns[7].add_text("Björk");
  rows.columns[7].add_null();
  return rows;
}

// One column with these values.
template <typename Value>
Rows one_column(ColumnSpec spec, std::initializer_list<Value> values) {
  Rows rows({std::move(spec)});
  for (const Value& value : values) {
    if constexpr (std::is_convertible_v<Value, std::string_view>) {
      rows.columns[0].add_text(value);
    } else {
      rows.columns[0].add_number(value);
    }
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
  rows.clear();
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
  const Rows many = random_rows(random, random_schema(random), 200'000);
  EXPECT_TRUE(written(many) == written(many));
}

TEST(Parquet, RandomRowsReadBack) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const Schema schema = random_schema(random);
    const Rows rows = random_rows(random, schema, random.below(3000));
    const auto read = read_parquet(written(rows));
    ASSERT_TRUE(read.has_value()) << read.error().message;
    ASSERT_EQ(*read, rows);
  }
}

TEST(Parquet, RowGroupsHaveAFixedSize) {
  Random random(7);
  const Rows rows = random_rows(random, random_schema(random), 131072 * 2 + 1);
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
  const ColumnSpec genre{"genre", ColumnType::kText, false};
  expect_invalid(one_column<std::string>(genre, {"a", "b", "\xc3\x28"}), "genre, row 2");
  expect_invalid(one_column<std::string>(genre, {"a", "\xed\xa0\x80"}), "genre, row 1");  // a surrogate: not UTF-8 either
  expect_invalid(one_column<std::string>(genre, {"a\xc3", "\xb6"}), "genre, row 0");      // a character over two rows
  expect_invalid(one_column<std::int64_t>({"paid", ColumnType::kFlag, false}, {0, 2}), "a flag is 0 or 1");
  expect_invalid(one_column<std::int64_t>({"", ColumnType::kInteger, false}, {0}), "empty");
  Rows rows = window_rows();
  rows.columns[2].add_number(1);
  expect_invalid(rows, "column count");
  rows = window_rows();
  rows.schema[2].name = "genre";
  expect_invalid(rows, "the name genre");
  rows = window_rows();
  rows.schema[5].nullable = false;
  expect_invalid(rows, "column raw has nulls");
  rows = window_rows();
  rows.schema[0].type = ColumnType::kInteger;
  expect_invalid(rows, "column window_start");
  rows = window_rows();
  rows.columns.pop_back();
  expect_invalid(rows, "number of columns");
}

TEST(Parquet, RefusesMetadataThatBreaksARule) {
  for (const Metadata& metadata :
       {Metadata{{"a", "1"}, {"a", "2"}}, Metadata{{"", "1"}}, Metadata{{"ARROW:schema", "1"}}, Metadata{{"a", "\xff"}}}) {
    const auto bytes = write_parquet(window_rows(), metadata);
    ASSERT_FALSE(bytes.has_value());
    EXPECT_EQ(bytes.error().kind, ErrorKind::kInvalid);
  }
}

TEST(Parquet, RefusesOtherTypesByName) {
  const auto expect_invalid = [](const std::string& bytes, const std::string& part) {
    const auto rows = read_parquet(bytes);
    ASSERT_FALSE(rows.has_value());
    EXPECT_EQ(rows.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(rows.error().message.find("column odd"), std::string::npos) << rows.error().message;
    EXPECT_NE(rows.error().message.find(part), std::string::npos) << rows.error().message;
  };
  arrow::FloatBuilder floats;
  ASSERT_TRUE(floats.Append(1.5f).ok());
  expect_invalid(foreign_file(floats.Finish().ValueOrDie()), "float");
  arrow::TimestampBuilder local(arrow::timestamp(arrow::TimeUnit::MICRO), arrow::default_memory_pool());
  ASSERT_TRUE(local.Append(1).ok());
  expect_invalid(foreign_file(local.Finish().ValueOrDie()), "timestamp[us]");
  arrow::FixedSizeBinaryBuilder short_ids(arrow::fixed_size_binary(8));
  ASSERT_TRUE(short_ids.Append("12345678").ok());
  expect_invalid(foreign_file(short_ids.Finish().ValueOrDie()), "fixed_size_binary[8]");
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::Int64Builder>());
  ASSERT_TRUE(lists.Append().ok());
  expect_invalid(foreign_file(lists.Finish().ValueOrDie()), "list");
}

TEST(Parquet, ReadsAnotherWritersFileOfTheSameTypes) {
  arrow::Int64Builder numbers;
  ASSERT_TRUE(numbers.Append(5).ok() && numbers.AppendNull().ok());
  const auto rows = read_parquet(foreign_file(numbers.Finish().ValueOrDie()));
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  ASSERT_EQ(rows->schema, (Schema{{"odd", ColumnType::kInteger, true}}));
  EXPECT_EQ(rows->columns[0].number(0), 5);
  EXPECT_TRUE(rows->columns[0].is_null(1));
}

TEST(Parquet, GroupsOfLargeTextsAreSmaller) {
  Rows rows({{"text", ColumnType::kText, false}});
  const std::string large(1 << 20, 'x');
  for (int i = 0; i < 66; ++i) rows.columns[0].add_text(large);
  EXPECT_EQ(row_group_length(rows, 0), 64u);
  EXPECT_EQ(row_group_length(rows, 1), 64u);
  EXPECT_EQ(row_group_length(rows, 64), 2u);
  EXPECT_EQ(read_parquet(written(rows)), rows);
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
    for (const int flip : {0x01, 0xff}) {
      std::string bad = good;
      bad[index] = static_cast<char>(bad[index] ^ flip);
      refused += read_parquet(bad).has_value() ? 0 : 1;
    }
  }
  EXPECT_GT(refused, good.size());
}

TEST(Parquet, OtherReadersSeeTypesIdentitiesAndStatistics) {
  if (!python_reads_parquet()) GTEST_SKIP() << "python3 with pyarrow is absent: other readers were not tried";
  Rows rows = window_rows();
  while (rows.size() < 1024) rows = joined(rows, rows);  // fewer are not compressed
  const auto path =
      std::filesystem::temp_directory_path() / ("playhead_parquet_test_" + std::to_string(std::random_device{}()) + ".parquet");
  std::ofstream(path, std::ios::binary) << written(rows, {{"playhead.job", "counts"}});
  const std::string said = python_says(R"py(
import pyarrow.parquet as pq, duckdb
path = ")py" + path.string() + R"py("
file = pq.ParquetFile(path)
for field in file.schema_arrow:
    print(field.name, field.type, field.nullable, field.metadata[b"PARQUET:field_id"].decode())
group = file.metadata.row_group(0)
print(file.metadata.created_by, file.metadata.metadata[b"playhead.job"].decode())
print([group.column(i).compression for i in range(9)])
print([group.column(i).is_stats_set for i in range(9)])
print([group.column(i).has_column_index for i in range(9)])
print("RLE_DICTIONARY" in group.column(1).encodings, group.column(2).statistics.max == 2**63 - 1, group.column(8).statistics.null_count, file.metadata.num_rows)
print(group.column(1).statistics.min, group.column(1).statistics.null_count)
rows = file.read().to_pylist()[:3]
print(rows[0]["window_start"].isoformat(), rows[0]["genre"], rows[0]["count"], rows[0]["provisional"], rows[0]["share"], rows[0]["raw"])
print([row["artist"] for row in rows], [row["nothing"] for row in rows], rows[1]["id"].hex())
print(duckdb.read_parquet(path).project("* exclude (window_start, nothing), epoch_us(window_start)").fetchall()[1])
)py");
  std::filesystem::remove(path);
  EXPECT_EQ(said, R"(window_start timestamp[us, tz=UTC] False 1
genre string False 2
count int64 False 3
provisional bool False 4
share double True 5
raw binary True 6
id fixed_size_binary[16] False 7
artist string True 8
nothing timestamp[us, tz=UTC] True 9
playhead version 1.0.0 (build parquet) counts
['ZSTD', 'ZSTD', 'ZSTD', 'ZSTD', 'ZSTD', 'ZSTD', 'UNCOMPRESSED', 'ZSTD', 'UNCOMPRESSED']
[True, True, True, True, True, False, False, True, True]
[True, True, True, True, True, False, False, True, True]
True True 1536 1536
 0
2018-11-01T20:57:00+00:00 rock 7 False 0.5 b'\xff\x00x'
[None, 'Björk', None] [None, None, None] ff0102030405060708090a0b0c0d0e0f
('', 9223372036854775807, True, -0.0, None, b'\xff\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f', 'Björk', 1541105880000000)
)");
}

}  // namespace
}  // namespace playhead::table
