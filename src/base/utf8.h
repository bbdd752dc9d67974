// base/utf8.h: the letters of a text, and whether it is UTF-8 (RFC 3629).
//
// Overlong forms, surrogates and what lies above U+10FFFF are refused.
// Threads: pure; any thread. Memory: none. Fails: never.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace playhead {

struct Letter {
  char32_t code;
  std::size_t bytes;

  bool operator==(const Letter&) const = default;
};

// The letter that `text`, which is not empty, begins with; nullopt where there is none, but bytes that are not UTF-8.
inline std::optional<Letter> letter_at_front(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return Letter{lead, 1};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return std::nullopt;
  char32_t code = lead & (0x7fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
    code = (code << 6) | (byte(i) & 0x3fu);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool real = code >= kLeast[bytes] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return real ? std::optional(Letter{code, bytes}) : std::nullopt;
}

inline bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto letter = letter_at_front(text);
    if (!letter) return false;
    text.remove_prefix(letter->bytes);
  }
  return true;
}

}  // namespace playhead
