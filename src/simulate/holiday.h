// simulate/holiday.h: the public holidays of a country, on which people listen otherwise than on a working day.
//
// A small table: New Year for everyone, Christmas where it is kept, national days, and the holidays of the United States that fall on a
// weekday of a month (Thanksgiving is the fourth Thursday of November). Feasts that follow the moon are left out.
//
// Values. Threads: any. Cost: a date is looked up in a few nanoseconds. Fails: never; a country that is not known has New Year alone.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace playhead::simulate {

class Holidays {
 public:
  explicit Holidays(std::string_view country);  // ISO 3166-1 alpha-2

  bool on(std::chrono::year_month_day date) const;

 private:
  struct Rule {  // the `week`-th such weekday of the month; 5: the last one
    std::uint8_t month, weekday, week;
  };

  std::array<std::uint32_t, 12> days_{};  // bit d of a month: day d
  std::array<Rule, 8> rules_{};
  std::size_t rule_count_ = 0;
};

}  // namespace playhead::simulate
