#include "pipeline/row_ledger.h"

#include <gtest/gtest.h>

namespace playhead::pipeline {
namespace {

RowLedgerPartition some() { return {.epoch = {7}, .first = {10}, .next = {30}, .gaps = 3, .writer = {2}}; }

TEST(RowLedger, ATextIsReadAsItWasWritten) {
  RowLedger ledger = {some(), {}};
  ledger[0].begin_again(1, {50});
  const auto read = row_ledger_from(to_text(ledger));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, ledger);
  EXPECT_EQ(row_ledger_from("null"), RowLedger{});
  EXPECT_FALSE(row_ledger_from("{}"));
}

TEST(RowLedger, OneFromBeforeGapsAndResetsHasNone) {
  const auto read = row_ledger_from(R"({"partitions":[{"epoch":7,"first_offset":10,"next_offset":30,"writer_epoch":2}]})");
  ASSERT_TRUE(read) << read.error().message;
  RowLedgerPartition expected = some();
  expected.gaps = 0;
  EXPECT_EQ(*read, RowLedger{expected});
}

TEST(RowLedger, AResetBeginsAnotherStretch) {
  RowLedgerPartition partition = some();
  partition.begin_again(0, {50});
  EXPECT_EQ(partition, some()) << "no reset";
  partition.begin_again(1, {50});
  EXPECT_EQ(partition.earlier, (std::vector<OffsetRange>{{{10}, {30}}}));
  EXPECT_EQ(partition.first, Offset{50});
  partition.next = {60};
  EXPECT_EQ(partition.records(), 20u + 10u - 3u);
  partition.begin_again(3, {5});
  EXPECT_EQ(partition.earlier, (std::vector<OffsetRange>{{{10}, {30}}, {{50}, {60}}, {{5}, {5}}})) << "one for each reset";
  EXPECT_EQ(partition.records(), 27u);
}

}  // namespace
}  // namespace playhead::pipeline
