// event/shape.h: what a record's keys say about it: the tables behind docs/events.md.
//
// A record is of the first shape whose identifying keys it all has (null or not). The shape says which keys it requires, and its table
// which ones it knows, what values they take, and which field each of them fills. Another dialect is another table, and a few rows.
//
// Limits:  64 meanings of keys; a key has at most kSpellingBytesMax bytes.
// Threads: pure tables; any.
#pragma once

#include <array>
#include <bit>
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
  kTimestamp,  // TuneTracker and music-streams, each with values of its own
  kTs,
  kUserCamel,
  kSession,
  kPage,
  kAuth,
  kMethod,
  kStatus,
  kLevel,
  kItem,
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
  kSuccess,
  kAction,  // eventsim, with two that music-streams shares: artist and location
  kName,
  kEmail,
  kTitle,
  kPlatform,
  kMood,
  kDurationSeconds,
  kListenPosition,
  kCompleted,
  kRating,
  kSkipped,
  kPlaceCity,
  kPlaceCountry,  // music-streams; the last two stand inside its `location`
  kEventTimestamp,
  kEventType,  // streaming-events
  kEventId,    // everywhere
};
inline constexpr std::size_t kKeyCount = 45;

using KeySet = std::uint64_t;  // bit i: the Key of number i
constexpr KeySet set_of(Key key) { return KeySet{1} << static_cast<unsigned>(key); }
constexpr Key first_of(KeySet keys) { return Key{static_cast<std::uint8_t>(std::countr_zero(keys))}; }
// Of the keys that stand inside the `location` of a record.
inline constexpr KeySet kPlaceKeySet = set_of(Key::kPlaceCity) | set_of(Key::kPlaceCountry);

// One spelling of a key.
struct Spelling {
  std::string_view name;
  Key key;
};
inline constexpr std::size_t kSpellingBytesMax = 16;

// Of the keys of a record, and of those inside its `location`.
std::span<const Spelling> spellings();
std::span<const Spelling> place_spellings();
inline constexpr std::size_t kSpellingCount = 44;
inline constexpr std::size_t kPlaceSpellingCount = 2;

// What values a key takes.
enum class Form : std::uint8_t {
  kText,
  kFilledText,  // a text; an empty one is null
  kId,          // a text or an integer (39 is the text "39"); an empty text is null
  kInteger,
  kReal,         // an integer or a real
  kMillis,       // an integer or a real, cut to the integer below
  kFlag,         // true or false
  kObject,       // an object, whose keys are known by their own meanings
  kTimeText,     // ISO 8601
  kTimeSeconds,  // seconds since 1970, an integer or a real
  kTimeMillis,   // milliseconds since 1970, an integer or a real
};

struct KeyRule {
  Form form;
  std::optional<Field> field;  // none: it is the event's time or kind, or holds other keys
};

// The keys that a shape knows.
struct KeyTable {
  KeySet known = 0;  // the rest is unknown to it, and goes to `extra`
  std::array<KeyRule, kKeyCount> rules{};

  const KeyRule& rule_of(Key key) const { return rules[static_cast<std::size_t>(key)]; }
};

struct Shape {
  Kind kind;
  Dialect dialect;
  const KeyTable* keys;
  KeySet identifying;  // a record of this shape has all of these,
  KeySet one_of;       // and one of these, unless there are none,
  KeySet none_of;      // and none of these
  KeySet required;     // must be there, and not null
  Key time;
};

// A sign beside the keys: `timestamp` is a text. A music stream's is none, which tells it from a play of TuneTracker.
inline constexpr KeySet kTimestampIsText = KeySet{1} << 63;

// Each has a Kind of its own; kLike shares the shape of kStreaming.
std::span<const Shape> shapes();
inline constexpr std::size_t kShapeCount = 7;

// The shape of a record with the keys `present` and the signs, among the shapes of `dialect`; null: of none.
const Shape* shape_of(KeySet present, Dialect dialect);

// The key that fills `field` in records of `shape`.
std::optional<Key> key_of(const Shape& shape, Field field);

}  // namespace playhead::event
