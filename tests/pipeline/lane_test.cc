#include "pipeline/lane.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "kept_job.h"
#include "sink/reject_tables.h"

namespace playhead::pipeline {
namespace {

using stream::Disposition;
using OffsetsTest = KeptJob;
using DedupOff = KeptJob;

TEST_F(OffsetsTest, OffsetsWithoutARecordAreCounted) {
  append(0, 5);
  log_.append_mark(0);
  append(5, 9);
  log_.append_mark(0);
  log_.compact_away(0, 2);
  ASSERT_TRUE(open());
  EXPECT_EQ(step_to_the_end(), 8u) << "records, not offsets";
  finish();
  EXPECT_EQ(tally().total(), 8u);
  EXPECT_EQ(tally().gaps, 3u);
  EXPECT_EQ(pipeline_->ledger().partitions[0].next, Offset{11});
  const Reconciliation found = reconciled();
  EXPECT_TRUE(found.holds());
  EXPECT_EQ(found.total().records(), 8u);
  EXPECT_EQ(found.partitions[0].gaps, 3u);
  EXPECT_EQ(found.windows.plays, 8u);
  ASSERT_TRUE(open()) << "a restart";
  EXPECT_EQ(tally().gaps, 3u);
}

TEST_F(OffsetsTest, ARowThatIsMissingIsNotTakenForAGap) {
  append(0, 5);
  log_.append_mark(0);
  ASSERT_TRUE(open());
  step_to_the_end();
  finish();
  const auto folder = table::PublishedFolder::newest(files_, "lake");
  ASSERT_TRUE(folder && *folder);
  RowLedger ledger = *row_ledger_from((*folder)->ledger);
  ASSERT_EQ(ledger[0].gaps, 1u);
  for (const std::uint64_t gaps : {std::uint64_t{0}, std::uint64_t{2}}) {
    ledger[0].gaps = gaps;
    const auto claimed = table::PublishedFolder::claim(files_, "lake", (*folder)->owner);
    ASSERT_TRUE(claimed);
    ASSERT_TRUE((*claimed)->commit({}, {}, to_text(ledger)));
    const Reconciliation found = reconciled();
    EXPECT_FALSE(found.holds());
    EXPECT_EQ(found.total().missing, gaps == 0 ? 1u : 0u);
    EXPECT_EQ(found.partitions[0].rows_at_gaps, gaps == 0 ? 0u : 1u);
  }
}

// What was published before a crash stands, though some of its records are gone when it is replayed.
TEST_F(OffsetsTest, ARecordedOutcomeStandsWhenRecordsVanishBeforeItsReplay) {
  append(0, 30);
  epoch_records_max_ = 10;
  ASSERT_TRUE(open());
  step_to_the_end();
  const Ledger before = pipeline_->ledger();
  const std::uint64_t published = plays_published();
  ASSERT_GT(published, 0u);
  for (const std::uint64_t offset : {3, 14, 29}) log_.compact_away(0, offset);  // of each epoch, and the one that moved the watermark most
  ASSERT_TRUE(open()) << "without a checkpoint: all three epochs are replayed";
  EXPECT_EQ(pipeline_->replayed_epochs(), 3u);
  EXPECT_EQ(pipeline_->ledger().partitions[0].tally, before.partitions[0].tally);
  EXPECT_EQ(pipeline_->ledger().job_watermark, before.job_watermark);
  EXPECT_EQ(plays_published(), published);
  append(30, 36);
  step_to_the_end();
  finish();
  EXPECT_EQ(plays_published(), 36u);
  EXPECT_EQ(tally().gaps, 0u) << "none when the records were counted";
  const Reconciliation found = reconciled();
  EXPECT_TRUE(found.holds());
  EXPECT_EQ(found.total().records(), 33u) << "the lake has what was left";
  EXPECT_EQ(found.partitions[0].gaps, 3u);
  EXPECT_EQ(found.windows.plays, std::nullopt) << "so its plays are not those of the windows";
}

TEST_F(OffsetsTest, ACutWithoutAnOutcomeIsProcessedWithWhatIsLeft) {
  append(0, 10);
  ASSERT_TRUE(open());
  pipeline_.reset();
  {
    const auto journal = Journal::claim(files_, "checkpoints/plays/p0");
    ASSERT_TRUE(journal);
    ASSERT_TRUE((*journal)->append(Cut{.epoch = {1},
                                       .topic_id = log_.topic(kTopic)->id,
                                       .offsets = {{0}, {10}},
                                       .watermark_in = kNever,
                                       .idle = false,
                                       .decided_at = clock_.now(),
                                       .writer = (*journal)->writer(),
                                       .options = to_text(options_.stream),
                                       .program = options_.program}));
    ASSERT_TRUE((*journal)->sync());
  }
  log_.compact_away(0, 9);
  ASSERT_TRUE(open());
  finish();
  EXPECT_EQ(tally().total(), 9u);
  EXPECT_EQ(tally().gaps, 1u);
  EXPECT_TRUE(reconciled().holds());
}

TEST_F(OffsetsTest, AnOtherOutcomeFromAsManyRecordsIsDamage) {
  append(0, 10);
  ASSERT_TRUE(open());
  step_to_the_end();
  log_.replace(0, 4, "broken");
  const Status opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt) << opened.error().message;
}

TEST_F(OffsetsTest, ALogWithOtherRecordsIsRefusedBeforeAnythingIsReplayed) {
  append(0, 10);
  ASSERT_TRUE(open());
  step_to_the_end();
  for (const bool checkpointed : {false, true}) {
    log_.remove_from(0, 6);
    append(40, 50);
    const Status opened = open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(opened.error().message.find("another record at 9"), std::string::npos) << opened.error().message;
    log_.remove_from(0, 6);
    append(6, 10);
    ASSERT_TRUE(open()) << "the log came back as it was";
    if (!checkpointed) finish();
  }
}

TEST_F(OffsetsTest, RecordsLostWhileTheJobRunsEndIt) {
  append(0, 10);
  ASSERT_TRUE(open());
  step_to_the_end();
  append(10, 20);
  log_.remove_below(0, 15);
  const auto progress = pipeline_->step();
  ASSERT_FALSE(progress);
  EXPECT_EQ(progress.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(progress.error().message.find("holds offsets 15 to 20, but the job goes on at 10"), std::string::npos)
      << progress.error().message;
}

// ---- resets

TEST_F(OffsetsTest, AfterALossTheJobGoesOnWhereItIsTold) {
  append(0, 10);
  ASSERT_TRUE(open());
  step_to_the_end();
  finish();
  append(10, 30);
  log_.remove_below(0, 15);
  const Status refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(refused.error().message.find("--reset-to"), std::string::npos) << refused.error().message;
  options_.reset_to = ResetTo{};
  ASSERT_TRUE(open());
  ASSERT_EQ(pipeline_->notices().size(), 1u);
  EXPECT_NE(pipeline_->notices()[0].find("plays/0 goes on at offset 15 instead of 10: 5 offsets skipped"), std::string::npos)
      << pipeline_->notices()[0];
  EXPECT_EQ(step_to_the_end(), 15u);
  finish();
  EXPECT_EQ(tally().total(), 25u);
  EXPECT_EQ(tally().skipped, 5u);
  EXPECT_EQ(tally().resets, 1u);
  const Reconciliation found = reconciled();
  EXPECT_TRUE(found.holds());
  EXPECT_EQ(found.partitions[0].earlier, (std::vector<OffsetRange>{{{0}, {10}}}));
  EXPECT_EQ(found.partitions[0].checked, (OffsetRange{{15}, {30}}));
  EXPECT_EQ(found.total().records(), 25u);
  EXPECT_EQ(found.windows.plays, 25u);
  const Status again = open();
  ASSERT_FALSE(again) << "nothing is lost any more";
  EXPECT_NE(again.error().message.find("nothing was lost"), std::string::npos) << again.error().message;
  options_.reset_to.reset();
  ASSERT_TRUE(open()) << "and it goes on without the flag";
  EXPECT_EQ(tally().skipped, 5u);
}

// The crash was before a checkpoint, and part of what a replay needs is gone.
TEST_F(OffsetsTest, RecordsLostBeforeTheirReplayAreNotCountedAgain) {
  append(0, 30);
  epoch_records_max_ = 10;
  ASSERT_TRUE(open());
  step_to_the_end();
  const std::uint64_t published = plays_published();
  log_.remove_below(0, 12);
  ASSERT_FALSE(open());
  options_.reset_to = ResetTo{};
  ASSERT_TRUE(open());
  options_.reset_to.reset();
  EXPECT_EQ(pipeline_->ledger().partitions[0].next, Offset{30}) << "what was counted is passed by";
  EXPECT_EQ(tally().total(), 30u);
  EXPECT_EQ(tally().skipped, 0u);
  EXPECT_EQ(plays_published(), published);
  append(30, 40);
  step_to_the_end();
  finish();
  EXPECT_EQ(plays_published(), 40u);
  const Reconciliation found = reconciled();
  EXPECT_TRUE(found.holds());
  EXPECT_EQ(found.partitions[0].gaps, 12u) << "the lake has what was left";
}

TEST_F(OffsetsTest, ATopicMadeAnewIsBegunWithTheStateKept) {
  append(0, 10);
  ASSERT_TRUE(open());
  step_to_the_end();
  finish();
  log_.make_anew(kTopic, 1);
  append(8, 20);  // the first two were counted before
  const Status refused = open();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("made anew"), std::string::npos) << refused.error().message;
  options_.reset_to = ResetTo{};
  ASSERT_TRUE(open());
  options_.reset_to.reset();
  step_to_the_end();
  EXPECT_EQ(tally().of(Disposition::kDuplicate), 2u) << "ids are remembered";
  EXPECT_EQ(tally().total(), 22u);
  ASSERT_TRUE(open()) << "its new id is known";
  append(20, 24);
  step_to_the_end();
  finish();
  EXPECT_EQ(plays_published(), 24u);
  const Reconciliation found = reconciled();
  EXPECT_TRUE(found.holds());
  EXPECT_EQ(found.total().records(), 26u);
  EXPECT_EQ(found.total().twice, 0u) << "offsets of two topics are told apart";
  const auto identity = identity_from(*io::read_file(files_, "checkpoints/plays/job", 1 << 20));
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->topic_id, log_.topic(kTopic)->id);
}

TEST_F(OffsetsTest, ALogThatWasCutShortGoesOnWithWhatComes) {
  append(0, 10);
  ASSERT_TRUE(open());
  step_to_the_end();
  log_.remove_from(0, 6);
  options_.reset_to = ResetTo{};
  const Status earliest = open();
  ASSERT_FALSE(earliest);
  EXPECT_NE(earliest.error().message.find("may be counted already"), std::string::npos) << earliest.error().message;
  options_.reset_to = ResetTo{.place = ResetTo::Place::kLatest};
  ASSERT_TRUE(open());
  options_.reset_to.reset();
  append(10, 20);
  step_to_the_end();
  finish();
  EXPECT_EQ(plays_published(), 20u);
  EXPECT_EQ(tally().total(), 20u);
  EXPECT_EQ(tally().skipped, 0u);
  const Reconciliation found = reconciled();
  EXPECT_EQ(found.total().twice, 0u);
  EXPECT_EQ(found.total().records(), 20u - found.partitions[0].gaps);
}

// A crash at any operation of a start that resets: another start, with the flag or without, comes to the same.
TEST_F(OffsetsTest, AResetThatIsCutShortIsDoneOnce) {
  std::uint64_t without = 0;
  bool whole = false;
  for (std::uint64_t operations = 0; !whole; ++operations) {
    SCOPED_TRACE("power loss after operation " + std::to_string(operations));
    files_ = io::SimulatedFileSystem{};
    log_.make_anew(kTopic, 1);
    append(0, 10);
    options_.reset_to.reset();
    ASSERT_TRUE(open());
    step_to_the_end();
    finish();
    append(10, 30);
    log_.remove_below(0, 15);
    Random random(operations);
    options_.reset_to = ResetTo{};
    files_.crash_after(operations);
    whole = open().has_value();
    pipeline_.reset();
    files_.crash(random);
    options_.reset_to.reset();
    if (open()) {
      ++without;
    } else {
      options_.reset_to = ResetTo{};
      const Status opened = open();
      ASSERT_TRUE(opened) << opened.error().message;
    }
    step_to_the_end();
    finish();
    EXPECT_EQ(tally().total(), 25u);
    EXPECT_EQ(tally().skipped, 5u);
    EXPECT_EQ(tally().resets, 1u);
    EXPECT_EQ(plays_published(), 25u);
    EXPECT_TRUE(reconciled().holds());
    if (HasFailure()) return;
  }
  EXPECT_GT(without, 0u) << "a reset that is durable needs no flag any more";
}

// ---- partitions

TEST_F(OffsetsTest, PartitionsThatCameAreTakenUp) {
  append(0, 10);
  ASSERT_TRUE(open());
  step_to_the_end();
  finish();
  log_.grow(3);
  append(10, 20, 1);
  append(20, 25, 2);
  ASSERT_TRUE(open());
  ASSERT_EQ(pipeline_->notices().size(), 1u);
  EXPECT_NE(pipeline_->notices()[0].find("from 1 to 3 partitions"), std::string::npos) << pipeline_->notices()[0];
  EXPECT_EQ(step_to_the_end(), 15u);
  const Status uncommitted = open();
  ASSERT_TRUE(uncommitted) << uncommitted.error().message;
  EXPECT_TRUE(pipeline_->notices().empty()) << "said once";
  finish();
  options_.identity.partitions = 3;
  EXPECT_EQ(plays_published(), 25u);
  EXPECT_TRUE(reconciled().holds());
  EXPECT_EQ(reconciled().total().records(), 25u);
  log_.make_anew(kTopic, 2);
  const Status shrunk = open();
  ASSERT_FALSE(shrunk);
  EXPECT_NE(shrunk.error().message.find("has 2 partitions, and had 3"), std::string::npos) << shrunk.error().message;
}

// A crash at any operation of the start that takes a partition up.
TEST_F(OffsetsTest, PartitionsThatComeWhileTheJobRunsAreTakenUpAtACheckpoint) {
  append(0, 10);
  ASSERT_TRUE(open());
  EXPECT_EQ(step_to_the_end(), 10u);
  log_.grow(3);
  append(10, 20, 1);
  append(20, 25, 2);
  append(25, 30, 0);
  clock_.advance(options_.checkpoint_interval);
  EXPECT_EQ(step_to_the_end(), 5u) << "of the partition that was there; then the others are claimed";
  EXPECT_EQ(pipeline_->assigned().size(), 3u);
  ASSERT_EQ(pipeline_->notices().size(), 1u);
  EXPECT_EQ(step_to_the_end(), 15u);
  finish();
  options_.identity.partitions = 3;
  EXPECT_EQ(plays_published(), 30u);
  EXPECT_TRUE(reconciled().holds());
}

TEST_F(OffsetsTest, AGrownTopicSurvivesACrashAtAnyOperation) {
  bool whole = false;
  for (std::uint64_t operations = 0; !whole; ++operations) {
    SCOPED_TRACE("power loss after operation " + std::to_string(operations));
    files_ = io::SimulatedFileSystem{};
    log_.make_anew(kTopic, 1);
    append(0, 10);
    ASSERT_TRUE(open());
    step_to_the_end();
    if (operations % 2 == 0) finish();
    log_.grow(2);
    append(10, 20, 1);
    Random random(operations);
    files_.crash_after(operations);
    whole = open() && pipeline_->step() && pipeline_->drain() && pipeline_->checkpoint();
    pipeline_.reset();
    files_.crash(random);
    const Status opened = open();
    ASSERT_TRUE(opened) << opened.error().message;
    step_to_the_end();
    finish();
    EXPECT_EQ(plays_published(), 20u);
    EXPECT_EQ(tally().total(), 20u);
    options_.identity.partitions = 2;
    EXPECT_TRUE(reconciled().holds());
    if (HasFailure()) return;
  }
}

// Ids of that time are not remembered either. An epoch is replayed as it was cut, whatever is asked for since.
TEST_F(DedupOff, WhatIsSentTwiceCountsTwice) {
  options_.stream.dedup = false;
  append(0, 5);
  append(0, 5);
  ASSERT_TRUE(open());
  EXPECT_EQ(step_to_the_end(), 10u);
  options_.stream.dedup = true;
  ASSERT_TRUE(open()) << "the recorded outcome comes out again";
  EXPECT_EQ(pipeline_->replayed_epochs(), 1u);
  append(0, 5);
  append(0, 5);
  EXPECT_EQ(step_to_the_end(), 10u);
  finish();
  EXPECT_EQ(tally().of(Disposition::kDuplicate), 5u);
  EXPECT_EQ(plays_published(), 15u);
  EXPECT_TRUE(reconciled().holds());
}

TEST_F(DedupOff, WithoutALakeALateEventKeepsItsId) {
  options_.lake.clear();
  append(2000, 2001);
  append(1, 2);
  const auto id_in = [&](bool dedup, const std::string& run) {
    options_.stream.dedup = dedup;
    options_.checkpoint = "checkpoints/" + run;
    options_.output = "windows-" + run;
    options_.rejects = "rejected-" + run;
    std::string id;
    EXPECT_TRUE(open());
    EXPECT_EQ(step_to_the_end(), 2u);
    finish();
    EXPECT_EQ(tally().of(Disposition::kLate), 1u);
    EXPECT_TRUE(sink::read_late(files_, options_.rejects, [&](const table::Rows& rows) -> Result<bool> {
      id = std::string(rows.column("event_id").text(0));
      return true;
    }));
    return id;
  };
  EXPECT_EQ(id_in(false, "without").size(), 16u);
  EXPECT_EQ(id_in(false, "again"), id_in(true, "with"));
}

}  // namespace
}  // namespace playhead::pipeline
