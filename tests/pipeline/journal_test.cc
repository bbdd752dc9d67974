#include "pipeline/journal.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "io/simulated.h"

namespace playhead::pipeline {
namespace {

Cut cut_of(std::uint64_t epoch) {
  return {.epoch = {epoch},
          .topic_id = "0123456789abcdef",
          .offsets = {{epoch * 10}, {epoch * 10 + 10}},
          .watermark_in = from_micros(static_cast<std::int64_t>(epoch)),
          .idle = false,
          .decided_at = from_micros(77),
          .writer = {1},
          .options = "{}",
          .program = "playhead 0"};
}

Outcome outcome_of(std::uint64_t epoch) {
  Outcome outcome{.epoch = {epoch}, .end = {epoch * 10 + 10}, .idle = false, .result = {}};
  outcome.result.state.highest = from_micros(1000 + static_cast<std::int64_t>(epoch));
  outcome.result.state.tally.records[4] = epoch * 10;
  outcome.result.state.tally.plays_on_time = epoch * 10;
  outcome.result.increases = {{from_micros(0), "caf\xC3\xA9", epoch}, {from_micros(60), std::string("nul\0inside", 10), 1}};
  return outcome;
}

TEST(Journal, TheNextWriterFindsWhatTheOneBeforeWrote) {
  io::SimulatedFileSystem files;
  {
    const auto journal = Journal::claim(files, "p0");
    ASSERT_TRUE(journal) << journal.error().message;
    EXPECT_EQ((*journal)->writer(), WriterEpoch{1});
    for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
      ASSERT_TRUE((*journal)->append(cut_of(epoch)));
      ASSERT_TRUE((*journal)->append(outcome_of(epoch)));
    }
    ASSERT_TRUE((*journal)->append(cut_of(4)));
  }
  const auto next = Journal::claim(files, "p0");
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ((*next)->writer(), WriterEpoch{2});
  const JournalContents contents = (*next)->take_contents();
  ASSERT_EQ(contents.epochs.size(), 4u);
  EXPECT_EQ(contents.epochs[2].cut, cut_of(3));
  ASSERT_TRUE(contents.epochs[2].outcome);
  EXPECT_EQ(encode(*contents.epochs[2].outcome), encode(outcome_of(3)));
  EXPECT_FALSE(contents.epochs[3].outcome);
}

TEST(Journal, ACheckpointReplacesAllThatWasBefore) {
  io::SimulatedFileSystem files;
  const auto journal = Journal::claim(files, "p0");
  ASSERT_TRUE(journal);
  ASSERT_TRUE((*journal)->append(cut_of(1)));
  ASSERT_TRUE((*journal)->append(outcome_of(1)));
  const Snapshot snapshot{.epoch = {1}, .next = {20}, .idle = true, .state = outcome_of(1).result.state, .watermark = from_micros(5)};
  ASSERT_TRUE((*journal)->checkpoint(snapshot));
  EXPECT_EQ((*journal)->base().next, Offset{20});
  ASSERT_TRUE((*journal)->append(cut_of(2)));
  const auto contents = Journal::look(files, "p0");
  ASSERT_TRUE(contents && *contents);
  EXPECT_EQ((*contents)->snapshot.epoch, Epoch{1});
  EXPECT_EQ((*contents)->snapshot.state, snapshot.state);
  EXPECT_TRUE((*contents)->snapshot.idle);
  ASSERT_EQ((*contents)->epochs.size(), 1u);
}

TEST(Journal, AWriterThatWasTakenOverFromIsToldSo) {
  io::SimulatedFileSystem files;
  const auto paused = Journal::claim(files, "p0");
  ASSERT_TRUE(paused);
  EXPECT_TRUE((*paused)->confirm());
  const auto successor = Journal::claim(files, "p0");
  ASSERT_TRUE(successor);
  ASSERT_TRUE((*paused)->append(cut_of(1))) << "its file may still be written";
  ASSERT_TRUE((*paused)->sync());
  for (const Status& status : {(*paused)->confirm(), (*paused)->checkpoint({})}) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::kFenced);
  }
  EXPECT_TRUE((*successor)->confirm());
  const auto contents = Journal::look(files, "p0");
  ASSERT_TRUE(contents && *contents);
  EXPECT_EQ((*contents)->writer, WriterEpoch{2});
  EXPECT_TRUE((*contents)->epochs.empty()) << "what the paused writer wrote after the claim is void";
}

TEST(Journal, ATornTailIsCutOffAndADamagedHeadIsRefused) {
  io::SimulatedFileSystem files;
  std::uint64_t two_epochs = 0;
  std::uint64_t bytes = 0;
  {
    const auto journal = Journal::claim(files, "p0");
    ASSERT_TRUE(journal);
    for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
      if (epoch == 3) two_epochs = (*journal)->bytes();
      ASSERT_TRUE((*journal)->append(cut_of(epoch)));
      ASSERT_TRUE((*journal)->append(outcome_of(epoch)));
    }
    bytes = (*journal)->bytes();
  }
  const auto names = files.list("p0");
  ASSERT_TRUE(names);
  const std::string path =
      io::join("p0", *std::find_if(names->begin(), names->end(), [](const auto& name) { return name.starts_with("journal-"); }));
  const auto file = files.open(path, io::Open::kWrite);
  ASSERT_TRUE(file);
  for (std::uint64_t size = bytes - 1; size > two_epochs; --size) {
    ASSERT_TRUE((*file)->truncate(size));
    const auto contents = Journal::look(files, "p0");
    ASSERT_TRUE(contents && *contents) << size;
    ASSERT_GE((*contents)->epochs.size(), 2u) << size;
    ASSERT_TRUE((*contents)->epochs[1].outcome) << size;
  }
  ASSERT_TRUE((*file)->write_at(20, "x"));
  const auto contents = Journal::look(files, "p0");
  ASSERT_FALSE(contents);
  EXPECT_EQ(contents.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(contents.error().message.find(path), std::string::npos) << contents.error().message;
}

TEST(Journal, OutcomesOfDamagedBytesAreRefusedNotRead) {
  const std::string whole = encode(outcome_of(7));
  ASSERT_TRUE(decode_outcome(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) EXPECT_FALSE(decode_outcome(whole.substr(0, length))) << length;
  EXPECT_FALSE(decode_outcome(whole + "x"));
  Random random(3);
  for (int i = 0; i < 2000; ++i) {  // must not crash or hang, whatever it says
    std::string damaged = whole;
    damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    (void)decode_outcome(damaged);
  }
}

// Format 2 had neither gaps, skipped offsets and resets, the last numbers of a state, nor the last record, which comes after `idle`.
TEST(Journal, AnOutcomeOfTheFormatBeforeIsRead) {
  Outcome outcome = outcome_of(7);
  outcome.result.increases.clear();
  const std::string whole = encode(outcome);
  constexpr std::size_t kNumber = sizeof(std::uint64_t);
  constexpr std::size_t kBeforeLast = 2 * kNumber + 1;
  constexpr std::size_t kAfterLast = kBeforeLast + 1 + 2 * kNumber;
  const std::string before = whole.substr(0, kBeforeLast) + whole.substr(kAfterLast, whole.size() - kAfterLast - 4 * kNumber) +
                             whole.substr(whole.size() - kNumber);
  const auto read = decode_outcome(before, 2);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode(*read), whole);
}

TEST(Journal, NothingThere) {
  io::SimulatedFileSystem files;
  const auto contents = Journal::look(files, "nowhere");
  ASSERT_TRUE(contents);
  EXPECT_FALSE(*contents);
}

}  // namespace
}  // namespace playhead::pipeline
