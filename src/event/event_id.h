// event/event_id.h: the identity of an event, by which a record that was sent twice is found.
//
// It is what the producer says: the record header `event-id`, else the JSON field `event_id`; else it follows from the record's own
// bytes, so that an exact resend is found and nothing else is. Decoded fields never make an id: a later decoder would change them.
//
// A producer's id of 32 hexadecimal digits, or of the form 01234567-89ab-cdef-0123-456789abcdef, is taken as the 16 bytes it writes
// out. Any other text is hashed, and so are a record's bytes: XXH3, 128 bits, unseeded, in the canonical (big-endian) order of bytes.
// What is hashed begins with a word that says which of the two it is, and each part is led by its length (32 bits, little-endian),
// so that no two inputs run together into one.
//
// Pure functions; any thread. An empty header, or an empty `event_id`, says nothing.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace playhead::event {

struct EventId {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const EventId&) const = default;
};

EventId event_id(std::string_view header_or_empty, std::optional<std::string_view> json_event_id, std::string_view topic,
                 std::string_view key, std::string_view value);

// The 32 lower-case hexadecimal digits of an id.
std::string to_text(const EventId& id);

}  // namespace playhead::event
