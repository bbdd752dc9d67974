#include "event/batch.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace playhead::event {
namespace {

TEST(Batch, EveryFieldHasANameThatFindsIt) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    const Field field{static_cast<std::uint8_t>(i)};
    EXPECT_EQ(field_named(name_of(field)), field);
    names.insert(name_of(field));
  }
  EXPECT_EQ(names.size(), kFieldCount);
  EXPECT_FALSE(names.contains(""));
  EXPECT_EQ(name_of(Field::kUser), "user");
  EXPECT_EQ(name_of(Field::kItemInSession), "item_in_session");
  EXPECT_EQ(name_of(Field::kEventId), "event_id");
  EXPECT_EQ(name_of(Field::kListenPosition), "listen_position");
  EXPECT_EQ(name_of(Field::kSkipped), "skipped");
  EXPECT_EQ(field_named("Genre"), std::nullopt);
  EXPECT_EQ(field_named(""), std::nullopt);
}

TEST(Batch, NumbersAreThoseOfTheTables) {
  for (const Field field : {Field::kStatus, Field::kSession, Field::kItemInSession, Field::kRegistration}) {
    EXPECT_EQ(type_of(field), FieldType::kInteger) << name_of(field);
  }
  for (const Field field : {Field::kDuration, Field::kLatitude, Field::kLongitude, Field::kListenPosition, Field::kRating})
    EXPECT_EQ(type_of(field), FieldType::kReal) << name_of(field);
  for (const Field field : {Field::kSuccess, Field::kCompleted, Field::kSkipped}) EXPECT_EQ(type_of(field), FieldType::kFlag);
  EXPECT_EQ(type_of(Field::kZip), FieldType::kText);
  EXPECT_EQ(type_of(Field::kUser), FieldType::kText);
}

TEST(Batch, ReasonsAndKindsAreNamed) {
  EXPECT_EQ(name_of(Reject::kNotJson), "not_json");
  EXPECT_EQ(name_of(Reject::kBadTime), "bad_time");
  EXPECT_EQ(name_of(Reject::kNoValue), "no_value");
  EXPECT_EQ(name_of(Kind::kTrackPlay), "track_play");
  std::set<std::string_view> kinds;
  for (std::size_t i = 0; i < kKindCount; ++i) kinds.insert(name_of(Kind{static_cast<std::uint8_t>(i)}));
  EXPECT_EQ(kinds, (std::set<std::string_view>{"track_play", "listen", "page_view", "auth", "status_change", "music_stream", "streaming",
                                               "like"}));
  EXPECT_EQ(name_of(Kind::kPageView), "page_view");
  EXPECT_EQ(name_of(Kind::kLike), "like");
}

TEST(Batch, ClearKeepsNothingButTheMemory) {
  EventBatch batch;
  batch.record.push_back(0);
  batch.kind.push_back(Kind::kListen);
  batch.is_play.push_back(1);
  batch.time.push_back(Timestamp{});
  batch.text[0].push_back("x");
  batch.integer[9].push_back(1);
  batch.real[12].push_back(1.5);
  batch.extra.push_back("{}");
  batch.rejected.push_back({1, Reject::kNotJson});
  EXPECT_EQ(batch.size(), 1u);
  batch.clear();
  EXPECT_EQ(batch.size(), 0u);
  EXPECT_TRUE(batch.record.empty() && batch.kind.empty() && batch.is_play.empty() && batch.extra.empty() && batch.rejected.empty());
  EXPECT_TRUE(batch.text[0].empty() && batch.integer[9].empty() && batch.real[12].empty());
  EXPECT_GE(batch.time.capacity(), 1u);
}

}  // namespace
}  // namespace playhead::event
