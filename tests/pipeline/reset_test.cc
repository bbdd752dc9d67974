#include "pipeline/reset.h"

#include <gtest/gtest.h>

#include <limits>

#include "kept_log.h"

namespace playhead::pipeline {
namespace {

using Place = ResetTo::Place;
constexpr Timestamp kTime = from_micros(1'541'105'830'000'000);

TEST(Reset, PlacesAreReadAsTheyAreWritten) {
  EXPECT_EQ(parse_reset("earliest")->place, Place::kEarliest);
  EXPECT_EQ(parse_reset("latest")->place, Place::kLatest);
  const auto time = parse_reset("2018-11-01T20:57:10Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(time->place, Place::kTime);
  EXPECT_EQ(time->time, kTime);
  const auto offsets = parse_reset("offsets:0=123,7=18446744073709551615");
  ASSERT_TRUE(offsets);
  EXPECT_EQ(offsets->place, Place::kOffsets);
  EXPECT_EQ(offsets->offsets, (std::map<std::uint32_t, Offset>{{0, {123}}, {7, {std::numeric_limits<std::uint64_t>::max()}}}));
}

TEST(Reset, OtherTextsAreRefusedWithTheForms) {
  for (const char* text : {"", "Earliest", "yesterday", "offsets:", "offsets:0", "offsets:0=", "offsets:=1", "offsets:0=1,0=2",
                           "offsets:0=-1", "offsets:0=1;1=2", "offsets:4294967296=0", "offsets:0=18446744073709551616", "offsets:0=1 "}) {
    const auto parsed = parse_reset(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(parsed.error().message.find("earliest, latest"), std::string::npos) << parsed.error().message;
  }
}

// Offsets 20 to 30, a second apart; the job goes on at 10.
class PlanTest : public testing::Test {
 protected:
  KeptLog log_{"plays", 1};
  std::unique_ptr<log::Reader> reader_;
  Standing standing_{.topic_id = {}, .needed = {10}, .next = {10}, .last = {}, .begun = true};

  void SetUp() override {
    for (int i = 0; i < 30; ++i) log_.append(0, "key", "value", kTime + std::chrono::seconds{i});
    log_.remove_below(0, 20);
    reader_ = std::move(*log_.reader("plays"));
  }
  Result<ResetPlan> plan(const ResetTo& to, Loss loss = Loss::kBelowStart) { return plan_reset(*reader_, {0}, to, loss, standing_); }
  void expect(const ResetTo& to, Loss loss, std::uint64_t target, std::uint64_t skipped) {
    const auto planned = plan(to, loss);
    ASSERT_TRUE(planned) << planned.error().message;
    EXPECT_EQ(planned->target, Offset{target});
    EXPECT_EQ(planned->reset, (Reset{.loss = loss, .expected = standing_.next, .skipped = skipped}));
  }
  void refuse(const ResetTo& to, Loss loss, const std::string& words) {
    const auto planned = plan(to, loss);
    ASSERT_FALSE(planned) << planned->target.value;
    EXPECT_EQ(planned.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(planned.error().message.find(words), std::string::npos) << planned.error().message;
  }
  static ResetTo offset(std::uint64_t value) { return {.place = Place::kOffsets, .offsets = {{0, {value}}}}; }
};

TEST_F(PlanTest, WhatWasRemovedIsSkipped) {
  expect({.place = Place::kEarliest}, Loss::kBelowStart, 20, 10);
  expect({.place = Place::kLatest}, Loss::kBelowStart, 30, 20);
  expect({.place = Place::kTime, .time = kTime + std::chrono::seconds{25}}, Loss::kBelowStart, 25, 15);
  expect({.place = Place::kTime, .time = kTime}, Loss::kBelowStart, 20, 10);
  expect(offset(22), Loss::kBelowStart, 22, 12);
  refuse(offset(19), Loss::kBelowStart, "offset 19 is not there: the log holds 20 to 30");
  refuse(offset(31), Loss::kBelowStart, "offset 31 is not there");
  refuse({.place = Place::kOffsets, .offsets = {{1, {20}}}}, Loss::kBelowStart, "no offset is named for it");
}

TEST_F(PlanTest, WhatWasCountedIsNotReadAgain) {
  standing_.next = {25};  // only a replay lacks records
  expect({.place = Place::kEarliest}, Loss::kBelowStart, 25, 0);
  expect({.place = Place::kTime, .time = kTime}, Loss::kBelowStart, 25, 0);
  refuse(offset(24), Loss::kBelowStart, "the records from 24 to 25 are counted already");
}

TEST_F(PlanTest, ATopicMadeAnewMayBeBegunAnywhere) {
  standing_.next = {28};
  expect({.place = Place::kEarliest}, Loss::kOtherTopic, 20, 0);
  expect(offset(23), Loss::kOtherTopic, 23, 3);
  expect({.place = Place::kLatest}, Loss::kOtherTopic, 30, 10);
}

TEST_F(PlanTest, OfARestoredLogTheUserHasToSayWhatIsNew) {
  standing_.next = {40};
  for (const Loss loss : {Loss::kAboveEnd, Loss::kOtherRecords}) {
    refuse({.place = Place::kEarliest}, loss, "may be counted already");
    expect({.place = Place::kLatest}, loss, 30, 0);
    expect(offset(26), loss, 26, 0);
  }
}

}  // namespace
}  // namespace playhead::pipeline
