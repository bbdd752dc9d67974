#include "cli/latest_records.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "base/random.h"

namespace playhead::cli {
namespace {

struct Sample {
  std::int64_t time;
  std::uint64_t offset;
  std::string value;
};

log::RecordBatch batch_of(const std::vector<Sample>& samples) {
  log::RecordBatch batch;
  for (const Sample& sample : samples) batch.buffer += sample.value;
  batch.buffer.append(log::kPaddingBytes, '\0');
  const char* at = batch.buffer.data();
  for (const Sample& sample : samples) {
    batch.offsets.push_back({sample.offset});
    batch.timestamps.push_back(Timestamp{Duration{sample.time}});
    batch.keys.emplace_back();
    batch.values.emplace_back(at, sample.value.size());
    batch.headers.emplace_back();
    at += sample.value.size();
  }
  return batch;
}

TEST(LatestRecords, KeepsTheNewestOfAllPartitionsInOrderOfTime) {
  LatestRecords latest{3};
  latest.add({1}, batch_of({{10, 0, "a"}, {40, 1, "b"}, {50, 2, "c"}}));
  latest.add({0}, batch_of({{45, 7, "d"}, {20, 8, "e"}}));
  EXPECT_EQ(latest.size(), 3u);
  log::RecordBatch batch;
  std::vector<Partition> partitions;
  latest.take(batch, partitions);
  ASSERT_EQ(batch.size(), 3u);
  EXPECT_EQ(batch.values, (std::vector<std::string_view>{"b", "d", "c"}));
  EXPECT_EQ(partitions, (std::vector<Partition>{{1}, {0}, {1}}));
  EXPECT_EQ(batch.offsets, (std::vector<Offset>{{1}, {7}, {2}}));
  EXPECT_EQ(batch.keys[0].data(), nullptr) << "a null key stays null";
  EXPECT_GE(batch.buffer.size(), 3 + log::kPaddingBytes);
  EXPECT_EQ(latest.size(), 0u);
}

TEST(LatestRecords, AgreesWithSortingEverything) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random{seed};
    const std::uint64_t kept = random.below(20);
    LatestRecords latest{kept};
    std::vector<std::tuple<std::int64_t, std::uint32_t, std::uint64_t>> all;
    for (std::uint32_t partition = 0; partition < 4; ++partition) {
      std::vector<Sample> samples;
      for (std::uint64_t offset = 0; offset < random.below(15); ++offset) {
        samples.push_back({static_cast<std::int64_t>(random.below(30)), offset, "v"});
        all.emplace_back(samples.back().time, partition, offset);
      }
      latest.add({partition}, batch_of(samples));
    }
    std::sort(all.begin(), all.end());
    if (all.size() > kept) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(kept));
    log::RecordBatch batch;
    std::vector<Partition> partitions;
    latest.take(batch, partitions);
    ASSERT_EQ(batch.size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i)
      EXPECT_EQ(std::tuple(batch.timestamps[i].time_since_epoch().count(), partitions[i].value, batch.offsets[i].value), all[i]);
  }
}

TEST(LatestRecords, HoldsNoMoreBytesThanItSays) {
  LatestRecords latest{100};
  for (std::uint64_t i = 0; i < 10; ++i) latest.add({0}, batch_of({{static_cast<std::int64_t>(i), i, std::string(16u << 20, 'x')}}));
  log::RecordBatch batch;
  std::vector<Partition> partitions;
  latest.take(batch, partitions);
  ASSERT_EQ(batch.size(), 4u);
  EXPECT_EQ(batch.offsets.back(), Offset{9});
}

}  // namespace
}  // namespace playhead::cli
