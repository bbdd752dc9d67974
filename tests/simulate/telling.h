// tests/simulate/telling.h: a world, and happenings in it that nobody lived, for what is made of happenings.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "simulate/happening.h"
#include "simulate/world.h"

namespace playhead::simulate {

inline constexpr Timestamp kNoon = from_micros(1'772'366'400'123'456);  // 2026-03-01T12:00:00.123456Z

inline const TimeZone& utc_zone() {
  static const auto kZone = TimeZone::utc();
  return *kZone;
}

inline std::unique_ptr<World> world_in_utc(WorldOptions options) {
  return World::make(std::move(options), [](const std::string&) -> Result<const TimeZone*> { return &utc_zone(); }).value();
}

// Tracks whose texts are hard to write as JSON.
inline std::unique_ptr<Catalogue> hostile_catalogue() {
  const std::vector<std::string> texts = {"Plain",
                                          "\"Heroes\"",
                                          "Back\\slash",
                                          "Tab\tand\nline",
                                          std::string("\0zero", 5),
                                          "Beyoncé",
                                          "浜崎あゆみ 🎵",
                                          "",
                                          "A title of more than eight characters, with a \" in it",
                                          "</script>",
                                          std::string(300, '\x01')};
  std::vector<Track> tracks;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Track track{};
    track.id = i == 1 ? "a \"quoted\" id" : "t" + std::to_string(100'000 + i);
    track.title = texts[i];
    track.artist = static_cast<std::uint32_t>(texts.size() - i);
    track.genre = static_cast<std::uint16_t>(i % 2);
    track.mood = static_cast<std::uint8_t>(i % kMoods.size());
    track.duration_ms = static_cast<std::uint32_t>(1 + i * i * 3'331);
    track.weight = 1;
    track.audio.tempo = 120;
    track.audio.time_signature = 4;
    tracks.push_back(std::move(track));
  }
  return Catalogue::of(std::move(tracks), texts, {}, {"rock \"n\" roll", "k-pop"}, 1).value();
}

// The state of the machine with this page and auth.
inline StateNumber state_of(const World& world, std::string_view page, std::string_view auth = "Logged In",
                            std::string_view level = "free") {
  const auto states = world.machine().states();
  const auto found =
      std::ranges::find_if(states, [&](const State& state) { return state.page == page && state.auth == auth && state.level == level; });
  EXPECT_NE(found, states.end()) << page << ", " << auth << ", " << level;
  return static_cast<StateNumber>(found - states.begin());
}

inline Happening page_of(const World& world, StateNumber state, std::uint32_t sequence = 0) {
  Happening page{};
  page.time = page.sent = kNoon + std::chrono::seconds{sequence};
  page.sequence = page.item = sequence;
  page.kind = HappeningKind::kPage;
  page.state = state;
  page.level = world.machine().level_of(state);
  page.track = kNoTrack;
  return page;
}

inline Happening song_of(const World& world, std::uint32_t track, std::uint32_t sequence = 0) {
  Happening page = page_of(world, state_of(world, "NextSong"), sequence);
  page.track = track;
  page.play_start = page.time;
  page.heard.position = std::chrono::milliseconds{world.catalogue()[track].duration_ms / 2};
  page.heard.completed = false;
  page.heard.skipped = true;
  page.heard.rating_tenths = 35;
  return page;
}

// The end of the play that began with the page, as its heard says.
inline Happening end_of(const Happening& page, std::uint32_t sequence) {
  Happening end = page;
  end.kind = HappeningKind::kPlayEnd;
  end.sequence = sequence;
  end.time = end.sent = page.time + page.heard.position;
  return end;
}

// Happenings that need not follow from one another: any page, songs most often, any track, any end.
inline std::vector<Happening> random_happenings(const World& world, std::uint32_t listener, std::size_t count, Random& random) {
  std::vector<Happening> happenings;
  Timestamp time = kNoon;
  for (std::uint32_t i = 0; i < count; ++i) {
    Happening one{};
    time += Duration{random.below(400'000'000)};
    one.time = time;
    one.sent = time + Duration{random.chance(0.1) ? random.below(86'400'000'000) : 0};
    one.listener = listener;
    one.sequence = i;
    one.session = i / 20;
    one.item = i % 20;
    one.kind = HappeningKind{static_cast<std::uint8_t>(random.below(3))};
    one.state = random.chance(0.5) ? state_of(world, "NextSong") : static_cast<StateNumber>(random.below(world.machine().states().size()));
    one.before = PageKind{static_cast<std::uint8_t>(random.below(11))};
    one.track = static_cast<std::uint32_t>(random.below(world.catalogue().size()));
    one.play_number = i;
    one.play_start = time;
    one.heard.position = Duration{random.below(world.catalogue()[one.track].duration_ms * 1'000ULL + 1)};
    one.heard.completed = random.chance(0.5);
    one.heard.skipped = !one.heard.completed && random.chance(0.5);
    one.heard.rating_tenths = static_cast<std::uint8_t>(random.chance(0.1) ? 0 : 10 + random.below(41));
    happenings.push_back(one);
  }
  return happenings;
}

}  // namespace playhead::simulate
