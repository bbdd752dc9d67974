#include "log/partition_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/random.h"
#include "disks.h"
#include "log/embedded.h"
#include "log/topic_file.h"

namespace playhead::log {
namespace {

using namespace std::chrono_literals;

class PartitionReaderTest : public testing::Test {
 protected:
  void SetUp() override { log_ = *make_embedded(disk_, clock_, {.root = "log", .id_seed = 1, .codec = Codec::kNone}); }
  void make(const TopicOptions& options) {
    topic_ = *log_->create_topic(options);
    appender_ = *log_->appender(options.name);
  }
  void append(const std::string& value, Timestamp timestamp = {}) {
    const std::array<Record, 1> records{{{.key = "u", .value = value, .timestamp = timestamp}}};
    ASSERT_TRUE(appender_->append(Partition{0}, records).has_value());
  }
  std::unique_ptr<PartitionReader> reader(std::size_t chunk_bytes) {
    PartitionFiles files(disk_, "log/" + topic_.options.name, bytes_of_hex(topic_.id), Partition{0});
    return *PartitionReader::make(std::move(files), topic_.options.clock, chunk_bytes);
  }

  io::SimulatedFileSystem disk_;
  ManualClock clock_{kStart};
  std::unique_ptr<Log> log_;
  TopicDescription topic_;
  std::unique_ptr<Appender> appender_;
};

TEST_F(PartitionReaderTest, ReadsTheSameWithChunksOfAnySize) {
  make({.name = "plays", .segment_bytes = 3000});
  Random random(3);
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i) {
    expected.push_back(std::to_string(i) + std::string(random.below(400), 'v'));
    append(expected.back());
  }
  for (const std::size_t chunk : {64u, 100u, 1000u, 1u << 20}) {
    const auto partition = reader(chunk);
    RecordBatch batch;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_TRUE(partition->read(Offset{i}, Offset{i + 1}, batch).has_value());
      ASSERT_EQ(batch.values.at(0), expected[i]);
    }
    for (std::size_t i = expected.size(); i-- > 0;) {
      ASSERT_TRUE(partition->read(Offset{i}, Offset{~0ULL}, batch).has_value());
      ASSERT_EQ(batch.values.at(0), expected[i]);
    }
  }
}

TEST_F(PartitionReaderTest, FollowsTheEndAsItMoves) {
  make({.name = "plays", .segment_bytes = 2000});
  const auto partition = reader(1 << 20);
  RecordBatch batch;
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(partition->read(Offset{i}, Offset{i + 1}, batch).error().kind, ErrorKind::kNotFound);
    append("play " + std::to_string(i));
    ASSERT_TRUE(partition->read(Offset{i}, Offset{i + 1}, batch).has_value());
    EXPECT_EQ(batch.values.at(0), "play " + std::to_string(i));
  }
}

TEST_F(PartitionReaderTest, NamesFileAndPlaceOfDamage) {
  make({.name = "plays"});
  for (int i = 0; i < 5; ++i) append("play " + std::to_string(i));
  const std::string path = "log/plays/0/00000000000000000000.segment";
  std::string bytes = *io::read_file(disk_, path, 1 << 20);
  const std::size_t block = bytes.size() / 5;
  bytes[2 * block + 70] ^= 8;
  ASSERT_TRUE(io::write_file_synced(disk_, path, bytes).has_value());
  const auto partition = reader(1 << 20);
  RecordBatch batch;
  for (std::uint64_t i = 0; i < 5; ++i) {
    const auto status = partition->read(Offset{i}, Offset{5}, batch);
    EXPECT_EQ(status.has_value(), i != 2);
    if (status) continue;
    EXPECT_EQ(status.error().kind, ErrorKind::kCorrupt);
    EXPECT_TRUE(status.error().message.starts_with(path + " at byte " + std::to_string(2 * block) + ": ")) << status.error().message;
    EXPECT_EQ(batch.size(), 0u);
  }
  EXPECT_EQ(*io::read_file(disk_, path, 1 << 20), bytes) << "damage below the mark is never cut";
}

TEST_F(PartitionReaderTest, ReportsAMissingSegmentInTheMiddle) {
  make({.name = "plays", .segment_bytes = 1024});
  for (int i = 0; i < 5; ++i) append(std::string(900, 'v'));
  ASSERT_TRUE(disk_.remove("log/plays/0/00000000000000000002.segment").has_value());
  const auto partition = reader(1 << 20);
  RecordBatch batch;
  EXPECT_TRUE(partition->read(Offset{1}, Offset{2}, batch).has_value());
  EXPECT_EQ(partition->read(Offset{2}, Offset{3}, batch).error().kind, ErrorKind::kCorrupt);
  EXPECT_TRUE(partition->read(Offset{3}, Offset{4}, batch).has_value());
}

TEST_F(PartitionReaderTest, FindsOffsetsByAppendTime) {
  make({.name = "plays", .segment_bytes = 1024});
  std::vector<Timestamp> times;
  Random random(8);
  for (int i = 0; i < 60; ++i) {
    if (random.chance(0.6)) clock_.advance(1s * random.below(100));
    append(std::string(random.below(600), 'v'));
    times.push_back(clock_.now());
  }
  const auto partition = reader(4096);
  for (auto time = kStart - 2s; time < times.back() + 3s; time += 7s) {
    const auto expected = std::ranges::lower_bound(times, time) - times.begin();
    ASSERT_EQ(partition->offset_at(time), Offset{static_cast<std::uint64_t>(expected)}) << format_iso(time);
  }
}

TEST_F(PartitionReaderTest, FindsOffsetsByTimesInAnyOrder) {
  make({.name = "plays", .clock = ClockSource::kRecord, .segment_bytes = 1024});
  std::vector<std::int64_t> times;
  Random random(8);
  for (int i = 0; i < 60; ++i) {
    times.push_back(static_cast<std::int64_t>(random.below(1000)));
    append(std::string(random.below(600), 'v'), from_micros(times.back()));
  }
  const auto partition = reader(4096);
  for (std::int64_t time = -1; time < 1005; ++time) {
    const auto expected = std::ranges::find_if(times, [&](std::int64_t each) { return each >= time; }) - times.begin();
    ASSERT_EQ(partition->offset_at(from_micros(time)), Offset{static_cast<std::uint64_t>(expected)}) << time;
  }
}

}  // namespace
}  // namespace playhead::log
