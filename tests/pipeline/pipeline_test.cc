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

namespace playhead::pipeline {
namespace {

constexpr Timestamp kStart = from_micros(1'541'105'830'000'000);
const char* const kTopic = "music-plays";

struct Scenario {
  std::uint64_t seed;
  std::uint32_t partitions;
  bool provisional;
  Duration lateness;
  std::vector<std::vector<std::pair<std::string, Timestamp>>> records;  // by partition: value and ingest time
};

std::string play(Random& random, Timestamp time) {
  static constexpr std::array kGenres = {"pop", "rock", "jazz", "\\u00e9lectro", "k\\\"pop"};
  std::string genre = std::string(R"(,"genre":")") + kGenres[random.below(kGenres.size())] + '"';
  if (random.chance(0.05)) genre.clear();
  return R"({"user_id":"u)" + std::to_string(random.below(9)) + R"(","track_id":"t1","timestamp":")" + format_iso(time) + '"' + genre + "}";
}

Scenario make_scenario(std::uint64_t seed) {
  Random random(seed);
  Scenario scenario{.seed = seed,
                    .partitions = 1 + static_cast<std::uint32_t>(random.below(3)),
                    .provisional = random.chance(0.3),
                    .lateness = std::chrono::minutes{random.below(2) * 10},
                    .records = {}};
  scenario.records.resize(scenario.partitions);
  for (auto& records : scenario.records) {
    Timestamp now = kStart;
    const std::uint64_t count = random.below(60);
    for (std::uint64_t i = 0; i < count; ++i) {
      now += std::chrono::seconds{random.below(40)};
      Timestamp time = now - std::chrono::seconds{random.below(15)};
      if (random.chance(0.1)) time -= std::chrono::minutes{random.below(30)};
      if (random.chance(0.03)) time += std::chrono::minutes{30};
      std::string value = play(random, time);
      if (random.chance(0.05)) value = "{\"broken\":";
      if (random.chance(0.05)) value = R"({"page":"Home","ts":)" + std::to_string(to_micros(time) / 1000) + "}";
      records.emplace_back(std::move(value), now);
    }
  }
  return scenario;
}

struct Expected {
  std::map<std::pair<Timestamp, std::string>, std::uint64_t> rows;
  stream::Tally tally;
};

// Counts without any of the code under test but the parsing of a time: records are made by play(), so their fields are found by hand.
Expected count_by_hand(const Scenario& scenario) {
  Expected expected;
  for (const auto& records : scenario.records) {
    std::int64_t highest = INT64_MIN;
    for (const auto& [value, ingest] : records) {
      auto& by = expected.tally.records;
      if (value.starts_with("{\"broken")) {
        ++by[0];
        continue;
      }
      const bool is_play = value.find("track_id") != std::string::npos;
      std::int64_t time = 0;
      if (is_play) {
        const auto at = value.find("\"timestamp\":\"") + 13;
        time = to_micros(parse_iso(value.substr(at, value.find('"', at) - at))->time);
      } else {
        time = std::atoll(value.c_str() + value.find("ts\":") + 4) * 1000;
      }
      if (time - to_micros(ingest) > 300'000'000) {
        ++by[2];
        continue;
      }
      const std::int64_t start = time / 60'000'000 * 60'000'000;
      const std::int64_t mark = highest == INT64_MIN ? INT64_MIN : highest - 10'000'000;
      highest = std::max(highest, time);
      const bool ended = mark != INT64_MIN && start + 60'000'000 <= mark;
      if (ended && mark - (start + 60'000'000) >= scenario.lateness.count()) {
        ++by[2];
        continue;
      }
      ++by[ended ? 3 : 4];
      if (!is_play) {
        ++expected.tally.no_plays;
        continue;
      }
      ++(ended ? expected.tally.plays_restated : expected.tally.plays_on_time);
      std::string genre = "unknown";
      for (const auto& [text, name] :
           {std::pair{"\"pop\"", "pop"}, {"\"rock\"", "rock"}, {"\"jazz\"", "jazz"}, {"lectro", "électro"}, {"k\\\"pop", "k\"pop"}}) {
        if (value.find(text) != std::string::npos) genre = name;
      }
      ++expected.rows[{from_micros(start), genre}];
    }
  }
  return expected;
}

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

 private:
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
    options.epoch_records_max = 1 + random_.below(12);
    options.checkpoint_interval = std::chrono::seconds{60};
    options.verify_replay = true;
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
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
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
  const std::uint64_t seeds = number_from("PLAYHEAD_SIMULATION_SEEDS", std::getenv("PLAYHEAD_SIMULATION_SEED") != nullptr ? 1 : 24);
  std::uint64_t crashes = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("PLAYHEAD_SIMULATION_SEED=" + std::to_string(seed));
    const Scenario scenario = make_scenario(seed);
    const Expected expected = count_by_hand(scenario);
    Simulation whole(scenario);
    ASSERT_TRUE(whole.live());
    const std::uint64_t operations = whole.files().operations();
    Random random(seed);
    for (std::uint64_t at = 0; at < operations; ++at) {
      SCOPED_TRACE("power loss after operation " + std::to_string(at));
      expect_exact(scenario, expected, {at, random.below(60)});
      if (HasFailure()) return;
      crashes += 2;
    }
  }
  RecordProperty("crashes", static_cast<int>(crashes));
}

Scenario one_busy_and_one_silent_partition() {
  Scenario scenario{.seed = 1, .partitions = 2, .provisional = false, .lateness = std::chrono::hours{1}, .records = {}};
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
  for (std::uint64_t seed = 1; seed <= number_from("PLAYHEAD_SIMULATION_SEEDS", 6); ++seed) {
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
    for (std::uint64_t stop_at = 0; stop_at < last; stop_at += 1 + seed % 3) {
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
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(fenced, 0u) << "the paused writers did try to go on";
  EXPECT_LT(unclaimed, fenced);
}

// A process goes on for one step at any call of another one's take-over: after its claim of a partition, say, and before that of the table.
TEST(Pipeline, AStepInTheMiddleOfATakeOverDoesNoHarm) {
  std::uint64_t fenced = 0;
  for (std::uint64_t seed = 1; seed <= number_from("PLAYHEAD_SIMULATION_SEEDS", 5); ++seed) {
    const Scenario scenario = make_scenario(seed);
    const Expected expected = count_by_hand(scenario);
    bool reached = true;
    for (std::uint64_t step_at = 0; reached; ++step_at) {
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
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(fenced, 0u);
}

}  // namespace
}  // namespace playhead::pipeline
