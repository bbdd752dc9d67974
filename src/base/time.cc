#include "base/time.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace playhead {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;

struct Civil {
  int year;
  unsigned month, day, hour, minute, second, micros;
};

Civil civil_of(Timestamp time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{days};
  const auto rest = (time - days).count();
  const auto seconds = static_cast<unsigned>(rest / kMicrosPerSecond);
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          seconds / 3600,
          seconds / 60 % 60,
          seconds % 60,
          static_cast<unsigned>(rest % kMicrosPerSecond)};
}

// Reads exactly `digits` decimal digits at the front of `text`, and cuts them off; -1 where they are not there.
int take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return -1;
  int number = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const auto digit = static_cast<unsigned>(text[i] - '0');
    if (digit > 9) return -1;
    number = number * 10 + static_cast<int>(digit);
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Timestamp> take_date(std::string_view& text) {
  const int year = take_digits(text, 4);
  if (year < 0 || !take(text, '-')) return std::nullopt;
  const int month = take_digits(text, 2);
  if (month < 0 || !take(text, '-')) return std::nullopt;
  const int day = take_digits(text, 2);
  if (day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return Timestamp{std::chrono::sys_days{date}};
}

// Reads ".123456789" where it stands; fractions of a microsecond are cut. -1: a point without digits.
int take_fraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  int micros = 0;
  int digits = 0;
  while (!text.empty() && static_cast<unsigned>(text.front() - '0') <= 9) {
    if (digits < 6) micros = micros * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0) return -1;
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

std::optional<Duration> take_clock(std::string_view& text) {
  const int hour = take_digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return std::nullopt;
  const int minute = take_digits(text, 2);
  if (minute < 0 || minute > 59) return std::nullopt;
  int second = 0;
  int micros = 0;
  if (take(text, ':')) {
    second = take_digits(text, 2);
    micros = take_fraction(text);
    if (second < 0 || second > 59 || micros < 0) return std::nullopt;
  }
  return std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second} + Duration{micros};
}

// Reads "+hh", "+hhmm" or "+hh:mm" after its sign.
std::optional<Duration> take_zone(std::string_view& text) {
  const int hour = take_digits(text, 2);
  if (hour < 0 || hour > 23) return std::nullopt;
  int minute = 0;
  if (take(text, ':') || !text.empty()) minute = take_digits(text, 2);
  if (minute < 0 || minute > 59) return std::nullopt;
  return std::chrono::hours{hour} + std::chrono::minutes{minute};
}

}  // namespace

std::string format_iso(Timestamp time) {
  if (time == kNever) return "never";
  const Civil civil = civil_of(time);
  std::array<char, 64> text;
  const int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02u:%02u:%02u.%06uZ", civil.year, civil.month, civil.day,
                                   civil.hour, civil.minute, civil.second, civil.micros);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string format_plain(Timestamp time) {
  if (time == kNever) return "never";
  std::string text = format_iso(time);
  text.resize(text.size() - 8);  // ".000000Z"
  text[text.size() - 9] = ' ';
  return text;
}

std::string format_compact(Timestamp time) {
  const Civil civil = civil_of(time);
  std::array<char, 64> text;
  const int length = std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02u%02u%02uZ", civil.year, civil.month, civil.day, civil.hour,
                                   civil.minute, civil.second);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<ParsedTime> parse_iso(std::string_view text) {
  const auto date = take_date(text);
  if (!date) return std::nullopt;
  if (text.empty()) return ParsedTime{*date, true};
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  const Timestamp time = *date + *clock;
  if (text.empty()) return ParsedTime{time, true};
  if (take(text, 'Z')) return text.empty() ? std::optional(ParsedTime{time, false}) : std::nullopt;
  const bool east = text.front() == '+';
  if (!east && text.front() != '-') return std::nullopt;
  text.remove_prefix(1);
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) return std::nullopt;
  return ParsedTime{east ? time - *zone : time + *zone, false};
}

Result<Duration> parse_duration(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  double scale = 0;
  if (unit.empty() || unit == "s") scale = 1e6;
  if (unit == "us") scale = 1;
  if (unit == "ms") scale = 1e3;
  if (unit == "m") scale = 60e6;
  if (unit == "h") scale = 3600e6;
  if (unit == "d") scale = 86400e6;
  const double micros = number * scale;
  if (error != std::errc{} || scale == 0 || !(micros >= 0) || micros > 4e18) {
    return fail(ErrorKind::kInvalid, std::string("'").append(text).append("' is not a span of time: write 250ms, 10s, 30m, 1h or 60d"));
  }
  return Duration{std::llround(micros)};
}

std::string format_duration(Duration span) {
  const auto micros = span.count();
  if (micros != 0 && micros % 86'400'000'000 == 0) return std::to_string(micros / 86'400'000'000) + "d";
  if (micros != 0 && micros % 3'600'000'000 == 0) return std::to_string(micros / 3'600'000'000) + "h";
  if (micros != 0 && micros % 60'000'000 == 0) return std::to_string(micros / 60'000'000) + "m";
  if (micros % kMicrosPerSecond == 0) return std::to_string(micros / kMicrosPerSecond) + "s";
  if (micros % 1000 == 0) return std::to_string(micros / 1000) + "ms";
  return std::to_string(micros) + "us";
}

}  // namespace playhead
