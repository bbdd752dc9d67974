#include "simulate/farm.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "music.h"

namespace playhead::simulate {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Catalogue& catalogue() {
  static const std::unique_ptr<Catalogue> made = catalogue_of({.tracks = 2'000, .artists = 100});
  return *made;
}

std::vector<FarmPlay> plays_of(const FarmOptions& farm, std::uint32_t account, std::uint64_t count) {
  std::vector<FarmPlay> plays;
  Random random{mixed(17, account)};
  for (std::uint64_t i = 0; i < count; ++i) {
    plays.push_back(next_play(farm, account, i, catalogue(), random));
    const FarmPlay& play = plays.back();
    EXPECT_LT(play.track, catalogue().size());
    EXPECT_GT(play.heard, Duration{0});
    EXPECT_LE(play.heard, Duration{milliseconds{catalogue()[play.track].duration_ms}});
    EXPECT_GE(play.pause, Duration{0});
  }
  return plays;
}

Duration duration_of(std::uint32_t track) { return milliseconds{catalogue()[track].duration_ms}; }

TEST(Farm, KindsHaveNames) {
  EXPECT_EQ(name_of(FarmKind::kNone), "");
  EXPECT_EQ(name_of(FarmKind::kLooper), "looper");
  EXPECT_EQ(name_of(FarmKind::kThirtySecond), "thirty-second");
  EXPECT_EQ(name_of(FarmKind::kDiluted), "diluted");
  EXPECT_EQ(name_of(FarmKind::kBurst), "burst");
}

TEST(Farm, ALooperPlaysOneTrackAroundTheClock) {
  std::set<std::uint32_t> tracks;
  for (const FarmPlay& play : plays_of({.kind = FarmKind::kLooper, .accounts = 9, .artist = 7}, 3, 1'000)) {
    tracks.insert(play.track);
    EXPECT_EQ(play.heard, duration_of(play.track));
    EXPECT_EQ(play.pause, Duration{0});
  }
  ASSERT_EQ(tracks.size(), 1u);
  EXPECT_EQ(catalogue()[*tracks.begin()].artist, 7u);
}

TEST(Farm, ThirtySecondLeavesRightAfterTheSecondsThatCount) {
  std::set<std::uint32_t> tracks;
  for (const FarmPlay& play : plays_of({.kind = FarmKind::kThirtySecond, .accounts = 9, .artist = 7}, 3, 1'000)) {
    tracks.insert(play.track);
    EXPECT_EQ(catalogue()[play.track].artist, 7u);
    EXPECT_GE(play.heard, std::min<Duration>(seconds{30}, duration_of(play.track)));
    EXPECT_LE(play.heard, seconds{33});
    EXPECT_LE(play.pause, seconds{1});
  }
  EXPECT_EQ(tracks.size(), catalogue().tracks_of_artist(7).size());
}

TEST(Farm, DilutedPlaysAllOfTenArtistsALittle) {
  std::map<std::uint32_t, int> counts;
  std::set<std::uint32_t> artists;
  Duration sum{0};
  for (const FarmPlay& play : plays_of({.kind = FarmKind::kDiluted, .accounts = 9, .artist = 95}, 3, 20'000)) {
    ++counts[play.track];
    artists.insert(catalogue()[play.track].artist);
    EXPECT_GE(play.heard, std::min<Duration>(seconds{31}, duration_of(play.track)));
    EXPECT_LE(play.heard, seconds{61});
    sum += play.pause;
  }
  EXPECT_EQ(artists, (std::set<std::uint32_t>{95, 96, 97, 98, 99, 100, 1, 2, 3, 4}));  // after the last artist, the first one
  std::size_t tracks = 0;
  for (const std::uint32_t artist : artists) tracks += catalogue().tracks_of_artist(artist).size();
  EXPECT_EQ(counts.size(), tracks);
  EXPECT_NEAR(static_cast<double>(sum.count()) / 20'000 / 1e6, 90, 4);
}

TEST(Farm, ABurstPlaysOneReleaseForHoursThenSleeps) {
  const auto plays = plays_of({.kind = FarmKind::kBurst, .accounts = 9, .artist = 7}, 3, 600);
  std::set<std::uint32_t> tracks;
  std::vector<std::size_t> sleeps;
  for (std::size_t i = 0; i < plays.size(); ++i) {
    tracks.insert(plays[i].track);
    EXPECT_EQ(plays[i].heard, duration_of(plays[i].track));
    if (plays[i].pause == Duration{0}) continue;
    EXPECT_GE(plays[i].pause, hours{12});
    sleeps.push_back(i);
  }
  ASSERT_EQ(tracks.size(), 1u);
  for (const std::uint32_t other : catalogue().tracks_of_artist(7)) EXPECT_LE(catalogue()[other].year, catalogue()[*tracks.begin()].year);
  ASSERT_EQ(sleeps.size(), 10u);
  for (std::size_t i = 1; i < sleeps.size(); ++i) EXPECT_EQ(sleeps[i] - sleeps[i - 1], 60u);
}

TEST(Farm, AccountsOfABurstDoNotAllSleepAtOnce) {
  std::set<std::size_t> firsts;
  for (std::uint32_t account = 0; account < 40; ++account) {
    const auto plays = plays_of({.kind = FarmKind::kBurst, .accounts = 40, .artist = 7}, account, 60);
    firsts.insert(static_cast<std::size_t>(
        std::find_if(plays.begin(), plays.end(), [](const FarmPlay& play) { return play.pause > Duration{0}; }) - plays.begin()));
  }
  EXPECT_GT(firsts.size(), 20u);
}

TEST(Farm, SameChanceSamePlays) {
  for (const FarmKind kind : {FarmKind::kLooper, FarmKind::kThirtySecond, FarmKind::kDiluted, FarmKind::kBurst}) {
    const auto one = plays_of({.kind = kind, .accounts = 2, .artist = 3}, 1, 200);
    const auto other = plays_of({.kind = kind, .accounts = 2, .artist = 3}, 1, 200);
    for (std::size_t i = 0; i < one.size(); ++i) {
      EXPECT_EQ(one[i].track, other[i].track);
      EXPECT_EQ(one[i].heard, other[i].heard);
      EXPECT_EQ(one[i].pause, other[i].pause);
    }
  }
}

TEST(Farm, AnArtistThatTheCatalogueLacksIsAnotherOne) {
  for (const FarmKind kind : {FarmKind::kLooper, FarmKind::kThirtySecond, FarmKind::kDiluted, FarmKind::kBurst}) {
    plays_of({.kind = kind, .accounts = 1, .artist = 4'000'000'000u}, 0, 50);
    plays_of({.kind = kind, .accounts = 1, .artist = 0}, 0, 50);
  }
}

}  // namespace
}  // namespace playhead::simulate
