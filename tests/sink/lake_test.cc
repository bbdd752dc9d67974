#include "sink/lake.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/random.h"
#include "io/posix.h"
#include "io/simulated.h"
#include "random_events.h"

namespace playhead::sink {
namespace {

using std::chrono::hours;

constexpr Timestamp kNoon = from_micros(1'541'073'600'000'000);  // 2018-11-01T12:00:00Z

Timestamp at(std::string_view text) { return parse_iso(text)->time; }

Lake::Options options(LakeLayout layout = LakeLayout::kPadded, std::uint64_t target = std::uint64_t{16} << 20) {
  return {.folder = "lake/plays", .topic = "plays", .layout = layout, .owner = R"({"job":"plays"})", .file_bytes_target = target};
}

std::unique_ptr<Lake> claim(io::FileSystem& files, Lake::Options with = options()) {
  auto lake = Lake::claim(files, std::move(with));
  EXPECT_TRUE(lake) << lake.error().message;
  return lake ? std::move(*lake) : nullptr;
}

std::map<std::string, std::vector<Cells>> read_lake(io::FileSystem& files) { return read_folder(files, "lake/plays", EventRows::schema()); }

// An event at `time`, of which only that and the offset matter.
void add_event(EventRows& rows, std::uint64_t offset, Timestamp time, std::string_view extra = {}) {
  event::EventBatch events;
  events.record = {0};
  events.kind = {event::Kind::kListen};
  events.is_play = {1};
  events.time = {time};
  events.extra = {extra};
  rows.add(events, {{Offset{offset}}}, {{time}}, {{event::EventId{}}}, {{stream::Disposition::kOnTime}});
}

void commit(Lake& lake, EventRows& rows, std::string ledger = "1") {
  const std::vector<EventRows*> lanes{&rows};
  const Status status = lake.commit(lanes, std::move(ledger));
  EXPECT_TRUE(status) << status.error().message;
}

TEST(Lake, AnHoursFolderIsNamedAfterItsEventTime) {
  const auto padded = [](std::string_view time) { return hour_folder(at(time), LakeLayout::kPadded); };
  EXPECT_EQ(padded("2018-11-02T05:59:59.999999Z"), "year=2018/month=11/day=02/hour=05");
  EXPECT_EQ(padded("2018-11-02T06:00:00Z"), "year=2018/month=11/day=02/hour=06");
  EXPECT_EQ(padded("1970-01-01T00:00:00Z"), "year=1970/month=01/day=01/hour=00");
  EXPECT_EQ(padded("2016-02-29T23:00:00Z"), "year=2016/month=02/day=29/hour=23");
  EXPECT_EQ(padded("2016-03-01T00:00:00Z"), "year=2016/month=03/day=01/hour=00");
  EXPECT_EQ(padded("2100-03-01T00:00:00Z"), "year=2100/month=03/day=01/hour=00");
  EXPECT_EQ(hour_folder(at("2100-03-01T00:00:00Z") - Duration{1}, LakeLayout::kPadded), "year=2100/month=02/day=28/hour=23");
  EXPECT_EQ(padded("9999-12-31T23:59:59Z"), "year=9999/month=12/day=31/hour=23");
  // The folder that Streamify's table has for 2018-12-02 at 15 and at 5.
  EXPECT_EQ(hour_folder(at("2018-12-02T15:04:05Z"), LakeLayout::kStreamify), "year=2018/month=12/day=2/hour=15");
  EXPECT_EQ(hour_folder(at("2019-01-31T05:04:05Z"), LakeLayout::kStreamify), "year=2019/month=1/day=31/hour=5");
}

TEST(Lake, RowsOfAllLanesAreInTheFilesOfTheirHoursInTheOrderOfTheirOffsets) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    io::SimulatedFileSystem files;
    const LakeLayout layout = seed % 2 == 0 ? LakeLayout::kPadded : LakeLayout::kStreamify;
    std::vector<Arrivals> arrivals;
    for (std::uint32_t i = 0; i < 3; ++i) arrivals.emplace_back(seed * 10 + i, Arrivals::Options{.partition = Partition{i}});
    std::vector<Cells> expected;
    for (int life = 0; life < 3; ++life) {
      const auto lake = claim(files, options(layout, 20'000));
      EventRows first;
      EventRows third;
      const std::vector<EventRows*> lanes{&first, nullptr, &third};
      for (int round = 0; round < 3; ++round) {
        for (const std::uint32_t i : {0u, 2u}) {
          const Arrival arrival = arrivals[i].next();
          arrival.add_to(*lanes[i]);
          expected.insert(expected.end(), arrival.expected.begin(), arrival.expected.end());
        }
        const std::string ledger = std::to_string(life * 3 + round);
        const Status status = lake->commit(lanes, ledger);
        ASSERT_TRUE(status) << status.error().message;
        EXPECT_EQ(lake->ledger(), ledger);
        EXPECT_EQ(first.size() + third.size(), 0u);
      }
    }
    const auto by_file = read_lake(files);
    for (const auto& [name, rows] : by_file) {
      std::uint64_t before = 0;
      for (const Cells& row : rows) {
        EXPECT_EQ(name.substr(0, name.rfind('/')), hour_folder(from_micros(std::stoll(*row[4])), layout));
        EXPECT_TRUE(name.contains("/p" + *row[1] + "-"));
        EXPECT_GT(std::stoull(*row[2]), before) << name;
        before = std::stoull(*row[2]);
      }
      EXPECT_EQ("p" + *rows[0][1] + "-" + std::string(20 - rows[0][2]->size(), '0') + *rows[0][2] + ".parquet",
                name.substr(name.rfind('/') + 1));
    }
    std::ranges::sort(expected);
    EXPECT_EQ(sorted_rows(by_file), expected);
  }
}

TEST(Lake, AnHourHasOneFileAPartitionUntilThatIsLarge) {
  io::SimulatedFileSystem files;
  Arrivals arrivals(1, {.records_max = 400, .span = hours{1}});
  const auto lake = claim(files, options(LakeLayout::kPadded, 60'000));
  EventRows rows;
  std::vector<Cells> expected;
  std::size_t files_before = 0;
  bool rolled = false;
  for (int round = 0; round < 20; ++round) {
    const Arrival arrival = arrivals.next();
    arrival.add_to(rows);
    expected.insert(expected.end(), arrival.expected.begin(), arrival.expected.end());
    commit(*lake, rows);
    const std::size_t count = visible_files(files, "lake/plays").size();
    EXPECT_LE(count, files_before + 1);
    rolled = rolled || (files_before != 0 && count > files_before);
    files_before = count;
  }
  EXPECT_TRUE(rolled);
  EXPECT_LT(files_before, 15u);
  std::ranges::sort(expected);
  EXPECT_EQ(sorted_rows(read_lake(files)), expected);
}

TEST(Lake, ALedgerWithoutRowsIsKept) {
  io::SimulatedFileSystem files;
  EventRows rows;
  commit(*claim(files), rows, R"({"0":5})");
  EXPECT_EQ(claim(files)->ledger(), R"({"0":5})");
  EXPECT_TRUE(visible_files(files, "lake/plays").empty());
}

TEST(Lake, AnotherJobAnotherTopicAndAnotherLayoutAreRefused) {
  io::SimulatedFileSystem files;
  claim(files);
  const auto refusal = [&files](Lake::Options with) {
    const auto lake = Lake::claim(files, std::move(with));
    EXPECT_FALSE(lake);
    if (lake) return std::string();
    EXPECT_EQ(lake.error().kind, ErrorKind::kInvalid);
    return lake.error().message;
  };
  Lake::Options other = options();
  other.owner = R"({"job":"others"})";
  EXPECT_TRUE(refusal(other).contains(R"({"job":"plays"})"));
  other = options();
  other.topic = "listens";
  EXPECT_TRUE(refusal(other).contains("lake/plays belongs to"));
  EXPECT_EQ(refusal(options(LakeLayout::kStreamify)),
            "the lake lake/plays was begun with the layout padded and keeps it; ask for that one, or choose another folder");
  EXPECT_TRUE(Lake::claim(files, options()));
}

TEST(Lake, AWriterThatWasTakenOverCommitsNothing) {
  io::SimulatedFileSystem files;
  EventRows rows;
  const auto old = claim(files);
  add_event(rows, 1, kNoon);
  commit(*old, rows);
  const auto young = claim(files);
  add_event(rows, 2, kNoon);
  const std::vector<EventRows*> lanes{&rows};
  const Status status = old->commit(lanes, "2");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kFenced);
  EXPECT_EQ(rows.size(), 1u);
  EXPECT_EQ(sorted_rows(read_lake(files)).size(), 1u);
  commit(*young, rows);
  EXPECT_EQ(sorted_rows(read_lake(files)).size(), 2u);
}

constexpr Timestamp kMerging = kNoon + hours{5000};  // names merged files

// The hours that hold a merged file.
std::vector<std::string> merged_hours(io::FileSystem& files) {
  std::vector<std::string> merged;
  for (const std::string& name : visible_files(files, "lake/plays")) {
    if (const auto end = name.find("/merged-"); end != std::string::npos) merged.push_back(name.substr(0, end));
  }
  return merged;
}

TEST(Lake, ColdHoursAreThoseThatEndedAndHaveSmallFiles) {
  for (const LakeLayout layout : {LakeLayout::kPadded, LakeLayout::kStreamify}) {
    io::SimulatedFileSystem files;
    const auto lake = claim(files, options(layout));
    EXPECT_EQ(lake->merge_cold_hours(kNoon, 9, kMerging).value(), 0u);
    EventRows first;
    EventRows second;
    const std::vector<EventRows*> lanes{&first, &second};
    for (const int hour : {-3000, -2, -1, 0, 1}) {
      add_event(first, static_cast<std::uint64_t>(hour + 4000), kNoon + hours{hour});
      if (hour != -2) add_event(second, static_cast<std::uint64_t>(hour + 4000), kNoon + hours{hour});
    }
    ASSERT_TRUE(lake->commit(lanes, "1"));
    ASSERT_TRUE(files.make_folders("lake/plays/year=2018/month=13/day=01/hour=00"));
    ASSERT_TRUE(files.make_folders("lake/plays/year=old/month=1"));
    // Files that have their size are not to be merged.
    EXPECT_EQ(claim(files, options(layout, 1))->merge_cold_hours(kNoon, 9, kMerging).value(), 0u);
    const auto before = sorted_rows(read_lake(files));
    const auto next = claim(files, options(layout));  // knows of no commit: it looks through the lake
    const std::string oldest = hour_folder(kNoon - hours{3000}, layout);
    const std::string eleven = hour_folder(kNoon - hours{1}, layout);
    EXPECT_EQ(next->merge_cold_hours(kNoon - Duration{1}, 9, kMerging).value(), 1u);
    EXPECT_EQ(merged_hours(files), (std::vector<std::string>{oldest}));
    EXPECT_EQ(next->merge_cold_hours(kNoon + hours{9}, 1, kMerging).value(), 1u) << "one at a time";
    std::vector<std::string> both{oldest, eleven};
    std::sort(both.begin(), both.end());  // as a folder lists them: month=11 before month=6
    EXPECT_EQ(merged_hours(files), both);
    EXPECT_EQ(next->merge_cold_hours(kNoon + hours{9}, 9, kMerging).value(), 2u);
    EXPECT_EQ(next->merge_cold_hours(kNoon + hours{9}, 9, kMerging).value(), 0u);
    EXPECT_EQ(visible_files(files, "lake/plays").size(), 5u);
    EXPECT_EQ(sorted_rows(read_lake(files)), before);
  }
}

TEST(Lake, AMergedHourKeepsItsRowsAndLateOnesGoToANewFile) {
  io::SimulatedFileSystem files;
  const auto lake = claim(files);
  EventRows first;
  EventRows second;
  const std::vector<EventRows*> lanes{&first, &second};
  add_event(first, 5, kNoon);
  add_event(second, 7, kNoon);
  ASSERT_TRUE(lake->commit(lanes, "1"));
  const Timestamp after = kNoon + hours{1};
  const std::string hour = hour_folder(kNoon, LakeLayout::kPadded);
  const std::string merged = hour + "/merged-" + format_compact(kMerging) + "-1.parquet";
  const auto before = sorted_rows(read_lake(files));
  EXPECT_EQ(lake->merge_cold_hours(after, 4, kMerging).value(), 1u);
  EXPECT_EQ(visible_files(files, "lake/plays"), std::vector<std::string>{merged});
  EXPECT_EQ(sorted_rows(read_lake(files)), before);
  EXPECT_EQ(lake->merge_cold_hours(after, 4, kMerging).value(), 0u);

  add_event(first, 8, kNoon);
  ASSERT_TRUE(lake->commit(lanes, "2"));
  const std::vector<std::string> grown{merged, hour + "/p0-00000000000000000008.parquet"};
  EXPECT_EQ(visible_files(files, "lake/plays"), grown);

  add_event(first, 9, kNoon);
  files.limit_capacity(0);
  ASSERT_FALSE(lake->commit(lanes, "3"));
  const auto busy = lake->merge_cold_hours(after, 4, kMerging);
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().kind, ErrorKind::kBusy) << "what the failed commit added was of the files before";
  files.limit_capacity(std::uint64_t{1} << 30);
  ASSERT_TRUE(lake->commit(lanes, "3"));
  EXPECT_EQ(visible_files(files, "lake/plays"), grown);
  EXPECT_EQ(sorted_rows(read_lake(files)).size(), 4u);
  EXPECT_EQ(lake->merge_cold_hours(after, 4, kMerging + Duration{1'000'000}).value(), 1u);
  EXPECT_EQ(visible_files(files, "lake/plays").size(), 1u);
  EXPECT_EQ(sorted_rows(read_lake(files)).size(), 4u);
}

TEST(Lake, AnHourThatACommitCouldNotMakeIsNoReasonToFail) {
  io::SimulatedFileSystem files;
  const auto lake = claim(files);
  EventRows rows;
  EXPECT_EQ(lake->merge_cold_hours(kNoon, 4, kMerging).value(), 0u);
  add_event(rows, 1, kNoon);
  files.limit_capacity(0);
  const std::vector<EventRows*> lanes{&rows};
  ASSERT_FALSE(lake->commit(lanes, "1"));
  EXPECT_EQ(lake->merge_cold_hours(kNoon + hours{1}, 4, kMerging).value(), 0u);
}

TEST(Lake, AFullDiskFailsTheCommitAndTheNextTryHoldsTheSameRows) {
  io::SimulatedFileSystem files;
  Arrivals arrivals(5, {.records_max = 100, .span = hours{5}});
  const auto lake = claim(files, options(LakeLayout::kPadded, 20'000));
  EventRows rows;
  const std::vector<EventRows*> lanes{&rows};
  std::vector<Cells> expected;
  int failures = 0;
  for (int round = 0; round < 5; ++round) {
    const auto committed = sorted_rows(read_lake(files));
    const std::string ledger = lake->ledger();
    for (std::uint64_t tries = 0; tries < 300; ++tries) {  // a little more is written with each, until all is
      if (tries % 10 == 0 && tries < 30) {
        const Arrival arrival = arrivals.next();
        arrival.add_to(rows);
        expected.insert(expected.end(), arrival.expected.begin(), arrival.expected.end());
      }
      files.limit_capacity(tries * 12'000);
      const Status status = lake->commit(lanes, std::to_string(round));
      if (status) break;
      ++failures;
      ASSERT_EQ(status.error().kind, ErrorKind::kLimit) << status.error().message;
      ASSERT_EQ(lake->ledger(), ledger);
      ASSERT_EQ(sorted_rows(read_lake(files)), committed);
    }
    EXPECT_EQ(rows.size(), 0u);
    std::ranges::sort(expected);
    ASSERT_EQ(sorted_rows(read_lake(files)), expected);
  }
  EXPECT_GT(failures, 20);
}

// What a writer does in the crash tests: commit i has the rows of arrival i, and i as its ledger.
class Script {
 public:
  explicit Script(std::uint64_t seed) {
    for (std::uint32_t i = 0; i < 2; ++i) {
      Arrivals arrivals(seed * 2 + i, {.partition = Partition{i}, .records_max = 5, .span = hours{2}});
      for (std::size_t commit = 0; commit < kCommits; ++commit) arrivals_[i].push_back(arrivals.next());
    }
  }

  // Claims the lake and commits what it does not hold.
  Status run(io::FileSystem& files) const {
    TRY_ASSIGN(const auto lake, Lake::claim(files, options(LakeLayout::kPadded, 12'000)));
    EventRows first;
    EventRows second;
    const std::vector<EventRows*> lanes{&first, &second};
    for (std::size_t i = lake->ledger() == "null" ? 0 : std::stoul(lake->ledger()); i < kCommits; ++i) {
      arrivals_[0][i].add_to(first);
      arrivals_[1][i].add_to(second);
      TRY(lake->commit(lanes, std::to_string(i + 1)));
    }
    return lake->settle();
  }

  std::vector<Cells> rows_after(std::size_t commits) const {
    std::vector<Cells> expected;
    for (const auto& lane : arrivals_) {
      for (std::size_t i = 0; i < commits; ++i) expected.insert(expected.end(), lane[i].expected.begin(), lane[i].expected.end());
    }
    std::ranges::sort(expected);
    return expected;
  }

  static constexpr std::size_t kCommits = 3;

 private:
  std::deque<Arrival> arrivals_[2];
};

TEST(Lake, ACrashAtAnyOperationLeavesTheRowsThatTheLedgerSays) {
  const Script script(11);
  io::SimulatedFileSystem whole;
  ASSERT_TRUE(script.run(whole));
  ASSERT_EQ(sorted_rows(read_lake(whole)), script.rows_after(Script::kCommits));
  std::set<std::string> ledgers;
  for (std::uint64_t crash = 0; crash < whole.operations(); ++crash) {
    SCOPED_TRACE("crash after operation " + std::to_string(crash));
    Random random(crash + 1);
    io::SimulatedFileSystem files;
    files.crash_after(crash);
    ASSERT_FALSE(script.run(files));
    files.crash(random);
    // A second crash, in the recovery or a little later.
    files.crash_after(random.below(60));
    const Status recovered = script.run(files);
    files.crash(random);
    const auto lake = claim(files, options(LakeLayout::kPadded, 12'000));
    ledgers.insert(lake->ledger());
    const std::size_t held = lake->ledger() == "null" ? 0 : std::stoul(lake->ledger());
    ASSERT_EQ(sorted_rows(read_lake(files)), script.rows_after(held));
    ASSERT_TRUE(script.run(files));
    ASSERT_EQ(read_lake(files), read_lake(whole));
  }
  EXPECT_EQ(ledgers.size(), Script::kCommits + 1) << "the crashes did not meet every commit";
}

long peak_kilobytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// On files of the system, because those of the twin are in memory themselves; in memory files, where there are any, because a sync for each
// of thousands of folders takes a disk half a minute.
TEST(Lake, ThousandsOfHoursInOneCommitTakeTheMemoryOfAFew) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the address sanitizer keeps memory that was given back";
#endif
  const std::filesystem::path shared = "/dev/shm";
  std::string folder = (std::filesystem::exists(shared) ? shared : std::filesystem::temp_directory_path()) / "playhead_lake_XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const auto files = io::make_posix();
  Lake::Options with = options();
  with.folder = folder + "/lake";
  const auto lake = claim(*files, with);
  Random random(1);
  EventRows rows;
  constexpr int kHours = 2000;
  const auto fill = [&](std::uint64_t offset, int hours_of, int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (int hour = 0; hour < hours_of; ++hour) {
        std::string noise;
        while (noise.size() < 300) noise += static_cast<char>(' ' + random.below(90));
        add_event(rows, offset++, kNoon - hours{hour}, noise);
      }
    }
  };
  fill(0, 50, 60);
  commit(*lake, rows);
  fill(100'000, kHours, 60);
  const std::uint64_t bytes = rows.bytes();
  ASSERT_GT(bytes, std::uint64_t{30} << 20);
  const long before = peak_kilobytes();
  commit(*lake, rows);
  EXPECT_LT(peak_kilobytes() - before, static_cast<long>(bytes / 1024 / 2)) << "all rows twice in memory, or all files, would take more";
  EXPECT_EQ(visible_files(*files, with.folder).size(), static_cast<std::size_t>(kHours)) << "the first 50 hours have grown";
  const std::string noon = with.folder + "/year=2018/month=11/day=01/hour=12/p0-00000000000000000000.parquet";
  EXPECT_EQ(read_cells(*files, noon, EventRows::schema()).size(), 120u);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace playhead::sink
