#include "base/time.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/random.h"

namespace playhead {
namespace {

using namespace std::chrono_literals;

std::string read(std::string_view text) {
  const auto parsed = parse_iso(text);
  return parsed ? format_iso(parsed->time) + (parsed->zoneless ? " zoneless" : "") : "refused";
}

TEST(Time, ReadsEveryFormOfIso8601ThatIsListed) {
  EXPECT_EQ(read("2018-11-01"), "2018-11-01T00:00:00.000000Z zoneless");
  EXPECT_EQ(read("2018-11-01T20:57"), "2018-11-01T20:57:00.000000Z zoneless");
  EXPECT_EQ(read("2018-11-01 20:57:10"), "2018-11-01T20:57:10.000000Z zoneless");
  EXPECT_EQ(read("2018-11-01T20:57:10.5"), "2018-11-01T20:57:10.500000Z zoneless");
  EXPECT_EQ(read("2018-11-01T20:57:10.123456789"), "2018-11-01T20:57:10.123456Z zoneless");
  EXPECT_EQ(read("2018-11-01T20:57:10Z"), "2018-11-01T20:57:10.000000Z");
  EXPECT_EQ(read("2018-11-01T20:57Z"), "2018-11-01T20:57:00.000000Z");
  EXPECT_EQ(read("2018-11-01T20:57:10+05:30"), "2018-11-01T15:27:10.000000Z");
  EXPECT_EQ(read("2018-11-01T20:57:10-0330"), "2018-11-02T00:27:10.000000Z");
  EXPECT_EQ(read("2018-11-01T20:57:10+01"), "2018-11-01T19:57:10.000000Z");
  EXPECT_EQ(read("0000-01-01T00:00:00Z"), "0000-01-01T00:00:00.000000Z");
  EXPECT_EQ(read("9999-12-31T23:59:59.999999Z"), "9999-12-31T23:59:59.999999Z");
}

TEST(Time, KnowsTheCalendar) {
  EXPECT_EQ(read("2024-02-29"), "2024-02-29T00:00:00.000000Z zoneless");
  EXPECT_EQ(read("2000-02-29"), "2000-02-29T00:00:00.000000Z zoneless");
  for (const char* date :
       {"2023-02-29", "1900-02-29", "2024-02-30", "2024-04-31", "2024-13-01", "2024-00-01", "2024-01-00", "2024-01-32"}) {
    EXPECT_EQ(read(date), "refused") << date;
  }
}

TEST(Time, RefusesEverythingElse) {
  for (const char* text : {"",
                           "2018",
                           "2018-11",
                           "2018-11-1",
                           "18-11-01",
                           "2018/11/01",
                           "20181101",
                           "2018-11-01T",
                           "2018-11-01T20",
                           "2018-11-01T24:00",
                           "2018-11-01T20:60",
                           "2018-11-01T20:57:60",
                           "2018-11-01T20:57:10.",
                           "2018-11-01T20:57:10,5",
                           "2018-11-01T20:57:10z",
                           "2018-11-01t20:57:10Z",
                           "2018-11-01T20:57:10ZZ",
                           "2018-11-01T20:57:10Z ",
                           " 2018-11-01",
                           "2018-11-01T20:57:10+",
                           "2018-11-01T20:57:10+1",
                           "2018-11-01T20:57:10+24:00",
                           "2018-11-01T20:57:10+01:60",
                           "2018-11-01T20:57:10+01:0",
                           "2018-11-01T20:57:10+01:00x",
                           "2018-11-01T20:57:10 +01:00",
                           "-018-11-01",
                           "+2018-11-01",
                           "2018-11-01T-1:00",
                           "１018-11-01",
                           "2018-11-01Z",
                           "now",
                           "1541105830796"}) {
    EXPECT_EQ(read(text), "refused") << text;
  }
  EXPECT_EQ(read(std::string_view("2018-11-01\0", 11)), "refused");
}

TEST(Time, WhatIsWrittenIsReadAgain) {
  Random random(17);
  for (int round = 0; round < 20'000; ++round) {
    const Timestamp time = from_micros(static_cast<std::int64_t>(random.below(300'000'000'000'000'000)) - 60'000'000'000'000'000);
    const auto parsed = parse_iso(format_iso(time));
    ASSERT_TRUE(parsed) << format_iso(time);
    ASSERT_EQ(parsed->time, time);
    ASSERT_FALSE(parsed->zoneless);
  }
}

TEST(Time, DamagedTextsAreReadOrRefusedInside) {
  Random random(18);
  for (int round = 0; round < 50'000; ++round) {
    std::string text = "2018-11-01T20:57:10.796+01:00";
    text.resize(random.below(text.size() + 1));
    for (std::uint64_t damage = random.below(3); damage > 0 && !text.empty(); --damage) {
      text[random.below(text.size())] = "0123456789-+:.TZ "[random.below(17)];
    }
    const auto parsed = parse_iso(text);
    if (parsed && parsed->time >= from_micros(0)) {
      ASSERT_EQ(parse_iso(format_iso(parsed->time))->time, parsed->time) << text;
    }
  }
}

TEST(Time, WritesItsForms) {
  const Timestamp time = from_micros(1'541'105'830'796'000);
  EXPECT_EQ(format_iso(time), "2018-11-01T20:57:10.796000Z");
  EXPECT_EQ(format_plain(time), "2018-11-01 20:57:10");
  EXPECT_EQ(format_compact(time), "20181101T205710Z");
  EXPECT_EQ(format_iso(from_micros(-1)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_iso(kNever), "never");
  EXPECT_EQ(format_plain(kNever), "never");
  EXPECT_EQ(format_iso(from_micros(253'402'300'800'000'000)), "10000-01-01T00:00:00.000000Z");
}

TEST(Time, FloorsDownAlsoBefore1970) {
  EXPECT_EQ(floor_to(from_micros(119'999'999), 60s), from_micros(60'000'000));
  EXPECT_EQ(floor_to(from_micros(60'000'000), 60s), from_micros(60'000'000));
  EXPECT_EQ(floor_to(from_micros(0), 60s), from_micros(0));
  EXPECT_EQ(floor_to(from_micros(-1), 60s), from_micros(-60'000'000));
  EXPECT_EQ(floor_to(from_micros(-60'000'000), 60s), from_micros(-60'000'000));
  EXPECT_EQ(floor_to(from_micros(-60'000'001), 60s), from_micros(-120'000'000));
  EXPECT_EQ(floor_to(kNever, 60s), kNever);
}

TEST(Time, ReadsSpans) {
  EXPECT_EQ(parse_duration("250ms").value(), 250ms);
  EXPECT_EQ(parse_duration("90").value(), 90s);
  EXPECT_EQ(parse_duration("1.5s").value(), 1500ms);
  EXPECT_EQ(parse_duration("30m").value(), 30min);
  EXPECT_EQ(parse_duration("1h").value(), 1h);
  EXPECT_EQ(parse_duration("60d").value(), 24h * 60);
  EXPECT_EQ(parse_duration("7us").value(), 7us);
  EXPECT_EQ(parse_duration("0").value(), 0s);
  for (const char* text : {"", "s", "-1s", "1 s", "1w", "1S", "1m30s", "inf", "nan", "nans", "infs", "1e30d", "0x10", " 1", "1s "}) {
    const auto span = parse_duration(text);
    ASSERT_FALSE(span) << text;
    EXPECT_EQ(span.error().kind, ErrorKind::kInvalid);
  }
}

TEST(Time, WritesSpansAsTheyAreRead) {
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(60s), "1m");
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(48h), "2d");
  EXPECT_EQ(format_duration(1500us), "1500us");
  Random random(4);
  for (int round = 0; round < 10'000; ++round) {
    std::int64_t micros = static_cast<std::int64_t>(random.below(1'000'000));
    for (const std::int64_t unit : {1'000, 1'000, 60, 60, 24}) micros *= random.chance(0.5) ? unit : 1;
    micros %= 4'000'000'000'000'000;  // beyond, a double does not hold every microsecond
    ASSERT_EQ(parse_duration(format_duration(Duration{micros})).value(), Duration{micros}) << micros;
  }
}

}  // namespace
}  // namespace playhead
