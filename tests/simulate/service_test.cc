#include "simulate/service.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "simulate/life.h"
#include "simulate/life_story.h"
#include "worlds.h"

namespace playhead::simulate {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Everything that can happen does so here within a few weeks.
WorldOptions eventful() {
  WorldOptions options = small_options();
  options.service.listeners = 150;
  options.service.growth = 20;
  options.service.attrition = 0.9;
  options.service.beta_seconds = 86'400;
  options.service.offline_share = 0.2;
  options.listening.like_share = 0.1;
  options.time.spikes = {{.start = kWorldStart + days{2}, .length = hours{5}, .factor = 0},
                         {.start = kWorldStart + days{4}, .length = hours{6}, .factor = 4, .artist = 3}};
  options.farms = {{.kind = FarmKind::kLooper, .accounts = 2, .artist = 1}, {.kind = FarmKind::kBurst, .accounts = 3, .artist = 2}};
  return options;
}

TEST(Service, SharesTellTheSameWhateverTheirNumber) {
  const auto world = world_of(eventful());
  const ByListener whole = lived(*world, days{12});
  EXPECT_GT(whole.size(), 150);
  for (const std::uint32_t count : {2U, 7U}) {
    ByListener parts;
    ServiceCounts sum;
    for (std::uint32_t number = 0; number < count; ++number) {
      const auto service = Service::make(*world, {number, count}).value();
      advance(*service, kWorldStart + days{12}, parts);
      for (const auto& [listener, happenings] : parts) EXPECT_LE(listener % count, number);
      sum.listeners += service->counts().listeners;
      sum.plays += service->counts().plays;
    }
    expect_same(whole, parts);
    const auto service = Service::make(*world, {}).value();
    service->advance(kWorldStart + days{12}, [](std::uint32_t, std::span<const Happening>) {});
    EXPECT_EQ(sum.listeners, service->counts().listeners);
    EXPECT_EQ(sum.plays, service->counts().plays);
  }
}

TEST(Service, AnyCutOfTimeTellsTheSame) {
  const auto world = world_of(eventful());
  const ByListener whole = lived(*world, days{8});
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random{seed};
    ByListener cut;
    const auto service = Service::make(*world, {}).value();
    // From slices of microseconds to such of days.
    const double longest = std::pow(10.0, static_cast<double>(random.below(5))) * 1e7;
    for (Timestamp now = kWorldStart; now < kWorldStart + days{8};) {
      const double jump = seed == 1 ? 60e6 : 1 + longest * std::exp(-8 * random.unit());
      now = std::min(now + Duration{static_cast<std::int64_t>(std::max(jump, 2e6))}, kWorldStart + Duration{days{8}});
      advance(*service, now, cut);
      EXPECT_EQ(service->now(), now);
      advance(*service, now - seconds{1}, cut);  // back in time nothing happens
      EXPECT_EQ(service->now(), now);
    }
    expect_same(whole, cut);
  }
}

TEST(Service, GoesOnWhereItWasSaved) {
  const auto world = world_of(eventful());
  const ByListener whole = lived(*world, days{9}, {1, 2});
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random{seed};
    ByListener lives;
    auto service = Service::make(*world, {1, 2}).value();
    for (int stop = 0; stop < 3; ++stop) {
      advance(*service, kWorldStart + Duration{static_cast<std::int64_t>(random.below(9 * 86'400'000'000ULL))}, lives);
      const Timestamp now = service->now();
      const ServiceCounts counts = service->counts();
      std::string bytes;
      service->save(bytes);
      service = Service::restore(*world, {1, 2}, bytes).value();
      EXPECT_EQ(service->now(), now);
      EXPECT_EQ(service->counts().plays, counts.plays);
      EXPECT_EQ(service->counts().in_session, counts.in_session);
    }
    advance(*service, kWorldStart + days{9}, lives);
    expect_same(whole, lives);
  }
}

TEST(Service, WhatIsNotItsOwnIsNotRestored) {
  const auto world = world_of(eventful());
  const auto service = Service::make(*world, {}).value();
  service->advance(kWorldStart + days{3}, [](std::uint32_t, std::span<const Happening>) {});
  std::string bytes;
  service->save(bytes);
  WorldOptions others = eventful();
  others.service.seed = 2;
  const auto other_world = world_of(std::move(others));
  EXPECT_EQ(Service::restore(*other_world, {}, bytes).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(Service::restore(*world, {0, 2}, bytes).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(Service::restore(*world, {2, 2}, bytes).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Service::make(*world, {0, 0}).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Service::restore(*world, {}, "").error().kind, ErrorKind::kCorrupt);
  Random random{4};
  for (int trial = 0; trial < 20; ++trial) {
    std::string damaged = bytes;
    damaged[random.below(damaged.size())] ^= static_cast<char>(1 + random.below(255));
    EXPECT_EQ(Service::restore(*world, {}, damaged).error().kind, ErrorKind::kCorrupt);
    EXPECT_FALSE(Service::restore(*world, {}, bytes.substr(0, random.below(bytes.size()))).has_value());
  }
  WorldOptions longer = eventful();
  longer.service.end = kWorldStart + days{100};
  EXPECT_TRUE(Service::restore(*world_of(std::move(longer)), {}, bytes).has_value()) << "the end may be put off";
}

TEST(Service, AGrowingServiceGetsGuestsWhoRegister) {
  WorldOptions options = small_options();
  options.service.listeners = 1'000;
  options.service.growth = 10;
  const auto world = world_of(std::move(options));
  const auto service = Service::make(*world, {}).value();
  ByListener lives;
  advance(*service, kWorldStart + days{60}, lives);
  // A Yule process: mean N exp(rt), variance N exp(rt) (exp(rt) - 1). Four standard deviations.
  const double grown = std::exp(std::log(11.0) * 60 / 365.25);
  const auto arrived = static_cast<double>(service->counts().arrived);
  EXPECT_NEAR(arrived, 1'000 * grown, 4 * std::sqrt(1'000 * grown * (grown - 1)));
  int registered = 0;
  int guests = 0;
  for (std::uint32_t listener = 1'000; listener < service->counts().arrived; ++listener) {
    const Happening& first = lives.at(listener).front();
    const State& state = world->machine().states()[first.state];
    EXPECT_EQ(state.auth, "Guest");
    EXPECT_EQ(state.level, "free");
    EXPECT_EQ(first.session, 0);
    EXPECT_EQ(service->standing(listener).registered, first.time);
    for (const Happening& happening : lives.at(listener)) {
      if (happening.kind == HappeningKind::kPage && world->machine().states()[happening.state].kind == PageKind::kSubmitRegistration) {
        ++registered;
        break;
      }
    }
    guests += world->machine().auths()[service->standing(listener).auth] == "Guest";
  }
  EXPECT_GT(registered, 150);
  EXPECT_GT(guests, 50);
}

TEST(Service, AttritionTakesItsShareInAYearAndTheServiceGoesOnWithoutAnyone) {
  WorldOptions options = small_options();
  options.service.listeners = 2'000;
  options.service.attrition = 0.4;
  options.service.beta_seconds = 30 * 86'400;  // few sessions, so that few cancel
  options.time.flat = true;
  const auto world = world_of(std::move(options));
  const auto service = Service::make(*world, {}).value();
  service->advance(kWorldStart + hours{8'766}, [](std::uint32_t, std::span<const Happening>) {});
  EXPECT_NEAR(static_cast<double>(service->counts().left), 800, 100);  // 4.6 standard deviations
  EXPECT_EQ(service->counts().listeners + service->counts().left, service->counts().arrived);

  WorldOptions few = small_options();
  few.service.listeners = 5;
  few.service.attrition = 1;
  const auto few_world = world_of(std::move(few));
  const auto emptied = Service::make(*few_world, {}).value();
  for (int month = 1; month <= 240; ++month) {
    emptied->advance(kWorldStart + days{30 * month}, [](std::uint32_t, std::span<const Happening>) {});
  }
  EXPECT_EQ(emptied->counts().listeners, 0);
  EXPECT_EQ(emptied->counts().in_session, 0);
  EXPECT_TRUE(emptied->standing(0).gone);
}

TEST(Service, EverybodyListensAtOnceWhenAsked) {
  WorldOptions options = small_options();
  options.service.listeners = 200;
  options.service.always_listening = true;
  const auto world = world_of(std::move(options));
  const auto service = Service::make(*world, {}).value();
  ByListener lives;
  advance(*service, kWorldStart + minutes{2}, lives);
  for (int quarter = 1; quarter <= 24; ++quarter) {
    EXPECT_GT(service->counts().in_session + 5, service->counts().listeners);
    advance(*service, kWorldStart + minutes{15 * quarter}, lives);
  }
  EXPECT_GE(lives.size(), 200);
}

TEST(Service, AMillionListenersAreSmall) {
  EXPECT_LE(sizeof(Life) + sizeof(Timestamp), 128);
  EXPECT_LE(sizeof(Happening), 96);
}

}  // namespace
}  // namespace playhead::simulate
