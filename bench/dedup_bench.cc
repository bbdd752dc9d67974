// Measures dedup on one core, by CPU time: what check() costs an event with many and with few ids remembered, what seal() costs, and how
// long reading back takes. One JSON line a case.
//
//   dedup_bench <folder> [ids remembered]   (default 10000000; about 28 bytes each are written beneath the folder, and removed)
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "base/random.h"
#include "io/posix.h"
#include "pipeline/seen_ids.h"

namespace {

using namespace playhead;
using pipeline::SeenIds;

constexpr std::size_t kBatch = 4096;
constexpr std::int64_t kDayMicros = 86'400'000'000;
constexpr std::int64_t kStartMicros = 1'772'323'200'000'000;

double seconds_of(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Batch {
  std::vector<event::EventId> ids{kBatch};
  std::vector<Timestamp> basis{kBatch};
  std::vector<Timestamp> watermarks{kBatch};
  std::vector<std::uint8_t> duplicates;

  // New ids, `step` microseconds apart, up to a minute out of order.
  void fill(Random& random, std::int64_t& micros, std::int64_t step) {
    for (std::size_t row = 0; row < kBatch; ++row) {
      for (auto& byte : ids[row].bytes) byte = 0;
      const std::uint64_t words[2] = {random.next(), random.next()};
      std::copy_n(reinterpret_cast<const std::uint8_t*>(words), 16, ids[row].bytes.begin());
      watermarks[row] = from_micros(micros - 60'000'000);
      basis[row] = from_micros(micros - static_cast<std::int64_t>(random.below(60'000'000)));
      micros += step;
    }
  }
};

template <typename Value>
Value or_exit(Result<Value> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::exit(1);
}

// `sealed` ids, a day of them, in 64 seals; then how much each event costs when it is new, and when it is a duplicate.
void measure(io::FileSystem& files, const std::string& folder, std::size_t sealed) {
  const auto seen = or_exit(SeenIds::open(files, folder, {}, {}));
  Random random(1);
  Batch batch;
  std::int64_t micros = kStartMicros;
  const std::int64_t step = sealed == 0 ? 1 : kDayMicros / static_cast<std::int64_t>(sealed);
  double checking = 0;
  double sealing = 0;
  double longest = 0;
  std::vector<pipeline::IdRun> runs;
  const std::size_t batches = sealed / kBatch;
  for (std::size_t number = 0; number < batches; ++number) {
    batch.fill(random, micros, step);
    double start = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    if (!seen->check(batch.ids, batch.basis, batch.watermarks, batch.duplicates)) std::exit(1);
    checking += seconds_of(CLOCK_THREAD_CPUTIME_ID) - start;
    if ((number + 1) % std::max<std::size_t>(batches / 64, 1) != 0) continue;
    start = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    const double wall = seconds_of(CLOCK_MONOTONIC);
    runs = or_exit(seen->seal(batch.watermarks.back()));
    sealing += seconds_of(CLOCK_THREAD_CPUTIME_ID) - start;
    longest = std::max(longest, seconds_of(CLOCK_MONOTONIC) - wall);
    if (!seen->remove_unnamed()) std::exit(1);
  }
  std::vector<double> nanos;
  std::vector<double> repeated;
  std::size_t found = 0;
  for (int round = 0; round < 60; ++round) {
    batch.fill(random, micros, step);
    for (int again = 0; again < 2; ++again) {
      const double start = seconds_of(CLOCK_THREAD_CPUTIME_ID);
      if (!seen->check(batch.ids, batch.basis, batch.watermarks, batch.duplicates)) std::exit(1);
      (again == 0 ? nanos : repeated).push_back((seconds_of(CLOCK_THREAD_CPUTIME_ID) - start) * 1e9 / kBatch);
      found += static_cast<std::size_t>(std::ranges::count(batch.duplicates, 1));
    }
  }
  std::ranges::sort(nanos);
  std::ranges::sort(repeated);
  const auto per_id = [&](double seconds) { return sealed == 0 ? 0 : seconds * 1e9 / static_cast<double>(batches * kBatch); };
  std::printf(R"({"bench":"dedup","case":"check","ids":%llu,"runs":%zu,"new_nanoseconds":%.1f,"recent_duplicate_nanoseconds":%.1f,)"
              R"("while_filling_nanoseconds":%.1f,"seal_nanoseconds_per_id":%.1f,"longest_seal_seconds":%.3f,"memory_bytes":%llu,)"
              R"("duplicates":%zu})"
              "\n",
              static_cast<unsigned long long>(seen->ids()), runs.size(), nanos[nanos.size() / 2], repeated[repeated.size() / 2],
              per_id(checking), per_id(sealing), longest, static_cast<unsigned long long>(seen->memory_bytes()), found);
  if (sealed == 0) return;
  const double start = seconds_of(CLOCK_MONOTONIC);
  const auto again = or_exit(SeenIds::open(files, folder, runs, {}));
  const double opened = seconds_of(CLOCK_MONOTONIC) - start;
  random = Random(1);  // the first ids again: they lie in runs
  micros = kStartMicros;
  batch.fill(random, micros, step);
  const double begin = seconds_of(CLOCK_THREAD_CPUTIME_ID);
  if (!again->check(batch.ids, batch.basis, batch.watermarks, batch.duplicates)) std::exit(1);
  std::printf(R"({"bench":"dedup","case":"reopen","ids":%llu,"milliseconds":%.1f,"sealed_duplicate_nanoseconds":%.1f,"duplicates":%td})"
              "\n",
              static_cast<unsigned long long>(again->ids()), opened * 1e3, (seconds_of(CLOCK_THREAD_CPUTIME_ID) - begin) * 1e9 / kBatch,
              std::ranges::count(batch.duplicates, 1));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: dedup_bench <folder> [ids remembered]\n");
    return 2;
  }
  const auto files = io::make_posix();
  const std::string folder = io::join(argv[1], "dedup_bench");
  const std::size_t many = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000'000;
  for (const std::size_t sealed : {std::size_t{0}, many}) {
    measure(*files, folder, sealed);
    if (!files->remove_all(folder)) return 1;
  }
  return 0;
}
