#include "cli/service_plays.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace playhead::cli {
namespace {

constexpr Timestamp kStart = from_micros(1'800'000'000'000'000);  // 2027-01-15T08:00:00Z

struct Play {
  std::string key, value;

  std::string field(const std::string& name) const {
    const std::size_t at = value.find("\"" + name + "\": \"") + name.size() + 5;
    return value.substr(at, value.find('"', at) - at);
  }
};

std::vector<Play> plays_of(const ServicePlays::Options& options, std::size_t count) {
  const auto source = ServicePlays::make(options).value();
  std::vector<Play> plays(count);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_TRUE(source->next(kStart + i * std::chrono::milliseconds{5}, plays[i].key, plays[i].value));
  }
  return plays;
}

TEST(ServicePlays, AreTuneTrackersAtTheTimesAskedFor) {
  const auto plays = plays_of({}, 1'001);
  for (const Play& play : plays) {
    EXPECT_EQ(play.value, R"({"user_id": ")" + play.key + R"(", "track_id": ")" + play.field("track_id") + R"(", "genre": ")" +
                              play.field("genre") + R"(", "timestamp": ")" + play.field("timestamp") + R"("})");
  }
  EXPECT_EQ(plays[200].field("timestamp"), "2027-01-15T08:00:01.000000");
}

TEST(ServicePlays, AreTheSameWithTheSameOptions) {
  const auto values = [](const ServicePlays::Options& options) {
    std::string all;
    for (const Play& play : plays_of(options, 300)) all += play.key + play.value;
    return all;
  };
  EXPECT_EQ(values({.seed = 1}), values({.seed = 1}));
  EXPECT_NE(values({.seed = 1}), values({.seed = 2}));
}

TEST(ServicePlays, AreOfPeopleWithHits) {
  std::map<std::string, int> by_track;
  std::set<std::string> listeners;
  constexpr int kPlays = 20'000;
  for (const Play& play : plays_of({.seed = 3, .listeners = 15'000}, kPlays)) {
    listeners.insert(play.key);
    ++by_track[play.field("track_id")];
  }
  EXPECT_GT(listeners.size(), 10'000U);
  int most = 0;
  for (const auto& [track, count] : by_track) most = std::max(most, count);
  EXPECT_GT(most, 20 * kPlays / static_cast<int>(by_track.size()));
}

TEST(ServicePlays, AreOfTheListenersAndTracksAskedFor) {
  std::set<std::string> listeners;
  std::map<std::string, std::string> genre_of_track;
  for (const Play& play : plays_of({.seed = 4, .listeners = 20, .tracks = 50}, 5'000)) {
    listeners.insert(play.key);
    EXPECT_EQ(genre_of_track.emplace(play.field("track_id"), play.field("genre")).first->second, play.field("genre"));
  }
  EXPECT_EQ(listeners.size(), 20U);
  EXPECT_EQ(*listeners.begin(), "u1000");
  EXPECT_EQ(*listeners.rbegin(), "u1019");
  EXPECT_GT(genre_of_track.size(), 40U);
  EXPECT_LE(genre_of_track.size(), 50U);
  EXPECT_GE(genre_of_track.begin()->first, "t100000");
  EXPECT_LE(genre_of_track.rbegin()->first, "t100049");
}

TEST(ServicePlays, NeverEndThoughListenersLeave) {
  const auto source = ServicePlays::make({.seed = 5, .listeners = 1, .tracks = 1}).value();
  std::string key, value;
  for (int i = 0; i < 300'000; ++i) {
    ASSERT_TRUE(source->next(kStart, key, value)) << i;
    ASSERT_EQ(key, "u1000");
  }
}

}  // namespace
}  // namespace playhead::cli
