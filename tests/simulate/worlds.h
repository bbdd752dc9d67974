// Worlds for tests, small enough to be made in milliseconds, and the happenings of services over them, by listener.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/time_zone.h"
#include "simulate/service.h"

namespace playhead::simulate {

inline const Timestamp kWorldStart = parse_iso("2026-03-02T00:00:00")->time;  // a Monday

// Zones of the system, read once; UTC under every name where the system has none.
inline Result<const TimeZone*> system_zone(const std::string& name) {
  static std::map<std::string, std::unique_ptr<TimeZone>> zones;
  std::unique_ptr<TimeZone>& zone = zones[name];
  if (zone == nullptr) {
    std::ifstream file("/usr/share/zoneinfo/" + name, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.empty()) {
      zone = TimeZone::utc();
    } else {
      TRY_ASSIGN(zone, TimeZone::make(bytes));
    }
  }
  return zone.get();
}

inline WorldOptions small_options() {
  WorldOptions options;
  options.service.start = kWorldStart;
  options.service.listeners = 100;
  options.catalogue.tracks = 500;
  options.catalogue.artists = 50;
  return options;
}

inline std::unique_ptr<World> world_of(WorldOptions options) {
  auto world = World::make(std::move(options), system_zone);
  EXPECT_TRUE(world) << world.error().message;
  return std::move(world).value_or(nullptr);
}

using ByListener = std::map<std::uint32_t, std::vector<Happening>>;

inline void advance(Service& service, Timestamp until, ByListener& into) {
  service.advance(until, [&](std::uint32_t listener, std::span<const Happening> happenings) {
    ASSERT_FALSE(happenings.empty());
    into[listener].insert(into[listener].end(), happenings.begin(), happenings.end());
  });
}

inline ByListener lived(const World& world, Duration span, Share share = {}) {
  ByListener lives;
  const auto service = Service::make(world, share).value();
  advance(*service, world.service().start + span, lives);
  return lives;
}

// All of a happening, to be compared.
inline auto facts_of(const Happening& happening) {
  const Heard& heard = happening.heard;
  return std::tuple(std::tuple(happening.time, happening.sent, happening.listener, happening.sequence, happening.session, happening.item,
                               happening.kind, happening.farm, happening.state, happening.before, happening.level),
                    std::tuple(happening.shuffle, happening.offline, happening.private_session, happening.track, happening.play_number,
                               happening.play_start),
                    std::tuple(heard.position, heard.reason, heard.completed, heard.skipped, heard.liked, heard.rating_tenths));
}

inline void expect_same(const ByListener& one, const ByListener& other) {
  ASSERT_EQ(one.size(), other.size());
  for (const auto& [listener, happenings] : one) {
    const auto found = other.find(listener);
    ASSERT_NE(found, other.end()) << listener;
    ASSERT_EQ(happenings.size(), found->second.size()) << listener;
    for (std::size_t place = 0; place < happenings.size(); ++place) {
      ASSERT_EQ(facts_of(happenings[place]), facts_of(found->second[place])) << listener << " at " << place;
    }
  }
}

inline bool is_sent_before(const Happening& left, const Happening& right) {
  return std::tuple(left.sent, left.sequence) < std::tuple(right.sent, right.sequence);
}

}  // namespace playhead::simulate
