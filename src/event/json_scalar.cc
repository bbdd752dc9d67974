#include "event/json_scalar.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

namespace playhead::event {
namespace {

constexpr std::uint32_t kBadEscape = 0xffffffff;

bool is_digit(char character) { return static_cast<unsigned char>(character - '0') <= 9; }

// Four hexadecimal digits at `at`; kBadEscape where they are not there.
std::uint32_t read_hex4(std::string_view text, std::size_t at) {
  if (text.size() < at + 4) return kBadEscape;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 4, value, 16);
  return error == std::errc{} && end == text.data() + at + 4 ? value : kBadEscape;
}

// One escape: the character it stands for and how many bytes it takes, from its backslash on.
struct Escape {
  std::uint32_t character;  // kBadEscape: none
  std::size_t length;
};

Escape read_unicode_escape(std::string_view text, std::size_t at) {
  const std::uint32_t first = read_hex4(text, at + 2);
  if (first < 0xd800 || first > 0xdfff) return {first, 6};  // kBadEscape too
  if (first > 0xdbff || text.substr(at + 6, 2) != "\\u") return {kBadEscape, 0};
  const std::uint32_t second = read_hex4(text, at + 8);
  if (second < 0xdc00 || second > 0xdfff) return {kBadEscape, 0};
  return {0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), 12};
}

Escape read_escape(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return {kBadEscape, 0};
  switch (text[at + 1]) {
    case '"': return {'"', 2};
    case '\\': return {'\\', 2};
    case '/': return {'/', 2};
    case 'b': return {'\b', 2};
    case 'f': return {'\f', 2};
    case 'n': return {'\n', 2};
    case 'r': return {'\r', 2};
    case 't': return {'\t', 2};
    case 'u': return read_unicode_escape(text, at);
    default: return {kBadEscape, 0};
  }
}

char* write_utf8(std::uint32_t character, char* out) {
  const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xc0 | character >> 6);
    put(0x80 | (character & 0x3f));
  } else if (character < 0x10000) {
    put(0xe0 | character >> 12);
    put(0x80 | (character >> 6 & 0x3f));
    put(0x80 | (character & 0x3f));
  } else {
    put(0xf0 | character >> 18);
    put(0x80 | (character >> 12 & 0x3f));
    put(0x80 | (character >> 6 & 0x3f));
    put(0x80 | (character & 0x3f));
  }
  return out;
}

// The length of the digits at `at`.
std::size_t digits_at(std::string_view token, std::size_t at) {
  std::size_t end = at;
  while (end < token.size() && is_digit(token[end])) ++end;
  return end - at;
}

}  // namespace

bool escapes_valid(std::string_view text) {
  std::size_t at = text.find('\\');
  while (at != std::string_view::npos) {
    const Escape escape = read_escape(text, at);
    if (escape.character == kBadEscape) return false;
    at = text.find('\\', at + escape.length);
  }
  return true;
}

std::size_t unescape(std::string_view text, char* out) {
  char* const begin = out;
  std::size_t from = 0;
  while (from < text.size()) {
    const std::size_t at = std::min(text.find('\\', from), text.size());
    std::memcpy(out, text.data() + from, at - from);
    out += at - from;
    from = at;
    if (at == text.size()) break;
    const Escape escape = read_escape(text, at);
    out = write_utf8(escape.character, out);
    from += escape.length;
  }
  return static_cast<std::size_t>(out - begin);
}

Number number_form(std::string_view token) {
  std::size_t at = token.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits_at(token, at);
  if (whole == 0 || (whole > 1 && token[at] == '0')) return Number::kNone;
  at += whole;
  if (at == token.size()) return Number::kInteger;
  if (token[at] == '.') {
    const std::size_t fraction = digits_at(token, at + 1);
    if (fraction == 0) return Number::kNone;
    at += 1 + fraction;
  }
  if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
    ++at;
    if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
    const std::size_t exponent = digits_at(token, at);
    if (exponent == 0) return Number::kNone;
    at += exponent;
  }
  return at == token.size() ? Number::kReal : Number::kNone;
}

std::optional<std::int64_t> read_integer(std::string_view token) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (error != std::errc{} || value == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
  return value;
}

bool integer_in_range(std::string_view token) {
  constexpr std::size_t kLengthInRange = 18;  // digits, or a sign and fewer
  return token.size() <= kLengthInRange || read_integer(token).has_value();
}

std::optional<double> read_real(std::string_view token) {
  double value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

bool real_in_range(std::string_view token) {
  // Without an exponent, n characters stay between 1e-n and 1e+n.
  constexpr std::size_t kLengthInRange = 300;
  const auto is_exponent = [](char character) { return (character | 0x20) == 'e'; };
  if (token.size() <= kLengthInRange && std::ranges::none_of(token, is_exponent)) return true;
  return read_real(token).has_value();
}

}  // namespace playhead::event
