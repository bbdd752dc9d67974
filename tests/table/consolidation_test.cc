#include "table/consolidation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "history.h"
#include "io/simulated.h"
#include "table/backup.h"
#include "table/content_sum.h"
#include "table/parquet.h"

namespace playhead::table {
namespace {

constexpr Timestamp kNow = from_micros(1'795'000'000'000'000);
constexpr std::int64_t kDay = 1'772'323'200'000'000;  // 2026-03-01
constexpr const char* kHour = "year=2026/month=03/day=01/hour=15/";

Rows rows_of(std::int64_t first, std::int64_t count) {
  Rows rows(Schema{{"window_start", ColumnType::kTimestamp},
                   {"window_end", ColumnType::kTimestamp},
                   {"genre", ColumnType::kText},
                   {"count", ColumnType::kInteger, true}});
  for (std::int64_t at = first; at < first + count; ++at) {
    const std::int64_t start = kDay + at * 360'000'000;  // ten an hour
    rows.columns[0].add_number(start);
    rows.columns[1].add_number(start + 60'000'000);
    rows.columns[2].add_text("genre " + std::to_string(at % 7));
    if (at % 5 == 0) {
      rows.columns[3].add_null();
    } else {
      rows.columns[3].add_number(at * 3);
    }
  }
  return rows;
}

std::string window_name(int hour) {
  return "windows-20260301T" + std::string(hour < 10 ? "0" : "") + std::to_string(hour) + "0000Z.parquet";
}

std::unique_ptr<PublishedFolder> claimed(io::FileSystem& files) { return PublishedFolder::claim(files, kFolder, kOwner).value(); }

// `count` small files of ten rows each, one a commit.
void publish_windows(PublishedFolder& writer, int from, int count) {
  for (int hour = from; hour < from + count; ++hour) {
    ASSERT_TRUE(writer.commit({{window_name(hour), write_parquet(rows_of(hour * 10, 10), {}).value()}}, {}, std::to_string(hour)));
  }
}

void publish_lake(PublishedFolder& writer, const std::string& folder, int count) {
  for (int file = 0; file < count; ++file) {
    const std::string name = folder + "p" + std::to_string(file % 2) + "-" + std::to_string(100 + file) + ".parquet";
    ASSERT_TRUE(writer.commit({{name, write_parquet(rows_of(file * 10, 10), {}).value()}}, {}, "1"));
  }
}

// All rows that a reader finds, in the order of the names.
Rows seen(io::FileSystem& files) {
  Rows all(rows_of(0, 0).schema);
  for (const auto& [name, bytes] : glob(files)) {
    const auto rows = read_parquet(bytes);
    if (!rows) return Rows{};
    all.append(*rows, 0, rows->size());
  }
  return all;
}

ContentSum sum_seen(io::FileSystem& files) {
  ContentSum sum;
  sum.add(seen(files));
  return sum;
}

ConsolidationOptions options(std::uint64_t target_bytes = std::uint64_t{1} << 30) { return {.target_bytes = target_bytes, .now = kNow}; }

std::vector<std::string> names(io::FileSystem& files) {
  std::vector<std::string> names;
  for (const auto& [name, bytes] : glob(files)) names.push_back(name);
  return names;
}

TEST(Consolidation, WindowsBecomeOneFileInTheirOrderAndASecondRunDoesNothing) {
  io::SimulatedFileSystem files;
  auto writer = claimed(files);
  publish_windows(*writer, 0, 20);
  const Rows before = seen(files);
  std::vector<std::string> steps;
  ConsolidationOptions how = options();
  how.tell = [&](const std::string& step) { steps.push_back(step); };
  const auto report = consolidate(files, *writer, how);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(names(files), std::vector<std::string>{"windows-20260301T000000Z-20260301T200000Z.parquet"});
  EXPECT_EQ(seen(files), before);
  EXPECT_EQ(report->files_before, 20u);
  EXPECT_EQ(report->files_after, 1u);
  EXPECT_EQ(report->rows, 200u);
  EXPECT_EQ(report->content_sum, sum_seen(files).text());
  EXPECT_EQ(report->bytes_after, glob(files).begin()->second.size());
  EXPECT_EQ(writer->ledger(), "19");
  EXPECT_EQ(steps.size(), 5u);
  EXPECT_EQ(glob(files, report->backup).size(), 20u);
  const auto again = consolidate(files, *writer, options());
  EXPECT_EQ(again->folders, 0u);
  EXPECT_EQ(again->backup, "");
  publish_windows(*writer, 20, 2);
  ASSERT_TRUE(consolidate(files, *writer, options()));
  EXPECT_EQ(names(files), std::vector<std::string>{"windows-20260301T000000Z-20260301T220000Z.parquet"});
}

TEST(Consolidation, FilesStayUnderTheTargetAndASecondRunDoesNothing) {
  for (const double share : {0.5, 1.0, 2.5, 3.7, 9.0, 100.0}) {
    io::SimulatedFileSystem files;
    auto writer = claimed(files);
    publish_windows(*writer, 0, 24);
    const Rows before = seen(files);
    const auto target = static_cast<std::uint64_t>(share * static_cast<double>(glob(files).begin()->second.size()));
    const auto plan = plan_consolidation(files, kFolder, options(target)).value();
    const auto report = consolidate(files, *writer, options(target));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_LE(report->files_after, plan.files_after) << share;
    EXPECT_EQ(seen(files), before) << share;
    for (const auto& [name, bytes] : glob(files)) {
      EXPECT_TRUE(bytes.size() <= target || !span_in_name(name)->end) << share << " " << name;
    }
    EXPECT_EQ(consolidate(files, *writer, options(target))->folders, 0u) << share;
  }
}

TEST(Consolidation, ALakeIsMergedHourByHour) {
  io::SimulatedFileSystem files;
  auto writer = claimed(files);
  publish_lake(*writer, kHour, 6);
  publish_lake(*writer, "year=2026/month=03/day=01/hour=16/", 1);
  publish_lake(*writer, "year=2026/month=03/day=02/hour=1/", 3);
  const ContentSum before = sum_seen(files);
  ConsolidationOptions sparing = options();
  sparing.only = {"year=2026/month=03/day=01/hour=15"};
  EXPECT_EQ(consolidate(files, *writer, sparing)->folders, 1u);
  EXPECT_EQ(names(files).size(), 5u) << "another hour was touched";
  const auto report = consolidate(files, *writer, options());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->kind, OutputKind::kLake);
  EXPECT_EQ(report->folders, 1u);
  EXPECT_EQ(report->files_after, 3u);
  EXPECT_EQ(names(files).front(), std::string(kHour) + "merged-" + format_compact(kNow) + "-1.parquet");
  EXPECT_EQ(sum_seen(files), before);
  EXPECT_EQ(consolidate(files, *writer, options())->folders, 0u);
  publish_lake(*writer, kHour, 1);
  EXPECT_EQ(consolidate(files, *writer, options())->files_after, 3u);
  EXPECT_EQ(sum_seen(files).rows(), before.rows() + 10);
}

TEST(Consolidation, LateEventsAndDeadLettersAreMergedEachForItself) {
  io::SimulatedFileSystem files;
  auto writer = claimed(files);
  publish_lake(*writer, "late/", 4);
  publish_lake(*writer, "dead_letters/", 2);
  const ContentSum before = sum_seen(files);
  const auto report = consolidate(files, *writer, options());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->kind, OutputKind::kRejects);
  EXPECT_EQ(name_of(report->kind), "rejects");
  EXPECT_EQ(report->folders, 2u);
  EXPECT_EQ(report->rows, 60u);
  const std::string start = "merged-" + format_compact(kNow);
  EXPECT_EQ(names(files), (std::vector<std::string>{"dead_letters/" + start + "-1.parquet", "late/" + start + "-2.parquet"}));
  EXPECT_EQ(sum_seen(files), before);
  EXPECT_EQ(glob(files, report->backup).size(), 6u);
  EXPECT_EQ(consolidate(files, *writer, options())->folders, 0u);
  ASSERT_TRUE(io::write_file_synced(files, std::string(kFolder) + "/late/notes.txt", "mine"));
  EXPECT_FALSE(consolidate(files, *writer, options()));
}

TEST(Consolidation, StrangersAndOtherColumnsAreRefusedBeforeAnythingIsChanged) {
  const auto refused = [](const std::string& path, const std::string& bytes, const std::string& part) {
    io::SimulatedFileSystem files;
    auto writer = claimed(files);
    path.starts_with("year=") ? publish_lake(*writer, kHour, 3) : publish_windows(*writer, 0, 3);
    ASSERT_TRUE(io::write_file_synced(files, io::join(kFolder, path), bytes));
    const auto before = names(files);
    const auto report = consolidate(files, *writer, options());
    ASSERT_FALSE(report) << path;
    EXPECT_NE(report.error().message.find(part), std::string::npos) << report.error().message;
    EXPECT_NE(report.error().message.find(path), std::string::npos) << report.error().message;
    EXPECT_EQ(names(files), before);
    EXPECT_EQ(files.list("windows").value(), std::vector<std::string>{"counts"});
  };
  Rows other(Schema{{"x", ColumnType::kInteger}});
  other.columns[0].add_number(1);
  const std::string others = write_parquet(other, {}).value();
  refused("notes.txt", "hello", "move it away");
  refused("part-0.parquet", others, "move it away");
  refused(window_name(9), others, "other columns");
  refused(window_name(9), "PAR1 no more", "can not be consolidated");
  refused(std::string(kHour) + "_SUCCESS", "", "move it away");
  refused(std::string(kHour) + "p9-1.parquet", others, "other columns");
}

TEST(Consolidation, WithoutABackupNothingIsTouched) {
  io::SimulatedFileSystem files;
  auto writer = claimed(files);
  publish_windows(*writer, 0, 3);
  ASSERT_TRUE(io::write_file_synced(files, "taken", "x"));
  for (int second = 0; second < 60; ++second) {
    ASSERT_TRUE(files.make_folders(std::string(kFolder) + "_backup_" + format_compact(kNow + std::chrono::seconds{second}) + "/x"));
  }
  const auto report = consolidate(files, *writer, options());
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("no backup could be made, so nothing was changed"), std::string::npos) << report.error().message;
  EXPECT_EQ(names(files).size(), 3u);
}

TEST(Consolidation, AFullDiskLeavesTheOutputAndNothingElse) {
  io::SimulatedFileSystem files;
  auto writer = claimed(files);
  publish_windows(*writer, 0, 10);
  const Rows before = seen(files);
  files.limit_capacity((std::uint64_t{1} << 30) - files.free_bytes("/").value() + 500);
  const auto report = consolidate(files, *writer, options());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::kLimit) << report.error().message;
  EXPECT_EQ(seen(files), before);
  const auto beside = files.list("windows").value();
  EXPECT_TRUE(std::ranges::none_of(beside, [](const std::string& name) { return name.starts_with("."); }));
  files.limit_capacity(std::uint64_t{1} << 30);
  ASSERT_TRUE(consolidate(files, *writer, options()));
  EXPECT_EQ(seen(files), before);
}

void consolidate_until_power_loss(io::FileSystem& files) {
  auto writer = PublishedFolder::claim(files, kFolder, kOwner);
  if (writer) static_cast<void>(consolidate(files, **writer, options()));
}

TEST(Consolidation, PowerLossAtEveryOperationLeavesTheSameRows) {
  for (const bool lake : {false, true}) {
    for (std::uint64_t operation = 0;; ++operation) {
      SCOPED_TRACE((lake ? "lake, operation " : "windows, operation ") + std::to_string(operation));
      io::SimulatedFileSystem disk;
      {
        auto writer = claimed(disk);
        lake ? publish_lake(*writer, kHour, 3) : publish_windows(*writer, 0, 3);
        if (lake) publish_lake(*writer, "year=2026/month=03/day=01/hour=16/", 2);
        ASSERT_TRUE(writer->settle());
      }
      const ContentSum before = sum_seen(disk);
      Visible looked_at;
      io::ObservedFileSystem files(disk, [&] {
        if (!disk.exists(kFolder)) return;  // the power is off
        Visible now = glob(disk);
        if (now == looked_at) return;
        ASSERT_EQ(sum_seen(disk), before);
        looked_at = std::move(now);
      });
      const std::uint64_t start = disk.operations();
      disk.crash_after(operation);
      consolidate_until_power_loss(files);
      const bool lost = !disk.exists(kFolder).has_value();
      EXPECT_EQ(lost, disk.operations() - start > operation);
      Random random(operation);
      disk.crash(random);
      ASSERT_EQ(sum_seen(disk), before);
      auto next = claimed(disk);
      ASSERT_TRUE(consolidate(disk, *next, options()));
      ASSERT_EQ(sum_seen(disk), before);
      EXPECT_EQ(names(disk).size(), lake ? 2u : 1u);
      const auto beside = disk.list("windows").value();
      EXPECT_TRUE(std::ranges::none_of(beside, [](const std::string& name) { return name.starts_with(".counts.staged"); }));
      if (!lost) break;
    }
  }
}

TEST(Consolidation, NamesOfWindowFiles) {
  const Timestamp start = parse_iso("2018-11-01T20:00:00Z")->time;
  EXPECT_EQ(span_in_name("windows-20181101T200000Z.parquet"), (WindowSpan{start, std::nullopt}));
  EXPECT_EQ(span_in_name("windows-20181101T200000Z-20181101T210000Z.parquet"), (WindowSpan{start, start + std::chrono::hours{1}}));
  for (const char* name : {"windows-.parquet", "windows-20181101T200000Z", "windows-20181101T200000Z-.parquet", "p0-1.parquet",
                           "windows-parquet", "windows-20181101T200000Z_20181102T200000Z.parquet", "windows-20181301T200000Z.parquet",
                           "windows-20181101T200000Z-20181101T200000Z.parquet"}) {
    EXPECT_EQ(span_in_name(name), std::nullopt) << name;
  }
}

TEST(Consolidation, WindowsLongerThanAnHourEndWhereTheyEnd) {
  io::SimulatedFileSystem files;
  auto writer = claimed(files);
  for (const int day : {1, 2}) {
    Rows rows = rows_of(0, 0);
    rows.columns[0].add_number(kDay + (day - 1) * 86'400'000'000);
    rows.columns[1].add_number(kDay + day * 86'400'000'000);
    rows.columns[2].add_text("pop");
    rows.columns[3].add_number(1);
    ASSERT_TRUE(writer->commit({{"windows-2026030" + std::to_string(day) + "T000000Z.parquet", write_parquet(rows, {}).value()}}, {}, "1"));
  }
  ASSERT_TRUE(consolidate(files, *writer, options()));
  EXPECT_EQ(names(files), std::vector<std::string>{"windows-20260301T000000Z-20260303T000000Z.parquet"});
}

}  // namespace
}  // namespace playhead::table
