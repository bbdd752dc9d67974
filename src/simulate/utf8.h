// simulate/utf8.h: whether a text is UTF-8 (RFC 3629).
//
// Overlong forms, surrogates and what lies above U+10FFFF are refused. What is imported goes into JSON, and JSON is UTF-8: a track with
// other bytes would be a record that no reader takes.
//
// Threads: pure; any thread. Memory: none. Fails: never.
#pragma once

#include <cstddef>
#include <string_view>

namespace playhead::simulate {

inline bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t more = lead < 0x80 ? 0 : lead < 0xC2 ? 4 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : lead < 0xF5 ? 3 : 4;
    if (more == 4 || more >= text.size() - i) return false;
    for (std::size_t j = 1; j <= more; ++j) {
      const auto next = static_cast<unsigned char>(text[i + j]);
      const bool first = j == 1;
      const unsigned char low = first && lead == 0xE0 ? 0xA0 : first && lead == 0xF0 ? 0x90 : 0x80;
      const unsigned char high = first && lead == 0xED ? 0x9F : first && lead == 0xF4 ? 0x8F : 0xBF;
      if (next < low || next > high) return false;
    }
    i += more + 1;
  }
  return true;
}

}  // namespace playhead::simulate
