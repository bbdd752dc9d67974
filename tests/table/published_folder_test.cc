#include "table/published_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/random.h"
#include "history.h"
#include "io/posix.h"
#include "io/simulated.h"

namespace playhead::table {
namespace {

std::unique_ptr<PublishedFolder> claimed(io::FileSystem& files, const std::string& folder = kFolder) {
  auto result = PublishedFolder::claim(files, folder, kOwner);
  EXPECT_TRUE(result.has_value()) << result.error().message;
  return result ? std::move(*result) : nullptr;
}

Status commit_next(PublishedFolder& writer, History& history) {
  const std::size_t index = index_of(writer.ledger()) + 1;
  return commit_change(writer, history.change(index), std::to_string(index));
}

template <typename T>
void expect_error(const Result<T>& result, ErrorKind kind, const std::string& part) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, kind) << result.error().message;
  EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error().message;
}

TEST(PublishedFolder, CommitsAppearAndLedgerSurvivesClaims) {
  io::SimulatedFileSystem files;
  EXPECT_FALSE(PublishedFolder::newest(files, kFolder).value().has_value());
  auto writer = claimed(files);
  EXPECT_EQ(writer->ledger(), "null");
  EXPECT_EQ(writer->writer_epoch(), WriterEpoch{1});
  ASSERT_TRUE(writer->commit({{"a.parquet", "one"}, {"b.parquet", "two"}}, {}, R"({"p0": 1})").has_value());
  EXPECT_EQ(glob(files), (Visible{{"a.parquet", "one"}, {"b.parquet", "two"}}));
  ASSERT_TRUE(writer->commit({{"a.parquet", "three"}}, {"b.parquet", "never-there.parquet"}, R"({"p0": 2})").has_value());
  EXPECT_EQ(glob(files), (Visible{{"a.parquet", "three"}}));
  ASSERT_TRUE(writer->commit({}, {}, R"({"p0":  3})").has_value());
  ASSERT_TRUE(writer->settle().has_value());

  const auto again = claimed(files);
  EXPECT_EQ(again->ledger(), R"({"p0":  3})");
  EXPECT_EQ(again->writer_epoch(), WriterEpoch{2});
  EXPECT_EQ(again->number(), 5u);
  const auto newest = PublishedFolder::newest(files, kFolder).value();
  ASSERT_TRUE(newest.has_value());
  EXPECT_EQ(newest->kind, ManifestKind::kClaim);
  EXPECT_EQ(newest->owner, kOwner);
  EXPECT_EQ(newest->ledger, R"({"p0":  3})");
  EXPECT_EQ(glob(files), (Visible{{"a.parquet", "three"}}));
}

TEST(PublishedFolder, RefusesFoldersOfOthers) {
  io::SimulatedFileSystem files;
  ASSERT_TRUE(files.make_folders("stranger").has_value());
  ASSERT_TRUE(io::write_file_synced(files, "stranger/part-0.parquet", "PAR1").has_value());
  expect_error(PublishedFolder::claim(files, "stranger", kOwner), ErrorKind::kInvalid, "choose an empty folder");
  claimed(files);
  expect_error(PublishedFolder::claim(files, kFolder, R"({"job":"other"})"), ErrorKind::kInvalid, "belongs to {\"job\":\"counts\"}");
  expect_error(PublishedFolder::claim(files, "fresh", "no json"), ErrorKind::kInvalid, "JSON");
}

TEST(PublishedFolder, RefusesNamesThatReadersWouldNotSeeOrThatLeaveTheFolder) {
  io::SimulatedFileSystem files;
  auto writer = claimed(files);
  for (const char* name :
       {"a", "../a.parquet", "_a.parquet", ".a.parquet", "x/../a.parquet", "x//a.parquet", ".x/a.parquet", "x/_y/a.parquet"}) {
    expect_error(writer->commit({{name, "x"}}, {}, "1"), ErrorKind::kInvalid, "can not be published");
    expect_error(writer->commit({}, {name}, "1"), ErrorKind::kInvalid, "can not be published");
  }
  expect_error(writer->commit({{"a.parquet", "x"}}, {"a.parquet"}, "1"), ErrorKind::kInvalid, "twice");
  expect_error(writer->commit({}, {}, "{"), ErrorKind::kInvalid, "JSON");
  EXPECT_TRUE(writer->commit({{"a.parquet", "x"}}, {}, "1").has_value());
}

TEST(PublishedFolder, DamagedManifestIsNotTakenForTruth) {
  io::SimulatedFileSystem files;
  ASSERT_TRUE(claimed(files)->commit({{"a.parquet", "x"}}, {}, "1").has_value());
  ASSERT_TRUE(io::write_file_synced(files, io::join(kFolder, ".manifests/00000000000000000003"), "{}").has_value());
  expect_error(PublishedFolder::newest(files, kFolder), ErrorKind::kCorrupt, "checksum");
  expect_error(PublishedFolder::claim(files, kFolder, kOwner), ErrorKind::kCorrupt, "backup");
  EXPECT_EQ(glob(files), (Visible{{"a.parquet", "x"}}));
}

TEST(PublishedFolder, DamagedStagedFileIsNotPublished) {
  io::SimulatedFileSystem files;
  auto writer = claimed(files);
  // Stopped between the manifest and the rename: as a crash leaves it, but the staged bytes were changed by somebody.
  ASSERT_TRUE(writer->commit({{"a.parquet", "good"}}, {}, "1").has_value());
  const auto manifest = PublishedFolder::newest(files, kFolder).value();
  ASSERT_TRUE(files.rename(io::join(kFolder, "a.parquet"), io::join(kFolder, manifest->files.at(0).staged)).has_value());
  ASSERT_TRUE(io::write_file_synced(files, io::join(kFolder, manifest->files.at(0).staged), "evil").has_value());
  expect_error(PublishedFolder::claim(files, kFolder, kOwner), ErrorKind::kCorrupt, "staged file");
  EXPECT_TRUE(glob(files).empty());
}

TEST(PublishedFolder, OldManifestsAndStagedFilesDoNotPileUp) {
  io::SimulatedFileSystem files;
  History history(5);
  auto writer = claimed(files);
  for (int round = 0; round < 100; ++round) {
    ASSERT_TRUE(commit_next(*writer, history).has_value());
    if (round % 30 == 29) writer = claimed(files);
  }
  EXPECT_EQ(glob(files), history.state(100));
  EXPECT_EQ(files.list(io::join(kFolder, ".manifests"))->size(), 17u);
  EXPECT_EQ(files.list(io::join(kFolder, ".staging")).value(), std::vector<std::string>{"4"});
  EXPECT_TRUE(files.list(io::join(kFolder, ".staging/4"))->empty());
}

TEST(PublishedFolder, FullDiskLeavesCommittedStateAlone) {
  io::SimulatedFileSystem files;
  auto writer = claimed(files);
  ASSERT_TRUE(writer->commit({{"a.parquet", "one"}}, {}, "1").has_value());
  files.limit_capacity(8192);
  expect_error(writer->commit({{"a.parquet", "two"}, {"b.parquet", std::string(10'000, 'x')}}, {}, "2"), ErrorKind::kLimit, "");
  EXPECT_EQ(writer->ledger(), "1");
  EXPECT_EQ(glob(files), (Visible{{"a.parquet", "one"}}));
  EXPECT_TRUE(files.list(io::join(kFolder, ".staging/1"))->empty()) << "what did not fit still fills the disk";
  files.limit_capacity(0);
  expect_error(writer->commit({}, {}, "2"), ErrorKind::kLimit, "");
  files.limit_capacity(1 << 20);
  ASSERT_TRUE(writer->commit({{"a.parquet", "two"}}, {}, "2").has_value());
  EXPECT_EQ(glob(files), (Visible{{"a.parquet", "two"}}));
}

TEST(PublishedFolder, NamesWithFoldersAppearInThem) {
  io::SimulatedFileSystem files;
  auto writer = claimed(files);
  ASSERT_TRUE(writer->commit({{"day=1/hour=2/a.parquet", "one"}, {"day=1/hour=3/a.parquet", "two"}, {"a.parquet", "three"}}, {}, "1"));
  EXPECT_EQ(glob(files), (Visible{{"day=1/hour=2/a.parquet", "one"}, {"day=1/hour=3/a.parquet", "two"}, {"a.parquet", "three"}}));
  ASSERT_TRUE(writer->commit({{"day=1/hour=3/a.parquet", "four"}}, {"day=1/hour=2/a.parquet", "day=9/never.parquet"}, "2"));
  EXPECT_EQ(glob(files), (Visible{{"day=1/hour=3/a.parquet", "four"}, {"a.parquet", "three"}}));
  EXPECT_TRUE(files.list(io::join(kFolder, ".staging/1"))->empty());
  EXPECT_EQ(PublishedFolder::newest(files, kFolder).value()->format, 2u);
}

TEST(PublishedFolder, StrangersFilesInFoldersLikeThoseOfALakeAreRefused) {
  io::SimulatedFileSystem files;
  ASSERT_TRUE(files.make_folders("stranger/year=2026/month=3"));
  ASSERT_TRUE(io::write_file_synced(files, "stranger/year=2026/month=3/part.parquet", "PAR1"));
  expect_error(PublishedFolder::claim(files, "stranger", kOwner), ErrorKind::kInvalid, "choose an empty folder");
}

TEST(PublishedFolder, StagedFilesAreCommittedWithTheNextCommitOnly) {
  io::SimulatedFileSystem files;
  auto writer = claimed(files);
  auto first = writer->stage("x/a.parquet");
  ASSERT_TRUE(first.has_value());
  ASSERT_TRUE(first->file->write_at(0, "first"));
  ASSERT_TRUE(writer->add(std::move(*first), 5, checksum("first")));
  EXPECT_TRUE(glob(files).empty());
  auto second = writer->stage("x/a.parquet");
  ASSERT_TRUE(second->file->write_at(0, "second"));
  expect_error(writer->add(std::move(*second), 5, checksum("secon")), ErrorKind::kInvalid, "6 bytes");
  writer->discard(std::move(*writer->stage("x/b.parquet")));
  EXPECT_EQ(files.list(io::join(kFolder, ".staging/1"))->size(), 1u);
  auto third = writer->stage("x/a.parquet");
  ASSERT_TRUE(third->file->write_at(0, "third"));
  ASSERT_TRUE(writer->add(std::move(*third), 5, checksum("third")));
  EXPECT_EQ(files.list(io::join(kFolder, ".staging/1"))->size(), 1u) << "the one whose place was taken is left";
  expect_error(writer->commit({{"x/a.parquet", "again"}}, {}, "1"), ErrorKind::kInvalid, "twice");
  ASSERT_TRUE(writer->commit({{"b.parquet", "b"}}, {}, "1"));
  EXPECT_EQ(glob(files), (Visible{{"x/a.parquet", "third"}, {"b.parquet", "b"}}));
  ASSERT_TRUE(writer->commit({}, {}, "2"));
  EXPECT_EQ(glob(files), (Visible{{"x/a.parquet", "third"}, {"b.parquet", "b"}}));
}

TEST(PublishedFolder, ExtendKeepsTheStartOfAFileOfManyPieces) {
  io::SimulatedFileSystem files;
  auto writer = claimed(files);
  const std::string old = std::string(3'000'000, 'o') + "footer";
  ASSERT_TRUE(writer->commit({{"h/a.parquet", old}}, {}, "1"));
  ASSERT_TRUE(writer->extend("h/a.parquet", 3'000'000, "new tail"));
  EXPECT_EQ(glob(files).at("h/a.parquet"), old);
  ASSERT_TRUE(writer->commit({}, {}, "2"));
  EXPECT_EQ(glob(files).at("h/a.parquet"), std::string(3'000'000, 'o') + "new tail");
  const PendingFile pending = PublishedFolder::newest(files, kFolder).value()->files.at(0);
  EXPECT_EQ(pending.checksum, checksum(glob(files).at("h/a.parquet")));
  EXPECT_EQ(pending.bytes, 3'000'008u);
  expect_error(writer->extend("h/a.parquet", 4'000'000, "x"), ErrorKind::kInvalid, "more bytes than it has");
  expect_error(writer->extend("h/b.parquet", 0, "x"), ErrorKind::kNotFound, "");
  EXPECT_TRUE(files.list(io::join(kFolder, ".staging/1"))->empty());
}

TEST(PublishedFolder, WhatWasAddedSurvivesACommitThatDidNotHappen) {
  io::SimulatedFileSystem files;
  auto writer = claimed(files);
  auto staged = writer->stage("a.parquet");
  ASSERT_TRUE(staged->file->write_at(0, "added"));
  ASSERT_TRUE(writer->add(std::move(*staged), 5, checksum("added")));
  files.limit_capacity(4096);
  expect_error(writer->commit({{"b.parquet", std::string(10'000, 'x')}}, {}, "1"), ErrorKind::kLimit, "");
  EXPECT_EQ(files.list(io::join(kFolder, ".staging/1"))->size(), 1u) << "what did not fit still fills the disk, or what was added is lost";
  files.limit_capacity(1 << 20);
  ASSERT_TRUE(writer->commit({{"b.parquet", "b"}}, {}, "1"));
  EXPECT_EQ(glob(files), (Visible{{"a.parquet", "added"}, {"b.parquet", "b"}}));
}

// --- Crashes ---------------------------------------------------------------------------------------------------------------------

// The visible files are whole versions of committed files, each under its own name.
void expect_whole_versions(io::FileSystem& files, const History& history) {
  const auto manifest = PublishedFolder::newest(files, kFolder);
  if (!manifest) return;  // the power is off
  const std::size_t committed = *manifest ? index_of((*manifest)->ledger) : 0;
  for (const auto& [name, bytes] : glob(files)) {
    ASSERT_TRUE(history.is_version(name, bytes, committed)) << name << " holds " << bytes << " at commit " << committed;
  }
}

// Claims and commits until the power fails or `commits` are done. Returns how many commits are acknowledged.
std::size_t run_writer(io::FileSystem& files, History& history, std::size_t acknowledged, int commits, bool settles) {
  auto writer = PublishedFolder::claim(files, kFolder, kOwner);
  if (!writer) return acknowledged;
  for (int round = 0; round < commits; ++round) {
    if (!commit_next(**writer, history)) return acknowledged;
    acknowledged = index_of((*writer)->ledger());
    if (!files.exists(kFolder)) return acknowledged;  // the power failed while old manifests were dropped
    EXPECT_EQ(glob(files), history.state(acknowledged));
    if (settles && !(*writer)->settle()) return acknowledged;
  }
  return acknowledged;
}

// After a claim that succeeds, readers see exactly one prefix of the history, which holds every acknowledged commit.
std::size_t expect_recovery(io::FileSystem& files, History& history, std::size_t acknowledged) {
  const auto writer = claimed(files);
  if (!writer) return acknowledged;
  const std::size_t index = index_of(writer->ledger());
  EXPECT_GE(index, acknowledged);
  EXPECT_LE(index, acknowledged + 1);
  EXPECT_EQ(glob(files), history.state(index));
  const auto manifests = files.list(io::join(kFolder, ".manifests"));
  EXPECT_TRUE(std::ranges::all_of(*manifests, [](const std::string& name) { return name.size() == 20; })) << "a temporary name is left";
  return index;
}

void crash_and_recover(std::uint64_t seed) {
  Random random(seed);
  History history(random.next());
  io::SimulatedFileSystem disk;
  io::ObservedFileSystem files(disk, [&] { expect_whole_versions(disk, history); });
  std::size_t acknowledged = 0;
  for (int round = 0; round < 4; ++round) {
    disk.crash_after(random.below(160));
    acknowledged = run_writer(files, history, acknowledged, 12, random.chance(0.3));
    disk.crash(random);
    expect_whole_versions(disk, history);
    for (std::uint64_t again = random.below(3); again > 0; --again) {  // and once more during the recovery
      disk.crash_after(random.below(25));
      static_cast<void>(PublishedFolder::claim(files, kFolder, kOwner));
      disk.crash(random);
      expect_whole_versions(disk, history);
    }
    acknowledged = expect_recovery(files, history, acknowledged);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(PublishedFolder, CrashAnywhereKeepsEveryAcknowledgedCommitAndNothingElse) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    crash_and_recover(seed);
    if (HasFailure()) return;
  }
}

TEST(PublishedFolder, CrashAtEverySingleOperation) {
  std::uint64_t total = 0;
  {
    io::SimulatedFileSystem disk;
    History history(11);
    run_writer(disk, history, 0, 8, false);
    total = disk.operations();
  }
  ASSERT_GT(total, 50u);
  for (std::uint64_t operation = 0; operation < total; ++operation) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      SCOPED_TRACE("operation " + std::to_string(operation) + ", seed " + std::to_string(seed));
      Random random(seed * 1000 + operation);
      History history(11);
      io::SimulatedFileSystem disk;
      disk.crash_after(operation);
      const std::size_t acknowledged = run_writer(disk, history, 0, 8, false);
      disk.crash(random);
      expect_recovery(disk, history, acknowledged);
      if (HasFailure()) return;
    }
  }
}

// --- Zombies ---------------------------------------------------------------------------------------------------------------------

TEST(PublishedFolder, FencedWriterPublishesNothing) {
  io::SimulatedFileSystem files;
  auto old_writer = claimed(files);
  ASSERT_TRUE(old_writer->commit({{"a.parquet", "old"}}, {}, "1").has_value());
  auto new_writer = claimed(files);
  expect_error(old_writer->commit({{"a.parquet", "zombie"}}, {}, "2"), ErrorKind::kFenced, "another writer");
  expect_error(old_writer->commit({}, {}, "2"), ErrorKind::kFenced, "another writer");
  expect_error(old_writer->commit({}, {"a.parquet"}, "2"), ErrorKind::kFenced, "another writer");
  EXPECT_EQ(glob(files), (Visible{{"a.parquet", "old"}}));
  ASSERT_TRUE(new_writer->commit({{"a.parquet", "new"}}, {}, "2").has_value());
  EXPECT_EQ(glob(files), (Visible{{"a.parquet", "new"}}));
  EXPECT_EQ(PublishedFolder::newest(files, kFolder).value()->ledger, "2");
}

// Puts the folder back to how a writer leaves it that was killed between its last manifest and the renames.
void unpublish(io::FileSystem& files, const History& history) {
  const auto manifest = PublishedFolder::newest(files, kFolder).value();
  const Visible& before = history.state(index_of(manifest->ledger) - 1);
  for (const PendingFile& file : manifest->files) {
    ASSERT_TRUE(files.rename(io::join(kFolder, file.name), io::join(kFolder, file.staged)).has_value());
    if (before.contains(file.name)) {
      ASSERT_TRUE(io::write_file_synced(files, io::join(kFolder, file.name), before.at(file.name)).has_value());
    }
  }
  for (const PendingRemoval& removal : manifest->removed) {
    if (!before.contains(removal.name)) continue;
    ASSERT_TRUE(io::write_file_synced(files, io::join(kFolder, removal.name), before.at(removal.name)).has_value());
  }
  ASSERT_EQ(glob(files), before);
}

// A writer is stopped before its call number `stop` into the file system; another one claims, commits `commits` times and stays;
// then the first goes on.
class TakeOver {
 public:
  TakeOver(std::uint64_t seed, std::uint64_t stop, int commits)
      : history_(seed), slow_(disk_, [this] { before_call(); }), stop_(stop), commits_(commits) {}

  // False: the call has fewer than `stop` steps, so nobody was stopped.
  bool stop_in_commit() {
    const auto zombie = claimed(slow_);
    EXPECT_TRUE(commit_next(*zombie, history_).has_value());
    armed_ = true;
    const auto committed = commit_next(*zombie, history_);
    if (!taker_) return false;
    if (committed) {
      EXPECT_GE(inherited_, 2u) << "an acknowledged commit was lost";
    } else {
      EXPECT_EQ(committed.error().kind, ErrorKind::kFenced) << committed.error().message;
    }
    for (int again = 0; again < 3; ++again) expect_error(commit_next(*zombie, history_), ErrorKind::kFenced, "another writer");
    expect_taker_undisturbed();
    return true;
  }

  bool stop_in_claim() {
    const auto first = claimed(slow_);
    for (int turn = 0; turn < 2; ++turn) EXPECT_TRUE(commit_next(*first, history_).has_value());
    unpublish(disk_, history_);
    armed_ = true;
    const auto late = PublishedFolder::claim(slow_, kFolder, kOwner);
    if (!taker_) return false;
    if (!late) {
      EXPECT_NE(epoch_before_, WriterEpoch{1}) << "stopped before it had a number, a claim must try again";
      EXPECT_EQ(late.error().kind, ErrorKind::kFenced) << late.error().message;
      expect_taker_undisturbed();
      return true;
    }
    EXPECT_GT((*late)->writer_epoch(), taker_->writer_epoch());
    expect_error(commit_next(*taker_, history_), ErrorKind::kFenced, "another writer");
    taker_ = nullptr;
    EXPECT_EQ(glob(disk_), left_by_taker_);
    EXPECT_TRUE(commit_next(**late, history_).has_value());
    EXPECT_EQ(glob(disk_), history_.state(index_of((*late)->ledger())));
    return true;
  }

 private:
  void before_call() {
    if (!armed_ || calls_++ != stop_) return;
    epoch_before_ = PublishedFolder::newest(disk_, kFolder).value()->writer_epoch;
    taker_ = claimed(disk_);
    inherited_ = index_of(taker_->ledger());
    for (int turn = 0; turn < commits_; ++turn) EXPECT_TRUE(commit_next(*taker_, history_).has_value());
    left_by_taker_ = glob(disk_);
    EXPECT_EQ(left_by_taker_, history_.state(index_of(taker_->ledger())));
  }
  void expect_taker_undisturbed() {
    EXPECT_EQ(glob(disk_), left_by_taker_);
    for (int turn = 0; turn < 2; ++turn) {
      EXPECT_TRUE(commit_next(*taker_, history_).has_value());
      EXPECT_EQ(glob(disk_), history_.state(index_of(taker_->ledger())));
    }
  }

  io::SimulatedFileSystem disk_;
  History history_;
  io::ObservedFileSystem slow_;
  std::uint64_t stop_;
  int commits_;
  bool armed_ = false;
  std::uint64_t calls_ = 0;
  std::unique_ptr<PublishedFolder> taker_;
  WriterEpoch epoch_before_{};
  std::size_t inherited_ = 0;
  Visible left_by_taker_;
};

// Every stop, in a few histories (commits of the ledger alone among them), with takers that commit nothing, a little, and so much
// that the numbers the stopped writer would take next were dropped and are free again.
void stop_everywhere(bool (TakeOver::*act)(), std::uint64_t stops_min) {
  std::uint64_t stops = 0;
  for (const int commits : {0, 1, 2, 25}) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      bool stopped = true;
      for (std::uint64_t stop = 0; stopped; ++stop) {
        SCOPED_TRACE("seed " + std::to_string(seed) + ", stopped at call " + std::to_string(stop) + ", then " + std::to_string(commits) +
                     " commits");
        stopped = (TakeOver(seed, stop, commits).*act)();
        if (::testing::Test::HasFailure()) return;
        stops += stopped ? 1 : 0;
      }
    }
  }
  EXPECT_GE(stops, stops_min);
}

TEST(PublishedFolder, WriterStoppedAnywhereInACommitReachesNoVisibleName) { stop_everywhere(&TakeOver::stop_in_commit, 1000); }

TEST(PublishedFolder, WriterStoppedAnywhereInAClaimReachesNoVisibleName) { stop_everywhere(&TakeOver::stop_in_claim, 2000); }

// --- The system's own files ------------------------------------------------------------------------------------------------------

TEST(PublishedFolder, KeepsItsPromiseOnTheSystemsOwnFiles) {
  const TemporaryFolder temporary;
  const std::string folder = temporary.path() + "/counts";
  const auto files = io::make_posix();
  History history(3);
  for (int round = 0; round < 5; ++round) {
    const auto writer = claimed(*files, folder);
    for (int turn = 0; turn < 4; ++turn) ASSERT_TRUE(commit_next(*writer, history).has_value());
    ASSERT_TRUE(writer->settle().has_value());
    EXPECT_EQ(glob(*files, folder), history.state(index_of(writer->ledger())));
  }
  EXPECT_EQ(glob(*files, folder), history.state(20));
}

// Writers that take the folder from each other as fast as they can; every commit counts one up.
void claim_and_count(const std::string& folder, std::atomic<std::uint64_t>& acknowledged, int rounds) {
  const auto files = io::make_posix();
  for (int round = 0; round < rounds; ++round) {
    auto writer = PublishedFolder::claim(*files, folder, kOwner);
    if (!writer) {
      EXPECT_TRUE(writer.error().kind == ErrorKind::kFenced || writer.error().kind == ErrorKind::kBusy) << writer.error().message;
      continue;
    }
    for (int turn = 0; turn < 5; ++turn) {
      const std::size_t index = index_of((*writer)->ledger()) + 1;
      const std::string name = "file" + std::to_string(index % 3) + ".parquet";
      const auto committed = (*writer)->commit({{name, std::to_string(index)}}, {}, std::to_string(index));
      if (!committed) {
        EXPECT_EQ(committed.error().kind, ErrorKind::kFenced) << committed.error().message;
        break;
      }
      acknowledged.fetch_add(1);
    }
  }
}

TEST(PublishedFolder, RacingWritersLoseNoAcknowledgedCommit) {
  const TemporaryFolder temporary;
  const std::string folder = temporary.path() + "/counts";
  std::atomic<std::uint64_t> acknowledged{0};
  {
    std::vector<std::jthread> writers;
    for (int index = 0; index < 4; ++index) writers.emplace_back([&] { claim_and_count(folder, acknowledged, 25); });
  }
  const auto files = io::make_posix();
  const std::size_t count = index_of(claimed(*files, folder)->ledger());
  EXPECT_GT(acknowledged.load(), 0u);
  EXPECT_GE(count, acknowledged.load());
  for (const auto& [name, bytes] : glob(*files, folder)) {
    const std::size_t index = std::stoul(bytes);
    EXPECT_EQ(name, "file" + std::to_string(index % 3) + ".parquet");
    EXPECT_GT(index + 3, count) << "an older version came back";
  }
}

}  // namespace
}  // namespace playhead::table
