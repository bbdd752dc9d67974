#include "cli/event_line.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "base/random.h"

namespace playhead::cli {
namespace {

EventFacts facts_of(std::string_view line) {
  EventFacts facts{from_micros(1), "left over"};
  read_facts(line, facts);
  return facts;
}

std::string time_text(std::string_view line) {
  const EventFacts facts = facts_of(line);
  return facts.time ? format_iso(*facts.time) : "none";
}

TEST(EventLine, ReadsTheTimesOfAllDialects) {
  EXPECT_EQ(time_text(R"({"ts":1541105830796,"userId":"39"})"), "2018-11-01T20:57:10.796000Z");
  EXPECT_EQ(time_text(R"({"ts": 1541105830796.0 })"), "2018-11-01T20:57:10.796000Z");
  EXPECT_EQ(time_text(R"({"ts":"2021-03-04T05:06:07Z"})"), "2021-03-04T05:06:07.000000Z");
  EXPECT_EQ(time_text(R"({"user_id": "u1", "timestamp": "2026-03-01T12:00:00.250000"})"), "2026-03-01T12:00:00.250000Z");
  EXPECT_EQ(time_text(R"({"timestamp":"2026-03-01 12:00:00+02:00"})"), "2026-03-01T10:00:00.000000Z");
  EXPECT_EQ(time_text(R"({"timestamp":1541105830})"), "2018-11-01T20:57:10.000000Z");
  EXPECT_EQ(time_text(R"({"timestamp":1541105830.5})"), "2018-11-01T20:57:10.500000Z");
  EXPECT_EQ(time_text(R"({"ts":-1})"), "1969-12-31T23:59:59.999000Z");
}

TEST(EventLine, TheFirstReadableTimeCounts) {
  EXPECT_EQ(time_text(R"({"timestamp":"soon","ts":1000})"), "1970-01-01T00:00:01.000000Z");
  EXPECT_EQ(time_text(R"({"ts":null,"timestamp":2})"), "1970-01-01T00:00:02.000000Z");
  EXPECT_EQ(time_text(R"({"ts":1000,"timestamp":2})"), "1970-01-01T00:00:01.000000Z");
}

TEST(EventLine, OnlyTheTopLevelIsLookedAt) {
  EXPECT_EQ(time_text(R"({"song":{"ts":1,"x":[{"timestamp":"2020-01-01"}]},"name":"\"ts\":5,"})"), "none");
  EXPECT_EQ(time_text(R"({"song":{"title":"}\\\"]"},"ts":1000})"), "1970-01-01T00:00:01.000000Z");
  EXPECT_EQ(facts_of(R"({"who":{"userId":"7"}})").user, "");
}

TEST(EventLine, UserIdsAreTextsOrNumbersAsWritten) {
  EXPECT_EQ(facts_of(R"({"user_id":"u4711"})").user, "u4711");
  EXPECT_EQ(facts_of(R"({"userId":"39"})").user, "39");
  EXPECT_EQ(facts_of(R"({"userId":39})").user, "39");
  EXPECT_EQ(facts_of(R"({"userId":""})").user, "");
  EXPECT_EQ(facts_of(R"({"userId":null})").user, "");
  EXPECT_EQ(facts_of(R"({"userId":["x"]})").user, "");
  EXPECT_EQ(facts_of(R"({"userId":"","user_id":"b"})").user, "b");
  EXPECT_EQ(facts_of(R"({"userId":"Bj\u00f6rk \"B\""})").user, "Björk \"B\"");
  EXPECT_EQ(facts_of(R"({"userId":"bad \u00 escape"})").user, "");
  EXPECT_EQ(facts_of("{}").user, "");
}

TEST(EventLine, BrokenLinesGiveNothing) {
  for (const char* line :
       {"", "   ", "null", "[]", "\"ts\"", "{", "}", R"({"ts")", R"({"ts":)", R"({"ts":1541105830796)", R"({"ts":1,)", R"({"ts":1}})",
        R"({"ts":1} {"ts":2})", R"({"ts":1,"a":"b)", R"({"ts":1,"a":[})", R"({"ts":1,"a":{"b":1})", R"({ts:1})", R"({"ts":1 "a":2})"}) {
    EventFacts facts{from_micros(1), "left over"};
    EXPECT_FALSE(read_facts(line, facts)) << line;
    EXPECT_FALSE(facts.time) << line;
    EXPECT_EQ(facts.user, "") << line;
  }
}

TEST(EventLine, ImpossibleTimesAreNotRead) {
  for (const char* value :
       {"1e400", "99999999999999999999", "9e18", "-9e18", "\"2026-13-01\"", "\"\"", "true", "[1]", "{}", "253402300800000", "1x", "--1"}) {
    const std::string line = std::string(R"({"ts":)") + value + "}";
    EXPECT_EQ(time_text(line), "none") << line;
  }
  EXPECT_EQ(time_text(R"({"ts":253402300799999})"), "9999-12-31T23:59:59.999000Z");
  EXPECT_EQ(time_text(R"({"timestamp":253402300800})"), "none");
}

// Every cut and every changed byte of a real line is either refused or read; nothing is read past the end (the sanitizers look).
TEST(EventLine, SurvivesDamage) {
  const std::uint64_t seed = 4'242;
  Random random{seed};
  const std::string good =
      R"({"artist":"Ch\u00e9r","auth":"Logged In","nested":{"a":[1,2,{"b":"}"}]},"ts":1541105830796,"userId":"39","x":null})";
  ASSERT_EQ(facts_of(good).user, "39");
  for (std::size_t length = 0; length < good.size(); ++length) {
    const std::string cut = good.substr(0, length);
    EventFacts facts;
    ASSERT_FALSE(read_facts(cut, facts)) << cut;
  }
  for (int i = 0; i < 20'000; ++i) {
    std::string line = good;
    for (auto edits = 1 + random.below(3); edits > 0; --edits) line[random.below(line.size())] = static_cast<char>(random.below(256));
    EventFacts facts;
    const bool read = read_facts(line, facts);
    if (!nlohmann::json::accept(line)) continue;
    ASSERT_TRUE(read) << line << " seed " << seed;
  }
}

}  // namespace
}  // namespace playhead::cli
