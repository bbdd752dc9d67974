#include "pipeline/loss.h"

#include <gtest/gtest.h>

#include "kept_log.h"

namespace playhead::pipeline {
namespace {

constexpr Timestamp kTime = from_micros(1'541'105'830'000'000);

// A log of 10 records from offset 0, and a job that has processed 8 of them, in two epochs after a snapshot at 2.
class LossTest : public testing::Test {
 protected:
  KeptLog log_{"plays", 1};
  std::unique_ptr<log::Reader> reader_;
  Standing standing_;

  void SetUp() override {
    for (int i = 0; i < 10; ++i) log_.append(0, "key", "value " + std::to_string(i), kTime);
    reader_ = std::move(*log_.reader("plays"));
    const std::string id = reader_->topic().id;
    standing_ = standing_of({.epoch = {1}, .next = {2}, .state = {}, .topic_id = id, .last = last_at(1)},
                            {{cut_of(2, 2, 5, id), outcome_of(2, 5)}, {cut_of(3, 5, 8, id), outcome_of(3, 8)}});
  }

  LastRecord last_at(std::uint64_t offset) {
    log::RecordBatch records;
    EXPECT_TRUE(reader_->read({0}, {offset}, {offset + 1}, records));
    return {.offset = {offset}, .hash = hash_of(records, 0)};
  }
  static Cut cut_of(std::uint64_t epoch, std::uint64_t start, std::uint64_t end, const std::string& id) {
    Cut cut;
    cut.epoch = {epoch};
    cut.topic_id = id;
    cut.offsets = {{start}, {end}};
    return cut;
  }
  Outcome outcome_of(std::uint64_t epoch, std::uint64_t end) {
    return {.epoch = {epoch}, .end = {end}, .last = last_at(end - 1), .result = {}};
  }
  Loss found() {
    const auto loss = find_loss(*reader_, {0}, standing_);
    EXPECT_TRUE(loss) << loss.error().message;
    return loss.value_or(Loss::kNone);
  }
  std::string said() { return describe(found(), reader_->topic(), {0}, standing_, *reader_->range({0})); }
};

TEST_F(LossTest, AJobStandsWhereItsLastCutEnds) {
  EXPECT_EQ(standing_.needed, Offset{2});
  EXPECT_EQ(standing_.next, Offset{8});
  EXPECT_EQ(standing_.last->offset, Offset{7});
  EXPECT_TRUE(standing_.begun);
  EXPECT_FALSE(standing_of({}, {}).begun);
  EXPECT_EQ(found(), Loss::kNone);
}

TEST_F(LossTest, RecordsRemovedBelowWhatIsNeeded) {
  log_.remove_below(0, 2);
  EXPECT_EQ(found(), Loss::kNone) << "all that a replay reads is there";
  log_.remove_below(0, 3);
  EXPECT_EQ(found(), Loss::kBelowStart);
  EXPECT_NE(said().find("plays/0 holds offsets 3 to 10, and the job goes on at 8, but first has to read again from 2"), std::string::npos)
      << said();
  log_.remove_below(0, 9);
  EXPECT_NE(said().find("holds offsets 9 to 10, but the job goes on at 8: records are lost"), std::string::npos) << said();
}

TEST_F(LossTest, ALogThatEndsBeforeWhatWasProcessed) {
  log_.remove_from(0, 8);
  EXPECT_EQ(found(), Loss::kNone) << "nothing new, nothing lost";
  log_.remove_from(0, 7);
  EXPECT_EQ(found(), Loss::kAboveEnd);
  EXPECT_NE(said().find("holds offsets 0 to 7, but the job goes on at 8"), std::string::npos) << said();
}

TEST_F(LossTest, AnotherRecordAtTheLastOffset) {
  log_.remove_from(0, 7);
  log_.append(0, "key", "another value", kTime);
  log_.append(0, "key", "and one more", kTime);
  EXPECT_EQ(found(), Loss::kOtherRecords);
  EXPECT_NE(said().find("another record at 7"), std::string::npos) << said();
}

TEST_F(LossTest, ALastRecordThatIsGoneCanNotBeCompared) {
  log_.compact_away(0, 7);
  EXPECT_EQ(found(), Loss::kNone);
}

TEST_F(LossTest, ATopicMadeAnewIsToldByItsId) {
  log_.make_anew("plays", 1);
  for (int i = 0; i < 10; ++i) log_.append(0, "key", "value " + std::to_string(i), kTime);
  EXPECT_EQ(found(), Loss::kOtherTopic);
  EXPECT_NE(said().find("made anew"), std::string::npos) << said();
  standing_.topic_id.clear();
  EXPECT_EQ(found(), Loss::kNone) << "an old journal knows no id; the records are the same";
}

// Each part of a record counts, and a null part is another than an empty one.
TEST(HashOf, TellsRecordsApart) {
  log::RecordBatch records;
  const auto add = [&](std::string_view key, std::string_view value, Timestamp time, std::string_view headers) {
    records.offsets.push_back({0});
    records.keys.push_back(key);
    records.values.push_back(value);
    records.timestamps.push_back(time);
    records.headers.push_back(headers);
  };
  add("k", "v", kTime, "");
  add("k", "w", kTime, "");
  add("l", "v", kTime, "");
  add("k", "v", kTime + std::chrono::milliseconds{1}, "");
  add("k", "v", kTime, "h");
  add("", "v", kTime, "");
  add({}, "v", kTime, "");
  add("k", {}, kTime, "");
  add("k", "", kTime, "");
  add("kv", "", kTime, "");
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(hash_of(records, i), hash_of(records, i));
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(hash_of(records, i), hash_of(records, j)) << i << " and " << j;
  }
}

}  // namespace
}  // namespace playhead::pipeline
