#include "simulate/message.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/random.h"
#include "event/event_id.h"

namespace playhead::simulate {
namespace {

using event::Dialect;

Message message_at(std::int64_t micros, std::uint32_t listener = 0, std::uint32_t sequence = 0, Topic topic = Topic::kPageViews) {
  return {.sent = from_micros(micros), .event_time = from_micros(micros), .listener = listener, .sequence = sequence, .topic = topic};
}

void add(Messages& messages, const Message& message, std::string_view key, std::string_view value) {
  messages.add(message, key, value.size(), [value](char* at) { return std::ranges::copy(value, at).out; });
}

TEST(Topic, HaveNamesAndDialects) {
  EXPECT_EQ(default_name_of(Topic::kMusicPlays), "music-plays");
  EXPECT_EQ(default_name_of(Topic::kPageViews), "page_view_events");
  EXPECT_EQ(default_name_of(Topic::kListens), "listen_events");
  EXPECT_EQ(default_name_of(Topic::kAuth), "auth_events");
  EXPECT_EQ(default_name_of(Topic::kStatusChanges), "status_change_events");
  EXPECT_EQ(default_name_of(Topic::kMusicStreams), "music-streams");
  EXPECT_EQ(default_name_of(Topic::kStreaming), "music_streaming_data");
  const std::vector<Dialect> both{Dialect::kStreamingEvents, Dialect::kEventsim};
  EXPECT_EQ(topics_of(both),
            (std::vector<Topic>{Topic::kPageViews, Topic::kListens, Topic::kAuth, Topic::kStatusChanges, Topic::kStreaming}));
  EXPECT_EQ(topics_of(std::vector{Dialect::kTuneTracker}), std::vector{Topic::kMusicPlays});
  EXPECT_EQ(topics_of(std::vector{Dialect::kMusicStreams}), std::vector{Topic::kMusicStreams});
  EXPECT_TRUE(topics_of({}).empty());
  for (const Topic topic : topics_of(std::vector{Dialect::kTuneTracker, Dialect::kEventsim, Dialect::kMusicStreams})) {
    EXPECT_EQ(topic_named(default_name_of(topic)), topic);
  }
  EXPECT_EQ(topic_named("page-view-events"), std::nullopt);
}

TEST(Messages, KeepKeysAndValues) {
  Messages messages;
  add(messages, message_at(2), "17", R"({"ts":2})");
  add(messages, message_at(1), "", R"({"ts":1})");
  ASSERT_EQ(messages.list.size(), 2U);
  EXPECT_EQ(messages.key(messages.list[0]), "17");
  EXPECT_EQ(messages.value(messages.list[0]), R"({"ts":2})");
  EXPECT_EQ(messages.key(messages.list[1]), "");
  EXPECT_EQ(messages.value(messages.list[1]), R"({"ts":1})");
  messages.sort();
  EXPECT_EQ(messages.value(messages.list[0]), R"({"ts":1})");
  messages.clear();
  EXPECT_TRUE(messages.arena.empty());
  EXPECT_TRUE(messages.list.empty());
}

TEST(Messages, OnlyWhatIsWrittenIsKept) {
  Messages messages;
  messages.add(message_at(1), "k", 1'000, [](char* at) { return std::ranges::copy(std::string_view("{}"), at).out; });
  EXPECT_EQ(messages.arena, "k{}");
}

// Many and few messages, over microseconds and over centuries, with and without ties.
TEST(Messages, SortIsTheOrderOfComparing) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    for (const std::size_t count : {0, 1, 2, 255, 256, 257, 5'000}) {
      for (const std::uint64_t range : {1ULL, 3ULL, 100ULL, 5'000ULL, 1ULL << 33, 1ULL << 62}) {
        Random random{seed};
        Messages messages;
        for (std::size_t i = 0; i < count; ++i) {
          const auto micros = static_cast<std::int64_t>(random.below(range)) - static_cast<std::int64_t>(range / 2);
          messages.list.push_back(message_at(micros, static_cast<std::uint32_t>(random.below(3)),
                                             static_cast<std::uint32_t>(random.below(2)),
                                             Topic{static_cast<std::uint8_t>(random.below(kTopicCount))}));
          messages.list.back().start = i;
        }
        auto expected = messages.list;
        std::ranges::sort(expected, comes_before);
        messages.sort();
        ASSERT_EQ(messages.list.size(), count);
        for (std::size_t i = 0; i < count; ++i) {
          ASSERT_FALSE(comes_before(messages.list[i], expected[i]) || comes_before(expected[i], messages.list[i]))
              << "seed " << seed << ", " << count << " messages, range " << range << ", place " << i;
        }
        std::set<std::uint64_t> starts;
        for (const Message& message : messages.list) starts.insert(message.start);
        ASSERT_EQ(starts.size(), count);
      }
    }
  }
}

std::string text_of(const EventIdText& id) { return {id.data(), id.size()}; }

TEST(EventIds, DifferInEveryPart) {
  const ServiceOptions service{.seed = 1, .first_user_id = 1, .tag = "a"};
  std::set<std::string> ids;
  for (const std::uint64_t seed : {1, 2}) {
    for (const char* tag : {"", "a", "ab"}) {
      for (std::uint32_t listener = 0; listener < 20; ++listener) {
        for (std::uint32_t sequence = 0; sequence < 20; ++sequence) {
          for (std::size_t topic = 0; topic < kTopicCount; ++topic) {
            const ServiceOptions other{.seed = seed, .first_user_id = 100 * seed, .tag = tag};
            ids.insert(text_of(event_id_of(other, listener, sequence, Topic{static_cast<std::uint8_t>(topic)})));
          }
        }
      }
    }
  }
  EXPECT_EQ(ids.size(), 2U * 3 * 20 * 20 * kTopicCount);
  EXPECT_TRUE(std::ranges::all_of(
      ids, [](const std::string& id) { return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string::npos; }));
}

// The user id counts, not the number within a run: two runs over ranges that follow one another share no id, and one over both has all.
TEST(EventIds, FollowTheUserId) {
  const ServiceOptions one{.seed = 1, .first_user_id = 1, .tag = ""};
  const ServiceOptions other{.seed = 1, .first_user_id = 11, .tag = ""};
  EXPECT_EQ(text_of(event_id_of(one, 10, 5, Topic::kListens)), text_of(event_id_of(other, 0, 5, Topic::kListens)));
}

// An id that stands in the header is the same as one that stands in the message.
TEST(EventIds, AreReadAsTheyAreWritten) {
  const std::string id = text_of(event_id_of({.seed = 9, .tag = ""}, 3, 4, Topic::kMusicPlays));
  EXPECT_EQ(event::to_text(event::event_id(id, std::nullopt, "t", "k", "v")), id);
  EXPECT_EQ(event::to_text(event::event_id("", id, "t", "k", "v")), id);
}

}  // namespace
}  // namespace playhead::simulate
