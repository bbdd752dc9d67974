// Measures what the lake costs a TuneTracker play, by CPU time of the process: taking decoded batches in (EventRows::add), and the commits
// (Lake::commit with its Parquet, zstd and files). Medians of three rounds, one JSON line.
//
//   lake_bench [plays [plays of a commit [partitions]]]   (default 1000000 500000 4)
//
// Plays are a millisecond apart, so a commit's rows are in one hour or two of each partition. Files are in the current folder, which is
// left as it was.
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/service_plays.h"
#include "event/decoder.h"
#include "io/posix.h"
#include "sink/lake.h"

namespace {

using namespace playhead;

constexpr std::size_t kBatch = 4096;
constexpr Timestamp kStart = from_micros(1'775'044'800'000'000);  // 2026-04-01T12:00:00Z
constexpr const char* kFolder = "lake_bench.lake";

double cpu_seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Costs {
  double add = 0;
  double commit = 0;
  std::uintmax_t bytes = 0;
  std::uint64_t rows_bytes_max = 0;
};

// The plays of one batch, decoded, and what else the lake wants to know of them.
class Source {
 public:
  Source() {
    event::Decoder::Options options;
    for (std::size_t i = 0; i < event::kFieldCount; ++i) options.projection.push_back(event::Field{static_cast<std::uint8_t>(i)});
    options.extra = true;
    decoder_ = event::Decoder::make(std::move(options)).value();
  }

  void next(std::uint64_t first) {
    bytes_.clear();
    std::vector<std::pair<std::size_t, std::size_t>> places;
    std::string value;
    offsets.clear();
    times.clear();
    ids.clear();
    for (std::size_t i = 0; i < kBatch; ++i) {
      const Timestamp now = kStart + std::chrono::milliseconds{first + i};
      (void)plays_->next(now, key_, value);
      places.emplace_back(bytes_.size(), value.size());
      bytes_ += value;
      offsets.push_back(Offset{first + i});
      times.push_back(now);
      ids.push_back(event::event_id({}, std::nullopt, "plays", key_, value));
    }
    bytes_.append(64, '\0');
    std::vector<std::string_view> values;
    for (const auto& [at, length] : places) values.emplace_back(bytes_.data() + at, length);
    decoder_->decode(values, times, events);
    dispositions.assign(events.size(), stream::Disposition::kOnTime);
  }

  event::EventBatch events;
  std::vector<Offset> offsets;
  std::vector<Timestamp> times;
  std::vector<event::EventId> ids;
  std::vector<stream::Disposition> dispositions;

 private:
  std::unique_ptr<cli::ServicePlays> plays_ = cli::ServicePlays::make({.seed = 1, .listeners = 100'000, .tracks = 20'000}).value();
  std::unique_ptr<event::Decoder> decoder_;
  std::string bytes_;
  std::string key_;
};

Costs measure(std::uint64_t plays, std::uint64_t commit_plays, std::size_t partitions) {
  std::filesystem::remove_all(kFolder);
  const auto files = io::make_posix();
  const auto lake = sink::Lake::claim(*files, {.folder = kFolder, .topic = "plays", .owner = "\"bench\""}).value();
  std::vector<sink::EventRows> lanes(partitions);
  std::vector<sink::EventRows*> views;
  for (auto& lane : lanes) views.push_back(&lane);
  Source source;
  Costs costs;
  const auto commit = [&](std::uint64_t done) {
    std::uint64_t bytes = 0;
    for (const auto& lane : lanes) bytes += lane.bytes();
    costs.rows_bytes_max = std::max(costs.rows_bytes_max, bytes);
    const double begun = cpu_seconds();
    const Status status = lake->commit(views, std::to_string(done));
    costs.commit += cpu_seconds() - begun;
    if (!status) std::fprintf(stderr, "%s\n", status.error().message.c_str());
  };
  std::uint64_t uncommitted = 0;
  for (std::uint64_t done = 0; done < plays; done += kBatch) {
    source.next(done);
    const double begun = cpu_seconds();
    lanes[done / kBatch % partitions].add(source.events, source.offsets, source.times, source.ids, source.dispositions);
    costs.add += cpu_seconds() - begun;
    uncommitted += kBatch;
    if (uncommitted < commit_plays && done + kBatch < plays) continue;
    commit(done);
    uncommitted = 0;
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kFolder)) {
    if (entry.path().extension() == ".parquet") costs.bytes += entry.file_size();
  }
  std::filesystem::remove_all(kFolder);
  return costs;
}

}  // namespace

int main(int count, char** arguments) {
  const auto argument = [&](int index, std::uint64_t otherwise) {
    return count > index ? std::strtoull(arguments[index], nullptr, 10) : otherwise;
  };
  const std::uint64_t plays = (argument(1, 1'000'000) + kBatch - 1) / kBatch * kBatch;
  const std::uint64_t commit_plays = argument(2, 500'000);
  const std::uint64_t partitions = argument(3, 4);
  std::array<Costs, 3> rounds;
  for (Costs& round : rounds) round = measure(plays, commit_plays, partitions);
  std::ranges::sort(rounds, {}, [](const Costs& costs) { return costs.add + costs.commit; });
  const Costs& median = rounds[1];
  const double nanoseconds = 1e9 / static_cast<double>(plays);
  std::printf(
      R"({"case":"lake","plays":%llu,"commit_plays":%llu,"partitions":%llu,"add_ns":%.1f,"commit_ns":%.1f,"file_bytes_per_play":%.1f,)"
      R"("lane_bytes_per_play":%.1f})"
      "\n",
      static_cast<unsigned long long>(plays), static_cast<unsigned long long>(commit_plays), static_cast<unsigned long long>(partitions),
      median.add * nanoseconds, median.commit * nanoseconds, static_cast<double>(median.bytes) / static_cast<double>(plays),
      static_cast<double>(median.rows_bytes_max) / static_cast<double>(std::min(plays, commit_plays)));
  return 0;
}
