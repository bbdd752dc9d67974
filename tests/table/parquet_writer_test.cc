#include "table/parquet_writer.h"

#include <gtest/gtest.h>

#include "io/simulated.h"
#include "random_rows.h"

namespace playhead::table {
namespace {

std::string bytes_at(io::FileSystem& files, const std::string& path) {
  auto bytes = io::read_file(files, path, 1 << 30);
  EXPECT_TRUE(bytes) << bytes.error().message;
  return bytes.value_or("");
}

TEST(ParquetWriter, PiecesMakeTheFileOfTheWhole) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const Schema schema = random_schema(random);
    const Rows whole = random_rows(random, schema, random.below(3) * 100'000 + random.below(70'000));
    const Metadata metadata{{"playhead.job", "plays"}};
    io::SimulatedFileSystem files;
    const auto file = *files.open("file", io::Open::kCreateNew);
    const auto writer = ParquetWriter::make(*file, schema, metadata);
    ASSERT_TRUE(writer) << writer.error().message;
    for (std::size_t first = 0; first < whole.size();) {
      const std::size_t count = std::min<std::size_t>(1 + random.below(50'000), whole.size() - first);
      const Status added = (*writer)->add(whole, first, count);
      ASSERT_TRUE(added) << added.error().message;
      first += count;
    }
    ASSERT_TRUE((*writer)->close());
    const std::string bytes = bytes_at(files, "file");
    ASSERT_TRUE(bytes == write_parquet(whole, metadata));
    EXPECT_EQ((*writer)->rows(), whole.size());
    EXPECT_EQ((*writer)->bytes(), bytes.size());
    EXPECT_EQ((*writer)->checksum(), checksum(bytes));
  }
}

TEST(ParquetWriter, ColumnsWithNullsInSomeGroupsMakeTheFileOfTheWhole) {
  Rows whole({{"late", ColumnType::kText, true}, {"early", ColumnType::kText, true}, {"count", ColumnType::kInteger, true}});
  for (int i = 0; i < 300'000; ++i) {
    if (i < 280'000) {
      whole.columns[0].add_null();
      whole.columns[1].add_text("early");
      whole.columns[2].add_number(i);
    } else {
      whole.columns[0].add_text("late");
      whole.columns[1].add_null();
      whole.columns[2].add_null();
    }
  }
  io::SimulatedFileSystem files;
  const auto file = *files.open("file", io::Open::kCreateNew);
  const auto writer = *ParquetWriter::make(*file, whole.schema, {});
  for (std::size_t row = 0; row < whole.size(); row += 50'000) ASSERT_TRUE(writer->add(whole, row, 50'000));
  ASSERT_TRUE(writer->close());
  const std::string bytes = bytes_at(files, "file");
  EXPECT_TRUE(bytes == write_parquet(whole, {}));
  EXPECT_EQ(read_parquet(bytes), whole);
}

TEST(ParquetWriter, LargeTextsMakeTheFileOfTheWhole) {
  Rows whole({{"text", ColumnType::kText, false}});
  for (int i = 0; i < 70; ++i) whole.columns[0].add_text(std::string(1 << 20, static_cast<char>('a' + i % 26)));
  io::SimulatedFileSystem files;
  const auto file = *files.open("file", io::Open::kCreateNew);
  const auto writer = *ParquetWriter::make(*file, whole.schema, {});
  for (std::size_t row = 0; row < whole.size(); row += 5) ASSERT_TRUE(writer->add(whole, row, 5));
  ASSERT_TRUE(writer->close());
  EXPECT_TRUE(bytes_at(files, "file") == write_parquet(whole, {}));
}

TEST(ParquetWriter, RefusesOtherRowsAndWrongOnes) {
  io::SimulatedFileSystem files;
  const auto file = *files.open("file", io::Open::kCreateNew);
  const auto writer = *ParquetWriter::make(*file, {{"count", ColumnType::kInteger, false}}, {});
  EXPECT_EQ(writer->add(Rows({{"count", ColumnType::kInteger, true}})).error().kind, ErrorKind::kInvalid);
  Rows nulls({{"count", ColumnType::kInteger, false}});
  nulls.columns[0].add_null();
  EXPECT_EQ(writer->add(nulls).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(ParquetWriter::make(*file, {}, {}).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(ParquetWriter::make(*file, {{"a", ColumnType::kText, false}}, {{"", ""}}).error().kind, ErrorKind::kInvalid);
}

TEST(ParquetWriter, AFullDiskIsAnError) {
  io::SimulatedFileSystem files;
  files.limit_capacity(1000);
  const auto file = *files.open("file", io::Open::kCreateNew);
  Random random(1);
  const Rows rows = random_rows(random, {{"id", ColumnType::kId, false}}, 1000);
  const auto writer = *ParquetWriter::make(*file, rows.schema, {});
  ASSERT_TRUE(writer->add(rows));
  EXPECT_EQ(writer->close().error().kind, ErrorKind::kLimit);
}

}  // namespace
}  // namespace playhead::table
