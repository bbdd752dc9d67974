#include "pipeline/reconciliation.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "io/simulated.h"
#include "pipeline/row_ledger.h"
#include "table/parquet.h"
#include "table/published_folder.h"

namespace playhead::pipeline {
namespace {

using table::ColumnType;

constexpr std::int64_t kHour = 3'600'000'000;

enum class Fate { kOnTime, kRestated, kLate, kFuture, kDuplicate, kDeadLetter };

struct Record {
  std::uint32_t partition;
  std::uint64_t offset;
  std::int64_t ingest_time;
  Fate fate;
  bool is_play = true;
};

std::string disposition_of(Fate fate) {
  if (fate == Fate::kOnTime) return "on_time";
  return fate == Fate::kRestated ? "restated" : "late";
}

table::Rows table_of(const std::vector<std::string>& words) {
  table::Schema schema = {{"partition", ColumnType::kInteger}, {"offset", ColumnType::kInteger}, {"ingest_time", ColumnType::kTimestamp}};
  for (const std::string& word : words) schema.push_back({word, word == "is_play" ? ColumnType::kFlag : ColumnType::kText});
  return table::Rows(schema);
}

void add_place(table::Rows& rows, const Record& record) {
  rows.columns[0].add_number(record.partition);
  rows.columns[1].add_number(static_cast<std::int64_t>(record.offset));
  rows.columns[2].add_number(record.ingest_time);
}

// A job's folders, written from what became of its records.
class Reconcile : public testing::Test {
 protected:
  std::vector<Record> records_;
  std::uint32_t partitions_ = 2;
  RowLedger lake_ledger_;
  RowLedger reject_ledger_;
  Ledger windows_;
  std::int64_t published_rows_ = 0;
  std::unique_ptr<io::FileSystem> files_ = std::make_unique<io::SimulatedFileSystem>();

  // `count` records in each partition, 10 an hour, of all fates in turn.
  void fill(std::uint64_t count, std::uint64_t first = 0) {
    for (std::uint32_t partition = 0; partition < partitions_; ++partition) {
      for (std::uint64_t offset = first; offset < first + count; ++offset) {
        records_.push_back({partition, offset, static_cast<std::int64_t>(offset / 10) * kHour + 5, static_cast<Fate>(offset % 6)});
      }
    }
    set_ledgers(first, first + count);
  }

  void set_ledgers(std::uint64_t first, std::uint64_t next) {
    lake_ledger_.assign(partitions_, {.epoch = {1}, .first = {first}, .next = {next}, .writer = {1}});
    reject_ledger_ = lake_ledger_;
    windows_ = {};
    for (std::uint32_t partition = 0; partition < partitions_; ++partition) {
      LedgerPartition& ledger = windows_.partitions.emplace_back();
      ledger.epoch = {1};
      ledger.next = {next};
      for (const Record& record : records_) {
        if (record.partition != partition) continue;
        ++ledger.tally.records[0];  // how they are spread does not matter here
        if (record.fate == Fate::kOnTime) ++ledger.tally.plays_on_time;
        if (record.fate == Fate::kRestated) ++ledger.tally.plays_restated;
      }
    }
    windows_.published_plays = windows_.tally().plays_counted() - 3;
    windows_.open_plays = 3;
    published_rows_ = static_cast<std::int64_t>(windows_.published_plays);
  }

  void publish(const std::string& folder, const std::string& name, const table::Rows& rows, const std::string& ledger) {
    auto claimed = table::PublishedFolder::claim(*files_, folder, "{}");
    ASSERT_TRUE(claimed) << claimed.error().message;
    const auto bytes = table::write_parquet(rows, {});
    ASSERT_TRUE(bytes) << bytes.error().message;
    const Status committed = (*claimed)->commit({{name, *bytes}}, {}, ledger);
    ASSERT_TRUE(committed) << committed.error().message;
  }

  void write(bool with_lake = true) {
    table::Rows lake = table_of({"disposition", "is_play"});
    table::Rows late = table_of({"reason"});
    table::Rows dead = table_of({});
    for (const Record& record : records_) {
      if (record.fate == Fate::kDeadLetter) {
        add_place(dead, record);
        continue;
      }
      if (record.fate != Fate::kDuplicate) {
        add_place(lake, record);
        lake.columns[3].add_text(disposition_of(record.fate));
        lake.columns[4].add_number(record.is_play ? 1 : 0);
      }
      if (record.fate == Fate::kOnTime || record.fate == Fate::kRestated) continue;
      add_place(late, record);
      late.columns[3].add_text(record.fate == Fate::kDuplicate ? "duplicate" : record.fate == Fate::kFuture ? "future" : "late");
    }
    if (with_lake) publish("lake", "year=2018/month=11/a.parquet", lake, to_text(lake_ledger_));
    publish("rejected", "late/p0-0.parquet", late, to_text(reject_ledger_));
    publish("rejected", "dead_letters/p0-0.parquet", dead, to_text(reject_ledger_));
    table::Rows windows(table::Schema{{"window_start", ColumnType::kTimestamp}, {"count", ColumnType::kInteger}});
    for (const std::int64_t count : {std::int64_t{1}, published_rows_ - 1}) {
      windows.columns[0].add_number(0);
      windows.columns[1].add_number(count);
    }
    publish("windows", "windows-a.parquet", windows, to_text(windows_));
  }

  Reconciliation reconciled(bool with_lake = true) {
    auto found =
        reconcile(*files_, {.partitions = partitions_, .lake = with_lake ? "lake" : "", .rejects = "rejected", .windows = "windows"});
    EXPECT_TRUE(found) << found.error().message;
    return found ? std::move(*found) : Reconciliation{};
  }
};

TEST_F(Reconcile, AccountsForEveryRecordByHour) {
  fill(60);
  write();
  const Reconciliation found = reconciled();
  EXPECT_TRUE(found.holds());
  const HourCounts total = found.total();
  EXPECT_EQ(total.records(), 120u);
  EXPECT_EQ(total.on_time, 20u);
  EXPECT_EQ(total.restated, 20u);
  EXPECT_EQ(total.late, 40u) << "the future is late, too";
  EXPECT_EQ(total.duplicates, 20u);
  EXPECT_EQ(total.dead_letters, 20u);
  ASSERT_EQ(found.partitions[1].hours.size(), 6u);
  const HourCounts& first = found.partitions[1].hours.at(from_micros(0));
  EXPECT_EQ(first.records(), 10u);
  EXPECT_EQ(first.on_time, 2u);  // offsets 0 and 6
  EXPECT_EQ(first.dead_letters, 1u);
  EXPECT_EQ(found.windows.rows, 37u);
  ASSERT_TRUE(found.windows.plays);
  EXPECT_EQ(*found.windows.plays, 40u);
  EXPECT_EQ(found.partitions[0].checked, (OffsetRange{{0}, {60}}));
}

TEST_F(Reconcile, NamesTheHourOfWhatIsMissing) {
  fill(60);
  std::erase_if(records_, [](const Record& record) { return record.partition == 1 && record.offset >= 20 && record.offset < 24; });
  write();
  const Reconciliation found = reconciled();
  EXPECT_FALSE(found.holds());
  EXPECT_EQ(found.total().missing, 4u);
  EXPECT_EQ(found.total().records(), 120u);
  EXPECT_EQ(found.partitions[1].hours.at(from_micros(kHour)).missing, 4u) << "the nearest row before is offset 19";
  EXPECT_EQ(found.partitions[0].hours.at(from_micros(kHour)).missing, 0u);
}

TEST_F(Reconcile, WhatIsMissingBeforeAnyRowHasNoHour) {
  fill(60);
  std::erase_if(records_, [](const Record& record) { return record.partition == 0 && record.offset < 2; });
  write();
  EXPECT_EQ(reconciled().partitions[0].hours.at(kNever).missing, 2u);
}

TEST_F(Reconcile, SeesAnOffsetThatIsThereTwice) {
  fill(60);
  records_.push_back({0, 33, 3 * kHour, Fate::kDeadLetter});  // it is in the lake as well
  write();
  const Reconciliation found = reconciled();
  EXPECT_FALSE(found.holds());
  EXPECT_EQ(found.total().twice, 1u);
  EXPECT_EQ(found.partitions[0].hours.at(from_micros(3 * kHour)).twice, 1u);
  EXPECT_EQ(found.total().records(), 120u);
}

TEST_F(Reconcile, LateEventsAreInBothTables) {
  fill(60);
  write();
  table::Rows late = table_of({"reason"});
  publish("rejected", "late/p0-0.parquet", late, to_text(reject_ledger_));
  const Reconciliation found = reconciled();
  EXPECT_FALSE(found.holds());
  EXPECT_EQ(found.total().late, 40u);
  EXPECT_EQ(found.total().late_listed, 0u);
}

TEST_F(Reconcile, LeavesOutWhatOneLedgerDoesNotHaveYet) {
  fill(60);
  lake_ledger_[0].next = {50};
  reject_ledger_[1].next = {40};
  write();
  const Reconciliation found = reconciled();
  EXPECT_TRUE(found.holds());
  EXPECT_EQ(found.partitions[0].checked, (OffsetRange{{0}, {50}}));
  EXPECT_EQ(found.partitions[1].checked, (OffsetRange{{0}, {40}}));
  EXPECT_EQ(found.total().records(), 90u);
  EXPECT_FALSE(found.windows.plays) << "the windows hold more than the lake";
}

TEST_F(Reconcile, ATableThatBeganLaterIsCheckedFromThere) {
  fill(60);
  std::erase_if(records_, [](const Record& record) { return record.offset < 12; });
  for (RowLedgerPartition& ledger : lake_ledger_) ledger.first = {12};
  write();
  const Reconciliation found = reconciled();
  EXPECT_TRUE(found.holds());
  EXPECT_EQ(found.total().records(), 96u);
  EXPECT_FALSE(found.windows.plays);
}

TEST_F(Reconcile, TheWindowsHoldWhatTheirLedgerSays) {
  fill(60);
  published_rows_ += 1;
  write();
  const Reconciliation found = reconciled();
  EXPECT_FALSE(found.holds());
  EXPECT_FALSE(found.windows.rows_are_published());
}

TEST_F(Reconcile, TheWindowsHoldThePlaysOfTheLake) {
  fill(60);
  for (Record& record : records_) {
    if (record.offset == 0) record.is_play = false;  // the ledger counted it as a play
  }
  write();
  const Reconciliation found = reconciled();
  EXPECT_TRUE(found.windows.rows_are_published());
  EXPECT_FALSE(found.windows.plays_are_counted());
  EXPECT_FALSE(found.holds());
}

TEST_F(Reconcile, WithoutALakeTheOtherTablesAreChecked) {
  fill(60);
  write(false);
  Reconciliation found = reconciled(false);
  EXPECT_TRUE(found.holds());
  EXPECT_EQ(found.total().late, 40u);
  EXPECT_EQ(found.total().missing, 0u);
  EXPECT_FALSE(found.windows.plays);
  records_.push_back({0, 4, 0, Fate::kDeadLetter});  // also a duplicate
  write(false);
  found = reconciled(false);
  EXPECT_EQ(found.total().twice, 1u);
}

TEST_F(Reconcile, ReadsWhatIsCommittedAndNotYetNamed) {
  fill(60);
  write();
  // As a writer that was killed between its manifest and the renames leaves it.
  auto manifest = table::PublishedFolder::newest(*files_, "lake");
  ASSERT_TRUE(manifest && *manifest);
  const table::PendingFile& pending = (*manifest)->files.front();
  ASSERT_TRUE(files_->rename("lake/" + pending.name, "lake/" + pending.staged));
  const Reconciliation found = reconciled();
  EXPECT_TRUE(found.holds());
  EXPECT_EQ(found.unnamed, 1u);
}

TEST_F(Reconcile, AnEmptyJobReconciles) {
  EXPECT_TRUE(reconciled().holds());
  EXPECT_TRUE(reconciled(false).holds());
}

TEST_F(Reconcile, ATableThatIsGoneAsAWholeIsMissed) {
  fill(60);
  for (const std::string gone : {"windows", "rejected", "lake"}) {
    files_ = std::make_unique<io::SimulatedFileSystem>();
    write();
    EXPECT_TRUE(reconciled().holds());
    ASSERT_TRUE(files_->remove_all(gone));
    const Reconciliation found = reconciled();
    EXPECT_FALSE(found.holds());
    EXPECT_EQ(found.lost, std::vector<std::string>{gone});
  }
}

TEST_F(Reconcile, AJobOfTheFirstReleaseHasWindowsOnly) {
  fill(60);
  write(false);
  ASSERT_TRUE(files_->remove_all("rejected"));
  EXPECT_EQ(reconciled(false).lost, std::vector<std::string>{});
}

TEST_F(Reconcile, ADamagedFileIsNamed) {
  fill(60);
  write();
  ASSERT_TRUE(io::write_file_synced(*files_, "rejected/dead_letters/p0-0.parquet", "PAR1 and no more"));
  const auto found = reconcile(*files_, {.partitions = 2, .lake = "lake", .rejects = "rejected", .windows = "windows"});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(found.error().message.find("rejected/dead_letters/p0-0.parquet"), std::string::npos) << found.error().message;
}

TEST_F(Reconcile, FindsAnyLossAndAnyDoubling) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random{seed};
    files_ = std::make_unique<io::SimulatedFileSystem>();
    records_.clear();
    fill(200 + random.below(100), random.below(100));
    std::uint64_t lost = 0;
    std::uint64_t doubled = 0;
    std::vector<Record> kept;
    for (const Record& record : records_) {
      const std::uint64_t chance = random.below(100);
      if (chance == 0) {
        ++lost;
        continue;
      }
      kept.push_back(record);
      if (chance == 1) {
        ++doubled;
        kept.push_back(record);
      }
    }
    const std::uint64_t all = records_.size();
    records_ = kept;
    write();
    const HourCounts total = reconciled().total();
    EXPECT_EQ(total.missing, lost);
    EXPECT_EQ(total.twice, doubled);
    EXPECT_EQ(total.records(), all);
  }
}

}  // namespace
}  // namespace playhead::pipeline
