#include "pipeline/journal_tail.h"

#include <gtest/gtest.h>

#include "io/simulated.h"
#include "pipeline/journal.h"

namespace playhead::pipeline {
namespace {

Cut cut_of(std::uint64_t epoch) {
  Cut cut;
  cut.epoch = {epoch};
  cut.offsets = {{epoch * 10}, {epoch * 10 + 10}};
  return cut;
}

Outcome outcome_of(std::uint64_t epoch) {
  Outcome outcome{.epoch = {epoch}, .end = {epoch * 10 + 10}, .idle = false, .result = {}};
  outcome.result.increases = {{from_micros(0), "pop", epoch}};
  return outcome;
}

Snapshot snapshot_at(std::uint64_t epoch) {
  Snapshot snapshot;
  snapshot.epoch = {epoch};
  return snapshot;
}

Bundle bundle_of(std::uint64_t after, std::uint64_t through) {
  return {.after = {after},
          .through = {through},
          .offsets = {{after * 10 + 10}, {through * 10 + 10}},
          .lake = true,
          .files = {{.table = sink::RowTable::kLate, .hour = kNever, .first = {11}, .last = {12}, .bytes = 13, .checksum = 14}}};
}

std::vector<std::uint64_t> polled(JournalTail& tail) {
  const auto outcomes = tail.poll();
  EXPECT_TRUE(outcomes) << outcomes.error().message;
  std::vector<std::uint64_t> epochs;
  if (!outcomes) return epochs;
  for (const Outcome& outcome : *outcomes) {
    EXPECT_EQ(encode(outcome), encode(outcome_of(outcome.epoch.value)));
    epochs.push_back(outcome.epoch.value);
  }
  return epochs;
}

using Epochs = std::vector<std::uint64_t>;

class JournalTails : public testing::Test {
 protected:
  void claim() { journal_ = std::move(Journal::claim(files_, "p0").value()); }
  void run(std::uint64_t epoch) {
    ASSERT_TRUE(journal_->append(cut_of(epoch)));
    ASSERT_TRUE(journal_->append(outcome_of(epoch)));
  }

  io::SimulatedFileSystem files_;
  std::unique_ptr<Journal> journal_;
};

TEST_F(JournalTails, GiveEachOutcomeOnceWhateverBecomesOfTheFile) {
  JournalTail tail(files_, "p0", Epoch{0});
  EXPECT_EQ(polled(tail), Epochs{}) << "no journal yet";
  claim();
  EXPECT_EQ(polled(tail), Epochs{});
  run(1);
  run(2);
  EXPECT_EQ(polled(tail), (Epochs{1, 2}));
  EXPECT_EQ(polled(tail), Epochs{});
  ASSERT_TRUE(journal_->append(cut_of(3)));
  EXPECT_EQ(polled(tail), Epochs{}) << "a cut is no outcome";
  ASSERT_TRUE(journal_->append(outcome_of(3)));
  run(4);
  ASSERT_TRUE(journal_->checkpoint(snapshot_at(4), {.outcomes = {outcome_of(3), outcome_of(4)}, .bundles = {bundle_of(2, 4)}}));
  run(5);
  EXPECT_EQ(polled(tail), (Epochs{3, 4, 5})) << "what was not read before the checkpoint was kept";
  EXPECT_EQ(tail.bundles(), std::vector{bundle_of(2, 4)});
  EXPECT_EQ(tail.folder_of(tail.bundles()[0]), "p0/state-00000000000000000001/rows-00000000000000000004");
  claim();
  EXPECT_EQ(polled(tail), Epochs{});
  run(6);
  EXPECT_EQ(polled(tail), Epochs{6}) << "of the next owner";
  EXPECT_EQ(tail.writer(), WriterEpoch{2});
  EXPECT_EQ(tail.bundles(), std::vector{bundle_of(2, 4)}) << "handed over with the journal";
  EXPECT_EQ(tail.folder_of(tail.bundles()[0]), "p0/state-00000000000000000002/rows-00000000000000000004");
  EXPECT_EQ(tail.last(), Epoch{6});
}

TEST_F(JournalTails, GiveOnlyWhatIsAboveTheirStart) {
  claim();
  for (std::uint64_t epoch = 1; epoch <= 4; ++epoch) run(epoch);
  JournalTail tail(files_, "p0", Epoch{2});
  EXPECT_EQ(polled(tail), (Epochs{3, 4}));
}

TEST_F(JournalTails, WaitForTheRestOfATornFrame) {
  claim();
  run(1);
  const std::string path = "p0/" + journals_in(files_, "p0").value().back().file;
  const std::string whole = io::read_file(files_, path, kJournalBytesMax).value();
  const std::string next = frame_of(FrameType::kCut, encode(cut_of(2))) + frame_of(FrameType::kOutcome, encode(outcome_of(2)));
  JournalTail tail(files_, "p0", Epoch{0});
  EXPECT_EQ(polled(tail), Epochs{1});
  const auto file = files_.open(path, io::Open::kWrite).value();
  for (std::size_t bytes = 1; bytes < next.size(); ++bytes) {
    ASSERT_TRUE(file->write_at(whole.size(), next.substr(0, bytes)));
    ASSERT_EQ(polled(tail), Epochs{}) << bytes << " bytes";
  }
  ASSERT_TRUE(file->write_at(whole.size(), next));
  EXPECT_EQ(polled(tail), Epochs{2});
}

TEST_F(JournalTails, SayThatOutcomesAreGoneThatNobodyMerged) {
  claim();
  for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) run(epoch);
  ASSERT_TRUE(journal_->checkpoint(snapshot_at(3)));
  run(4);
  JournalTail tail(files_, "p0", Epoch{1});
  const auto outcomes = tail.poll();
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(outcomes.error().message.find("goes on with epoch 4"), std::string::npos) << outcomes.error().message;
}

}  // namespace
}  // namespace playhead::pipeline
