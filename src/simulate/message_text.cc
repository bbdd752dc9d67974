#include "simulate/message_text.h"

#include <xxhash.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace playhead::simulate {
namespace {

constexpr std::string_view kHexadecimal = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// What JSON has to write for an ASCII character; empty: itself.
std::string_view short_escape(char character) {
  switch (character) {
    case '"': return R"(\")";
    case '\\': return R"(\\)";
    case '\b': return R"(\b)";
    case '\f': return R"(\f)";
    case '\n': return R"(\n)";
    case '\r': return R"(\r)";
    case '\t': return R"(\t)";
    default: return {};
  }
}

// Writes `number` with exactly `digits` digits.
void write_digits(char* to, unsigned number, std::size_t digits) {
  for (std::size_t i = digits; i-- > 0; number /= 10) to[i] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::string_view JsonPen::cut(std::string_view text) {
  std::size_t end = kToldTextBytesMax;
  while (end > kToldTextBytesMax - 4 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

JsonPen& JsonPen::rest_of_text(std::string_view text) {
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    const bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
    if (plain) *at_++ = text.front();
    text.remove_prefix(plain ? 1 : special_character(text));
  }
  return *this;
}

// Writes the first character of `text` in the way that it has to be written, and returns its bytes.
std::size_t JsonPen::special_character(std::string_view text) {
  const char character = text.front();
  const auto letter = letter_at_front(text);
  const std::size_t bytes = letter ? letter->bytes : 0;
  if (bytes == 0) {
    raw(kReplacement);
  } else if (const auto escape = short_escape(character); !escape.empty()) {
    raw(escape);
  } else if (bytes == 1) {
    raw("\\u00").raw(kHexadecimal.substr(static_cast<std::size_t>(character) >> 4, 1)).raw(kHexadecimal.substr(character & 15, 1));
  } else {
    raw(text.substr(0, bytes));
  }
  return std::max<std::size_t>(bytes, 1);
}

JsonPen& JsonPen::seconds(std::uint64_t millis) {
  number(millis / 1000);
  std::array<char, 4> fraction = {'.'};
  write_digits(&fraction[1], static_cast<unsigned>(millis % 1000), 3);
  const std::size_t digits = fraction[3] != '0' ? 3 : fraction[2] != '0' ? 2 : 1;
  return raw({fraction.data(), 1 + digits});
}

JsonPen& JsonPen::hexadecimal(std::uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) *at_++ = kHexadecimal[(value >> shift) & 15];
  return *this;
}

JsonPen& JsonPen::uuid(std::string_view name) {
  const XXH128_hash_t hash = XXH3_128bits(name.data(), name.size());
  std::array<char, 32> digits;
  JsonPen(digits.data()).hexadecimal((hash.high64 & ~0xf000ULL) | 0x8000ULL).hexadecimal((hash.low64 & ~(3ULL << 62)) | 2ULL << 62);
  const std::string_view all(digits.data(), digits.size());
  return raw(all.substr(0, 8))
      .raw("-")
      .raw(all.substr(8, 4))
      .raw("-")
      .raw(all.substr(12, 4))
      .raw("-")
      .raw(all.substr(16, 4))
      .raw("-")
      .raw(all.substr(20));
}

std::string decimal(double value) {
  std::array<char, 512> digits;  // the longest double has 309 digits before its point
  std::string text(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed).ptr);
  return text.contains('.') ? text : text + ".0";
}

std::string in_quotes(std::string_view text) {
  std::string quoted(escaped_bytes_max(text) + 2, '"');
  char* const end = JsonPen(quoted.data() + 1).text(text).raw("\"").end();
  quoted.resize(static_cast<std::size_t>(end - quoted.data()));
  return quoted;
}

void TimeText::write(Timestamp time, char* to) {
  constexpr Timestamp kLast{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1} - Duration{1}};
  time = std::clamp(time, first_, kLast);
  const auto day = std::chrono::floor<std::chrono::days>(time);
  if (day != day_) {
    day_ = day;
    const std::chrono::year_month_day date{day};
    write_digits(&date_[0], static_cast<unsigned>(static_cast<int>(date.year())), 4);
    write_digits(&date_[5], static_cast<unsigned>(date.month()), 2);
    write_digits(&date_[8], static_cast<unsigned>(date.day()), 2);
    date_[4] = date_[7] = '-';
    date_[10] = 'T';
  }
  const auto micros = static_cast<std::uint64_t>((time - day).count());
  const auto second = static_cast<unsigned>(micros / 1'000'000);
  std::memcpy(to, date_, sizeof date_);
  write_digits(to + 11, second / 3600, 2);
  write_digits(to + 14, second / 60 % 60, 2);
  write_digits(to + 17, second % 60, 2);
  write_digits(to + 20, static_cast<unsigned>(micros % 1'000'000), 6);
  to[13] = to[16] = ':';
  to[19] = '.';
}

}  // namespace playhead::simulate
