// event/json_scalar.h: the texts and numbers of JSON, by the letter of RFC 8259.
//
// The scanner finds where each value of a record begins and ends; these functions say whether its bytes are a scalar, and read it.
// Texts are given without their quotes, and already known to be UTF-8 without bare control characters or quotes.
// Pure functions; any thread; no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace playhead::event {

// Whether every backslash begins an escape of RFC 8259. A \u escape that is half of a surrogate pair is refused, because no UTF-8
// text could hold it.
bool escapes_valid(std::string_view text);

// Writes the text that `text` stands for to `out` and returns its length, at most text.size(). The escapes must be valid.
std::size_t unescape(std::string_view text, char* out);

enum class Number : std::uint8_t {
  kNone,     // not a number of JSON: 01, +1, .5, 1., NaN
  kInteger,  // neither fraction nor exponent
  kReal,
};
Number number_form(std::string_view token);

// The value of a token whose form is kInteger; nullopt outside of +-(2^63 - 1), so that kNullInteger is never a value.
std::optional<std::int64_t> read_integer(std::string_view token);

// Whether read_integer() would give a value. Faster, since almost every integer in use is seen to be in range by its length.
bool integer_in_range(std::string_view token);

// The value of a token of either form; nullopt where no double is near it (1e999, 1e-999).
std::optional<double> read_real(std::string_view token);

// Whether read_real() would give a value. Faster, since almost every number in use is seen to be in range by its length.
bool real_in_range(std::string_view token);

}  // namespace playhead::event
