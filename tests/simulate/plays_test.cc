#include "simulate/plays.h"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <vector>

namespace playhead::simulate {
namespace {

constexpr Timestamp kNoon = Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + std::chrono::hours{12}};

struct Play {
  std::string key, value, user, track, genre, time;
};

// Splits a play by the exact spelling of TuneTracker's messages; the test fails where it is spelled otherwise.
Play parsed(const std::string& key, const std::string& value) {
  static const std::regex kForm(
      R"re(\{"user_id": "(u[0-9]+)", "track_id": "(t[0-9]+)", "genre": "([a-z-]+)", "timestamp": "([0-9T:.-]{26})"\})re");
  std::smatch parts;
  if (!std::regex_match(value, parts, kForm)) {
    ADD_FAILURE() << "not a play: " << value;
    return {};
  }
  return {key, value, parts[1], parts[2], parts[3], parts[4]};
}

std::vector<Play> plays_of(const PlaysOptions& options, int count) {
  const auto plays = Plays::make(options);
  EXPECT_TRUE(plays.has_value());
  std::vector<Play> made;
  std::string key, value;
  for (int i = 0; i < count; ++i) {
    (*plays)->next(kNoon + i * Duration{250'000}, key, value);
    made.push_back(parsed(key, value));
  }
  return made;
}

TEST(Plays, GoldenSample) {
  const std::vector<Play> plays = plays_of({.seed = 42}, 3);
  EXPECT_EQ(plays[0].value,
            R"({"user_id": "u9174", "track_id": "t116180", "genre": "hip-hop", "timestamp": "2026-03-01T12:00:00.000000"})");
  EXPECT_EQ(plays[1].value, R"({"user_id": "u2538", "track_id": "t105378", "genre": "blues", "timestamp": "2026-03-01T12:00:00.250000"})");
  EXPECT_EQ(plays[2].value,
            R"({"user_id": "u9130", "track_id": "t114966", "genre": "hip-hop", "timestamp": "2026-03-01T12:00:00.500000"})");
}

TEST(Plays, GoldenSampleOfUniform) {
  EXPECT_EQ(plays_of({.seed = 42, .uniform = true}, 1)[0].value,
            R"({"user_id": "u1003", "track_id": "t814321", "genre": "jazz", "timestamp": "2026-03-01T12:00:00.000000"})");
}

TEST(Plays, SameSeedSameBytes) {
  const auto bytes = [](std::uint64_t seed) {
    std::string all;
    for (const Play& play : plays_of({.seed = seed}, 1'000)) all += play.key + play.value;
    return all;
  };
  EXPECT_EQ(bytes(7), bytes(7));
  EXPECT_NE(bytes(7), bytes(8));
}

TEST(Plays, KeyIsTheUserId) {
  for (const Play& play : plays_of({.seed = 1}, 1'000)) EXPECT_EQ(play.key, play.user);
}

TEST(Plays, IdsStayInTuneTrackersRanges) {
  for (const bool uniform : {false, true}) {
    for (const Play& play : plays_of({.seed = 3, .uniform = uniform}, 20'000)) {
      const int user = std::stoi(play.user.substr(1));
      const int track = std::stoi(play.track.substr(1));
      ASSERT_TRUE(user >= 1'000 && user <= 9'999) << play.value;
      ASSERT_TRUE(track >= 100'000 && track <= (uniform ? 999'999 : 119'999)) << play.value;
    }
  }
}

TEST(Plays, MoreListenersThanFourDigits) {
  std::size_t longest = 0;
  for (const Play& play : plays_of({.seed = 3, .listeners = 100'000}, 1'000)) longest = std::max(longest, play.user.size());
  EXPECT_EQ(longest, 7u);  // u100999 is the last
}

TEST(Plays, ATrackKeepsItsGenre) {
  std::map<std::string, std::string> genres;
  for (const std::uint64_t seed : {1u, 2u}) {
    for (const Play& play : plays_of({.seed = seed, .tracks = 500}, 5'000)) {
      const auto [known, added] = genres.emplace(play.track, play.genre);
      EXPECT_EQ(known->second, play.genre) << play.track;
    }
  }
  EXPECT_GT(genres.size(), 400u);
}

TEST(Plays, TracksShareTheGenresEvenly) {
  std::map<std::string_view, int> counts;
  for (std::uint32_t track = 100'000; track < 180'000; ++track) ++counts[genre_of(track)];
  ASSERT_EQ(counts.size(), kGenres.size());
  for (const auto& [genre, count] : counts) EXPECT_NEAR(count, 10'000, 500) << genre;
}

TEST(Plays, UniformDrawsEveryGenreAlikeAndRepeatsFewTracks) {
  std::map<std::string, int> genres;
  std::set<std::string> tracks;
  for (const Play& play : plays_of({.seed = 5, .uniform = true}, 40'000)) {
    ++genres[play.genre];
    tracks.insert(play.track);
  }
  ASSERT_EQ(genres.size(), kGenres.size());
  for (const auto& [genre, count] : genres) EXPECT_NEAR(count, 5'000, 350) << genre;
  EXPECT_GT(tracks.size(), 38'500u);
}

TEST(Plays, AFewTracksArePopular) {
  std::map<std::string, int> counts;
  for (const Play& play : plays_of({.seed = 5}, 40'000)) ++counts[play.track];
  int top = 0;
  for (const auto& [track, count] : counts) top = std::max(top, count);
  EXPECT_NEAR(top, 2'360, 300);  // 1 / (sum of i^-0.9 for i up to 20,000) = 5.9 %
}

TEST(Plays, TimeIsWrittenWithMicrosecondsInUtc) {
  const auto plays = Plays::make({});
  ASSERT_TRUE(plays.has_value());
  std::string key, value;
  const auto written = [&](Timestamp time) {
    (*plays)->next(time, key, value);
    return parsed(key, value).time;
  };
  EXPECT_EQ(written(from_micros(1)), "1970-01-01T00:00:00.000001");
  EXPECT_EQ(written(from_micros(-1)), "1969-12-31T23:59:59.999999");
  EXPECT_EQ(written(from_micros(1'709'251'199'999'999)), "2024-02-29T23:59:59.999999");
  EXPECT_EQ(written(from_micros(1'709'251'200'000'000)), "2024-03-01T00:00:00.000000");
  EXPECT_EQ(written(kNever), "0001-01-01T00:00:00.000000");
  EXPECT_EQ(written(Timestamp::max()), "9999-12-31T23:59:59.999999");
}

TEST(Plays, RefusesNoListenersAndNoTracks) {
  const auto no_listeners = Plays::make({.listeners = 0});
  ASSERT_FALSE(no_listeners.has_value());
  EXPECT_EQ(no_listeners.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(no_listeners.error().message.find("listeners"), std::string::npos);
  const auto no_tracks = Plays::make({.tracks = 0});
  ASSERT_FALSE(no_tracks.has_value());
  EXPECT_NE(no_tracks.error().message.find("tracks"), std::string::npos);
}

}  // namespace
}  // namespace playhead::simulate
