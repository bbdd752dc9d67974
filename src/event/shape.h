// event/shape.h: what a record's keys say about it: the tables behind docs/events.md.
//
// A record is of the first shape whose identifying keys it all has (null or not). The shape says which further keys it knows, which
// of them it requires, and so which field each key fills. A key means the same in every shape that knows it. Another dialect is a
// few rows more in these tables.
// Pure tables; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "event/batch.h"
#include "event/decoder.h"

namespace playhead::event {

// The meanings that a key can have. eventsim's `length` is the older name of its `duration`.
enum class Key : std::uint8_t {
  kUserSnake,
  kTrackId,
  kGenre,
  kTimestamp,  // TuneTracker
  kTs,
  kUserCamel,
  kSession,
  kPage,
  kAuth,
  kMethod,
  kStatus,
  kLevel,
  kItem,  // eventsim
  kZip,
  kCity,
  kState,
  kLatitude,
  kLongitude,
  kLocation,
  kUserAgent,
  kFirstName,
  kLastName,
  kGender,
  kRegistration,
  kTag,
  kArtist,
  kSong,
  kDuration,
  kEventId,  // everywhere
};
inline constexpr std::size_t kKeyCount = 29;

using KeySet = std::uint32_t;  // bit i: the Key of number i
constexpr KeySet set_of(Key key) { return KeySet{1} << static_cast<unsigned>(key); }

// One spelling of a key. Every spelling has at most 15 bytes, so that with its closing quote it fills at most two words.
struct Spelling {
  std::string_view name;
  Key key;
};
std::span<const Spelling> spellings();
inline constexpr std::size_t kSpellingCount = 30;

// What values a key takes.
enum class Form : std::uint8_t {
  kText,
  kFilledText,  // a text; an empty one is null
  kId,          // a text or an integer (39 is the text "39"); an empty text is null
  kInteger,
  kReal,        // an integer or a real
  kMillis,      // an integer or a real, cut to the integer below
  kTimeText,    // ISO 8601
  kTimeMillis,  // milliseconds since 1970, an integer or a real
};

struct KeyRule {
  Form form;
  std::optional<Field> field;  // none: it is the event's time
};
const KeyRule& rule_of(Key key);

struct Shape {
  Kind kind;
  Dialect dialect;
  KeySet identifying;
  KeySet required;  // must be there, and not null
  KeySet known;     // the rest is passed over
  Key time;
};

std::span<const Shape> shapes();  // one a Kind

// The shape of a record with the keys `present`, among the shapes of `dialect`; null: of none.
const Shape* shape_of(KeySet present, Dialect dialect);

// The key that fills `field` in records of `shape`.
std::optional<Key> key_of(const Shape& shape, Field field);

}  // namespace playhead::event
