#include "cli/simulate_plan.h"

#include <gtest/gtest.h>

#include "io/simulated.h"

namespace playhead::cli {
namespace {

const Timestamp kNow = parse_iso("2026-03-10T12:00:00.5")->time;

class PlanTest : public testing::Test {
 protected:
  SimulatePlan plan_of(GivenValues scenario, GivenValues flags, const std::string& destination = "out") {
    faults_ = Faults();
    const PlanRequest request{.scenario = std::move(scenario),
                              .flags = std::move(flags),
                              .destination = destination,
                              .now = kNow,
                              .start = start_,
                              .end = std::nullopt};
    return make_plan(request, files_, faults_);
  }
  std::string fault() const { return faults_.none() ? "" : faults_.status().error().message; }

  io::SimulatedFileSystem files_;
  Faults faults_;
  std::optional<Timestamp> start_;
};

TEST_F(PlanTest, AFlagGoesBeforeAScenarioAndThatBeforeTheDefault) {
  const SimulatePlan plan =
      plan_of({{"listeners.count", "40", "s:1"}, {"listeners.growth", "2", "s:2"}}, {{"listeners.count", "50", "--nusers"}});
  EXPECT_EQ(fault(), "");
  EXPECT_EQ(plan.world.service.listeners, 50U);
  EXPECT_EQ(plan.world.service.growth, 2);
  EXPECT_EQ(plan.world.service.beta_seconds, 604'800);
}

TEST_F(PlanTest, TimesAreDaysBeforeNowUnlessTheyAreGiven) {
  EXPECT_EQ(format_iso(plan_of({}, {}).world.service.start), "2026-02-23T12:00:00.000000Z");
  EXPECT_EQ(format_iso(plan_of({}, {}).world.service.end), "2026-03-09T12:00:00.000000Z");
  EXPECT_EQ(format_iso(plan_of({}, {{"time.from-days", "1.5", "-f"}}).world.service.start), "2026-03-09T00:00:00.000000Z");
  const SimulatePlan continuous = plan_of({}, {{"time.continuous", "true", "--continuous"}});
  EXPECT_EQ(continuous.world.service.start, kNow);
  EXPECT_EQ(continuous.world.service.end, kNever);
  EXPECT_EQ(continuous.speed, 1);
  plan_of({}, {{"time.end", "2020-01-01", "--end-time"}});
  EXPECT_NE(fault().find("time.end: 2020-01-01T00:00:00.000000Z is not after the start"), std::string::npos) << fault();
}

TEST_F(PlanTest, ARunThatGoesOnKeepsItsStart) {
  start_ = kNow - std::chrono::hours{1'000};
  EXPECT_EQ(plan_of({}, {}).world.service.start, *start_);
}

TEST_F(PlanTest, SpikesOfFlagsReplaceThoseOfTheScenario) {
  const GivenValues scenario = {{"spike", "s:1", "s:1"},
                                {"spike.start", "+1h", "s:2"},
                                {"spike.length", "1h", "s:3"},
                                {"outage", "s:4", "s:4"},
                                {"outage.start", "2026-03-01T00:00:00Z", "s:5"},
                                {"outage.length", "1m", "s:6"}};
  EXPECT_EQ(plan_of(scenario, {}).peaks.size(), 2U);
  const GivenValues flags = {{"spike", "--spike", "--spike"}, {"spike.start", "+2h", "--spike"}, {"spike.length", "3h", "--spike"}};
  const SimulatePlan plan = plan_of(scenario, flags);
  ASSERT_EQ(plan.peaks.size(), 2U);
  EXPECT_EQ(plan.peaks[0].factor, 0);
  EXPECT_EQ(plan.peaks[1].start, plan.world.service.start + std::chrono::hours{2});
  EXPECT_EQ(plan.peaks[1].length, std::chrono::hours{3});
  plan_of({{"spike", "s:1", "s:1"}}, {});
  EXPECT_NE(fault().find("s:1: spike.start: is missing"), std::string::npos) << fault();
  EXPECT_NE(fault().find("s:1: spike.length: is missing"), std::string::npos) << fault();
}

TEST_F(PlanTest, EventIdsGoWhereTheDestinationHasRoom) {
  EXPECT_EQ(plan_of({}, {}, "log").event_id, EventIdForm::kHeader);
  EXPECT_EQ(plan_of({}, {}, "out").event_id, EventIdForm::kNone);
  EXPECT_TRUE(plan_of({}, {{"output.event-id", "field", "--event-id"}}).form.event_id_field);
  plan_of({}, {{"output.event-id", "header", "--event-id"}});
  EXPECT_NE(fault(), "");
}

TEST_F(PlanTest, TheKeyIsOfWhatMakesTheEvents) {
  const auto key = [this](GivenValues flags) { return plan_of({{"seed", "5", "s:1"}}, std::move(flags)).key; };
  EXPECT_EQ(key({{"seed", "6", "-r"}, {"output.threads", "3", "--threads"}}),
            (std::vector<std::pair<std::string, std::string>>{{"seed", "6"}, {"DEST", "out"}}));
  EXPECT_NE(key({{"farm", "-", "-"}, {"farm.kind", "looper", "-"}, {"farm.accounts", "3", "-"}}),
            key({{"farm", "-", "-"}, {"farm.kind", "burst", "-"}, {"farm.accounts", "3", "-"}}));
}

TEST_F(PlanTest, AllFaultsAreTold) {
  plan_of({{"listeners.count", "x", "s:1"}, {"catalogue.file", "nowhere.csv", "s:2"}},
          {{"sessions.config", "nowhere.json", "-c"}, {"transport.skew", "2", "--skew"}, {"catalogue.columns", "name=x", "--columns"}});
  for (const char* const expected :
       {"s:1: listeners.count: 'x'", "s:2: catalogue.file: ", "-c: sessions.config: ", "--skew: transport.skew: '2'"}) {
    EXPECT_NE(fault().find(expected), std::string::npos) << fault();
  }
}

}  // namespace
}  // namespace playhead::cli
