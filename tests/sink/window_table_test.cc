#include "sink/window_table.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "io/simulated.h"
#include "stream/watermark.h"
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
  EXPECT_EQ(rows->schema[0].name, "window_start");
  EXPECT_EQ(rows->schema[1].name, "window_end");
  EXPECT_EQ(rows->schema[2].name, "genre");
  EXPECT_EQ(rows->schema[3].name, "count");
  EXPECT_EQ(rows->columns[1].number(0) - rows->columns[0].number(0), 60'000'000);
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
  EXPECT_EQ(rows->schema[4].name, "provisional");
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->columns[4].number(0), 0);
}

TEST(WindowTable, WindowsLongerThanAnHourHaveFilesOfTheirOwn) {
  io::SimulatedFileSystem files;
  const auto table = claim(files, false, hours{24});
  const Timestamp midnight = kNoon - hours{12};
  publish(*table, {.closed = {{midnight, "rock", 1}, {midnight + hours{24}, "rock", 2}}});
  EXPECT_TRUE(*files.exists("windows/windows-20181101T000000Z.parquet"));
  EXPECT_TRUE(*files.exists("windows/windows-20181102T000000Z.parquet"));
}

// What consolidation does: the rows of some files in one that is named after all their windows.
void consolidate(io::FileSystem& files, const std::vector<std::string>& names, const std::string& into) {
  table::Rows all;
  for (const std::string& name : names) {
    const auto rows = table::read_parquet(*io::read_file(files, "windows/" + name, 1 << 20));
    ASSERT_TRUE(rows) << rows.error().message;
    if (all.columns.empty()) all = table::Rows(rows->schema);
    all.append(*rows, 0, rows->size());
    ASSERT_TRUE(files.remove("windows/" + name));
  }
  ASSERT_TRUE(io::write_file_synced(files, "windows/" + into, *table::write_parquet(all, {})));
}

std::vector<std::string> visible_names(io::FileSystem& files) {
  auto names = files.list("windows").value_or(std::vector<std::string>{});
  std::erase_if(names, [](const std::string& name) { return name.front() == '.'; });
  return names;
}

TEST(WindowTable, AChangeGoesToTheConsolidatedFileThatHoldsItsWindow) {
  for (const bool claims_again : {false, true}) {
    io::SimulatedFileSystem files;
    auto table = claim(files);
    publish(*table, {.closed = {{kNoon, "rock", 1}, {kNoon + hours{2}, "rock", 2}, {kNoon + hours{3}, "rock", 3}}});
    consolidate(files, {"windows-20181101T120000Z.parquet", "windows-20181101T140000Z.parquet"},
                "windows-20181101T120000Z-20181101T150000Z.parquet");
    if (claims_again) {
      table = claim(files);
    } else {
      ASSERT_TRUE(table->look_again());
    }
    EXPECT_EQ(publish(*table, {.closed = {{kNoon + hours{1}, "jazz", 5}, {kNoon + hours{3} - minutes{1}, "jazz", 6}},
                               .restated = {{kNoon, "rock", 7}, {kNoon + hours{3}, "rock", 8}, {kNoon + hours{4}, "rock", 9}}}),
              35);
    EXPECT_EQ(visible_names(files), (std::vector<std::string>{"windows-20181101T120000Z-20181101T150000Z.parquet",
                                                              "windows-20181101T150000Z.parquet", "windows-20181101T160000Z.parquet"}));
    EXPECT_EQ(published(files), (std::vector<Increase>{{kNoon, "rock", 8},
                                                       {kNoon + hours{1}, "jazz", 5},
                                                       {kNoon + hours{2}, "rock", 2},
                                                       {kNoon + hours{3} - minutes{1}, "jazz", 6},
                                                       {kNoon + hours{3}, "rock", 11},
                                                       {kNoon + hours{4}, "rock", 9}}));
  }
}

TEST(WindowTable, TwoFilesThatMayHoldOneWindowAreRefused) {
  io::SimulatedFileSystem files;
  const auto table = claim(files);
  publish(*table, {.closed = {{kNoon, "rock", 1}}});
  const std::string bytes = *io::read_file(files, "windows/windows-20181101T120000Z.parquet", 1 << 20);
  for (const std::string name :
       {"windows-20181101T110000Z-20181101T130000Z.parquet", "windows-20181101T120000Z-20181101T140000Z.parquet"}) {
    ASSERT_TRUE(io::write_file_synced(files, "windows/" + name, bytes));
    const Status seen = table->look_again();
    ASSERT_FALSE(seen) << name;
    EXPECT_EQ(seen.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(seen.error().message.find("same windows"), std::string::npos) << seen.error().message;
    ASSERT_TRUE(files.remove("windows/" + name));
  }
  // None of these names a span of windows.
  for (const std::string name :
       {"windows-.parquet", "windows-20181101T120001Z.parquet", "windows-20181101T120000Z-20181101T110000Z.parquet",
        "windows-20181101T120000Z-.parquet", "windows-20181301T120000Z.parquet", "windows-20181101 120000Z.parquet"}) {
    ASSERT_TRUE(io::write_file_synced(files, "windows/" + name, bytes));
  }
  EXPECT_TRUE(table->look_again());
  publish(*table, {.restated = {{kNoon, "rock", 1}}});
  EXPECT_EQ(published(files).size(), 7u);  // one in each
}

TEST(WindowTable, WindowsThatAreNoWholeSecondsFindTheirFilesAgain) {
  io::SimulatedFileSystem files;
  const Duration window = std::chrono::milliseconds{700};
  std::vector<Increase> rows;
  for (int i = 0; i < 30; ++i) rows.push_back({floor_to(kNoon + minutes{30 * i}, window), "rock", 1});
  publish(*claim(files, false, window), {.closed = rows});
  publish(*claim(files, false, window), {.restated = rows});
  for (Increase& row : rows) row.count = 2;
  EXPECT_EQ(published(files), rows);
}

TEST(WindowTable, ADamagedFileAndOneOfOtherColumnsStopTheTable) {
  io::SimulatedFileSystem files;
  publish(*claim(files), {.closed = {{kNoon, "rock", 1}}});
  const std::string path = "windows/windows-20181101T120000Z.parquet";
  const std::string good = *io::read_file(files, path, 1 << 20);
  const std::string other = *table::write_parquet(table::Rows({{"a", table::ColumnType::kText}}), {});
  std::string flipped = good;
  flipped[good.size() / 10] = static_cast<char>(flipped[good.size() / 10] ^ 1);  // in a page
  for (const std::string& bytes : {good.substr(0, good.size() / 2), flipped, other}) {
    ASSERT_TRUE(io::write_file_synced(files, path, bytes));
    const auto table = claim(files);
    const auto prepared = table->prepare({.restated = {{kNoon, "rock", 1}}});
    ASSERT_FALSE(prepared);
    EXPECT_EQ(prepared.error().kind, ErrorKind::kCorrupt);
    EXPECT_NE(prepared.error().message.find(path), std::string::npos) << prepared.error().message;
    EXPECT_EQ(table->commit("{}").error().kind, ErrorKind::kCorrupt);
    EXPECT_TRUE(*io::read_file(files, path, 1 << 20) == bytes);
  }
}

// More rows than one batch or row group has: many keys, in files that grow and are restated here and there.
TEST(WindowTable, FilesOfManyKeysGrowAndAreMerged) {
  io::SimulatedFileSystem files;
  auto table = claim(files);
  std::map<std::pair<Timestamp, std::string>, std::uint64_t> expected;
  Random random(11);
  const auto key = [](std::uint64_t number) { return "user" + std::to_string(100'000 + number); };
  for (int round = 0; round < 8; ++round) {
    WindowChanges changes;
    for (std::uint64_t user = 0; user < 30'000; ++user) changes.closed.push_back({kNoon + minutes{round}, key(user), 1 + user % 3});
    if (round % 3 == 2) {
      for (int minute = 0; minute < round; ++minute) {
        for (std::uint64_t user = random.below(500); user < 31'000; user += 1 + random.below(5000))
          changes.restated.push_back({kNoon + minutes{minute}, key(user), 1});
      }
    }
    for (const auto& list : {changes.closed, changes.restated}) {
      for (const Increase& increase : list) expected[{increase.window_start, increase.key}] += increase.count;
    }
    publish(*table, changes);
    if (round == 4) table = claim(files);
  }
  std::vector<Increase> rows;
  for (const auto& [place, count] : expected) rows.push_back({place.first, place.second, count});
  EXPECT_TRUE(published(files) == rows);
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
