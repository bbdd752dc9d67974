#include "simulate/life_story.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "worlds.h"

namespace playhead::simulate {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const State& state_of(const World& world, const Happening& happening) { return world.machine().states()[happening.state]; }

// One listener's happenings in the order in which they happened; likes are told ahead of what comes before them.
std::vector<Happening> in_time(std::vector<Happening> happenings) {
  std::ranges::sort(happenings, {}, [](const Happening& happening) { return std::tuple(happening.time, happening.sequence); });
  return happenings;
}

std::vector<Happening> pages_of(const std::vector<Happening>& happenings) {
  std::vector<Happening> pages;
  for (const Happening& happening : in_time(happenings)) {
    if (happening.kind == HappeningKind::kPage) pages.push_back(happening);
  }
  return pages;
}

WorldOptions busy() {
  WorldOptions options = small_options();
  options.service.listeners = 400;
  options.service.beta_seconds = 86'400;
  options.service.growth = 5;
  options.service.offline_share = 0.2;
  options.listening.like_share = 0.2;
  return options;
}

TEST(LifeStory, PagesAreCountedAndNeverShareAnInstant) {
  const auto world = world_of(busy());
  std::size_t sessions = 0;
  for (const auto& [listener, happenings] : lived(*world, days{10})) {
    std::set<std::uint32_t> sequences;
    for (const Happening& happening : happenings) {
      EXPECT_EQ(happening.listener, listener);
      EXPECT_TRUE(sequences.insert(happening.sequence).second);
    }
    const std::vector<Happening> pages = pages_of(happenings);
    for (std::size_t page = 1; page < pages.size(); ++page) {
      const Happening& before = pages[page - 1];
      ASSERT_GT(pages[page].time, before.time);
      if (pages[page].offline || before.offline) continue;  // of those some are not sent yet
      if (pages[page].session == before.session) {
        EXPECT_EQ(pages[page].item, before.item + 1);
        EXPECT_EQ(pages[page].before, state_of(*world, before).kind);
      } else {
        EXPECT_EQ(pages[page].item, 0);
        EXPECT_EQ(pages[page].before, PageKind::kOther);
        EXPECT_GE(pages[page].time - before.time, kSessionGap);
        ++sessions;
      }
    }
  }
  EXPECT_GT(sessions, 1'000);
}

TEST(LifeStory, PlaysFollowOneAnotherWithoutAGap) {
  const auto world = world_of(busy());
  std::size_t followed = 0;
  std::size_t redirects = 0;
  for (const auto& [listener, happenings] : lived(*world, days{10})) {
    const std::vector<Happening> pages = pages_of(happenings);
    for (std::size_t page = 1; page < pages.size(); ++page) {
      const Happening& before = pages[page - 1];
      if (pages[page].session != before.session) continue;
      const bool song = state_of(*world, pages[page]).kind == PageKind::kNextSong;
      if (song && state_of(*world, before).kind == PageKind::kNextSong) {
        EXPECT_EQ(pages[page].time, before.time + std::max<Duration>(before.heard.position, Duration{1}));
        EXPECT_EQ(pages[page].play_number, before.play_number + 1);
        ++followed;
      }
      if (!song && state_of(*world, before).redirect) {
        const PageKind kind = state_of(*world, pages[page]).kind;
        if (kind == PageKind::kCancellation) continue;  // once the song has ended
        EXPECT_EQ(pages[page].time - before.time, seconds{1}) << state_of(*world, before).page;
        ++redirects;
      }
    }
  }
  EXPECT_GT(followed, 10'000);
  EXPECT_GT(redirects, 300);
}

TEST(LifeStory, APlayEndsAsItsPageSaid) {
  const auto world = world_of(busy());
  std::size_t ends = 0;
  std::size_t likes = 0;
  std::size_t logouts = 0;
  for (const auto& [listener, happenings] : lived(*world, days{10})) {
    std::map<std::uint32_t, Happening> begun;
    std::set<std::uint32_t> liked;
    for (const Happening& happening : in_time(happenings)) {
      if (happening.kind == HappeningKind::kPage) {
        if (happening.track != kNoTrack) begun[happening.play_number] = happening;
        continue;
      }
      const auto page = begun.find(happening.play_number);
      ASSERT_NE(page, begun.end());
      EXPECT_EQ(happening.track, page->second.track);
      EXPECT_EQ(happening.play_start, page->second.time);
      EXPECT_EQ(happening.state, page->second.state);
      if (happening.kind == HappeningKind::kLike) {
        EXPECT_TRUE(liked.insert(happening.play_number).second) << "no play is liked twice";
        ++likes;
        continue;
      }
      const Heard& heard = happening.heard;
      EXPECT_EQ(happening.time, happening.play_start + heard.position);
      EXPECT_EQ(heard.position, page->second.heard.position);
      EXPECT_EQ(heard.reason, page->second.heard.reason);
      EXPECT_LE(heard.position, world->duration_of(happening.track));
      EXPECT_EQ(heard.completed, heard.position >= world->duration_of(happening.track) - seconds{5});
      EXPECT_NE(heard.completed, heard.skipped);
      ++ends;
      logouts += heard.reason == EndReason::kLogout;
    }
  }
  EXPECT_GT(ends, 10'000);
  EXPECT_GT(likes, 500);
  EXPECT_GT(logouts, 20);
}

TEST(LifeStory, AnOfflineSessionIsSentAtOnceAndInOrder) {
  const auto world = world_of(busy());
  std::size_t offline = 0;
  std::size_t sessions = 0;
  for (const auto& [listener, happenings] : lived(*world, days{30})) {
    EXPECT_TRUE(std::ranges::is_sorted(happenings, is_sent_before));
    std::map<std::uint32_t, std::vector<Happening>> by_session;
    for (const Happening& happening : happenings) by_session[happening.session].push_back(happening);
    for (const auto& [session, all] : by_session) {
      ++sessions;
      offline += all.front().offline;
      for (const Happening& happening : all) {
        EXPECT_EQ(happening.offline, all.front().offline);
        EXPECT_EQ(happening.private_session, all.front().private_session);
        EXPECT_EQ(happening.shuffle, all.front().shuffle);
        if (happening.offline) {
          EXPECT_EQ(happening.sent, all.front().sent);
          EXPECT_GE(happening.sent, happening.time);
        } else {
          EXPECT_EQ(happening.sent, happening.time);
        }
      }
    }
  }
  EXPECT_NEAR(static_cast<double>(offline) / static_cast<double>(sessions), 0.2, 0.03);
}

TEST(LifeStory, NothingHappensInAnOutage) {
  WorldOptions options = busy();
  options.service.always_listening = true;
  options.service.offline_share = 0;
  const Timestamp start = kWorldStart + hours{6};
  const Timestamp end = start + hours{3};
  options.time.spikes = {{.start = start, .length = hours{2}, .factor = 0}, {.start = start + hours{1}, .length = hours{2}, .factor = 0}};
  const auto world = world_of(std::move(options));
  std::size_t cut = 0;
  std::size_t after = 0;
  for (const auto& [listener, happenings] : lived(*world, hours{12})) {
    for (const Happening& happening : happenings) {
      EXPECT_TRUE(happening.time <= start || happening.time >= end) << format_iso(happening.time);
      EXPECT_FALSE(happening.kind == HappeningKind::kPage && happening.time == start);
      cut += happening.kind == HappeningKind::kPlayEnd && happening.time <= start && happening.time > start - milliseconds{2};
      after += happening.time >= end;
    }
  }
  EXPECT_GT(cut, 100);  // of 400 who listened then
  EXPECT_GT(after, 1'000);
}

TEST(LifeStory, EverybodyWantsTheRelease) {
  WorldOptions options = busy();
  options.service.beta_seconds = 20'000;
  const Timestamp start = kWorldStart + days{2};
  options.time.spikes = {{.start = start, .length = days{1}, .factor = 3, .artist = 7, .artist_share = 0.5}};
  const auto world = world_of(std::move(options));
  std::map<bool, std::pair<double, double>> plays;  // in the spike: all, and of the artist
  for (const auto& [listener, happenings] : lived(*world, days{4})) {
    for (const Happening& happening : happenings) {
      if (happening.kind != HappeningKind::kPage || happening.track == kNoTrack) continue;
      auto& [all, wanted] = plays[happening.time >= start && happening.time < start + days{1}];
      ++all;
      wanted += world->catalogue()[happening.track].artist == 7;
    }
  }
  EXPECT_GT(plays[true].first, 1.2 * plays[false].first / 3) << "three days without it";
  EXPECT_GT(plays[true].second / plays[true].first, 0.45);
  EXPECT_LT(plays[false].second / plays[false].first, 0.2);
}

TEST(LifeStory, FarmsOnlyPlayAndAreNumberedBehindTheListeners) {
  WorldOptions options = small_options();
  options.service.listeners = 50;
  options.service.growth = 50;
  options.farms = {{.kind = FarmKind::kLooper, .accounts = 3, .artist = 2}, {.kind = FarmKind::kThirtySecond, .accounts = 4, .artist = 3}};
  const auto world = world_of(std::move(options));
  const ByListener lives = lived(*world, days{20});
  for (const auto& [listener, happenings] : lives) {
    const FarmKind kind = listener < 50 || listener >= 57 ? FarmKind::kNone : listener < 53 ? FarmKind::kLooper : FarmKind::kThirtySecond;
    for (const Happening& happening : happenings) {
      EXPECT_EQ(happening.farm, kind) << listener;
      EXPECT_TRUE(kind == FarmKind::kNone || state_of(*world, happening).kind == PageKind::kNextSong);
      EXPECT_FALSE(kind != FarmKind::kNone && happening.kind == HappeningKind::kLike);
    }
  }
  EXPECT_GT(lives.rbegin()->first, 57) << "who comes later is numbered behind them";
  for (std::uint32_t looper = 50; looper < 53; ++looper) {
    std::set<std::uint32_t> tracks;
    Duration heard{0};
    for (const Happening& happening : lives.at(looper)) {
      tracks.insert(happening.track);
      if (happening.kind == HappeningKind::kPlayEnd) heard += happening.heard.position;
    }
    EXPECT_EQ(tracks.size(), 1);
    EXPECT_GT(heard, days{19}) << "around the clock";
  }
}

TEST(LifeStory, RegistrationsBeforeTheStartAreAsOldAsTheGrowthSays) {
  const auto ages = [](double growth, bool compat) {
    WorldOptions options = small_options();
    options.service.listeners = 3'000;
    options.service.growth = growth;
    options.service.compat_eventsim = compat;
    const auto world = world_of(std::move(options));
    const auto service = Service::make(*world, {}).value();
    std::vector<double> years;
    for (std::uint32_t listener = 0; listener < 3'000; ++listener) {
      years.push_back(static_cast<double>((kWorldStart - service->standing(listener).registered).count()) / (365.25 * 86'400e6));
    }
    std::ranges::sort(years);
    return years;
  };
  const std::vector<double> even = ages(0, false);
  EXPECT_NEAR(even[1'500], 2.5, 0.2);
  EXPECT_GT(even.front(), 0);
  EXPECT_LE(even.back(), 5);
  EXPECT_NEAR(ages(10, false)[1'500], std::log(2.0) / std::log(11.0), 0.04);  // half came since the service had half of them
  const std::vector<double> eventsim = ages(0, true);
  EXPECT_EQ(eventsim.front(), 0);
  EXPECT_EQ(eventsim.back(), 0);
  EXPECT_LE(ages(10, true).back(), 5);
}

}  // namespace
}  // namespace playhead::simulate
