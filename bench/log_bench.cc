// bench/log_bench.cc: appending to the embedded log, acknowledged after fsync, and reading it back.
//
//   bench_log [plays] [folder]: one JSON line a case: medians of 5 over CPU and wall time. TuneTracker plays of 111 bytes, batches of
//   10,000 records, one partition. The folder must be on the disk to be measured; it is emptied of the topic afterwards.
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/random.h"
#include "io/posix.h"
#include "log/embedded.h"

namespace {

using namespace playhead;

constexpr int kRounds = 5;
constexpr std::size_t kBatch = 10'000;

struct Cost {
  double cpu_seconds;
  double wall_seconds;
};

struct Stopwatch {
  static double cpu() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  static double wall() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
  Cost stop() const { return {cpu() - cpu_start, wall() - wall_start}; }

  double cpu_start = cpu();
  double wall_start = wall();
};

struct Plays {
  std::string bytes;
  std::vector<log::Record> records;
};

Plays make_plays(std::size_t count) {
  static constexpr std::array kGenres{"pop", "rock", "jazz", "classical", "electronic", "hip-hop", "country", "blues"};
  Random random(1);
  Plays plays;
  std::vector<std::array<std::size_t, 3>> spans;
  for (std::size_t i = 0; i < count; ++i) {
    std::array<char, 160> text{};
    const std::size_t key_at = plays.bytes.size();
    plays.bytes += "u" + std::to_string(1000 + random.below(90'000));
    const std::size_t value_at = plays.bytes.size();
    std::snprintf(
        text.data(), text.size(), R"({"user_id": "%s", "track_id": "t%d", "genre": "%s", "timestamp": "2025-08-04T16:%02d:%02d.%06d"})",
        plays.bytes.substr(key_at, value_at - key_at).c_str(), static_cast<int>(100'000 + random.below(20'000)), kGenres[random.below(8)],
        static_cast<int>(i / 60'000 % 60), static_cast<int>(i / 1000 % 60), static_cast<int>(random.below(1'000'000)));
    plays.bytes += text.data();
    spans.push_back({key_at, value_at, plays.bytes.size()});
  }
  const std::string_view all = plays.bytes;
  for (const auto& [key, value, end] : spans) {
    plays.records.push_back({.key = all.substr(key, value - key), .value = all.substr(value, end - value), .timestamp = {}});
  }
  return plays;
}

double median_rate(std::vector<Cost> costs, std::size_t records, double Cost::* part) {
  std::ranges::sort(costs, {}, part);
  return static_cast<double>(records) / (costs[costs.size() / 2].*part);
}

void report(const char* name, const char* codec, std::size_t records, const std::vector<Cost>& costs, double bytes_per_record) {
  std::printf(R"({"bench":"log","case":"%s","codec":"%s","records":%zu,"per_cpu_second":%.0f,"per_second":%.0f,"bytes_per_record":%.1f})"
              "\n",
              name, codec, records, median_rate(costs, records, &Cost::cpu_seconds), median_rate(costs, records, &Cost::wall_seconds),
              bytes_per_record);
}

Cost append_all(log::Log& log, const Plays& plays) {
  const auto appender = log.appender("bench").value();
  const std::span<const log::Record> records(plays.records);
  const Stopwatch watch;
  for (std::size_t at = 0; at < records.size(); at += kBatch) {
    appender->append(Partition{0}, records.subspan(at, std::min(kBatch, records.size() - at))).value();
  }
  return watch.stop();
}

// Walks every view, so that what is measured is what a decoder is given.
Cost read_all(log::Log& log, std::uint64_t& bytes) {
  const auto reader = log.reader("bench").value();
  const auto range = reader->range(Partition{0}).value();
  log::RecordBatch batch;
  const Stopwatch watch;
  for (Offset at = range.start; at < range.end; at = batch.offsets.back().next()) {
    reader->read(Partition{0}, at, range.end, batch).value();
    for (const auto value : batch.values) bytes += value.size();
  }
  return watch.stop();
}

void measure(const char* name, log::Codec codec, const Plays& plays, const std::string& folder) {
  const auto files = io::make_posix();
  const SystemClock clock;
  std::vector<Cost> appends;
  std::vector<Cost> reads;
  double stored = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto log = log::make_embedded(*files, clock, {.root = folder, .id_seed = 1, .codec = codec}).value();
    static_cast<void>(log->delete_topic("bench"));
    log->create_topic({.name = "bench"}).value();
    appends.push_back(append_all(*log, plays));
    std::uint64_t bytes = 0;
    reads.push_back(read_all(*log, bytes));
    stored = 0;
    const std::string partition = folder + "/bench/0";
    const auto names = files->list(partition).value();
    for (const auto& file : names) {
      stored += static_cast<double>(files->open(io::join(partition, file), io::Open::kRead).value()->size().value());
    }
    log->delete_topic("bench").value();
  }
  const double each = stored / static_cast<double>(plays.records.size());
  report("append", name, plays.records.size(), appends, each);
  report("read", name, plays.records.size(), reads, each);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::string folder = argc > 2 ? argv[2] : "build/bench-log";
  const Plays plays = make_plays(count);
  measure("lz4", log::Codec::kLz4, plays, folder);
  measure("zstd", log::Codec::kZstd, plays, folder);
  measure("none", log::Codec::kNone, plays, folder);
  return 0;
}
