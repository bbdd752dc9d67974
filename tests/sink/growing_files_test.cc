#include "sink/growing_files.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "io/simulated.h"
#include "random_events.h"

namespace playhead::sink {
namespace {

const table::Schema kSchema = {{"offset", table::ColumnType::kInteger}, {"noise", table::ColumnType::kText}};

// Rows that do not compress: their size in the file is about their size here.
table::Rows rows_from(std::uint64_t first, std::size_t count, Random& random) {
  table::Rows rows(kSchema);
  for (std::size_t i = 0; i < count; ++i) {
    rows.columns[0].add_number(static_cast<std::int64_t>(first + i));
    rows.columns[1].add_text(std::to_string(random.next()) + std::to_string(random.next()));
  }
  return rows;
}

struct Table {
  explicit Table(io::FileSystem& files, GrowingFiles::Options options)
      : folder(*table::PublishedFolder::claim(files, "table", R"("me")")), growing(files, "table", *folder, options) {}

  void add(const std::string& place, std::uint32_t partition, std::uint64_t first, const table::Rows& rows) {
    const Status status = growing.add(place, Partition{partition}, Offset{first}, rows);
    EXPECT_TRUE(status) << status.error().message;
  }
  void commit() {
    const Status status = folder->commit({}, {}, "1");
    EXPECT_TRUE(status) << status.error().message;
  }

  std::unique_ptr<table::PublishedFolder> folder;
  GrowingFiles growing;
};

TEST(GrowingFiles, AFileGrowsUntilItHasItsSizeAndThenTheNextBegins) {
  io::SimulatedFileSystem files;
  Random random(1);
  Table table(files, {.file_bytes_target = 8'000});
  std::uint64_t offset = 100;
  for (int commit = 0; commit < 30; ++commit, offset += 50) {
    table.add("late", 0, offset, rows_from(offset, 50, random));
    table.commit();
  }
  const auto by_file = read_folder(files, "table", kSchema);
  EXPECT_GE(by_file.size(), 3u);
  EXPECT_LE(by_file.size(), 10u) << "30 commits of more than 1 KB";
  std::uint64_t next = 100;
  for (const auto& [name, rows] : by_file) {
    const std::string digits = std::to_string(next);
    EXPECT_EQ(name, "late/p0-" + std::string(20 - digits.size(), '0') + digits + ".parquet");
    for (const Cells& row : rows) EXPECT_EQ(row[0], std::to_string(next++));
    if (name == by_file.rbegin()->first) continue;
    const auto file = files.open("table/" + name, io::Open::kRead);
    EXPECT_GE((*file)->size().value(), 8'000u) << name << " was left before it had its size";
  }
  EXPECT_EQ(next, offset);
}

TEST(GrowingFiles, ANewLifeFindsTheOpenFileAndNoOther) {
  io::SimulatedFileSystem files;
  Random random(2);
  for (std::uint64_t life = 0; life < 5; ++life) {
    Table table(files, {});
    for (const std::uint32_t partition : {1u, 10u}) table.add("a/b", partition, life * 10, rows_from(life * 10, 10, random));
    table.commit();
    if (life == 2) {
      // Names that sort behind the open file's, and are not its partition's or not of its form.
      for (const char* name : {"p1-99999999999999999999-merged.parquet", "p1-x0000000000000000000.parquet",
                               "p2-00000000000000000000.parquet", "p1-00000000000000000099.parquet.old", "q.parquet"}) {
        ASSERT_TRUE(io::write_file_synced(files, "table/a/b/" + std::string(name), "not ours"));
      }
    }
  }
  for (const std::string partition : {"1", "10"}) {
    EXPECT_EQ(read_cells(files, "table/a/b/p" + partition + "-00000000000000000000.parquet", kSchema).size(), 50u);
  }
}

TEST(GrowingFiles, MorePlacesThanAreRememberedAreLookedUpAgain) {
  io::SimulatedFileSystem files;
  Random random(3);
  Table table(files, {.file_bytes_target = 3000, .remembered = 4});
  std::map<std::string, std::uint64_t> next;
  for (int commit = 0; commit < 20; ++commit) {
    for (int place = 0; place < 12; ++place) {
      if (random.chance(0.5)) continue;
      const std::string name = "place" + std::to_string(place);
      const std::size_t count = 1 + random.below(20);
      table.add(name, 0, next[name], rows_from(next[name], count, random));
      next[name] += count;
    }
    table.commit();
    if (random.chance(0.2)) table.growing.forget();
  }
  std::map<std::string, std::uint64_t> found;
  for (const auto& [name, rows] : read_folder(files, "table", kSchema)) {
    std::uint64_t& at = found[name.substr(0, name.find('/'))];
    for (const Cells& row : rows) EXPECT_EQ(row[0], std::to_string(at++)) << name;
  }
  EXPECT_EQ(found, next);
}

TEST(GrowingFiles, NoRowsAreNoFileAndOtherColumnsAreRefused) {
  io::SimulatedFileSystem files;
  Random random(4);
  Table table(files, {});
  table.add("late", 0, 0, table::Rows(kSchema));
  table.commit();
  EXPECT_TRUE(visible_files(files, "table").empty());
  table.add("late", 0, 0, rows_from(0, 5, random));
  table.commit();
  table::Rows others({{"offset", table::ColumnType::kInteger}});
  others.columns[0].add_number(5);
  const Status status = table.growing.add("late", Partition{0}, Offset{5}, others);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace playhead::sink
