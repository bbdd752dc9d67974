// The crash simulation: the whole pipeline with the real log on the file system's twin, in one seeded thread. A crash after every single
// operation loses any part of what was not synced; then a second one during recovery. All tables must equal what a plain count of the
// records comes to. A failure prints the seed that replays it: PLAYHEAD_SIMULATION_SEED=<seed>.
#include "pipeline/pipeline.h"

#include <gtest/gtest.h>

#include "io/observed.h"
#include "simulation.h"

namespace playhead::pipeline {
namespace {

// Runs the scenario with power losses after the given numbers of operations, then to its end, and compares.
void expect_exact(const Scenario& scenario, const Expected& expected, std::initializer_list<std::uint64_t> losses) {
  Simulation simulation(scenario);
  for (const std::uint64_t operations : losses) {
    simulation.files().crash_after(operations);
    const Status status = simulation.live();
    if (!status) {
      ASSERT_EQ(status.error().kind, ErrorKind::kIo) << status.error().message;
    }
    simulation.files().crash(simulation.random());
  }
  const Status status = simulation.live();
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(simulation.published(), expected.rows);
  EXPECT_EQ(simulation.tally(), expected.tally);
  EXPECT_EQ(simulation.fates(), fates_kept(scenario, expected));
}

// Asked for by name, a seed is tried at every operation; otherwise many seeds are, each at some of them.
std::uint64_t stride() {
  return number_from("PLAYHEAD_SIMULATION_STRIDE", std::getenv("PLAYHEAD_SIMULATION_SEED") != nullptr ? 1 : kStride);
}

TEST(Pipeline, CountsWhatAPlainCountDoes) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("PLAYHEAD_SIMULATION_SEED=" + std::to_string(seed));
    const Scenario scenario = make_scenario(seed);
    expect_exact(scenario, count_by_hand(scenario), {});
    if (HasFailure()) return;
  }
}

TEST(Pipeline, SurvivesPowerLossAfterEveryOperation) {
  const std::uint64_t first = number_from("PLAYHEAD_SIMULATION_SEED", 1);
  const std::uint64_t seeds = number_from("PLAYHEAD_SIMULATION_SEEDS", std::getenv("PLAYHEAD_SIMULATION_SEED") != nullptr ? 1 : kSeeds);
  std::uint64_t crashes = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("PLAYHEAD_SIMULATION_SEED=" + std::to_string(seed));
    const Scenario scenario = make_scenario(seed);
    const Expected expected = count_by_hand(scenario);
    Simulation whole(scenario);
    ASSERT_TRUE(whole.live());
    const std::uint64_t operations = whole.files().operations();
    Random random(seed);
    for (std::uint64_t at = seed % stride(); at < operations; at += stride()) {
      SCOPED_TRACE("power loss after operation " + std::to_string(at));
      expect_exact(scenario, expected, {at, random.below(60)});
      if (HasFailure()) return;
      crashes += 2;
    }
  }
  RecordProperty("crashes", static_cast<int>(crashes));
}

Scenario one_busy_and_one_silent_partition() {
  Scenario scenario{.seed = 1, .partitions = 2, .provisional = false, .lake = true, .lateness = std::chrono::hours{1}, .records = {}};
  scenario.records.resize(2);
  Random random(1);
  for (int minute = 0; minute < 3; ++minute) {
    const Timestamp time = kStart + std::chrono::minutes{minute};
    scenario.records[0].emplace_back(play(random, time), time);
  }
  return scenario;
}

TEST(Pipeline, ASilentPartitionHoldsTheOthersUpOnlyUntilItIsIdle) {
  const Scenario scenario = one_busy_and_one_silent_partition();
  Simulation simulation(scenario);
  ASSERT_TRUE(simulation.fill_log());
  auto life = simulation.begin({.epoch_records_max = 100});
  ASSERT_TRUE(life) << life.error().message;
  ASSERT_TRUE(life->pipeline->step());
  EXPECT_EQ(life->pipeline->ledger().job_watermark, kNever) << "the other partition may still bring anything";
  simulation.clock().advance(std::chrono::seconds{29});
  ASSERT_TRUE(life->pipeline->step());
  EXPECT_TRUE(simulation.published().empty());
  simulation.clock().advance(std::chrono::seconds{2});
  const auto progress = life->pipeline->step();
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->records, 0u);
  EXPECT_TRUE(life->pipeline->ledger().partitions[1].idle);
  EXPECT_EQ(life->pipeline->ledger().partitions[1].epoch, Epoch{1}) << "an empty epoch says so";
  EXPECT_EQ(simulation.published().size(), 2u) << "the windows that the watermark of the only one left has passed";
  const Epoch before = life->pipeline->ledger().partitions[1].epoch;
  simulation.clock().advance(std::chrono::seconds{60});
  ASSERT_TRUE(life->pipeline->step());
  EXPECT_EQ(life->pipeline->ledger().partitions[1].epoch, before) << "it says so once";
  life = simulation.begin({.epoch_records_max = 100});
  ASSERT_TRUE(life) << life.error().message;
  EXPECT_TRUE(life->pipeline->ledger().partitions[1].idle) << "a restart remembers";
}

// A process is stopped before a call into the file system, another one takes over and counts to the end, and the first goes on.
TEST(Pipeline, APausedWriterThatGoesOnChangesNothing) {
  std::uint64_t fenced = 0;
  std::uint64_t unclaimed = 0;  // stopped before its claim, and failed since a file it had begun was finished by the other
  for (std::uint64_t seed = 1; seed <= number_from("PLAYHEAD_SIMULATION_SEEDS", kSeeds); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Scenario scenario = make_scenario(seed);
    const Expected expected = count_by_hand(scenario);
    std::uint64_t calls = 0;
    {
      Simulation undisturbed(scenario);
      ASSERT_TRUE(undisturbed.fill_log());
      io::ObservedFileSystem counted(undisturbed.files(), [&] { ++calls; });
      ASSERT_TRUE(undisturbed.live(counted));
    }
    const std::uint64_t last = calls;
    for (std::uint64_t stop_at = 0; stop_at < last; stop_at += (1 + seed % 3) * stride()) {
      SCOPED_TRACE("stopped before call " + std::to_string(stop_at));
      Simulation simulation(scenario);
      ASSERT_TRUE(simulation.fill_log());
      calls = 0;
      io::ObservedFileSystem paused(simulation.files(), [&] {
        if (calls++ != stop_at) return;
        const Status successor = simulation.live();
        ASSERT_TRUE(successor) << successor.error().message;
        EXPECT_EQ(simulation.published(), expected.rows);
      });
      const Status status = simulation.live(paused);
      if (!status) ++(status.error().kind == ErrorKind::kFenced ? fenced : unclaimed);
      EXPECT_EQ(simulation.published(), expected.rows);
      const Status next = simulation.live();
      ASSERT_TRUE(next) << next.error().message;
      EXPECT_EQ(simulation.published(), expected.rows);
      EXPECT_EQ(simulation.tally(), expected.tally);
      EXPECT_EQ(simulation.fates(), fates_kept(scenario, expected));
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(fenced, 0u) << "the paused writers did try to go on";
  EXPECT_LT(unclaimed, fenced);
}

// A process goes on for one step at any call of another one's take-over: after its claim of a partition, say, and before that of the table.
TEST(Pipeline, AStepInTheMiddleOfATakeOverDoesNoHarm) {
  std::uint64_t fenced = 0;
  for (std::uint64_t seed = 1; seed <= number_from("PLAYHEAD_SIMULATION_SEEDS", kSeeds); ++seed) {
    const Scenario scenario = make_scenario(seed);
    const Expected expected = count_by_hand(scenario);
    bool reached = true;
    for (std::uint64_t step_at = seed % stride(); reached; step_at += stride()) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", a step before call " + std::to_string(step_at));
      Simulation simulation(scenario);
      ASSERT_TRUE(simulation.fill_log());
      auto former = simulation.begin({});
      ASSERT_TRUE(former) << former.error().message;
      ASSERT_TRUE(former->pipeline->step());
      std::uint64_t calls = 0;
      reached = false;
      io::ObservedFileSystem watched(simulation.files(), [&] {
        if (calls++ != step_at) return;
        reached = true;
        const auto progress = former->pipeline->step();
        if (!progress) fenced += progress.error().kind == ErrorKind::kFenced;
      });
      const Status status = simulation.live(watched);
      ASSERT_TRUE(status) << status.error().message;
      EXPECT_EQ(simulation.published(), expected.rows);
      EXPECT_EQ(simulation.tally(), expected.tally);
      EXPECT_EQ(simulation.fates(), fates_kept(scenario, expected));
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(fenced, 0u);
}

}  // namespace
}  // namespace playhead::pipeline
