#include "simulate/holiday.h"

namespace playhead::simulate {
namespace {

struct FixedDay {
  std::string_view countries;  // with spaces between them; empty: all
  std::uint8_t month, day;
};

constexpr FixedDay kFixedDays[] = {
    {"", 1, 1},
    {"AR AT AU BE BR CA CH CL CO CZ DE DK EC ES FI FR GB GH GR HU IE IN IT KE KR MX NG NL NO NZ PE PH PL PT RO SE US ZA", 12, 25},
    {"AT AU BE CA CH CZ DE DK FI GB GH GR HU IE IT KE NG NL NO NZ PL RO SE ZA", 12, 26},
    {"AR AT BE BR CH CL CN CO CZ DE EC EG ES FI FR GR HU IN IT KE MX NG NO PE PH PL PT RO SE TH TR UA VN", 5, 1},
    {"AT BE CH CL DE ES FR HU IT PE PH PL PT", 11, 1},
    {"AU", 1, 26},
    {"IN", 1, 26},
    {"MX", 2, 5},
    {"NZ", 2, 6},
    {"JP", 2, 11},
    {"KR", 3, 1},
    {"IE", 3, 17},
    {"ZA", 4, 27},
    {"NL", 4, 27},
    {"JP", 5, 3},
    {"PL", 5, 3},
    {"NO", 5, 17},
    {"AR", 5, 25},
    {"IT", 6, 2},
    {"DK", 6, 5},
    {"SE", 6, 6},
    {"PT", 6, 10},
    {"PH", 6, 12},
    {"CA", 7, 1},
    {"US", 7, 4},
    {"FR", 7, 14},
    {"CO", 7, 20},
    {"BE", 7, 21},
    {"EG", 7, 23},
    {"PE", 7, 28},
    {"CH", 8, 1},
    {"SG", 8, 9},
    {"EC", 8, 10},
    {"IN", 8, 15},
    {"KR", 8, 15},
    {"ID", 8, 17},
    {"HU", 8, 20},
    {"UA", 8, 24},
    {"VN", 9, 2},
    {"BR", 9, 7},
    {"MX", 9, 16},
    {"CL", 9, 18},
    {"SA", 9, 23},
    {"CN", 10, 1},
    {"NG", 10, 1},
    {"DE", 10, 3},
    {"KR", 10, 3},
    {"ES", 10, 12},
    {"KE", 10, 20},
    {"AT", 10, 26},
    {"CZ", 10, 28},
    {"GR", 10, 28},
    {"TR", 10, 29},
    {"FR", 11, 11},
    {"US", 11, 11},
    {"PL", 11, 11},
    {"BR", 11, 15},
    {"RO", 12, 1},
    {"AE", 12, 2},
    {"FI", 12, 6},
    {"TH", 12, 5},
    {"US", 6, 19},
    {"GH", 3, 6},
    {"GR", 3, 25},
    {"MY", 8, 31},
};

struct WeekdayRule {
  std::string_view country;
  std::uint8_t month, weekday, week;  // weekday: 0 is Sunday
};

constexpr WeekdayRule kWeekdayRules[] = {
    {"US", 1, 1, 3},                                     // Martin Luther King's birthday
    {"US", 5, 1, 5},                                     // Memorial Day
    {"US", 9, 1, 1},                                     // Labor Day
    {"US", 11, 4, 4},                                    // Thanksgiving
    {"CA", 9, 1, 1},                                     // Labour Day
    {"CA", 10, 1, 2},                                    // Thanksgiving
    {"GB", 5, 1, 1},                                     // the bank holidays of spring and summer
    {"GB", 5, 1, 5},  {"GB", 8, 1, 5}, {"IE", 8, 1, 1},  // August Holiday
    {"JP", 1, 1, 2},                                     // Coming of Age Day
    {"AU", 6, 1, 2},                                     // King's Birthday
    {"NZ", 10, 1, 4},                                    // Labour Day
};

}  // namespace

Holidays::Holidays(std::string_view country) {
  const bool is_code = country.size() == 2;  // less would be found within a list of codes
  for (const FixedDay& fixed : kFixedDays) {
    if (!fixed.countries.empty() && !(is_code && fixed.countries.find(country) != std::string_view::npos)) continue;
    days_[fixed.month - 1u] |= 1u << fixed.day;
  }
  for (const WeekdayRule& rule : kWeekdayRules) {
    if (rule.country == country) rules_[rule_count_++] = {rule.month, rule.weekday, rule.week};
  }
}

bool Holidays::on(std::chrono::year_month_day date) const {
  const auto month = static_cast<unsigned>(date.month());
  const auto day = static_cast<unsigned>(date.day());
  if ((days_[month - 1] >> day & 1) != 0) return true;
  for (std::size_t i = 0; i < rule_count_; ++i) {
    const Rule& rule = rules_[i];
    if (rule.month != month || std::chrono::weekday{date}.c_encoding() != rule.weekday) continue;
    const auto last = static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day());
    if (rule.week == 5 ? day + 7 > last : (day - 1) / 7 + 1 == rule.week) return true;
  }
  return false;
}

}  // namespace playhead::simulate
