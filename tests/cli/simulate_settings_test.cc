#include "cli/simulate_settings.h"

#include <gtest/gtest.h>

#include <set>

namespace playhead::cli {
namespace {

Status set(SimulatePlan& plan, std::string_view key, const std::string& text) {
  const Setting* const setting = setting_named(key);
  if (!setting) return fail(ErrorKind::kNotFound, "no setting " + std::string(key));
  return setting->read(text, plan);
}

std::string refusal(std::string_view key, const std::string& text) {
  SimulatePlan plan;
  const Status status = set(plan, key, text);
  return status ? "" : status.error().message;
}

TEST(SimulateSettings, HaveKeysAndFlagsOfTheirOwn) {
  std::set<std::string> keys;
  std::set<std::string> flags;
  for (const Setting& setting : simulate_settings()) {
    EXPECT_TRUE(keys.insert(setting.key).second) << setting.key;
    EXPECT_TRUE(setting.flags.empty() || flags.insert(setting.flags).second) << setting.flags;
    EXPECT_FALSE(setting.help.empty()) << setting.key;
    EXPECT_FALSE(setting.group.empty()) << setting.key;
  }
  EXPECT_EQ(setting_named("listeners.growth")->flags, "-g,--growth-rate");
  EXPECT_EQ(setting_named("nothing"), nullptr);
}

TEST(SimulateSettings, ReachThePlan) {
  SimulatePlan plan;
  for (const auto& [key, text] : std::vector<std::pair<std::string, std::string>>{{"listeners.count", "10000"},
                                                                                  {"listeners.growth", "10"},
                                                                                  {"time.start", "2026-03-06T17:00:00Z"},
                                                                                  {"time.speed", "max"},
                                                                                  {"time.continuous", "true"},
                                                                                  {"time.weekdays", "1,1,1,1,2,1,0.5"},
                                                                                  {"transport.disorder-max", "20s"},
                                                                                  {"output.dialects", "tunetracker,eventsim"},
                                                                                  {"output.compress", "zst"}}) {
    const Status status = set(plan, key, text);
    EXPECT_TRUE(status.has_value()) << key << ": " << (status ? "" : status.error().message);
  }
  EXPECT_EQ(plan.world.service.listeners, 10'000U);
  EXPECT_EQ(plan.world.service.growth, 10);
  EXPECT_EQ(format_iso(plan.start.value()), "2026-03-06T17:00:00.000000Z");
  EXPECT_EQ(plan.speed, 0);
  EXPECT_TRUE(plan.continuous);
  EXPECT_EQ(plan.world.time.weekdays[4], 2);
  EXPECT_EQ(plan.transport.disorder_max, std::chrono::seconds{20});
  EXPECT_EQ(plan.form.dialects, (std::vector{event::Dialect::kTuneTracker, event::Dialect::kEventsim}));
  EXPECT_EQ(plan.packing, Packing::kZstd);
}

TEST(SimulateSettings, SayWhatIsAllowed) {
  EXPECT_EQ(refusal("listeners.count", "ten"), "'ten' is not a whole number");
  EXPECT_EQ(refusal("listeners.count", "10000001"), "'10000001' is not in 0 to 10000000");
  EXPECT_EQ(refusal("transport.skew", "1.5"), "'1.5' is not a number in 0 to 1");
  EXPECT_EQ(refusal("transport.skew", "nan"), "'nan' is not a number in 0 to 1");
  EXPECT_EQ(refusal("time.continuous", "yes"), "'yes' is not true or false");
  EXPECT_EQ(refusal("time.weekdays", "1,2"), "has 2 numbers, not 7");
  EXPECT_EQ(refusal("output.dialects", "kafka"), "'kafka' is not one of tunetracker|eventsim|music-streams|streaming-events");
  EXPECT_EQ(refusal("output.dialects", "auto"), "'auto' is not one of tunetracker|eventsim|music-streams|streaming-events");
  EXPECT_NE(refusal("time.speed", "0"), "");
  EXPECT_NE(refusal("time.start", "now"), "");
  EXPECT_NE(refusal("tag", ""), "");
}

TEST(SimulateSettings, TakeApartWhatAFlagSaysOfASpikeOrAFarm) {
  Faults faults;
  EXPECT_EQ(parts_of("spike", "start=+2h,length=1h", "--spike", faults),
            (GivenValues{{"spike", "--spike", "--spike"}, {"spike.start", "+2h", "--spike"}, {"spike.length", "1h", "--spike"}}));
  EXPECT_EQ(parts_of("farm", "looper=50,artist=3", "--farm", faults), (GivenValues{{"farm", "--farm", "--farm"},
                                                                                   {"farm.kind", "looper", "--farm"},
                                                                                   {"farm.accounts", "50", "--farm"},
                                                                                   {"farm.artist", "3", "--farm"}}));
  EXPECT_TRUE(faults.none());
  parts_of("outage", "start=+2h,factor=3,", "--outage", faults);
  ASSERT_FALSE(faults.none());
  EXPECT_EQ(faults.status().error().message,
            "2 settings are wrong:\n  --outage: 'factor=3' is not one of start=, length=\n  --outage: '' is not one of start=, length=");
}

}  // namespace
}  // namespace playhead::cli
