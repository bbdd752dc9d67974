// Processes that share a job, in the crash simulation: partitions move, processes are killed, the power goes; the tables must be those of
// one process. A failure prints the seed that replays it: PLAYHEAD_SIMULATION_SEED=<seed>.
#include "pipeline/committer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "pipeline/journal.h"
#include "simulation.h"

namespace playhead::pipeline {
namespace {

// Several processes share a job: partitions move between them, cleanly or taken while their owner still works, and processes are killed.
class Members {
 public:
  Members(Simulation& simulation, std::uint32_t partitions, std::size_t count)
      : simulation_(simulation), owners_(partitions), members_(count) {}

  std::uint64_t fenced() const { return fenced_; }

  // With `losses`, the power goes now and then, for all of them at once.
  Status live(int rounds, bool losses) {
    for (int round = 0; round < rounds; ++round) {
      if (losses && simulation_.random().chance(0.3)) simulation_.files().crash_after(simulation_.random().below(150));
      const Status status = live_a_round();
      if (status) continue;
      if (simulation_.files().exists("log")) return status;  // the power is on
      simulation_.files().crash(simulation_.random());
      for (auto& member : members_) member = {};
    }
    return {};
  }

 private:
  Status live_a_round() {
    if (simulation_.random().chance(0.3)) TRY(move());
    if (simulation_.random().chance(0.1)) members_[simulation_.random().below(members_.size())] = {};  // kill -9
    for (std::size_t member = 0; member < members_.size(); ++member) {
      simulation_.clock().advance(std::chrono::seconds{simulation_.random().below(10)});
      TRY(work(member));
    }
    return {};
  }

 public:
  // All go on to the end, each with what is its, and nothing moves any more.
  Status finish_together() {
    simulation_.files().crash(simulation_.random());
    for (std::size_t member = 0; member < members_.size(); ++member) {
      members_[member] = {};
      TRY_ASSIGN(members_[member], simulation_.join());
      TRY(members_[member].pipeline->assign(assigned_to(member)));
    }
    for (bool more = true; more;) {
      more = false;
      for (auto& member : members_) {
        TRY_ASSIGN(const Progress progress, member.pipeline->step());
        more |= progress.records > 0;
      }
    }
    Pipeline* committer = nullptr;
    for (auto& member : members_) {
      if (member.pipeline->commits()) committer = member.pipeline.get();
      TRY(member.pipeline->checkpoint());
    }
    TRY(committer->drain());
    TRY(committer->checkpoint());
    tally_ = committer->ledger().tally();
    return {};
  }

  // One process is left, and has everything.
  Status finish_alone() {
    simulation_.files().crash(simulation_.random());
    members_.resize(1);
    members_[0] = {};
    std::ranges::fill(owners_, 0u);
    TRY_ASSIGN(members_[0], simulation_.join());
    TRY(members_[0].pipeline->assign(assigned_to(0)));
    for (;;) {
      TRY_ASSIGN(const Progress progress, members_[0].pipeline->step());
      if (progress.records == 0) break;
    }
    TRY(members_[0].pipeline->drain());
    TRY(members_[0].pipeline->checkpoint());
    tally_ = members_[0].pipeline->ledger().tally();
    return {};
  }
  const stream::Tally& tally() const { return tally_; }

 private:
  // Others hear of it in their own time.
  Status move() {
    owners_[simulation_.random().below(owners_.size())] = simulation_.random().below(members_.size());
    std::vector<std::size_t> order(members_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[simulation_.random().below(i)]);
    for (const std::size_t member : order) {
      if (simulation_.random().chance(0.3) || !members_[member].pipeline) continue;
      TRY(note_fence(member, members_[member].pipeline->assign(assigned_to(member))));
    }
    return {};
  }

  Status work(std::size_t member) {
    if (!members_[member].pipeline) {
      TRY_ASSIGN(members_[member], simulation_.join());
    }
    Pipeline& pipeline = *members_[member].pipeline;
    const auto wanted = assigned_to(member);
    if (pipeline.assigned() != wanted && simulation_.random().chance(0.5)) return note_fence(member, pipeline.assign(wanted));
    const auto progress = pipeline.step();
    if (!progress) return note_fence(member, std::unexpected(progress.error()));
    if (simulation_.random().chance(0.2)) return note_fence(member, pipeline.checkpoint());
    return {};
  }

  // Who was taken over from begins anew with what is its now.
  Status note_fence(std::size_t member, const Status& status) {
    if (status || status.error().kind != ErrorKind::kFenced) return status;
    ++fenced_;
    members_[member] = {};
    return {};
  }

  std::vector<Partition> assigned_to(std::size_t member) const {
    std::vector<Partition> partitions;
    for (std::uint32_t number = 0; number < owners_.size(); ++number) {
      if (owners_[number] == member) partitions.push_back({number});
    }
    return partitions;
  }

  Simulation& simulation_;
  std::vector<std::size_t> owners_;  // by partition
  std::vector<Simulation::Life> members_;
  std::uint64_t fenced_ = 0;
  stream::Tally tally_;
};

TEST(Committer, ProcessesThatShareAJobComeToWhatOneComesTo) {
  std::uint64_t fenced = 0;
  const std::uint64_t first = number_from("PLAYHEAD_SIMULATION_SEED", 1);
  const std::uint64_t seeds = 40 * number_from("PLAYHEAD_SIMULATION_SEEDS", first == 1 ? kSeeds : 1);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("PLAYHEAD_SIMULATION_SEED=" + std::to_string(seed));
    Scenario scenario = make_scenario(seed);
    if (scenario.partitions == 1) continue;
    const Expected expected = count_by_hand(scenario);
    Simulation simulation(scenario);
    ASSERT_TRUE(simulation.fill_log());
    Members members(simulation, scenario.partitions, 1 + seed % 4);
    Status status = members.live(30, seed % 2 == 0);
    ASSERT_TRUE(status) << status.error().message;
    status = seed % 3 == 0 ? members.finish_alone() : members.finish_together();
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_EQ(simulation.published(), expected.rows);
    EXPECT_EQ(members.tally(), expected.tally);
    EXPECT_EQ(simulation.fates(), fates_kept(scenario, expected));
    fenced += members.fenced();
    if (HasFailure()) return;
  }
  EXPECT_GT(fenced, 0u) << "some did lose a partition while they worked on it";
}

TEST(Committer, EachProcessTellsOfItsOwnRecordsOnly) {
  Scenario scenario = make_scenario(3);
  while (scenario.partitions < 2) scenario = make_scenario(scenario.seed + 1);
  Simulation simulation(scenario);
  ASSERT_TRUE(simulation.fill_log());
  {
    auto before = simulation.begin({.epoch_records_max = 7});
    ASSERT_TRUE(before);
    ASSERT_TRUE(before->pipeline->step());
  }
  std::uint64_t left = 0;
  for (const auto& records : scenario.records) left += records.size() - std::min<std::size_t>(7, records.size());
  auto committing = simulation.join();
  auto other = simulation.join();
  ASSERT_TRUE(committing && other);
  ASSERT_TRUE(committing->pipeline->assign({Partition{0}}));
  std::vector<Partition> others;
  for (std::uint32_t number = 1; number < scenario.partitions; ++number) others.push_back({number});
  ASSERT_TRUE(other->pipeline->assign(others));
  EXPECT_TRUE(committing->pipeline->commits());
  EXPECT_FALSE(other->pipeline->commits());
  std::uint64_t told = 0;
  for (int step = 0; step < 40; ++step) {
    for (auto* life : {&*committing, &*other}) {
      const auto progress = life->pipeline->step();
      ASSERT_TRUE(progress) << progress.error().message;
      told += progress->records;
    }
  }
  EXPECT_EQ(told, left);
}

Scenario one_partition_far_ahead_of_the_other() {
  Scenario scenario{.seed = 1, .partitions = 2, .provisional = false, .lake = true, .lateness = std::chrono::hours{1}, .records = {}};
  scenario.records.resize(2);
  Random random(1);
  for (int minute = 0; minute < 12; ++minute) {
    const Timestamp time = kStart + std::chrono::minutes{minute};
    for (auto& records : scenario.records) records.emplace_back(play(random, time), time);
  }
  return scenario;
}

// Who does not commit has nothing more to do when all is merged, but is not done: open windows may yet be its own to publish.
TEST(Committer, AJobIsFinishedWhenAllIsMergedAndNoWindowIsOpen) {
  const Scenario scenario = one_partition_far_ahead_of_the_other();
  Simulation simulation(scenario);
  ASSERT_TRUE(simulation.fill_log());
  auto committing = simulation.join(100);
  auto other = simulation.join(100);
  ASSERT_TRUE(committing && other);
  ASSERT_TRUE(committing->pipeline->assign({Partition{0}}));
  ASSERT_TRUE(other->pipeline->assign({Partition{1}}));
  const auto is_finished = [&] {
    const auto finished = other->pipeline->is_finished();
    EXPECT_TRUE(finished) << finished.error().message;
    return finished && *finished;
  };
  const auto step_to_the_end = [](Pipeline& pipeline) {
    for (auto progress = pipeline.step(); progress && progress->more; progress = pipeline.step()) continue;
    EXPECT_TRUE(pipeline.checkpoint());
  };
  EXPECT_FALSE(is_finished());
  step_to_the_end(*other->pipeline);
  EXPECT_FALSE(is_finished());
  step_to_the_end(*committing->pipeline);
  step_to_the_end(*other->pipeline);
  EXPECT_GT(committing->pipeline->ledger().open_plays, 0u);
  EXPECT_TRUE(other->pipeline->is_taken());
  EXPECT_FALSE(is_finished()) << "windows are open";
  ASSERT_TRUE(committing->pipeline->drain());
  ASSERT_TRUE(committing->pipeline->checkpoint());
  EXPECT_TRUE(is_finished());
}

// The power takes an outcome from a journal that the tables hold already. Until its owner has come to it again, the open windows are not
// whole, and who commits must not publish them.
TEST(Committer, WhoCommitsWaitsForWhatItsLedgerHoldsAndNobodyHasAnyMore) {
  const Scenario scenario = one_partition_far_ahead_of_the_other();
  const Expected expected = count_by_hand(scenario);
  int lost = 0;
  for (int loss = 0; loss < 20; ++loss) {
    Simulation simulation(scenario);
    ASSERT_TRUE(simulation.fill_log());
    Random random(loss);
    {
      auto committing = simulation.join(2);
      auto other = simulation.join(100);
      ASSERT_TRUE(committing && other);
      ASSERT_TRUE(committing->pipeline->assign({Partition{0}}));
      ASSERT_TRUE(other->pipeline->assign({Partition{1}}));
      ASSERT_TRUE(other->pipeline->step());
      ASSERT_TRUE(committing->pipeline->step());
      ASSERT_EQ(committing->pipeline->ledger().partitions[1].epoch, Epoch{1});
      simulation.files().crash(random);
    }
    const auto journal = Journal::look(simulation.files(), "checkpoints/plays/p1");
    ASSERT_TRUE(journal && *journal);
    ASSERT_EQ((*journal)->epochs.size(), 1u);
    if ((*journal)->epochs[0].outcome) continue;
    ++lost;
    auto committing = simulation.join(100);
    ASSERT_TRUE(committing);
    ASSERT_TRUE(committing->pipeline->assign({Partition{0}}));
    ASSERT_TRUE(committing->pipeline->step());
    ASSERT_TRUE(committing->pipeline->checkpoint());
    auto other = simulation.join(100);
    ASSERT_TRUE(other);
    ASSERT_TRUE(other->pipeline->assign({Partition{1}}));
    ASSERT_TRUE(committing->pipeline->drain());
    EXPECT_EQ(simulation.published(), expected.rows) << "loss " << loss;
  }
  EXPECT_GT(lost, 0);
}

}  // namespace
}  // namespace playhead::pipeline
