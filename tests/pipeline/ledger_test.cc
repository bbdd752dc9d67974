#include "pipeline/ledger.h"

#include <gtest/gtest.h>

namespace playhead::pipeline {
namespace {

Ledger sample() {
  Ledger ledger;
  ledger.partitions.resize(2);
  ledger.partitions[1] = {.epoch = {7}, .next = {700}, .writer = {3}, .watermark = from_micros(-5), .idle = true, .tally = {}};
  ledger.partitions[1].tally.records = {1, 0, 2, 3, 4};
  ledger.partitions[1].tally.plays_on_time = 4;
  ledger.partitions[1].tally.plays_restated = 2;
  ledger.partitions[1].tally.no_plays = 1;
  ledger.job_watermark = from_micros(1'541'105'830'796'001);
  ledger.published_plays = 5;
  ledger.open_plays = 1;
  return ledger;
}

TEST(Ledger, IsReadAsItWasWritten) {
  const auto read = ledger_from(to_text(sample()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, sample());
  EXPECT_EQ(read->published_through, kNever);
}

TEST(Ledger, ReconcilesOnlyWhenEveryPlayIsInOnePlace) {
  Ledger ledger = sample();
  EXPECT_TRUE(ledger.reconciles());
  ledger.open_plays = 2;
  EXPECT_FALSE(ledger.reconciles());
}

TEST(Ledger, RefusesWhatIsNoLedger) {
  for (const char* text : {"", "{}", "[]", "{\"partitions\":3}", "null"}) {
    const auto read = ledger_from(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
  }
}

}  // namespace
}  // namespace playhead::pipeline
