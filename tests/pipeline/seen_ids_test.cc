#include "pipeline/seen_ids.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/random.h"
#include "io/observed.h"
#include "io/posix.h"
#include "io/simulated.h"
#include "remembering.h"

namespace playhead::pipeline {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(SeenIds, AnIdIsRememberedForADayBeyondItsBasis) {
  io::SimulatedFileSystem files;
  const auto seen = open(files);
  ASSERT_TRUE(seen);
  Batch batch;
  batch.add(1, kNoon, kNever);                          // new
  batch.add(1, kNoon, kNever);                          // in the same batch
  batch.add(2, kNoon - kHour, kNoon);                   // behind the watermark: its basis is the watermark
  batch.add(1, kNoon + kDay, kNoon + kDay - kInstant);  // does not renew it
  batch.add(2, kNoon, kNoon + kDay - kInstant);         // kept for a day after its arrival, not after its time
  batch.add(1, kNoon + kDay, kNoon + kDay);             // passed: new again
  batch.add(2, kNoon, kNoon + kDay);                    // passed
  batch.add(1, kNoon, kNoon + 2 * kDay - kInstant);     // of the second time
  batch.add(3, kNoon + 3 * kDay, kNoon + 2 * kDay);     // from the future: kept a day beyond its own time
  batch.add(3, kNoon, kNoon + 4 * kDay - kInstant);
  batch.add(3, kNoon, kNoon + 4 * kDay);
  EXPECT_EQ(check(*seen, batch).value(), (Answers{0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0}));
}

TEST(SeenIds, SealedIdsAreRememberedToTheSameInstant) {
  for (const bool reopened : {false, true}) {
    SCOPED_TRACE(reopened);
    io::SimulatedFileSystem files;
    auto seen = open(files);
    Batch first;
    first.add(1, kNoon, kNever);
    first.add(2, kNoon + kMinute, kNoon);
    EXPECT_EQ(check(*seen, first).value(), (Answers{0, 0}));
    const auto runs = seen->seal(kNoon);
    ASSERT_TRUE(runs) << runs.error().message;
    ASSERT_EQ(runs->size(), 1u);
    EXPECT_EQ(runs->front().ids, 2u);
    EXPECT_EQ(runs->front().first, kNoon);
    EXPECT_EQ(runs->front().last, kNoon + kMinute);
    EXPECT_EQ(seen->recent(), 0u);
    if (reopened) seen = open(files, *runs);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->ids(), 2u);
    Batch second;
    second.add(1, kNoon, kNoon + kDay - kInstant);
    second.add(1, kNoon + kDay, kNoon + kDay);
    second.add(2, kNoon + kDay, kNoon + kDay);
    second.add(1, kNoon, kNoon + kDay + kMinute);
    second.add(2, kNoon, kNoon + kDay + kMinute);
    EXPECT_EQ(check(*seen, second).value(), (Answers{1, 0, 1, 1, 0}));
  }
}

TEST(SeenIds, RunsOfOneStretchBecomeOneAndAreForgottenTogether) {
  io::SimulatedFileSystem files;
  const auto seen = open(files);
  std::size_t most = 0;
  Result<std::vector<IdRun>> runs;
  for (std::uint64_t minute = 0; minute < 2'880; minute += 2) {
    const Timestamp now = kNoon + static_cast<std::int64_t>(minute) * kMinute;
    Batch batch;
    for (std::uint64_t i = 0; i < 20; ++i) batch.add(minute * 100 + i, now, now);
    ASSERT_TRUE(check(*seen, batch));
    runs = seen->seal(now);
    ASSERT_TRUE(runs);
    most = std::max(most, runs->size());
    for (const IdRun& run : *runs) EXPECT_GT(run.last + kDay, now);
  }
  EXPECT_LE(most, 9u);  // the stretches that a day touches, of six hours, and three more of the newest
  EXPECT_LE(seen->ids(), 10u * 60 * 30);
  EXPECT_GE(seen->ids(), 10u * 60 * 24);
  const auto left = seen->seal(kNoon + 5 * kDay);
  ASSERT_TRUE(left);
  EXPECT_TRUE(left->empty());
  EXPECT_EQ(seen->ids(), 0u);
  ASSERT_TRUE(seen->remove_unnamed());
  EXPECT_TRUE(files.list("checkpoint/ids").value().empty());
}

TEST(SeenIds, ClocksGoneWildDoNotMakeARunForEachHour) {
  io::SimulatedFileSystem files;
  const auto seen = open(files);
  Random random(1);
  Reference reference;
  for (std::uint64_t round = 0; round < 200; ++round) {
    Batch batch;
    for (int i = 0; i < 50; ++i) {
      const auto ahead = Duration{static_cast<std::int64_t>(random.below(3'000'000'000'000'000))};  // up to a century
      batch.add(random.below(8'000), kNoon + ahead, kNoon + static_cast<std::int64_t>(round) * kMinute);
    }
    ASSERT_EQ(check(*seen, batch).value(), reference.check(batch));
    const auto runs = seen->seal(batch.watermarks.back());
    ASSERT_TRUE(runs);
    ASSERT_LE(runs->size(), 10u);
  }
}

TEST(SeenIds, AnswersAsAMapDoesWheneverItIsSealedOrReadBack) {
  const std::uint64_t seeds = number_from("PLAYHEAD_SIMULATION_SEEDS", 60);
  for (std::uint64_t seed = 1; seed <= seeds && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life(seed).live(200);
  }
}

TEST(SeenIds, SurviveAPowerLossAtEveryOperation) {
  const std::uint64_t seeds = number_from("PLAYHEAD_SIMULATION_SEEDS", 3);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Story story(seed);
    std::uint64_t operations = 0;
    {
      io::SimulatedFileSystem files;
      Story::Snapshot snapshot;
      const Status status = story.tell(files, snapshot);
      ASSERT_TRUE(status) << status.error().message;
      operations = files.operations();
      EXPECT_GT(operations, 200u);
    }
    Random random(seed);
    for (std::uint64_t at = 0; at < operations; ++at) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", power lost at operation " + std::to_string(at));
      io::SimulatedFileSystem files;
      Story::Snapshot snapshot;
      files.crash_after(at);
      ASSERT_FALSE(story.tell(files, snapshot));
      files.crash(random);
      files.crash_after(random.below(100));  // and again while it recovers
      if (story.tell(files, snapshot)) continue;
      files.crash(random);
      const Status status = story.tell(files, snapshot);
      ASSERT_TRUE(status) << status.error().message;
      ASSERT_FALSE(HasFailure());
    }
  }
}

TEST(SeenIds, SurviveAFullDisk) {
  const Story story(7);
  for (std::uint64_t capacity = 0; capacity < 40'000; capacity += 997) {
    SCOPED_TRACE(capacity);
    io::SimulatedFileSystem files;
    Story::Snapshot snapshot;
    files.limit_capacity(capacity);
    const Status full = story.tell(files, snapshot);
    EXPECT_TRUE(full || full.error().kind == ErrorKind::kLimit) << full.error().message;
    EXPECT_FALSE(full && capacity < 14'000);
    files.limit_capacity(1 << 30);
    const Status status = story.tell(files, snapshot);
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_EQ(snapshot.round, Story::kRounds);
  }
}

TEST(SeenIds, ASealThatFailedMayBeRepeated) {
  io::SimulatedFileSystem files;
  const auto seen = open(files);
  Batch batch;
  for (std::uint64_t number = 0; number < 5'000; ++number) batch.add(number, kNoon, kNoon);
  ASSERT_TRUE(check(*seen, batch));
  const auto before = seen->seal(kNoon);
  ASSERT_TRUE(before);
  Batch more;
  for (std::uint64_t number = 5'000; number < 15'000; ++number) more.add(number, kNoon, kNoon);
  for (std::uint64_t number = 20'000; number < 21'000; ++number) more.add(number, kNoon + 12 * kHour, kNoon);
  ASSERT_TRUE(check(*seen, more));
  for (const std::uint64_t free : {0, 1'000, 100'000, 270'000}) {
    files.limit_capacity(before->front().ids * 27 + free);
    const auto failed = seen->seal(kNoon);
    ASSERT_FALSE(failed) << free;
    EXPECT_EQ(failed.error().kind, ErrorKind::kLimit);
    ASSERT_TRUE(seen->remove_unnamed());
    EXPECT_EQ(files.list("checkpoint/ids").value(), std::vector<std::string>{before->front().name});
    EXPECT_EQ(seen->recent(), 11'000u);
  }
  files.limit_capacity(1 << 30);
  const auto runs = seen->seal(kNoon);
  ASSERT_TRUE(runs) << runs.error().message;
  const auto again = open(files, *runs);
  EXPECT_EQ(check(*again, batch).value(), Answers(5'000, 1));
  EXPECT_EQ(check(*again, more).value(), Answers(11'000, 1));
}

TEST(SeenIds, FilesThatAFormerSnapshotNamesStayUntilTold) {
  io::SimulatedFileSystem files;
  const auto seen = open(files);
  std::vector<std::vector<IdRun>> snapshots;
  for (std::uint64_t number = 0; number < 12; ++number) {
    Batch batch;
    batch.add(number, kNoon, kNoon);
    ASSERT_TRUE(check(*seen, batch));
    snapshots.push_back(seen->seal(kNoon).value());
  }
  for (std::uint64_t number = 0; number < 12; ++number) {
    const auto then = open(files, snapshots[number]);
    EXPECT_EQ(then->ids(), number + 1);
  }
  ASSERT_TRUE(seen->remove_unnamed());
  std::vector<std::string> names;
  for (const IdRun& run : snapshots.back()) names.push_back(run.name);
  std::ranges::sort(names);
  EXPECT_EQ(files.list("checkpoint/ids").value(), names);
}

TEST(SeenIds, NamesGoOnBeyondAllThatAreThere) {
  io::SimulatedFileSystem files;
  ASSERT_TRUE(files.make_folders("checkpoint/ids"));
  ASSERT_TRUE(io::write_file_synced(files, "checkpoint/ids/ids-000000000041.run", "left by a crash"));
  ASSERT_TRUE(io::write_file_synced(files, "checkpoint/ids/ids-99999999999x.run", "somebody's"));
  ASSERT_TRUE(io::write_file_synced(files, "checkpoint/ids/notes", "somebody's"));
  const auto seen = open(files);
  Batch batch;
  batch.add(1, kNoon, kNoon);
  ASSERT_TRUE(check(*seen, batch));
  EXPECT_EQ(seen->seal(kNoon).value().front().name, "ids-000000000042.run");
  ASSERT_TRUE(seen->remove_unnamed());
  EXPECT_EQ(files.list("checkpoint/ids").value(), (std::vector<std::string>{"ids-000000000042.run", "ids-99999999999x.run", "notes"}));
}

TEST(SeenIds, ARunThatIsMissingOrDamagedIsRefused) {
  io::SimulatedFileSystem files;
  const auto seen = open(files);
  Batch batch;
  for (std::uint64_t number = 0; number < 1'000; ++number) batch.add(number, kNoon, kNoon);
  ASSERT_TRUE(check(*seen, batch));
  const auto runs = seen->seal(kNoon).value();
  const std::string path = "checkpoint/ids/" + runs.front().name;
  const std::string good = io::read_file(files, path, 1 << 20).value();
  const auto refused = [&](std::vector<IdRun> named) {
    const auto opened = SeenIds::open(files, "checkpoint/ids", std::move(named), {});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
    EXPECT_NE(opened.error().message.find(runs.front().name), std::string::npos) << opened.error().message;
  };
  for (const std::size_t at : {std::size_t{20}, good.size() - 4}) {  // the head, the filter
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    ASSERT_TRUE(io::write_file_synced(files, path, bad));
    refused(runs);
  }
  // A block is read when it is asked for: then it is an error, and nothing is remembered.
  std::string bad = good;
  bad[1'000] = static_cast<char>(bad[1'000] ^ 1);
  ASSERT_TRUE(io::write_file_synced(files, path, bad));
  const auto opened = open(files, runs);
  const auto answers = check(*opened, batch);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(opened->recent(), 0u);
  ASSERT_TRUE(io::write_file_synced(files, path, good));
  EXPECT_EQ(check(*opened, batch).value(), Answers(1'000, 1));
  ASSERT_TRUE(files.remove(path));
  refused(runs);
  auto elsewhere = runs;
  elsewhere.front().name = "../other/" + runs.front().name;
  refused(elsewhere);
}

// Before each call in turn that a seal makes, the end of its new file is damaged: so that it fails at the very last as well, when the file
// is read back. What the snapshot names must still be there, and a repeated seal must be right.
TEST(SeenIds, ASealThatFailsLateKeepsWhatTheLastOneNamed) {
  int failed = 0;
  for (std::uint64_t at = 0; at < 40; ++at) {
    SCOPED_TRACE("call " + std::to_string(at));
    io::SimulatedFileSystem files;
    std::uint64_t calls = 0;
    std::optional<std::uint64_t> damage_at;
    const auto flip_last_byte = [&files] {
      const auto names = files.list("checkpoint/ids").value();
      const auto file = files.open("checkpoint/ids/" + names.back(), io::Open::kWrite).value();
      const std::uint64_t size = file->size().value();
      std::string byte;
      if (size < 200 || !file->read_at(size - 1, 1, byte)) return false;
      byte[0] = static_cast<char>(byte[0] ^ 1);
      return file->write_at(size - 1, byte).has_value();
    };
    bool damaged = false;
    io::ObservedFileSystem watched(files, [&] {
      if (calls++ == damage_at) damaged = flip_last_byte();
    });
    const auto seen = open(watched);
    Batch batch;
    std::vector<IdRun> named;
    for (std::uint64_t number = 0; number < 4; ++number) {
      batch.add(number, kNoon, kNoon);
      Batch one;
      one.add(number, kNoon, kNoon);
      ASSERT_TRUE(check(*seen, one));
      if (number == 3) damage_at = calls + at;
      auto runs = seen->seal(kNoon);  // the fourth merges all
      if (number < 3) named = std::move(runs.value());
      if (number < 3 || runs) continue;
      ++failed;
      ASSERT_EQ(runs.error().kind, ErrorKind::kCorrupt);
      ASSERT_TRUE(seen->remove_unnamed());
      const auto former = open(files, named);
      ASSERT_TRUE(former);
      EXPECT_EQ(former->ids(), 3u);
      ASSERT_TRUE(damaged && (files.list("checkpoint/ids").value().size() == 3 || flip_last_byte()));
      const auto repeated = seen->seal(kNoon);
      ASSERT_TRUE(repeated) << repeated.error().message;
      ASSERT_TRUE(seen->remove_unnamed());
      EXPECT_EQ(check(*open(files, *repeated), batch).value(), Answers(4, 1));
    }
  }
  EXPECT_GE(failed, 1);
}

// A folder that somebody else made, or gave this name, without syncing that.
TEST(SeenIds, SurviveThatTheNameOfTheFolderWasNotDurable) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Random random(seed);
    io::SimulatedFileSystem files;
    ASSERT_TRUE(files.make_folders("checkpoint/former"));
    ASSERT_TRUE(files.rename("checkpoint/former", "checkpoint/ids"));
    auto seen = open(files);
    Batch batch;
    batch.add(1, kNoon, kNoon);
    ASSERT_TRUE(check(*seen, batch));
    const auto runs = seen->seal(kNoon);
    ASSERT_TRUE(runs);
    files.crash(random);
    seen = open(files, *runs);
    ASSERT_TRUE(seen);
    EXPECT_EQ(check(*seen, batch).value(), Answers{1});
  }
}

TEST(SeenIds, AFolderThatVanishedIsAnError) {
  io::SimulatedFileSystem files;
  const auto seen = open(files);
  Batch batch;
  batch.add(1, kNoon, kNoon);
  ASSERT_TRUE(check(*seen, batch));
  ASSERT_TRUE(files.rename("checkpoint/ids", "checkpoint/taken-over"));
  const auto runs = seen->seal(kNoon);
  ASSERT_FALSE(runs);
  EXPECT_EQ(runs.error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(seen->remove_unnamed());
}

// `count` ids in a day, sealed every `step`; then all asked for again, or a sample of them.
void remember_many(io::FileSystem& files, const std::string& folder, std::uint64_t count, std::uint64_t step, SeenIds::Options options) {
  auto seen = SeenIds::open(files, folder, {}, options);
  ASSERT_TRUE(seen) << seen.error().message;
  const auto time_of = [count](std::uint64_t number) {
    return kNoon + Duration{static_cast<std::int64_t>(static_cast<double>(number) / static_cast<double>(count) * 86'000'000'000.0)};
  };
  const auto batch_at = [&](std::uint64_t number, Timestamp earliest) {
    Batch batch;
    for (std::uint64_t row = 0; row < 4'000; ++row)
      batch.add(number + row, time_of(number + row), std::max(earliest, time_of(number + row) - kMinute));
    return batch;
  };
  std::vector<IdRun> runs;
  for (std::uint64_t number = 0; number < count; number += 4'000) {
    const auto answers = check(**seen, batch_at(number, kNever));
    ASSERT_TRUE(answers) << answers.error().message;
    ASSERT_EQ(std::ranges::count(*answers, 1), 0);
    ASSERT_LE((*seen)->memory_bytes(), options.filter_bytes_max + step * 100 + 4'000'000);
    if ((number + 4'000) % step != 0) continue;
    auto sealed = (*seen)->seal(time_of(number));
    ASSERT_TRUE(sealed) << sealed.error().message;
    runs = std::move(*sealed);
    ASSERT_TRUE((*seen)->remove_unnamed());
  }
  EXPECT_EQ((*seen)->ids(), count);
  EXPECT_LE(runs.size(), 20u);
  std::uint64_t bytes = 0;
  const auto names = files.list(folder).value();
  for (const std::string& name : names) {
    bytes += files.open(io::join(folder, name), io::Open::kRead).value()->size().value();
  }
  EXPECT_LE(bytes, count * 32);
  seen = SeenIds::open(files, folder, runs, options);
  ASSERT_TRUE(seen) << seen.error().message;
  const std::uint64_t stride = std::max<std::uint64_t>(count / 400'000, 1) * 4'000;
  for (std::uint64_t number = 0; number < count; number += stride) {
    ASSERT_EQ(check(**seen, batch_at(number, time_of(count))).value(), Answers(4'000, 1));
  }
  EXPECT_EQ(check(**seen, batch_at(count, time_of(count))).value(), Answers(4'000, 0));
  EXPECT_LE((*seen)->memory_bytes(), options.filter_bytes_max + 4'000'000);
}

TEST(SeenIds, TwoMillionIdsInBoundedMemory) {
  const auto files = io::make_posix();
  const std::string folder = testing::TempDir() + "playhead-seen-ids-" + std::to_string(getpid());
  remember_many(*files, folder, 2'000'000, 200'000, {.filter_bytes_max = 3u << 20});
  EXPECT_TRUE(files->remove_all(folder));
}

TEST(SeenIds, TortureTwoHundredMillionIdsInBoundedMemory) {
  if (number_from("PLAYHEAD_TORTURE", 0) == 0) GTEST_SKIP() << "takes minutes and 12 GB of disk; PLAYHEAD_TORTURE=1 runs it";
  const auto files = io::make_posix();
  const std::string folder = testing::TempDir() + "playhead-seen-ids-" + std::to_string(getpid());
  remember_many(*files, folder, 200'000'000, 2'000'000, {.filter_bytes_max = 512u << 20});
  EXPECT_TRUE(files->remove_all(folder));
}

}  // namespace
}  // namespace playhead::pipeline
