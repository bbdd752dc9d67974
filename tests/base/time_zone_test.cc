#include "base/time_zone.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "base/random.h"

namespace playhead {
namespace {

std::string big_endian(std::int64_t value, int bytes) {
  std::string out;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
  return out;
}

struct Turn {
  std::int64_t at;
  int type;
};

// One header and block of a TZif file, with the abbreviations left out of account.
std::string block(char version, const std::vector<Turn>& turns, const std::vector<int>& offsets, int time_bytes) {
  std::string out("TZif");
  out.push_back(version);
  out.append(15, '\0');
  for (const std::size_t count : {std::size_t{0}, std::size_t{0}, std::size_t{0}, turns.size(), offsets.size(), std::size_t{4}}) {
    out += big_endian(static_cast<std::int64_t>(count), 4);
  }
  for (const Turn& turn : turns) out += big_endian(turn.at, time_bytes);
  for (const Turn& turn : turns) out.push_back(static_cast<char>(turn.type));
  for (const int offset : offsets) out.append(big_endian(offset, 4)).append(2, '\0');
  return out + std::string("ABC\0", 4);
}

std::string file(const std::vector<Turn>& turns, const std::vector<int>& offsets, const std::string& footer) {
  return block('2', {}, {0}, 4) + block('2', turns, offsets, 8) + "\n" + footer + "\n";
}

Timestamp at(const char* text) { return parse_iso(text)->time; }

std::string utc(const TimeZone& zone, const char* wall) { return format_plain(zone.to_utc(at(wall))); }

std::unique_ptr<TimeZone> zone_of(const std::string& tzif) { return TimeZone::make(tzif).value(); }

TEST(TimeZone, AFixedOffsetIsTakenAway) {
  const auto zone = zone_of(file({}, {19800}, "IST-5:30"));
  EXPECT_EQ(utc(*zone, "2025-08-04T16:17:36"), "2025-08-04 10:47:36");
  EXPECT_EQ(utc(*zone, "1900-01-01T00:00:00"), "1899-12-31 18:30:00");
  EXPECT_EQ(zone->to_utc(at("2025-08-04T16:17:36.000001")), at("2025-08-04T10:47:36.000001"));
  EXPECT_EQ(zone->to_utc(kNever), kNever);
}

TEST(TimeZone, ReadsAFileOfTheFirstVersion) {
  const auto zone = zone_of(block('\0', {{0, 1}}, {3600, 7200}, 4));
  EXPECT_EQ(utc(*zone, "1969-12-31T12:00:00"), "1969-12-31 11:00:00");
  EXPECT_EQ(utc(*zone, "1970-01-02T12:00:00"), "1970-01-02 10:00:00");
}

TEST(TimeZone, WallTimesShownTwiceAreTheFirst) {
  // 2025-10-26 01:00 UTC: from two hours ahead to one.
  const auto zone = zone_of(file({{at("2025-10-26T01:00:00").time_since_epoch() / std::chrono::seconds{1}, 1}}, {7200, 3600}, "CET-1"));
  EXPECT_EQ(utc(*zone, "2025-10-26T01:59:59"), "2025-10-25 23:59:59");
  EXPECT_EQ(utc(*zone, "2025-10-26T02:00:00"), "2025-10-26 00:00:00");
  EXPECT_EQ(utc(*zone, "2025-10-26T02:59:59"), "2025-10-26 00:59:59");
  EXPECT_EQ(utc(*zone, "2025-10-26T03:00:00"), "2025-10-26 02:00:00");
}

TEST(TimeZone, WallTimesNeverShownAreReadWithTheOffsetBefore) {
  // 2025-03-30 01:00 UTC: from one hour ahead to two.
  const auto zone = zone_of(file({{at("2025-03-30T01:00:00").time_since_epoch() / std::chrono::seconds{1}, 1}}, {3600, 7200}, "EET-2"));
  EXPECT_EQ(utc(*zone, "2025-03-30T01:59:59"), "2025-03-30 00:59:59");
  EXPECT_EQ(utc(*zone, "2025-03-30T02:30:00"), "2025-03-30 01:30:00");
  EXPECT_EQ(utc(*zone, "2025-03-30T03:00:00"), "2025-03-30 01:00:00");
}

std::string on(const char* year, const char* rest) { return std::string(year).append(rest); }

TEST(TimeZone, TheFootersRuleGoesOnForEver) {
  const auto berlin = zone_of(file({{0, 0}}, {3600}, "CET-1CEST,M3.5.0,M10.5.0/3"));
  for (const char* year : {"1971", "2025", "2399", "2400", "2401", "2825", "9225"}) {  // 2025 and all that are 400 years from it
    EXPECT_EQ(utc(*berlin, on(year, "-01-15T12:00:00").c_str()), on(year, "-01-15 11:00:00"));
    EXPECT_EQ(utc(*berlin, on(year, "-07-15T12:00:00").c_str()), on(year, "-07-15 10:00:00"));
  }
  for (const char* year : {"2025", "2425", "2825"}) {  // 30 March and 26 October are Sundays in each
    EXPECT_EQ(utc(*berlin, on(year, "-03-30T01:59:59").c_str()), on(year, "-03-30 00:59:59"));
    EXPECT_EQ(utc(*berlin, on(year, "-03-30T03:00:00").c_str()), on(year, "-03-30 01:00:00"));
    EXPECT_EQ(utc(*berlin, on(year, "-10-26T02:59:59").c_str()), on(year, "-10-26 00:59:59"));
    EXPECT_EQ(utc(*berlin, on(year, "-10-26T03:00:00").c_str()), on(year, "-10-26 02:00:00"));
  }
  EXPECT_EQ(utc(*berlin, "1969-07-15T12:00:00"), "1969-07-15 11:00:00");  // before the transition, the first type
}

TEST(TimeZone, ReadsEveryFormOfRule) {
  // South of the equator, summer time spans the new year.
  const auto sydney = zone_of(file({}, {36000}, "AEST-10AEDT,M10.1.0,M4.1.0/3"));
  EXPECT_EQ(utc(*sydney, "2025-01-01T12:00:00"), "2025-01-01 01:00:00");
  EXPECT_EQ(utc(*sydney, "2025-07-01T12:00:00"), "2025-07-01 02:00:00");
  // Names in brackets, offsets with minutes, a turn before midnight.
  const auto godthab = zone_of(file({}, {-7200}, "<-02>2<-01>,M3.5.0/-1,M10.5.0/0"));
  EXPECT_EQ(utc(*godthab, "2025-03-29T22:59:59"), "2025-03-30 00:59:59");
  EXPECT_EQ(utc(*godthab, "2025-03-30T00:00:00"), "2025-03-30 01:00:00");
  // Days counted without and with 29 February.
  const auto julian = zone_of(file({}, {0}, "AAA0BBB,J60/0,J300/0"));
  EXPECT_EQ(utc(*julian, "2024-02-29T12:00:00"), "2024-02-29 12:00:00");
  EXPECT_EQ(utc(*julian, "2024-03-01T12:00:00"), "2024-03-01 11:00:00");
  EXPECT_EQ(utc(*julian, "2025-03-01T12:00:00"), "2025-03-01 11:00:00");
  const auto counted = zone_of(file({}, {0}, "AAA0BBB,59/0,300/0"));
  EXPECT_EQ(utc(*counted, "2024-02-29T12:00:00"), "2024-02-29 11:00:00");
  EXPECT_EQ(utc(*counted, "2025-02-28T12:00:00"), "2025-02-28 12:00:00");
  EXPECT_EQ(utc(*counted, "2025-03-01T12:00:00"), "2025-03-01 11:00:00");
  // Summer time all year, as RFC 8536 writes it.
  const auto always = zone_of(file({}, {-10800}, "XXX3EDT4,0/0,J365/23"));
  EXPECT_EQ(utc(*always, "2025-01-01T00:00:00"), "2025-01-01 04:00:00");
  EXPECT_EQ(utc(*always, "2025-12-31T23:59:59"), "2026-01-01 03:59:59");
}

TEST(TimeZone, RefusesWhatIsNoTzif) {
  const std::string good = file({{0, 1}, {10, 0}}, {0, 3600}, "CET-1");
  ASSERT_TRUE(TimeZone::make(good));
  for (std::size_t length = 0; length < good.size(); ++length) {
    const auto zone = TimeZone::make(good.substr(0, length));
    ASSERT_FALSE(zone) << length;
    EXPECT_EQ(zone.error().kind, ErrorKind::kCorrupt);
  }
  const std::vector<std::string> bad{
      "",
      std::string("FZif") + good.substr(4),
      file({{0, 2}}, {0, 3600}, ""),            // no such type
      file({{10, 0}, {10, 1}}, {0, 3600}, ""),  // not in order
      file({}, {}, ""),                         // no type
      file({}, {200000}, ""),                   // more than a day
      file({{INT64_MAX, 0}}, {0}, "CET-1"),
      block('2', {}, {0}, 4) + std::string("TZif2") + std::string(15, '\0') + std::string(24, '\xff'),
      std::string(2'000'000, 'T'),
  };
  for (const std::string& bytes : bad) EXPECT_FALSE(TimeZone::make(bytes));
  for (const char* footer : {"CET", "C-1", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
                             "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J5", "CET-1CEST,366,5",
                             "CET-1CEST,M3.5.0,M10.5.0/168", "CET-1CEST,M3.5.0,M10.5.0x", "<CET-1", "CET-1:60", "99999999999"}) {
    EXPECT_FALSE(TimeZone::make(file({}, {0}, footer))) << footer;
  }
}

TEST(TimeZone, SurvivesDamage) {
  Random random(11);
  const std::string good = file({{0, 1}, {1'000'000'000, 0}}, {0, 3600}, "CET-1CEST,M3.5.0,M10.5.0/3");
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (std::uint64_t damage = 1 + random.below(3); damage > 0; --damage)
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    if (const auto zone = TimeZone::make(bytes)) {
      const Timestamp wall = at("2025-08-04T16:17:36");
      const auto shift = (*zone)->to_utc(wall) - wall;
      EXPECT_LE(shift, std::chrono::hours{192}) << "round " << round;
      EXPECT_GE(shift, -std::chrono::hours{192}) << "round " << round;
    } else {
      EXPECT_EQ(zone.error().kind, ErrorKind::kCorrupt);
    }
  }
}

// The system's own data, where it is installed.
std::string system_file(const std::string& name) {
  std::ifstream stream("/usr/share/zoneinfo/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class SystemZone : public testing::TestWithParam<const char*> {};

// Every wall time that the C library shows for an instant must lead back to it, or, where it is shown twice, to the first.
TEST_P(SystemZone, LeadsBackFromTheWallTimesOfTheSystem) {
  const std::string bytes = system_file(GetParam());
  if (bytes.empty()) GTEST_SKIP() << "no time zone data is installed";
  const auto zone = zone_of(bytes);
  ::setenv("TZ", GetParam(), 1);
  ::tzset();
  Random random(5);
  int first = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto instant = static_cast<std::time_t>(random.below(8'000'000'000));  // to the year 2223
    std::tm local{};
    ::localtime_r(&instant, &local);
    const Timestamp wall = from_micros(static_cast<std::int64_t>(::timegm(&local)) * 1'000'000);
    const std::int64_t found = to_micros(zone->to_utc(wall)) / 1'000'000;
    if (found != instant) {
      EXPECT_LT(found, instant) << GetParam();
      std::tm again{};
      const auto other = static_cast<std::time_t>(found);
      ::localtime_r(&other, &again);
      EXPECT_EQ(::timegm(&again), ::timegm(&local)) << GetParam() << " " << instant;
      ++first;
    }
  }
  EXPECT_LT(first, 20);  // an hour or so a year
  ::unsetenv("TZ");
  ::tzset();
}

TEST_P(SystemZone, HasTheOffsetsOfTheSystem) {
  const std::string bytes = system_file(GetParam());
  if (bytes.empty()) GTEST_SKIP() << "no time zone data is installed";
  const auto zone = zone_of(bytes);
  ::setenv("TZ", GetParam(), 1);
  ::tzset();
  Random random(6);
  for (int round = 0; round < 20'000; ++round) {
    const auto instant = static_cast<std::time_t>(random.below(8'000'000'000));  // to the year 2223
    std::tm local{};
    ::localtime_r(&instant, &local);
    const Timestamp time{std::chrono::seconds{instant}};
    ASSERT_EQ(zone->offset_at(time).count(), local.tm_gmtoff) << GetParam() << " " << instant;
    const TimeZone::Stay stay = zone->stay_at(time);
    ASSERT_GT(stay.end, time);
    if (stay.end < Timestamp::max()) {
      EXPECT_EQ(zone->offset_at(stay.end - Duration{1}), stay.offset) << GetParam() << " " << instant;
    }
  }
  ::unsetenv("TZ");
  ::tzset();
}

INSTANTIATE_TEST_SUITE_P(Zones, SystemZone,
                         testing::Values("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo",
                                         "Africa/Casablanca", "Etc/GMT+5", "UTC"));

TEST(TimeZone, OffsetsTurnAtTheInstant) {
  // 2025-03-30 01:00 UTC: from one hour ahead to two; 2025-10-26 01:00 UTC: back.
  const auto berlin = zone_of(file({{0, 0}}, {3600}, "CET-1CEST,M3.5.0,M10.5.0/3"));
  for (const char* year : {"2025", "2425", "2825", "9225"}) {
    EXPECT_EQ(berlin->offset_at(at(on(year, "-03-30T00:59:59.999999").c_str())).count(), 3600);
    EXPECT_EQ(berlin->offset_at(at(on(year, "-03-30T01:00:00").c_str())).count(), 7200);
    EXPECT_EQ(berlin->offset_at(at(on(year, "-10-26T00:59:59.999999").c_str())).count(), 7200);
    EXPECT_EQ(berlin->offset_at(at(on(year, "-10-26T01:00:00").c_str())).count(), 3600);
    EXPECT_EQ(berlin->stay_at(at(on(year, "-03-30T01:00:00").c_str())).end, at(on(year, "-10-26T01:00:00").c_str()));
  }
  EXPECT_EQ(berlin->offset_at(at("1969-07-15T12:00:00")).count(), 3600);
  EXPECT_EQ(berlin->offset_at(kNever).count(), 3600);
  EXPECT_EQ(zone_of(file({}, {3600}, "CET-1"))->stay_at(at("2026-01-01")).end, Timestamp::max());
}

TEST(TimeZone, KnowsBerlinAndNewYork) {
  const std::string berlin = system_file("Europe/Berlin");
  const std::string new_york = system_file("America/New_York");
  if (berlin.empty() || new_york.empty()) GTEST_SKIP() << "no time zone data is installed";
  EXPECT_EQ(utc(*zone_of(berlin), "2025-03-30T02:30:00"), "2025-03-30 01:30:00");
  EXPECT_EQ(utc(*zone_of(berlin), "2025-10-26T02:30:00"), "2025-10-26 00:30:00");
  EXPECT_EQ(utc(*zone_of(berlin), "2100-07-01T12:00:00"), "2100-07-01 10:00:00");
  EXPECT_EQ(utc(*zone_of(new_york), "2025-03-09T02:30:00"), "2025-03-09 07:30:00");
  EXPECT_EQ(utc(*zone_of(new_york), "2025-11-02T01:30:00"), "2025-11-02 05:30:00");
  EXPECT_EQ(utc(*zone_of(new_york), "2025-11-02T02:00:00"), "2025-11-02 07:00:00");
}

TEST(TimeZone, UtcNeedsNoFile) {
  const auto utc = TimeZone::utc();
  for (const std::int64_t micros :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1'772'366'400'000'000}, std::int64_t{253'402'300'799'000'000}}) {
    EXPECT_EQ(utc->offset_at(from_micros(micros)), std::chrono::seconds{0});
    EXPECT_EQ(utc->to_utc(from_micros(micros)), from_micros(micros));
  }
  EXPECT_EQ(utc->stay_at(from_micros(0)).end, Timestamp::max());
}

}  // namespace
}  // namespace playhead
