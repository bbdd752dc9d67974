// simulate/message_text.h: writes the pieces of text that messages are made of: texts, numbers and times.
//
// JSON takes texts as they are but for quotes, backslashes and control characters, which are escaped. What is no UTF-8 (a catalogue that
// was read from a file in another encoding) becomes U+FFFD, and a text of more than kToldTextBytesMax is cut, both since a message has
// to be one that can be read.
//
// Memory: a pen writes into the caller's memory and trusts that there is room: escaped_bytes_max() of a text, kNumberBytesMax of any
// number, kTimeBytes of a time. Threads: one owner at a time. Fails: never.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/time.h"

namespace playhead::simulate {

inline constexpr std::size_t kToldTextBytesMax = 8 * 1024;
inline constexpr std::size_t kNumberBytesMax = 24;
inline constexpr std::size_t kTimeBytes = 26;
inline constexpr std::size_t kUuidBytes = 36;

// Every byte may become \u0000.
constexpr std::size_t escaped_bytes_max(std::string_view text) {
  return 6 * (text.size() < kToldTextBytesMax ? text.size() : kToldTextBytesMax);
}

// Times as Python's isoformat() writes those of UTC, without a zone: 2026-03-01T12:00:00.250000. The date is worked out once a day,
// not once a message. Times before `first`, or after the year 9999, are written as the nearest inside.
class TimeText {
 public:
  explicit TimeText(Timestamp first = {}) : first_(first) {}

  void write(Timestamp time, char* to);

 private:
  Timestamp first_;
  std::chrono::sys_days day_ = std::chrono::sys_days::max();
  char date_[11];  // "2026-03-01T" of day_
};

class JsonPen {
 public:
  explicit JsonPen(char* at) : at_(at) {}

  JsonPen& raw(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
    return *this;
  }
  // Between quotes that the caller writes.
  JsonPen& text(std::string_view text) {
    if (text.size() > kToldTextBytesMax) text = cut(text);
    while (text.size() >= sizeof(std::uint64_t)) {
      std::uint64_t word;
      std::memcpy(&word, text.data(), sizeof word);
      if (!is_plain(word)) return rest_of_text(text);
      std::memcpy(at_, &word, sizeof word);
      at_ += sizeof word;
      text.remove_prefix(sizeof word);
    }
    return rest_of_text(text);
  }
  JsonPen& number(std::uint64_t value) {
    at_ = std::to_chars(at_, at_ + kNumberBytesMax, value).ptr;
    return *this;
  }
  // Milliseconds as seconds, the way a double of them is printed: 200.0, 264.567.
  JsonPen& seconds(std::uint64_t millis);
  JsonPen& time(Timestamp time, TimeText& text) {
    text.write(time, at_);
    at_ += kTimeBytes;
    return *this;
  }
  JsonPen& hexadecimal(std::uint64_t value);  // 16 digits
  // A UUID that follows from `name` alone: of version 8, the one for makers' own hashes (RFC 9562).
  JsonPen& uuid(std::string_view name);

  char* end() const { return at_; }

 private:
  // Whether none of eight bytes is a quote, a backslash, a control character or beyond ASCII. Each line leaves the high bit of a byte
  // (not always of the right one, but never of none) where there is such a byte.
  static bool is_plain(std::uint64_t word) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    const std::uint64_t quote = word ^ (kOnes * '"');
    const std::uint64_t backslash = word ^ (kOnes * '\\');
    const std::uint64_t found = word | ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) | ((word - kOnes * 0x20) & ~word);
    return (found & (kOnes * 0x80)) == 0;
  }
  static std::string_view cut(std::string_view text);
  JsonPen& rest_of_text(std::string_view text);
  std::size_t special_character(std::string_view text);

  char* at_;
};

// A real in plain decimals, with a point: 35.380939, 5.0.
std::string decimal(double value);
// A text as JSON writes it, with its quotes.
std::string in_quotes(std::string_view text);

}  // namespace playhead::simulate
