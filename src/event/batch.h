// event/batch.h: events as typed columns; the language of the house.
//
// A batch holds the decoded events of some records, one row an event, in record order. Of the columns of fields, only those in the
// decoder's projection are filled, and the rest are empty; a row without the field is null there. Every projected field has its text
// column, so that any one field can be the key of a count: a number's text is as the record wrote it, a flag's is true or false.
// Integers and flags have a column of integers beside it, reals one of reals.
//
// Memory:  views point into the records' bytes, or into `scratch` where a text had escapes or was put together. They live until the next
// decode() into
//          the same batch, or until the records' buffer goes. A batch may be moved, not copied.
// Threads: one owner at a time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/text_arena.h"

namespace playhead::event {

enum class Kind : std::uint8_t {
  kTrackPlay,     // TuneTracker's play
  kListen,        // eventsim's listen_events
  kPageView,      // eventsim's page_view_events, or the original eventsim's one stream
  kAuth,          // eventsim's auth_events
  kStatusChange,  // eventsim's status_change_events
  kMusicStream,   // a message of the music-streams topic: a play with its listener, platform, place and verdict
  kStreaming,     // of streaming events and likes: a play,
  kLike,          // and a like
};
inline constexpr std::size_t kKindCount = 8;

// The fields that an event can have, by their name in Playhead (`playhead stream --key genre`).
enum class Field : std::uint8_t {
  kUser,
  kTrack,
  kArtist,
  kSong,
  kGenre,
  kLevel,
  kPage,
  kAuth,
  kMethod,
  kStatus,
  kSession,
  kItemInSession,
  kDuration,
  kFirstName,
  kLastName,
  kGender,
  kRegistration,
  kCity,
  kState,
  kZip,
  kLocation,
  kLatitude,
  kLongitude,
  kUserAgent,
  kTag,
  kEventId,
  kSuccess,
  kAction,
  kName,
  kEmail,
  kPlatform,
  kCountry,
  kMood,
  kListenPosition,
  kCompleted,
  kRating,
  kSkipped,
};
inline constexpr std::size_t kFieldCount = 37;

std::string_view name_of(Field field);  // "genre"
std::optional<Field> field_named(std::string_view name);
std::string_view name_of(Kind kind);  // "track_play"

enum class FieldType : std::uint8_t { kText, kInteger, kReal, kFlag };
FieldType type_of(Field field);

// Why a record is a dead letter.
enum class Reject : std::uint8_t {
  kNotJson,  // not one JSON value (RFC 8259), or not UTF-8
  kNotObject,
  kUnknownShape,  // an object, but of no known kind
  kMissingField,  // a required field is absent or null
  kWrongType,     // a known field has a value of another type
  kBadTime,       // a time that can not be read, before 1970 or more than a day ahead of ingest time
  kTooLarge,      // a record over 1 MiB or a text over 64 KiB
  kTooDeep,       // nested deeper than 32
  kNoValue,       // a null or empty value
};
inline constexpr std::size_t kRejectCount = 9;
std::string_view name_of(Reject reason);  // "not_json"

struct Rejected {
  std::uint32_t record;  // index in the decoded span of records
  Reject reason;
};

struct EventBatch {
  std::vector<std::uint32_t> record;  // index of the record in the decoded span
  std::vector<Kind> kind;
  std::vector<std::uint8_t> is_play;  // 1 where the event is a play: not a like, a sign-in, or a page other than NextSong
  std::vector<Timestamp> time;        // event time
  std::array<std::vector<std::string_view>, kFieldCount> text;  // null: data() == nullptr
  std::array<std::vector<std::int64_t>, kFieldCount> integer;   // of integers, and of flags as 0 and 1. Null: kNullInteger
  std::array<std::vector<double>, kFieldCount> real;            // null: NaN
  std::vector<std::string_view> extra;  // where the decoder keeps it: a JSON object of what the kind does not know. Null: nothing
  std::vector<Rejected> rejected;       // in record order
  TextArena scratch;                    // texts that had escapes, without them, and what `extra` shows

  std::size_t size() const { return time.size(); }
  void clear();  // keeps the memory
  const std::vector<std::string_view>& text_of(Field field) const { return text[static_cast<std::size_t>(field)]; }
};
inline constexpr std::int64_t kNullInteger = INT64_MIN;

}  // namespace playhead::event
