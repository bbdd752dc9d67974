#include "event/shape.h"

#include <algorithm>

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
    {"event_id", Key::kEventId},
}};
static_assert(std::ranges::all_of(kSpellings, [](const Spelling& spelling) { return spelling.name.size() <= 15; }));

// In the order of Key.
constexpr std::array<KeyRule, kKeyCount> kRules{{
    {Form::kId, Field::kUser},
    {Form::kId, Field::kTrack},
    {Form::kFilledText, Field::kGenre},
    {Form::kTimeText, std::nullopt},
    {Form::kTimeMillis, std::nullopt},
    {Form::kId, Field::kUser},
    {Form::kInteger, Field::kSession},
    {Form::kText, Field::kPage},
    {Form::kText, Field::kAuth},
    {Form::kText, Field::kMethod},
    {Form::kInteger, Field::kStatus},
    {Form::kText, Field::kLevel},
    {Form::kInteger, Field::kItemInSession},
    {Form::kId, Field::kZip},
    {Form::kText, Field::kCity},
    {Form::kText, Field::kState},
    {Form::kReal, Field::kLatitude},
    {Form::kReal, Field::kLongitude},
    {Form::kText, Field::kLocation},
    {Form::kText, Field::kUserAgent},
    {Form::kText, Field::kFirstName},
    {Form::kText, Field::kLastName},
    {Form::kText, Field::kGender},
    {Form::kMillis, Field::kRegistration},
    {Form::kText, Field::kTag},
    {Form::kText, Field::kArtist},
    {Form::kText, Field::kSong},
    {Form::kReal, Field::kDuration},
    {Form::kId, Field::kEventId},
}};

template <typename... Keys>
constexpr KeySet keys(Keys... key) {
  return (set_of(key) | ...);
}

constexpr KeySet kTuneTrackerKeys = keys(Key::kUserSnake, Key::kTrackId, Key::kGenre, Key::kTimestamp, Key::kEventId);
constexpr KeySet kEventsimKeys = ((KeySet{1} << kKeyCount) - 1) & ~(kTuneTrackerKeys & ~set_of(Key::kEventId));

// The order settles a record that has the identifying keys of several shapes.
constexpr std::array<Shape, 3> kShapes{{
    {Kind::kPageView, Dialect::kEventsim, keys(Key::kTs, Key::kPage), keys(Key::kTs, Key::kPage), kEventsimKeys, Key::kTs},
    {Kind::kListen, Dialect::kEventsim, keys(Key::kTs, Key::kSong, Key::kArtist), keys(Key::kTs, Key::kSong, Key::kArtist), kEventsimKeys,
     Key::kTs},
    {Kind::kTrackPlay, Dialect::kTuneTracker, keys(Key::kUserSnake, Key::kTrackId), keys(Key::kUserSnake, Key::kTrackId, Key::kTimestamp),
     kTuneTrackerKeys, Key::kTimestamp},
}};

}  // namespace

std::span<const Spelling> spellings() { return kSpellings; }

const KeyRule& rule_of(Key key) { return kRules[static_cast<std::size_t>(key)]; }

std::span<const Shape> shapes() { return kShapes; }

const Shape* shape_of(KeySet present, Dialect dialect) {
  for (const Shape& shape : kShapes) {
    if (dialect != Dialect::kAuto && dialect != shape.dialect) continue;
    if ((present & shape.identifying) == shape.identifying) return &shape;
  }
  return nullptr;
}

std::optional<Key> key_of(const Shape& shape, Field field) {
  for (std::size_t i = 0; i < kKeyCount; ++i) {
    const Key key{static_cast<std::uint8_t>(i)};
    if ((shape.known & set_of(key)) != 0 && rule_of(key).field == field) return key;
  }
  return std::nullopt;
}

std::optional<Dialect> dialect_named(std::string_view name) {
  for (const Dialect dialect : {Dialect::kAuto, Dialect::kTuneTracker, Dialect::kEventsim}) {
    if (name_of(dialect) == name) return dialect;
  }
  return std::nullopt;
}

std::string_view name_of(Dialect dialect) {
  constexpr std::array<std::string_view, 3> kNames{"auto", "tunetracker", "eventsim"};
  return kNames[static_cast<std::size_t>(dialect)];
}

}  // namespace playhead::event
