#include "sink/window_table.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "io/simulated.h"
#include "table/parquet.h"

namespace playhead::sink {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using stream::Increase;

constexpr Timestamp kNoon = from_micros(1'541'073'600'000'000);  // 2018-11-01T12:00:00Z

std::unique_ptr<WindowTable> claim(io::FileSystem& files, bool provisional = false, Duration window = minutes{1}) {
  auto table =
      WindowTable::claim(files, {.folder = "windows", .window = window, .provisional = provisional, .owner = R"({"job":"plays"})"});
  EXPECT_TRUE(table) << table.error().message;
  return table ? std::move(*table) : nullptr;
}

std::int64_t publish(WindowTable& table, const WindowChanges& changes) {
  const auto delta = table.prepare(changes);
  EXPECT_TRUE(delta) << delta.error().message;
  const Status committed = table.commit("{}");
  EXPECT_TRUE(committed) << committed.error().message;
  return delta.value_or(0);
}

std::vector<Increase> published(io::FileSystem& files) {
  return WindowTable::read_published(files, "windows").value_or(std::vector<Increase>{});
}

TEST(WindowTable, AWindowIsInTheFileOfItsHourWithItsColumns) {
  io::SimulatedFileSystem files;
  const auto table = claim(files);
  EXPECT_EQ(publish(*table, {.closed = {{kNoon, "rock", 3}, {kNoon + minutes{59}, "rock", 1}, {kNoon + minutes{60}, "caf\xC3\xA9", 2}}}),
            6);
  const auto names = files.list("windows");
  ASSERT_TRUE(names);
  std::vector<std::string> visible;
  std::copy_if(names->begin(), names->end(), std::back_inserter(visible), [](const auto& name) { return name.front() != '.'; });
  EXPECT_EQ(visible, (std::vector<std::string>{"windows-20181101T120000Z.parquet", "windows-20181101T130000Z.parquet"}));
  const auto bytes = io::read_file(files, "windows/windows-20181101T130000Z.parquet", 1 << 20);
  ASSERT_TRUE(bytes);
  const auto rows = table::read_parquet(*bytes);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->columns.size(), 4u);
  EXPECT_EQ(rows->columns[0].name, "window_start");
  EXPECT_EQ(rows->columns[1].name, "window_end");
  EXPECT_EQ(rows->columns[2].name, "genre");
  EXPECT_EQ(rows->columns[3].name, "count");
  EXPECT_EQ(rows->columns[1].numbers[0] - rows->columns[0].numbers[0], 60'000'000);
}

TEST(WindowTable, ARestatementAddsToTheRowOfAnEarlierLife) {
  io::SimulatedFileSystem files;
  EXPECT_EQ(publish(*claim(files), {.closed = {{kNoon, "rock", 3}}}), 3);
  const auto table = claim(files);
  EXPECT_EQ(publish(*table, {.restated = {{kNoon, "jazz", 1}, {kNoon, "rock", 2}}}), 3);
  EXPECT_EQ(published(files), (std::vector<Increase>{{kNoon, "jazz", 1}, {kNoon, "rock", 5}}));
}

TEST(WindowTable, ProvisionalRowsAreNotPublishedOnesAndAreReplaced) {
  io::SimulatedFileSystem files;
  const auto table = claim(files, true);
  EXPECT_EQ(publish(*table, {.provisional = {{kNoon, "rock", 3}}}), 0);
  EXPECT_TRUE(published(files).empty());
  EXPECT_EQ(publish(*table, {.provisional = {{kNoon, "rock", 7}}}), 0);
  EXPECT_EQ(publish(*table, {.closed = {{kNoon, "rock", 9}}}), 9);
  EXPECT_EQ(published(files), (std::vector<Increase>{{kNoon, "rock", 9}}));
  const auto rows = table::read_parquet(*io::read_file(files, "windows/windows-20181101T120000Z.parquet", 1 << 20));
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->columns.size(), 5u);
  EXPECT_EQ(rows->columns[4].name, "provisional");
  EXPECT_EQ(rows->columns[4].numbers, std::vector<std::int64_t>{0});
}

TEST(WindowTable, WindowsLongerThanAnHourHaveFilesOfTheirOwn) {
  io::SimulatedFileSystem files;
  const auto table = claim(files, false, hours{24});
  const Timestamp midnight = kNoon - hours{12};
  publish(*table, {.closed = {{midnight, "rock", 1}, {midnight + hours{24}, "rock", 2}}});
  EXPECT_TRUE(*files.exists("windows/windows-20181101T000000Z.parquet"));
  EXPECT_TRUE(*files.exists("windows/windows-20181102T000000Z.parquet"));
}

TEST(WindowTable, AnotherJobsFolderAndAForeignFolderAreRefused) {
  io::SimulatedFileSystem files;
  publish(*claim(files), {.closed = {{kNoon, "rock", 3}}});
  const auto other = WindowTable::claim(files, {.folder = "windows", .owner = R"({"job":"other"})"});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::kInvalid);
  ASSERT_TRUE(files.make_folders("foreign"));
  ASSERT_TRUE(io::write_file_synced(files, "foreign/mine.parquet", "not ours"));
  const auto foreign = WindowTable::claim(files, {.folder = "foreign", .owner = R"({"job":"plays"})"});
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().kind, ErrorKind::kInvalid);
}

TEST(WindowTable, EqualsAMapOverManyChangesAndLives) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    io::SimulatedFileSystem files;
    std::map<std::pair<Timestamp, std::string>, std::uint64_t> expected;
    std::int64_t total = 0;
    auto table = claim(files);
    for (int round = 0; round < 30; ++round) {
      std::map<std::pair<Timestamp, std::string>, std::uint64_t> added;
      for (std::uint64_t i = random.below(20); i > 0; --i) {
        added[{kNoon + minutes{random.below(60 * 8)}, "genre" + std::to_string(random.below(3))}] += 1 + random.below(5);
      }
      WindowChanges changes;
      for (const auto& [place, count] : added) {
        (expected.contains(place) ? changes.restated : changes.closed).push_back({place.first, place.second, count});
        expected[place] += count;
      }
      total += publish(*table, changes);
      if (random.chance(0.2)) table = claim(files);
    }
    std::vector<Increase> rows;
    std::int64_t sum = 0;
    for (const auto& [place, count] : expected) {
      rows.push_back({place.first, place.second, count});
      sum += static_cast<std::int64_t>(count);
    }
    EXPECT_EQ(published(files), rows);
    EXPECT_EQ(total, sum);
  }
}

}  // namespace
}  // namespace playhead::sink
