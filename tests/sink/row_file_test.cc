#include "sink/row_file.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "io/simulated.h"
#include "sink/reject_tables.h"
#include "table/parquet.h"

namespace playhead::sink {
namespace {

table::Rows letters(std::initializer_list<std::uint64_t> offsets) {
  RejectRows rows("plays", Partition{2});
  for (const std::uint64_t offset : offsets) {
    rows.add_dead_letter(
        {.offset = Offset{offset}, .ingest_time = from_micros(1), .reason = event::Reject::kNotJson, .value = "caf\xC3\xA9"});
  }
  return rows.dead_letters();
}

RowFile written(io::FileSystem& files, const table::Rows& rows) {
  const auto file = write_row_file(files, "0", RowTable::kDeadLetters, kNever, rows);
  EXPECT_TRUE(file) << file.error().message;
  return *file;
}

std::vector<std::int64_t> offsets_in(const RowFileBytes& rows) {
  std::vector<std::int64_t> offsets;
  if (rows.bytes.empty()) return offsets;
  const auto read = table::read_parquet(rows.bytes);
  EXPECT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->schema, dead_letter_schema());
  for (std::size_t row = 0; row < read->size(); ++row) offsets.push_back(read->columns[2].number(row));
  return offsets;
}

TEST(RowFile, GivesBackTheRowsFromAnOffsetOn) {
  io::SimulatedFileSystem files;
  const RowFile file = written(files, letters({5, 9, 12, 40}));
  EXPECT_EQ(file.first, Offset{5});
  EXPECT_EQ(file.last, Offset{40});
  const std::vector<std::int64_t> all = {5, 9, 12, 40};
  for (std::uint64_t from = 0; from < 45; ++from) {
    const auto rows = read_row_file(files, "0", file, Offset{from});
    ASSERT_TRUE(rows) << rows.error().message;
    std::vector<std::int64_t> expected;
    for (const std::int64_t offset : all) {
      if (offset >= static_cast<std::int64_t>(from)) expected.push_back(offset);
    }
    EXPECT_EQ(offsets_in(*rows), expected) << "from " << from;
    if (expected.empty()) continue;
    EXPECT_EQ(rows->first.value, static_cast<std::uint64_t>(expected.front()));
  }
}

TEST(RowFile, AllItsRowsAreTheVeryBytes) {
  io::SimulatedFileSystem files;
  const RowFile file = written(files, letters({5, 9}));
  const auto rows = read_row_file(files, "0", file, Offset{5});
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->bytes.size(), file.bytes);
  EXPECT_EQ(checksum(rows->bytes), file.checksum);
}

TEST(RowFile, OtherBytesThanWereWrittenAreRefused) {
  io::SimulatedFileSystem files;
  const RowFile file = written(files, letters({5, 9}));
  const auto bytes = io::read_file(files, "0", 1u << 20);
  ASSERT_TRUE(bytes);
  std::string damaged = *bytes;
  damaged[damaged.size() / 2] ^= 1;
  ASSERT_TRUE(io::write_file_synced(files, "0", damaged));
  EXPECT_EQ(read_row_file(files, "0", file, Offset{0}).error().kind, ErrorKind::kCorrupt);
  ASSERT_TRUE(io::write_file_synced(files, "0", bytes->substr(1)));
  EXPECT_EQ(read_row_file(files, "0", file, Offset{0}).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(read_row_file(files, "1", file, Offset{0}).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace playhead::sink
