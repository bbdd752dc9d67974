// tests/pipeline/simulation.h: lives of the whole pipeline, with the real log, on the file system's twin, in one seeded thread.
//
// Also what its tables hold in the end, read by file, and how many seeds a test is to take. Threads: one.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "io/simulated.h"
#include "log/embedded.h"
#include "one_thread.h"
#include "pipeline/pipeline.h"
#include "scenario.h"
#include "table/parquet.h"

namespace playhead::pipeline {

inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::uint64_t kSeeds = 2;  // a sanitized program takes many times as long
inline constexpr std::uint64_t kStride = 50;
#else
inline constexpr std::uint64_t kSeeds = 6;
inline constexpr std::uint64_t kStride = 4;
#endif

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
    TRY_ASSIGN(const auto pipeline, Pipeline::make(in_one_thread(files, *log, clock_), options()));
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
    TRY_ASSIGN(life.pipeline, Pipeline::make(in_one_thread(files_, *life.log, clock_), std::move(chosen)));
    return life;
  }

  // A process that shares the job with others, and has no partition yet.
  Result<Life> join(std::uint64_t epoch_records_max = 5) {
    Life life;
    Options chosen = options();
    chosen.epoch_records_max = epoch_records_max;
    chosen.checkpoint_interval = std::chrono::seconds{5};
    TRY_ASSIGN(life.log, log::make_embedded(files_, clock_, {.root = "log", .id_seed = random_.next()}));
    TRY_ASSIGN(life.pipeline, Pipeline::join(in_one_thread(files_, *life.log, clock_), std::move(chosen)));
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
inline Fates fates_kept(const Scenario& scenario, const Expected& expected) {
  Fates kept = expected.fates;
  if (!scenario.lake) std::erase_if(kept, [](const auto& entry) { return entry.second == "on_time" || entry.second == "restated"; });
  return kept;
}

}  // namespace playhead::pipeline
