#include "event/event_id.h"

#define XXH_STATIC_LINKING_ONLY  // for a hashing state on the stack
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace playhead::event {
namespace {

constexpr std::string_view kNamedDomain = "playhead named event";
constexpr std::string_view kRecordDomain = "playhead record";

int hex_digit(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  const char lower = static_cast<char>(character | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The 16 bytes that a text writes out, if it is of one of the two forms.
std::optional<EventId> written_out(std::string_view text) {
  const bool dashed = text.size() == 36;
  if (text.size() != 32 && !dashed) return std::nullopt;
  EventId id;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (dashed && (i == 8 || i == 13 || i == 18 || i == 23)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = hex_digit(text[i]);
    if (digit < 0) return std::nullopt;
    id.bytes[digits / 2] = static_cast<std::uint8_t>(id.bytes[digits / 2] << 4 | digit);
    ++digits;
  }
  return id;
}

EventId id_of(XXH128_hash_t hash) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  EventId id;
  std::memcpy(id.bytes.data(), canonical.digest, id.bytes.size());
  return id;
}

// Hands the domain and the parts, each led by its length, to `take` piece by piece.
void each_piece(std::string_view domain, std::span<const std::string_view> parts, auto take) {
  take(domain);
  for (const std::string_view part : parts) {
    const auto length = static_cast<std::uint32_t>(part.size());
    std::array<char, sizeof length> bytes;
    std::memcpy(bytes.data(), &length, sizeof length);
    take(std::string_view(bytes.data(), bytes.size()));
    if (!part.empty()) take(part);
  }
}

// Most records are small: put together first, they are hashed without the set-up of a state. The result is the same.
EventId hash_of(std::string_view domain, std::span<const std::string_view> parts) {
  std::array<char, 1024> together;
  std::size_t length = 0;
  each_piece(domain, parts, [&length](std::string_view piece) { length += piece.size(); });
  if (length <= together.size()) {
    char* end = together.data();
    each_piece(domain, parts, [&end](std::string_view piece) { end = std::ranges::copy(piece, end).out; });
    return id_of(XXH3_128bits(together.data(), length));
  }
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  each_piece(domain, parts, [&state](std::string_view piece) { XXH3_128bits_update(&state, piece.data(), piece.size()); });
  return id_of(XXH3_128bits_digest(&state));
}

EventId named(std::string_view text) {
  if (const auto id = written_out(text)) return *id;
  return hash_of(kNamedDomain, {&text, 1});
}

}  // namespace

EventId event_id(std::string_view header_or_empty, std::optional<std::string_view> json_event_id, std::string_view topic,
                 std::string_view key, std::string_view value) {
  if (!header_or_empty.empty()) return named(header_or_empty);
  if (json_event_id && !json_event_id->empty()) return named(*json_event_id);
  const std::array<std::string_view, 3> parts{topic, key, value};
  return hash_of(kRecordDomain, parts);
}

std::string to_text(const EventId& id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : id.bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

}  // namespace playhead::event
