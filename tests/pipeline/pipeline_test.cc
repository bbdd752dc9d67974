// The crash simulation: the whole pipeline with the real log on the file system's twin, in one seeded thread. A crash after every single
// operation loses any part of what was not synced; then a second one during recovery. All tables must equal what a plain count of the
// records comes to. A failure prints the seed that replays it: PLAYHEAD_SIMULATION_SEED=<seed>.
#include "pipeline/pipeline.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "base/random.h"
#include "io/observed.h"
#include "io/simulated.h"
#include "log/embedded.h"
#include "pipeline/journal.h"
#include "scenario.h"
#include "table/parquet.h"

namespace playhead::pipeline {
namespace {

// One life of the program after another over one disk.
class Simulation {
 public:
  explicit Simulation(const Scenario& scenario) : scenario_(scenario), random_(scenario.seed ^ 0x5eed), clock_(kStart) {}

  io::SimulatedFileSystem& files() { return files_; }

  // From opening the log to everything counted and published. An Error is the simulated power loss.
  Status live() { return live(files_); }
  Status live(io::FileSystem& files) {
    TRY_ASSIGN(const auto log, log::make_embedded(files, clock_, {.root = "log", .id_seed = random_.next()}));
    TRY(ensure_topic(*log));
    TRY_ASSIGN(const auto appender, log->appender(kTopic));
    TRY_ASSIGN(const auto reader, log->reader(kTopic));
    TRY_ASSIGN(const auto pipeline, Pipeline::make(environment(files, *log), options()));
    while (true) {
      clock_.advance(std::chrono::seconds{random_.below(20)});
      TRY_ASSIGN(const bool produced, produce(*appender, *reader));
      if (random_.chance(0.1)) TRY(pipeline->checkpoint());
      if (random_.chance(0.03)) TRY(pipeline->drain());
      TRY_ASSIGN(const Progress progress, pipeline->step());
      if (!produced && progress.records == 0) break;
    }
    TRY(pipeline->drain());
    TRY(pipeline->checkpoint());
    tally_ = pipeline->ledger().tally();
    return {};
  }

  struct Life {
    std::unique_ptr<log::Log> log;
    std::unique_ptr<Pipeline> pipeline;
  };
  // A process that has opened the job and has not done anything yet.
  struct Limits {
    std::uint64_t epoch_records_max = 5;
  };
  Result<Life> begin(Limits limits) {
    Life life;
    Options chosen = options();
    chosen.epoch_records_max = limits.epoch_records_max;
    TRY_ASSIGN(life.log, log::make_embedded(files_, clock_, {.root = "log", .id_seed = random_.next()}));
    TRY_ASSIGN(life.pipeline, Pipeline::make(environment(files_, *life.log), std::move(chosen)));
    return life;
  }

  // A process that shares the job with others, and has no partition yet.
  Result<Life> join(std::uint64_t epoch_records_max = 5) {
    Life life;
    Options chosen = options();
    chosen.epoch_records_max = epoch_records_max;
    chosen.checkpoint_interval = std::chrono::seconds{5};
    TRY_ASSIGN(life.log, log::make_embedded(files_, clock_, {.root = "log", .id_seed = random_.next()}));
    TRY_ASSIGN(life.pipeline, Pipeline::join(environment(files_, *life.log), std::move(chosen)));
    return life;
  }

  // Appends all records, so that a life only counts them.
  Status fill_log() {
    TRY_ASSIGN(const auto log, log::make_embedded(files_, clock_, {.root = "log", .id_seed = random_.next()}));
    TRY(ensure_topic(*log));
    TRY_ASSIGN(const auto appender, log->appender(kTopic));
    TRY_ASSIGN(const auto reader, log->reader(kTopic));
    for (bool more = true; more;) {
      TRY_ASSIGN(more, produce(*appender, *reader));
    }
    return {};
  }

  const stream::Tally& tally() const { return tally_; }
  Random& random() { return random_; }
  ManualClock& clock() { return clock_; }

  std::map<std::pair<Timestamp, std::string>, std::uint64_t> published() {
    std::map<std::pair<Timestamp, std::string>, std::uint64_t> rows;
    const auto table = sink::WindowTable::read_published(files_, "windows");
    EXPECT_TRUE(table) << table.error().message;
    for (const auto& row : *table) {
      EXPECT_TRUE(rows.emplace(std::pair{row.window_start, row.key}, row.count).second)
          << "a row twice: " << format_iso(row.window_start) << row.key;
    }
    return rows;
  }

  // What the lake and the tables say of each record. Late and future events are in the lake and in the late table.
  Fates fates() {
    Fates fates;
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::string> late;
    each_row("lake", [&](const table::Rows& rows, std::size_t row, const auto& position) {
      const std::string fate(text_at(rows, "disposition", row));
      EXPECT_TRUE(fates.emplace(position, fate).second) << "twice in the lake: offset " << position.second;
    });
    each_row("rejected/late", [&](const table::Rows& rows, std::size_t row, const auto& position) {
      const std::string reason(text_at(rows, "reason", row));
      EXPECT_TRUE(late.emplace(position, reason).second) << "twice in the late table: offset " << position.second;
    });
    each_row("rejected/dead_letters", [&](const table::Rows&, std::size_t, const auto& position) {
      EXPECT_TRUE(fates.emplace(position, "dead_letter").second) << "twice: offset " << position.second;
    });
    for (const auto& [position, reason] : late) {
      const auto in_lake = fates.find(position);
      EXPECT_EQ(in_lake != fates.end(), scenario_.lake && reason != "duplicate") << "offset " << position.second;
      if (in_lake != fates.end()) {
        EXPECT_EQ(in_lake->second, "late");
      }
      fates[position] = reason;
    }
    return fates;
  }

 private:
  using Position = std::pair<std::uint32_t, std::uint64_t>;

  static const table::Values& column_of(const table::Rows& rows, const std::string& name) {
    for (std::size_t i = 0; i < rows.schema.size(); ++i) {
      if (rows.schema[i].name == name) return rows.columns[i];
    }
    ADD_FAILURE() << "no column " << name;
    return rows.columns.front();
  }
  static std::string_view text_at(const table::Rows& rows, const std::string& name, std::size_t row) {
    return column_of(rows, name).text(row);
  }

  // All rows of all files beneath a folder.
  void each_row(const std::string& folder, const std::function<void(const table::Rows&, std::size_t, const Position&)>& use) {
    const auto names = files_.list(folder);
    if (!names) return;
    for (const std::string& name : *names) {
      const std::string path = io::join(folder, name);
      if (name.starts_with('.')) continue;
      if (!name.ends_with(".parquet")) {
        each_row(path, use);
        continue;
      }
      const auto bytes = io::read_file(files_, path, 1u << 30);
      ASSERT_TRUE(bytes) << bytes.error().message;
      const auto rows = table::read_parquet(*bytes);
      ASSERT_TRUE(rows) << path << ": " << rows.error().message;
      for (std::size_t row = 0; row < rows->size(); ++row) {
        use(*rows, row, {column_of(*rows, "partition").number(row), column_of(*rows, "offset").number(row)});
      }
    }
  }

  Environment environment(io::FileSystem& files, log::Log& log) {
    return {.files = files,
            .log = log,
            .clock = clock_,
            .zone_named = [](const std::string&) -> Result<const TimeZone*> { return nullptr; },
            .run_each =
                [](std::size_t count, const std::function<void(std::size_t)>& work) {
                  for (std::size_t i = 0; i < count; ++i) work(i);
                }};
  }

  Options options() {
    Options options;
    options.identity.topic = kTopic;
    options.identity.provisional = scenario_.provisional;
    options.stream.lateness = scenario_.lateness;
    options.checkpoint = "checkpoints/plays";
    options.output = "windows";
    options.rejects = "rejected";
    options.lake = scenario_.lake ? "lake" : "";
    options.epoch_records_max = 1 + random_.below(12);
    options.checkpoint_interval = std::chrono::seconds{60};
    return options;
  }

  Status ensure_topic(log::Log& log) {
    if (log.topic(kTopic)) return {};
    auto created =
        log.create_topic({.name = kTopic, .partitions = scenario_.partitions, .clock = log::ClockSource::kRecord, .segment_bytes = 4096});
    if (!created && created.error().kind != ErrorKind::kExists) return std::unexpected(created.error());
    return {};
  }

  // The producer goes on where the log ends: record i of a partition is at offset i, whatever happened before.
  Result<bool> produce(log::Appender& appender, log::Reader& reader) {
    bool produced = false;
    for (std::uint32_t number = 0; number < scenario_.partitions; ++number) {
      const auto& records = scenario_.records[number];
      TRY_ASSIGN(const OffsetRange range, reader.range({number}));
      std::vector<log::Record> batch;
      const std::uint64_t end = std::min<std::uint64_t>(records.size(), range.end.value + 1 + random_.below(10));
      for (std::uint64_t i = range.end.value; i < end; ++i) {
        batch.push_back({.key = "u", .value = records[i].first, .timestamp = records[i].second});
      }
      if (batch.empty()) continue;
      TRY(appender.append({number}, batch));
      produced = true;
    }
    return produced;
  }

  const Scenario& scenario_;
  Random random_;
  ManualClock clock_;
  io::SimulatedFileSystem files_;
  stream::Tally tally_;
};

// Without a lake, the tables hold what is late, twice or broken.
Fates fates_kept(const Scenario& scenario, const Expected& expected) {
  Fates kept = expected.fates;
  if (!scenario.lake) std::erase_if(kept, [](const auto& entry) { return entry.second == "on_time" || entry.second == "restated"; });
  return kept;
}

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

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSeeds = 2;  // a sanitized program takes many times as long
constexpr std::uint64_t kStride = 50;
#else
constexpr std::uint64_t kSeeds = 6;
constexpr std::uint64_t kStride = 4;
#endif

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

TEST(Pipeline, ProcessesThatShareAJobComeToWhatOneComesTo) {
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

// The power takes an outcome from a journal that the tables hold already. Until its owner has come to it again, the open windows are not
// whole, and who commits must not publish them.
TEST(Pipeline, WhoCommitsWaitsForWhatItsLedgerHoldsAndNobodyHasAnyMore) {
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
