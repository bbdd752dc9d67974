#include "event/shape.h"

#include <algorithm>
#include <initializer_list>

namespace playhead::event {
namespace {

constexpr std::array<Spelling, kSpellingCount> kSpellings{{
    {"user_id", Key::kUserSnake},
    {"track_id", Key::kTrackId},
    {"genre", Key::kGenre},
    {"timestamp", Key::kTimestamp},
    {"ts", Key::kTs},
    {"userId", Key::kUserCamel},
    {"sessionId", Key::kSession},
    {"page", Key::kPage},
    {"auth", Key::kAuth},
    {"method", Key::kMethod},
    {"status", Key::kStatus},
    {"level", Key::kLevel},
    {"itemInSession", Key::kItem},
    {"zip", Key::kZip},
    {"city", Key::kCity},
    {"state", Key::kState},
    {"lat", Key::kLatitude},
    {"lon", Key::kLongitude},
    {"location", Key::kLocation},
    {"userAgent", Key::kUserAgent},
    {"firstName", Key::kFirstName},
    {"lastName", Key::kLastName},
    {"gender", Key::kGender},
    {"registration", Key::kRegistration},
    {"tag", Key::kTag},
    {"artist", Key::kArtist},
    {"song", Key::kSong},
    {"duration", Key::kDuration},
    {"length", Key::kDuration},
    {"success", Key::kSuccess},
    {"action", Key::kAction},
    {"name", Key::kName},
    {"email", Key::kEmail},
    {"title", Key::kTitle},
    {"platform", Key::kPlatform},
    {"mood", Key::kMood},
    {"duration_seconds", Key::kDurationSeconds},
    {"listen_position", Key::kListenPosition},
    {"completed", Key::kCompleted},
    {"rating", Key::kRating},
    {"is_skipped", Key::kSkipped},
    {"event_timestamp", Key::kEventTimestamp},
    {"event_type", Key::kEventType},
    {"event_id", Key::kEventId},
}};

constexpr std::array<Spelling, kPlaceSpellingCount> kPlaceSpellings{{
    {"city", Key::kPlaceCity},
    {"country", Key::kPlaceCountry},
}};

constexpr bool fits(const Spelling& spelling) { return spelling.name.size() <= kSpellingBytesMax; }
static_assert(std::ranges::all_of(kSpellings, fits) && std::ranges::all_of(kPlaceSpellings, fits));

struct Known {
  Key key;
  Form form;
  std::optional<Field> field = {};
};

// `table` and some keys more.
constexpr KeyTable table_of(std::initializer_list<Known> entries, KeyTable table = {}) {
  for (const Known& entry : entries) {
    table.known |= set_of(entry.key);
    table.rules[static_cast<std::size_t>(entry.key)] = {entry.form, entry.field};
  }
  return table;
}

constexpr KeyTable kTuneTracker = table_of({
    {Key::kUserSnake, Form::kId, Field::kUser},
    {Key::kTrackId, Form::kId, Field::kTrack},
    {Key::kGenre, Form::kFilledText, Field::kGenre},
    {Key::kTimestamp, Form::kTimeText},
    {Key::kEventId, Form::kId, Field::kEventId},
});

constexpr KeyTable kEventsim = table_of({
    {Key::kTs, Form::kTimeMillis},
    {Key::kUserCamel, Form::kId, Field::kUser},
    {Key::kSession, Form::kInteger, Field::kSession},
    {Key::kPage, Form::kText, Field::kPage},
    {Key::kAuth, Form::kText, Field::kAuth},
    {Key::kMethod, Form::kText, Field::kMethod},
    {Key::kStatus, Form::kInteger, Field::kStatus},
    {Key::kLevel, Form::kText, Field::kLevel},
    {Key::kItem, Form::kInteger, Field::kItemInSession},
    {Key::kZip, Form::kId, Field::kZip},
    {Key::kCity, Form::kText, Field::kCity},
    {Key::kState, Form::kText, Field::kState},
    {Key::kLatitude, Form::kReal, Field::kLatitude},
    {Key::kLongitude, Form::kReal, Field::kLongitude},
    {Key::kLocation, Form::kText, Field::kLocation},
    {Key::kUserAgent, Form::kText, Field::kUserAgent},
    {Key::kFirstName, Form::kText, Field::kFirstName},
    {Key::kLastName, Form::kText, Field::kLastName},
    {Key::kGender, Form::kText, Field::kGender},
    {Key::kRegistration, Form::kMillis, Field::kRegistration},
    {Key::kTag, Form::kText, Field::kTag},
    {Key::kArtist, Form::kText, Field::kArtist},
    {Key::kSong, Form::kText, Field::kSong},
    {Key::kDuration, Form::kReal, Field::kDuration},
    {Key::kEventId, Form::kId, Field::kEventId},
});

constexpr KeyTable kEventsimAuth = table_of(
    {
        {Key::kSuccess, Form::kFlag, Field::kSuccess},
        {Key::kAction, Form::kText, Field::kAction},
    },
    kEventsim);

constexpr KeyTable kMusicStreams = table_of({
    {Key::kUserSnake, Form::kId, Field::kUser},
    {Key::kTrackId, Form::kId, Field::kTrack},
    {Key::kName, Form::kText, Field::kName},
    {Key::kEmail, Form::kText, Field::kEmail},
    {Key::kTitle, Form::kText, Field::kSong},
    {Key::kArtist, Form::kText, Field::kArtist},
    {Key::kGenre, Form::kFilledText, Field::kGenre},
    {Key::kTimestamp, Form::kTimeSeconds},
    {Key::kPlatform, Form::kText, Field::kPlatform},
    {Key::kLocation, Form::kObject},
    {Key::kPlaceCity, Form::kText, Field::kCity},
    {Key::kPlaceCountry, Form::kText, Field::kCountry},
    {Key::kMood, Form::kText, Field::kMood},
    {Key::kDurationSeconds, Form::kReal, Field::kDuration},
    {Key::kListenPosition, Form::kReal, Field::kListenPosition},
    {Key::kCompleted, Form::kFlag, Field::kCompleted},
    {Key::kRating, Form::kReal, Field::kRating},
    {Key::kSkipped, Form::kFlag, Field::kSkipped},
    {Key::kEventId, Form::kId, Field::kEventId},
});

constexpr KeyTable kStreamingEvents = table_of({
    {Key::kUserSnake, Form::kId, Field::kUser},
    {Key::kTrackId, Form::kId, Field::kTrack},
    {Key::kEventTimestamp, Form::kTimeText},
    {Key::kEventType, Form::kText},
    {Key::kEventId, Form::kId, Field::kEventId},
});

template <typename... Keys>
constexpr KeySet keys(Keys... key) {
  return (KeySet{0} | ... | set_of(key));
}

// The order settles a record that could be of several shapes. No later shape may take an event from an earlier one: a music stream
// has no text for its `timestamp`, and a streaming event no `timestamp`, so both would be dead letters as plays of TuneTracker.
constexpr std::array<Shape, kShapeCount> kShapes{{
    {.kind = Kind::kPageView,
     .dialect = Dialect::kEventsim,
     .keys = &kEventsim,
     .identifying = keys(Key::kTs, Key::kPage),
     .one_of = keys(),
     .none_of = keys(),
     .required = keys(Key::kTs, Key::kPage),
     .time = Key::kTs},
    {.kind = Kind::kListen,
     .dialect = Dialect::kEventsim,
     .keys = &kEventsim,
     .identifying = keys(Key::kTs, Key::kSong, Key::kArtist),
     .one_of = keys(),
     .none_of = keys(),
     .required = keys(Key::kTs, Key::kSong, Key::kArtist),
     .time = Key::kTs},
    {.kind = Kind::kMusicStream,
     .dialect = Dialect::kMusicStreams,
     .keys = &kMusicStreams,
     .identifying = keys(Key::kUserSnake),
     .one_of = keys(Key::kTitle, Key::kDurationSeconds, Key::kListenPosition),
     .none_of = kTimestampIsText,
     .required = keys(Key::kUserSnake, Key::kTimestamp),
     .time = Key::kTimestamp},
    {.kind = Kind::kStreaming,
     .dialect = Dialect::kStreamingEvents,
     .keys = &kStreamingEvents,
     .identifying = keys(Key::kUserSnake, Key::kTrackId, Key::kEventTimestamp, Key::kEventType),
     .one_of = keys(),
     .none_of = keys(Key::kTimestamp),
     .required = keys(Key::kUserSnake, Key::kTrackId, Key::kEventTimestamp, Key::kEventType),
     .time = Key::kEventTimestamp},
    {.kind = Kind::kTrackPlay,
     .dialect = Dialect::kTuneTracker,
     .keys = &kTuneTracker,
     .identifying = keys(Key::kUserSnake, Key::kTrackId),
     .one_of = keys(),
     .none_of = keys(),
     .required = keys(Key::kUserSnake, Key::kTrackId, Key::kTimestamp),
     .time = Key::kTimestamp},
    {.kind = Kind::kAuth,
     .dialect = Dialect::kEventsim,
     .keys = &kEventsimAuth,
     .identifying = keys(Key::kTs, Key::kSuccess),
     .one_of = keys(),
     .none_of = keys(),
     .required = keys(Key::kTs, Key::kSuccess),
     .time = Key::kTs},
    {.kind = Kind::kStatusChange,
     .dialect = Dialect::kEventsim,
     .keys = &kEventsim,
     .identifying = keys(Key::kTs, Key::kLevel, Key::kAuth, Key::kSession),
     .one_of = keys(),
     .none_of = keys(Key::kSong),
     .required = keys(Key::kTs, Key::kLevel, Key::kAuth),
     .time = Key::kTs},
}};

constexpr bool matches(const Shape& shape, KeySet present) {
  return (present & shape.identifying) == shape.identifying && (present & shape.none_of) == 0 &&
         (shape.one_of == 0 || (present & shape.one_of) != 0);
}

}  // namespace

std::span<const Spelling> spellings() { return kSpellings; }

std::span<const Spelling> place_spellings() { return kPlaceSpellings; }

std::span<const Shape> shapes() { return kShapes; }

const Shape* shape_of(KeySet present, Dialect dialect) {
  for (const Shape& shape : kShapes) {
    if (dialect != Dialect::kAuto && dialect != shape.dialect) continue;
    if (matches(shape, present)) return &shape;
  }
  return nullptr;
}

std::optional<Key> key_of(const Shape& shape, Field field) {
  for (std::size_t i = 0; i < kKeyCount; ++i) {
    const Key key{static_cast<std::uint8_t>(i)};
    if ((shape.keys->known & set_of(key)) != 0 && shape.keys->rules[i].field == field) return key;
  }
  return std::nullopt;
}

}  // namespace playhead::event
