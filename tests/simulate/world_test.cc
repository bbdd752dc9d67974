#include "simulate/world.h"

#include <gtest/gtest.h>

#include <set>

#include "simulate/arrivals.h"
#include "worlds.h"

namespace playhead::simulate {
namespace {

std::string fault_of(WorldOptions options) {
  const auto world = World::make(std::move(options), system_zone);
  if (world) return "";
  EXPECT_EQ(world.error().kind, ErrorKind::kInvalid);
  return world.error().message;
}

TEST(World, TellsEveryFaultOfAllPartsAtOnce) {
  WorldOptions options = small_options();
  options.service.growth = -1;
  options.service.alpha_seconds = 0;
  options.service.offline_share = 2;
  options.service.end = options.service.start - std::chrono::hours{1};
  options.listening.like_share = -0.5;
  options.catalogue.tracks = 0;
  options.taste.candidates = 100;
  options.time.spikes = {{.start = kWorldStart, .length = std::chrono::hours{1}, .factor = 5'000}};
  options.farms = {{.kind = FarmKind::kNone, .accounts = 1, .artist = 0}};
  const std::string fault = fault_of(std::move(options));
  for (const char* part : {"growth: -1", "alpha: 0", "offline share: 2", "end: ", "like share: -0.5", "tracks", "candidates", "factor",
                           "farm: its kind", "farm: artist 0"}) {
    EXPECT_NE(fault.find(part), std::string::npos) << part << " is missing in:\n" << fault;
  }
}

TEST(World, ArtistsMustBeInTheCatalogue) {
  WorldOptions options = small_options();
  options.time.spikes = {{.start = kWorldStart, .length = std::chrono::hours{1}, .factor = 2, .artist = 51}};
  options.farms = {{.kind = FarmKind::kLooper, .accounts = 1, .artist = 51}};
  const std::string fault = fault_of(std::move(options));
  EXPECT_NE(fault.find("spike at 2026-03-02T00:00:00.000000Z: artist 51 is not known; the catalogue has 50"), std::string::npos) << fault;
  EXPECT_NE(fault.find("farm: artist 51 is not known; allowed is a number from 1 to 50"), std::string::npos) << fault;
}

TEST(World, SessionIdsStayBelowWhatJsonCanHold) {
  WorldOptions last = small_options();
  last.service.first_user_id = kFirstUserIdMax;
  EXPECT_TRUE(World::make(std::move(last), system_zone));
  WorldOptions options = small_options();
  options.service.first_user_id = kFirstUserIdMax + 1;
  EXPECT_EQ(fault_of(std::move(options)), "first user id: 8000000001 is not allowed; allowed is a number from 0 to 8000000000");
  const std::uint64_t accounts = kFarmsMax * 1'000'000;
  EXPECT_LE(kFirstUserIdMax + kListenersMax + accounts, std::uint64_t{1} << 33);
}

TEST(World, AZoneThatCannotBeReadIsNoWorld) {
  const auto world = World::make(
      small_options(), [](const std::string& name) -> Result<const TimeZone*> { return fail(ErrorKind::kNotFound, "no zone " + name); });
  ASSERT_FALSE(world);
  EXPECT_EQ(world.error().kind, ErrorKind::kNotFound);
}

TEST(World, EventsimKnowsOneCountryTwoGendersAndNoSkips) {
  WorldOptions options = small_options();
  options.service.compat_eventsim = true;
  const auto world = world_of(std::move(options));
  for (std::uint16_t place = 0; place < world->places().size(); ++place) EXPECT_EQ(world->places()[place].country, "US");
  for (std::uint32_t listener = 0; listener < 2'000; ++listener) {
    EXPECT_NE(world->people().person(listener).gender, Gender::kOther);
  }
  EXPECT_TRUE(world->listening().never_skips);
  EXPECT_EQ(world->service().offline_share, 0);
  EXPECT_EQ(world->service().activity_drift, 0);
}

TEST(World, DurationsAreThoseOfTheCatalogue) {
  const auto world = world_of(small_options());
  ASSERT_EQ(world->catalogue().size(), 500);
  for (std::uint32_t track = 0; track < 500; ++track) EXPECT_EQ(world->duration_of(track).count(), world->catalogue()[track].duration_ms);
}

TEST(World, FingerprintsTellOptionsApartButNotTheEnd) {
  std::set<std::uint64_t> seen = {world_of(small_options())->fingerprint()};
  const auto changed = [&seen](auto change) {
    WorldOptions options = small_options();
    change(options);
    return seen.insert(world_of(std::move(options))->fingerprint()).second;
  };
  EXPECT_FALSE(changed([](WorldOptions& options) { options.service.end = kWorldStart + std::chrono::hours{9}; }));
  EXPECT_TRUE(changed([](WorldOptions& options) { options.service.seed = 9; }));
  EXPECT_TRUE(changed([](WorldOptions& options) { options.service.listeners = 101; }));
  EXPECT_TRUE(changed([](WorldOptions& options) { options.service.tag = "control"; }));
  EXPECT_TRUE(changed([](WorldOptions& options) { options.service.beta_seconds = 1'000; }));
  EXPECT_TRUE(changed([](WorldOptions& options) { options.catalogue.seed = 2; }));
  EXPECT_TRUE(changed([](WorldOptions& options) { options.taste.strength = 1; }));
  EXPECT_TRUE(changed([](WorldOptions& options) { options.time.flat = true; }));
  EXPECT_TRUE(changed([](WorldOptions& options) { options.time.spikes = {{kWorldStart, std::chrono::hours{1}, 2}}; }));
  EXPECT_TRUE(changed([](WorldOptions& options) { options.farms = {{.kind = FarmKind::kBurst, .accounts = 1}}; }));
}

}  // namespace
}  // namespace playhead::simulate
