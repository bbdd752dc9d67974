#include "table/file_merger.h"

#include <gtest/gtest.h>

#include "io/observed.h"
#include "io/simulated.h"
#include "random_rows.h"
#include "table/parquet.h"

namespace playhead::table {
namespace {

constexpr const char* kTarget = "target";
const Schema kSchema{{"number", ColumnType::kInteger}, {"text", ColumnType::kText, true}, {"no", ColumnType::kReal, true}};

Rows numbered(std::int64_t first, std::size_t count) {
  Rows rows(kSchema);
  for (std::int64_t number = first; number < first + static_cast<std::int64_t>(count); ++number) {
    rows.columns[0].add_number(number);
    rows.columns[1].add_text("text " + std::to_string(number % 100));
    rows.columns[2].add_null();
  }
  return rows;
}

// Files of one row group each, of so many rows; all rows are numbered in one row.
std::vector<std::string> make_sources(io::FileSystem& files, const std::vector<std::size_t>& sizes) {
  std::vector<std::string> paths;
  std::int64_t first = 0;
  for (const std::size_t size : sizes) {
    paths.push_back("source" + std::to_string(paths.size()));
    EXPECT_TRUE(io::write_file_synced(files, paths.back(), write_parquet(numbered(first, size), {{"key", "value"}}).value()));
    first += static_cast<std::int64_t>(size);
  }
  return paths;
}

Result<ContentSum> merge(io::FileSystem& files, const std::vector<std::string>& paths) {
  FileMerger merger(files, kTarget);
  for (const std::string& path : paths) TRY(merger.add(path));
  TRY(merger.finish());
  return merger.sum();
}

std::vector<std::uint64_t> group_sizes(io::FileSystem& files) {
  const auto reader = ParquetReader::open(files, kTarget, {}).value();
  std::vector<std::uint64_t> sizes;
  for (std::size_t group = 0; group < reader->groups(); ++group) sizes.push_back(reader->group_rows(group));
  return sizes;
}

TEST(FileMerger, LargeRowGroupsStayAndSmallNeighboursAreJoined) {
  constexpr std::size_t kLarge = kLargeGroupRows;
  struct Case {
    std::vector<std::size_t> sources;
    std::vector<std::uint64_t> merged;
  };
  for (const auto& [sources, merged] : {
           Case{{5, 6, 7}, {18}},
           Case{{kLarge, kLarge + 1}, {kLarge, kLarge + 1}},
           Case{{kLarge, 5, kLarge, 6, 7}, {kLarge, 5, kLarge, 13}},
           Case{{5, kLarge, 6, 7, 8, kLarge, 9}, {5, kLarge, 21, kLarge, 9}},
           Case{{5, 6, kLarge, 7}, {11, kLarge, 7}},
           Case{{0, 5, 0, kLarge, 0}, {5, kLarge}},
           Case{{kLarge - 1, kLarge - 1}, {2 * kLarge - 2}},
       }) {
    io::SimulatedFileSystem files;
    const auto paths = make_sources(files, sources);
    const auto sum = merge(files, paths);
    ASSERT_TRUE(sum) << sum.error().message;
    EXPECT_EQ(group_sizes(files), merged);
    std::size_t all = 0;
    for (const std::size_t size : sources) all += size;
    EXPECT_EQ(sum->rows(), all);
    const std::string bytes = io::read_file(files, kTarget, 1 << 30).value();
    EXPECT_EQ(read_parquet(bytes).value(), numbered(0, all));
    EXPECT_EQ(read_parquet_metadata(bytes).value(), (Metadata{{"key", "value"}}));
  }
}

TEST(FileMerger, AFileOfManyRowGroupsKeepsItsOrder) {
  io::SimulatedFileSystem files;
  const std::size_t size = kRowGroupRows + 100;
  const auto paths = make_sources(files, {size, 50, size});
  ASSERT_TRUE(merge(files, paths));
  EXPECT_EQ(group_sizes(files), (std::vector<std::uint64_t>{kRowGroupRows, 150, kRowGroupRows, 100}));
  EXPECT_EQ(read_parquet(io::read_file(files, kTarget, 1 << 30).value()).value(), numbered(0, 2 * size + 50));
}

TEST(FileMerger, AnyDamagedByteOfASourceIsNoticed) {
  Random random(7);
  for (const std::size_t size : {std::size_t{300}, std::size_t{kLargeGroupRows}}) {
    io::SimulatedFileSystem files;
    const auto paths = make_sources(files, {size, size});
    const std::string whole = io::read_file(files, paths[1], 1 << 30).value();
    const std::uint64_t pages = EncodedGroups::open(files, paths[1]).value()->bytes(0);
    int noticed = 0;
    for (int attempt = 0; attempt < 100; ++attempt) {
      std::string damaged = whole;
      const std::size_t at = kParquetMagic.size() + random.below(pages);
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.below(8)));
      ASSERT_TRUE(files.remove(paths[1]));
      ASSERT_TRUE(io::write_file_synced(files, paths[1], damaged));
      static_cast<void>(files.remove(kTarget));
      const auto merged = merge(files, paths);
      if (merged) {  // a bit that no reader looks at
        ASSERT_EQ(read_parquet(io::read_file(files, kTarget, 1 << 30).value()).value(), numbered(0, 2 * size)) << at;
        continue;
      }
      EXPECT_EQ(merged.error().kind, ErrorKind::kCorrupt) << merged.error().message;
      EXPECT_NE(merged.error().message.find(paths[1]), std::string::npos) << merged.error().message;
      ++noticed;
    }
    EXPECT_GT(noticed, 80);
  }
}

TEST(FileMerger, ADiskThatChangesWhatWasWrittenIsNoticed) {
  Random random(9);
  for (const std::size_t size : {std::size_t{300}, std::size_t{kLargeGroupRows}}) {
    io::SimulatedFileSystem disk;
    const auto paths = make_sources(disk, {size, size});
    ASSERT_TRUE(merge(disk, paths));
    const std::string written = io::read_file(disk, kTarget, 1 << 30).value();
    const std::uint64_t pages = EncodedGroups::open(disk, kTarget).value()->bytes(0);
    int noticed = 0;
    for (int attempt = 0; attempt < 100; ++attempt) {
      ASSERT_TRUE(disk.remove(kTarget));
      const std::size_t at = kParquetMagic.size() + random.below(pages);
      bool damaged = false;
      io::ObservedFileSystem files(disk, [&] {
        if (damaged || !disk.exists(kTarget).value()) return;
        const auto file = disk.open(kTarget, io::Open::kWrite).value();
        if (file->size().value() != written.size()) return;
        const char other = static_cast<char>(written[at] ^ (1 << random.below(8)));
        ASSERT_TRUE(file->write_at(at, std::string_view(&other, 1)));
        damaged = true;
      });
      const auto merged = merge(files, paths);
      ASSERT_TRUE(damaged);
      if (merged) {
        ASSERT_EQ(read_parquet(io::read_file(disk, kTarget, 1 << 30).value()).value(), numbered(0, 2 * size)) << at;
        continue;
      }
      EXPECT_EQ(merged.error().kind, ErrorKind::kCorrupt) << merged.error().message;
      ++noticed;
    }
    EXPECT_GT(noticed, size == 300 ? 80 : 99);
  }
}

TEST(FileMerger, WhatOtherProgramsWroteIsDecoded) {
  io::SimulatedFileSystem files;
  const auto paths = make_sources(files, {kLargeGroupRows, kLargeGroupRows});
  std::string bytes = io::read_file(files, paths[0], 1 << 30).value();
  bytes.replace(bytes.rfind("playhead version"), 8, "playlist");
  ASSERT_TRUE(files.remove(paths[0]));
  ASSERT_TRUE(io::write_file_synced(files, paths[0], bytes));
  EXPECT_FALSE(EncodedGroups::open(files, paths[0]).value()->can_be_copied(0, kSchema).value());
  const auto sum = merge(files, paths);
  ASSERT_TRUE(sum) << sum.error().message;
  EXPECT_EQ(read_parquet(io::read_file(files, kTarget, 1 << 30).value()).value(), numbered(0, 2 * kLargeGroupRows));
}

}  // namespace
}  // namespace playhead::table
