#include "event/shape.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

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
    EXPECT_LE(spelling.name.size(), 15u);
    names.insert(spelling.name);
    keys |= set_of(spelling.key);
  }
  EXPECT_EQ(names.size(), kSpellingCount);
  EXPECT_EQ(keys, (KeySet{1} << kKeyCount) - 1);
  EXPECT_EQ(key_spelt("length"), key_spelt("duration"));
}

TEST(Shape, TheKindsFollowFromTheKeys) {
  EXPECT_EQ(kind_of(set_spelt({"user_id", "track_id", "genre", "timestamp"})), Kind::kTrackPlay);
  EXPECT_EQ(kind_of(set_spelt({"ts", "page", "song", "artist"})), Kind::kPageView);
  EXPECT_EQ(kind_of(set_spelt({"ts", "song", "artist"})), Kind::kListen);
  EXPECT_EQ(kind_of(set_spelt({"ts", "song"})), std::nullopt);
  EXPECT_EQ(kind_of(0), std::nullopt);
  EXPECT_EQ(kind_of(set_spelt({"ts", "page"}), Dialect::kTuneTracker), std::nullopt);
  EXPECT_EQ(kind_of(set_spelt({"ts", "page", "user_id", "track_id"}), Dialect::kTuneTracker), Kind::kTrackPlay);
}

TEST(Shape, ShapesRequireOnlyWhatTheyKnow) {
  for (const Shape& shape : shapes()) {
    EXPECT_EQ(shape.identifying & ~shape.known, 0u);
    EXPECT_EQ(shape.required & ~shape.known, 0u);
    EXPECT_NE(shape.required & set_of(shape.time), 0u);
    EXPECT_FALSE(rule_of(shape.time).field.has_value());
    EXPECT_NE(shape.dialect, Dialect::kAuto);
  }
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
      const Form form = rule_of(*key).form;
      const bool integer = form == Form::kInteger || form == Form::kMillis;
      EXPECT_EQ(integer, type_of(field) == FieldType::kInteger) << name_of(field);
      EXPECT_EQ(form == Form::kReal, type_of(field) == FieldType::kReal) << name_of(field);
    }
    EXPECT_GT(shapes_with_field, 0) << name_of(field);
  }
}

}  // namespace
}  // namespace playhead::event
