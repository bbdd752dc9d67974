#include "event/shape.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "decoding.h"

namespace playhead::event {
namespace {

Key key_spelt(std::string_view name) {
  for (const Spelling& spelling : spellings()) {
    if (spelling.name == name) return spelling.key;
  }
  ADD_FAILURE() << name;
  return Key::kEventId;
}

KeySet set_spelt(std::initializer_list<std::string_view> names) {
  KeySet keys = 0;
  for (const std::string_view name : names) keys |= set_of(key_spelt(name));
  return keys;
}

std::optional<Kind> kind_of(KeySet keys, Dialect dialect = Dialect::kAuto) {
  const Shape* shape = shape_of(keys, dialect);
  return shape == nullptr ? std::nullopt : std::optional(shape->kind);
}

TEST(Shape, SpellingsAreShortDistinctAndOfEveryKey) {
  std::set<std::string_view> names;
  KeySet keys = 0;
  for (const Spelling& spelling : spellings()) {
    EXPECT_LE(spelling.name.size(), kSpellingBytesMax);
    names.insert(spelling.name);
    keys |= set_of(spelling.key);
  }
  EXPECT_EQ(names.size(), kSpellingCount);
  for (const Spelling& spelling : place_spellings()) {
    EXPECT_LE(spelling.name.size(), kSpellingBytesMax);
    EXPECT_EQ(keys & set_of(spelling.key), 0u) << spelling.name;  // a place's city is not the record's
    EXPECT_NE(kPlaceKeySet & set_of(spelling.key), 0u);
    keys |= set_of(spelling.key);
  }
  EXPECT_EQ(keys, (KeySet{1} << kKeyCount) - 1);
  EXPECT_EQ(kTimestampIsText & keys, 0u);
  EXPECT_EQ(key_spelt("length"), key_spelt("duration"));
}

TEST(Shape, TheKindsFollowFromTheKeys) {
  EXPECT_EQ(kind_of(set_spelt({"user_id", "track_id", "genre", "timestamp"})), Kind::kTrackPlay);
  EXPECT_EQ(kind_of(set_spelt({"ts", "page", "song", "artist"})), Kind::kPageView);
  EXPECT_EQ(kind_of(set_spelt({"ts", "song", "artist"})), Kind::kListen);
  EXPECT_EQ(kind_of(set_spelt({"ts", "success", "level", "auth", "sessionId"})), Kind::kAuth);
  EXPECT_EQ(kind_of(set_spelt({"ts", "level", "auth", "sessionId"})), Kind::kStatusChange);
  EXPECT_EQ(kind_of(set_spelt({"ts", "level", "auth", "sessionId", "song"})), std::nullopt);
  EXPECT_EQ(kind_of(set_spelt({"user_id", "listen_position"})), Kind::kMusicStream);
  EXPECT_EQ(kind_of(set_spelt({"user_id", "track_id", "event_timestamp", "event_type"})), Kind::kStreaming);
  EXPECT_EQ(kind_of(set_spelt({"ts", "song"})), std::nullopt);
  EXPECT_EQ(kind_of(0), std::nullopt);
  EXPECT_EQ(kind_of(set_spelt({"ts", "page"}), Dialect::kTuneTracker), std::nullopt);
  EXPECT_EQ(kind_of(set_spelt({"ts", "page", "user_id", "track_id"}), Dialect::kTuneTracker), Kind::kTrackPlay);
}

// Whatever else a play, a listen or a page view of the first release has, it stays one.
TEST(Shape, LaterShapesTakeNoEventFromTheFirstOnes) {
  const KeySet every = ((KeySet{1} << kKeyCount) - 1) & ~set_spelt({"page", "artist"});
  EXPECT_EQ(kind_of(every | kTimestampIsText), Kind::kTrackPlay);
  EXPECT_EQ(kind_of(every | set_spelt({"artist"})), Kind::kListen);
  EXPECT_EQ(kind_of(every | set_spelt({"page"})), Kind::kPageView);
  EXPECT_EQ(kind_of(every), Kind::kMusicStream);  // as a play it would be a dead letter for its timestamp
}

TEST(Shape, ShapesRequireOnlyWhatTheyKnow) {
  std::set<Kind> kinds;
  for (const Shape& shape : shapes()) {
    kinds.insert(shape.kind);
    EXPECT_EQ((shape.identifying | shape.one_of | shape.required) & ~shape.keys->known, 0u);
    EXPECT_NE(shape.required & set_of(shape.time), 0u);
    EXPECT_FALSE(shape.keys->rule_of(shape.time).field.has_value());
    EXPECT_NE(shape.dialect, Dialect::kAuto);
  }
  EXPECT_EQ(kinds.size(), kShapeCount);
  EXPECT_FALSE(kinds.contains(Kind::kLike));
}

// A number's column is filled from numbers only, a text's from texts and ids.
TEST(Shape, EveryFieldIsFilledByAKeyOfItsType) {
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    const Field field{static_cast<std::uint8_t>(i)};
    int shapes_with_field = 0;
    for (const Shape& shape : shapes()) {
      const auto key = key_of(shape, field);
      if (!key) continue;
      ++shapes_with_field;
      const Form form = shape.keys->rule_of(*key).form;
      const bool integer = form == Form::kInteger || form == Form::kMillis;
      EXPECT_EQ(integer, type_of(field) == FieldType::kInteger) << name_of(field);
      EXPECT_EQ(form == Form::kReal, type_of(field) == FieldType::kReal) << name_of(field);
      EXPECT_EQ(form == Form::kFlag, type_of(field) == FieldType::kFlag) << name_of(field);
      EXPECT_NE(form, Form::kObject) << name_of(field);
    }
    EXPECT_GT(shapes_with_field, 0) << name_of(field);
  }
}

TEST(Shape, RecordsAreToldByTheirKeys) {
  expect_reasons({
      {R"({"ts":1541106106796,"sessionId":5,"auth":"Logged In"})", "unknown_shape"},
      {R"({"ts":1541106106796,"sessionId":5,"auth":"Logged In","level":null})", "missing_field"},
      {MUSIC(R"(,"timestamp":"2025-08-04T16:17:36")"), "unknown_shape"},
      {MUSIC(R"(,"timestamp":null)"), "missing_field"},
      {MUSIC(R"(,"timestamp":true)"), "wrong_type"},
      {MUSIC(R"(,"user_id":"")"), "missing_field"},
      {R"({"user_id":"u1","track_id":"t1","timestamp":1744000000})", "wrong_type"},
      {R"({"user_id":"u1","track_id":"t1","timestamp":1744000000,"title":null})", "accepted"},
      {R"({"user_id":"u1","track_id":"t1","timestamp":"2025-08-04T16:17:36","title":7,"location":5})", "accepted"},
      {STREAMING(""), "missing_field"},  // a play of TuneTracker without its time
      {STREAMING(R"(,"event_type":"streaming")"), "accepted"},
      {STREAMING(R"(,"event_type":"like")"), "accepted"},
      {STREAMING(R"(,"event_type":"pause")"), "unknown_shape"},
      {STREAMING(R"(,"event_type":"Like","user_id":null)"), "unknown_shape"},
      {STREAMING(R"(,"event_type":null)"), "missing_field"},
      {STREAMING(R"(,"event_type":"like","event_timestamp":null)"), "missing_field"},
      {STREAMING(R"(,"event_type":"pause","timestamp":"2025-08-04T16:17:36")"), "accepted"},
      {R"({"page":"Home"})", "unknown_shape"},
      {R"({"ts":1541106106796,"song":"a"})", "unknown_shape"},
      {R"({"user_id":"u1","genre":"rock","timestamp":"2025-08-04T16:17:36"})", "unknown_shape"},
      {R"({"x":{"user_id":"u1","track_id":"t1","timestamp":"2025-08-04T16:17:36"}})", "unknown_shape"},
      {R"({"USER_ID":"u1","track_id":"t1","timestamp":"2025-08-04T16:17:36"})", "unknown_shape"},
      {R"({"user_id":"u1","track_id":"t1"})", "missing_field"},
      {R"({"user_id":null,"track_id":"t1","timestamp":"2025-08-04T16:17:36"})", "missing_field"},
      {R"({"user_id":"","track_id":"t1","timestamp":"2025-08-04T16:17:36"})", "missing_field"},
      {R"({"user_id":"u1","track_id":null,"timestamp":"2025-08-04T16:17:36"})", "missing_field"},
      {R"({"user_id":"u1","track_id":"t1","timestamp":null})", "missing_field"},
      {R"({"ts":null,"page":"Home"})", "missing_field"},
      {R"({"ts":1541106106796,"page":null,"song":"a","artist":"b"})", "missing_field"},
      {R"({"ts":1541106106796,"song":"a","artist":null})", "missing_field"},
      {R"({"ts":1541106106796,"song":"a","artist":"b"})", "accepted"},
      {R"({"user\u005fid":"u1","\u0074rack_id":"t1","timestamp":"2025-08-04T16:17:36"})", "accepted"},
  });
  const std::string both = R"({"user_id":"u1","track_id":"t1","timestamp":"2025-08-04T16:17:36","ts":1541106106796,"page":"Home"})";
  EXPECT_EQ(decode_one(both).at("kind"), "page_view");
  EXPECT_EQ(decode_one(both, {.dialect = Dialect::kTuneTracker}).at("kind"), "track_play");
  EXPECT_EQ(reason_of(PLAY(""), {.dialect = Dialect::kEventsim}), "unknown_shape");
  EXPECT_EQ(reason_of(R"({"ts":1541106106796,"page":"Home"})", {.dialect = Dialect::kTuneTracker}), "unknown_shape");
  EXPECT_EQ(reason_of(R"({"ts":1541106106796,"page":"Home"})", {.dialect = Dialect::kEventsim}), "accepted");
}

TEST(Shape, KeysTakeValuesOfTheirForm) {
  expect_reasons({
      {PLAY(R"(,"genre":5)"), "wrong_type"},
      {PLAY(R"(,"genre":["rock"])"), "wrong_type"},
      {PLAY(R"(,"genre":{})"), "wrong_type"},
      {PLAY(R"(,"genre":true)"), "wrong_type"},
      {PLAY(R"(,"event_id":1.5)"), "wrong_type"},
      {R"({"user_id":1.5,"track_id":"t1","timestamp":"2025-08-04T16:17:36"})", "wrong_type"},
      {R"({"user_id":12,"track_id":34,"timestamp":"2025-08-04T16:17:36"})", "accepted"},
      {R"({"user_id":"u1","track_id":"t1","timestamp":1754324256})", "wrong_type"},
      {R"({"ts":"1541106106796","page":"Home"})", "wrong_type"},
      {R"({"ts":1541106106796,"page":7})", "wrong_type"},
      {PAGE(R"(,"userId":39.0)"), "wrong_type"},
      {PAGE(R"(,"userId":[39])"), "wrong_type"},
      {PAGE(R"(,"userId":123456789012345678901234567890)"), "accepted"},
      {PAGE(R"(,"zip":86004)"), "accepted"},
      {PAGE(R"(,"status":"200")"), "wrong_type"},
      {PAGE(R"(,"status":200.0)"), "wrong_type"},
      {PAGE(R"(,"sessionId":9223372036854775807)"), "accepted"},
      {PAGE(R"(,"sessionId":9223372036854775808)"), "wrong_type"},
      {PAGE(R"(,"sessionId":-9223372036854775808)"), "wrong_type"},
      {PAGE(R"(,"duration":264)"), "accepted"},
      {PAGE(R"(,"duration":1e999)"), "wrong_type"},
      {PAGE(R"(,"duration":1e-999)"), "wrong_type"},
      {PAGE(R"(,"duration":"264.5")"), "wrong_type"},
      {PAGE(R"(,"registration":1e300)"), "wrong_type"},
      {PAGE(R"(,"registration":"2018")"), "wrong_type"},
      {PAGE(R"(,"lat":"35")"), "wrong_type"},
      {PAGE(R"(,"genre":5,"user_id":[],"timestamp":{})"), "accepted"},  // TuneTracker's keys mean nothing here
  });
}

TEST(Shape, KeysOfTheLaterDialectsTakeValuesOfTheirForm) {
  expect_reasons({
      {AUTH(R"(,"action":"Login")"), "accepted"},
      {AUTH(R"(,"success":null)"), "missing_field"},
      {AUTH(R"(,"success":"true")"), "wrong_type"},
      {AUTH(R"(,"success":1)"), "wrong_type"},
      {AUTH(R"(,"action":true)"), "wrong_type"},
      {PAGE(R"(,"success":1,"action":true)"), "accepted"},  // of sign-ins only
      {MUSIC(R"(,"completed":0)"), "wrong_type"},
      {MUSIC(R"(,"completed":[])"), "wrong_type"},
      {MUSIC(R"(,"is_skipped":"no")"), "wrong_type"},
      {MUSIC(R"(,"rating":"4.5")"), "wrong_type"},
      {MUSIC(R"(,"rating":4)"), "accepted"},
      {MUSIC(R"(,"title":5)"), "wrong_type"},
      {MUSIC(R"(,"listen_position":true)"), "wrong_type"},
      {MUSIC(R"(,"location":"Oslo")"), "wrong_type"},
      {MUSIC(R"(,"location":["Oslo","Norway"])"), "wrong_type"},
      {MUSIC(R"(,"location":true)"), "wrong_type"},
      {MUSIC(R"(,"location":{"city":5})"), "wrong_type"},
      {MUSIC(R"(,"location":{"city":{"name":"Oslo"}})"), "wrong_type"},
      {MUSIC(R"(,"location":{"country":["Norway"]})"), "wrong_type"},
      {MUSIC(R"(,"location":{"country":null,"city":null})"), "accepted"},
      {MUSIC(R"(,"location":{"country":5,"country":"Norway"})"), "accepted"},
      {MUSIC(R"(,"location":{"country":5},"location":{"city":"Oslo"})"), "accepted"},
      {MUSIC(R"(,"location":{"city":"\q"})"), "not_json"},
      {MUSIC(R"(,"location":{"city":01})"), "not_json"},
      {MUSIC(R"(,"location":{"city"})"), "not_json"},
      {MUSIC(R"(,"location":{"x":[{"y":01}]})"), "not_json"},
      {R"({"user_id":"u1","title":"a","timestamp":1744000000,"location":{})", "not_json"},
      {PAGE(R"(,"location":{"city":"Oslo"})"), "wrong_type"},
      {PAGE(R"(,"location":{"city":5},"location":"Oslo")"), "accepted"},
      {STREAMING(R"(,"event_type":5)"), "wrong_type"},
      {STREAMING(R"(,"event_type":"like","user_id":1.5)"), "wrong_type"},
  });
}

}  // namespace
}  // namespace playhead::event
