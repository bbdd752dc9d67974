#include "simulate/holiday.h"

#include <gtest/gtest.h>

namespace playhead::simulate {
namespace {

using std::chrono::year;

int days_in(const Holidays& holidays, int of_year) {
  int count = 0;
  for (auto day = std::chrono::sys_days{year{of_year} / 1 / 1}; day < std::chrono::sys_days{year{of_year + 1} / 1 / 1};
       day += std::chrono::days{1}) {
    count += holidays.on(day);
  }
  return count;
}

TEST(Holidays, ThanksgivingIsTheFourthThursdayOfNovember) {
  const Holidays holidays("US");
  EXPECT_TRUE(holidays.on(year{2024} / 11 / 28));
  EXPECT_TRUE(holidays.on(year{2025} / 11 / 27));
  EXPECT_TRUE(holidays.on(year{2026} / 11 / 26));
  EXPECT_TRUE(holidays.on(year{2029} / 11 / 22));  // the month begins with a Thursday: not the last one
  EXPECT_FALSE(holidays.on(year{2029} / 11 / 29));
  EXPECT_FALSE(holidays.on(year{2026} / 11 / 19));
  EXPECT_FALSE(holidays.on(year{2026} / 11 / 27));
}

TEST(Holidays, MemorialDayIsTheLastMondayOfMay) {
  const Holidays holidays("US");
  EXPECT_TRUE(holidays.on(year{2026} / 5 / 25));
  EXPECT_TRUE(holidays.on(year{2027} / 5 / 31));
  EXPECT_FALSE(holidays.on(year{2027} / 5 / 24));
  EXPECT_FALSE(holidays.on(year{2026} / 5 / 18));
}

TEST(Holidays, GoWithTheCountry) {
  EXPECT_TRUE(Holidays("US").on(year{2026} / 7 / 4));
  EXPECT_FALSE(Holidays("DE").on(year{2026} / 7 / 4));
  EXPECT_TRUE(Holidays("DE").on(year{2026} / 10 / 3));
  EXPECT_FALSE(Holidays("US").on(year{2026} / 10 / 3));
  EXPECT_TRUE(Holidays("FR").on(year{2026} / 7 / 14));
  EXPECT_TRUE(Holidays("GB").on(year{2026} / 12 / 26));
  EXPECT_TRUE(Holidays("DE").on(year{2026} / 12 / 25));
  EXPECT_FALSE(Holidays("JP").on(year{2026} / 12 / 25));
  EXPECT_FALSE(Holidays("DE").on(year{2026} / 11 / 26));
}

TEST(Holidays, NewYearIsEverywhereAndAloneWhereNothingIsKnown) {
  for (const char* country : {"US", "DE", "JP", "ZA", "QQ", ""}) EXPECT_TRUE(Holidays(country).on(year{2026} / 1 / 1)) << country;
  for (const char* country : {"QQ", "", "U"}) EXPECT_EQ(days_in(Holidays(country), 2026), 1) << country;
}

TEST(Holidays, AreAFewDaysAYear) {
  EXPECT_EQ(days_in(Holidays("US"), 2026), 9);  // the federal ones of which the table knows, none twice
  for (const char* country : {"DE", "FR", "BR", "IN", "JP", "NG"}) {
    EXPECT_GE(days_in(Holidays(country), 2026), 3) << country;
    EXPECT_LE(days_in(Holidays(country), 2026), 9) << country;
  }
}

}  // namespace
}  // namespace playhead::simulate
