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

std::vector<Play> plays_of(std::uint64_t seed, int count) {
  UniformPlays plays(seed);
  std::vector<Play> made;
  std::string key, value;
  for (int i = 0; i < count; ++i) {
    plays.next(kNoon + i * Duration{250'000}, key, value);
    made.push_back(parsed(key, value));
  }
  return made;
}

TEST(UniformPlays, GoldenSample) {
  EXPECT_EQ(plays_of(42, 1)[0].value,
            R"({"user_id": "u7674", "track_id": "t243919", "genre": "jazz", "timestamp": "2026-03-01T12:00:00.000000"})");
}

TEST(UniformPlays, SameSeedSameBytes) {
  const auto bytes = [](std::uint64_t seed) {
    std::string all;
    for (const Play& play : plays_of(seed, 1'000)) all += play.key + play.value;
    return all;
  };
  EXPECT_EQ(bytes(7), bytes(7));
  EXPECT_NE(bytes(7), bytes(8));
}

TEST(UniformPlays, KeyIsTheUserId) {
  for (const Play& play : plays_of(1, 1'000)) EXPECT_EQ(play.key, play.user);
}

TEST(UniformPlays, IdsStayInTuneTrackersRanges) {
  for (const Play& play : plays_of(3, 20'000)) {
    const int user = std::stoi(play.user.substr(1));
    const int track = std::stoi(play.track.substr(1));
    ASSERT_TRUE(user >= 1'000 && user <= 9'999) << play.value;
    ASSERT_TRUE(track >= 100'000 && track <= 999'999) << play.value;
  }
}

TEST(UniformPlays, TracksShareTheGenresEvenly) {
  std::map<std::string_view, int> counts;
  for (std::uint32_t track = 100'000; track < 180'000; ++track) ++counts[genre_of(track)];
  ASSERT_EQ(counts.size(), kGenres.size());
  for (const auto& [genre, count] : counts) EXPECT_NEAR(count, 10'000, 500) << genre;
}

TEST(UniformPlays, DrawEveryGenreAlikeAndRepeatsFewTracks) {
  std::map<std::string, int> genres;
  std::set<std::string> tracks;
  for (const Play& play : plays_of(5, 40'000)) {
    ++genres[play.genre];
    tracks.insert(play.track);
  }
  ASSERT_EQ(genres.size(), kGenres.size());
  for (const auto& [genre, count] : genres) EXPECT_NEAR(count, 5'000, 350) << genre;
  EXPECT_GT(tracks.size(), 38'500u);
}

TEST(UniformPlays, TimeIsWrittenWithMicrosecondsInUtc) {
  UniformPlays plays(1);
  std::string key, value;
  const auto written = [&](Timestamp time) {
    plays.next(time, key, value);
    return parsed(key, value).time;
  };
  EXPECT_EQ(written(from_micros(1)), "1970-01-01T00:00:00.000001");
  EXPECT_EQ(written(from_micros(-1)), "1969-12-31T23:59:59.999999");
  EXPECT_EQ(written(from_micros(1'709'251'199'999'999)), "2024-02-29T23:59:59.999999");
  EXPECT_EQ(written(from_micros(1'709'251'200'000'000)), "2024-03-01T00:00:00.000000");
  EXPECT_EQ(written(kNever), "0001-01-01T00:00:00.000000");
  EXPECT_EQ(written(Timestamp::max()), "9999-12-31T23:59:59.999999");
}

}  // namespace
}  // namespace playhead::simulate
