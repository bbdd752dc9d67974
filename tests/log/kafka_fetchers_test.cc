#include "log/kafka_fetchers.h"

#include <gtest/gtest.h>

#include <thread>

#include "mock_kafka.h"

namespace playhead::log {
namespace {

constexpr std::uint32_t kPartitions = 16;
constexpr int kRecords = 50;

std::ptrdiff_t threads() { return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}); }

class Fetchers : public testing::Test {
 protected:
  void SetUp() override {
    cluster_.make("plays", static_cast<int>(kPartitions));
    log_ = cluster_.log();
    const auto appender = log_->appender("plays").value();
    for (std::uint32_t i = 0; i < kPartitions; ++i) append_numbers(*appender, Partition{i}, 0, kRecords);
  }

  MockCluster cluster_;
  std::unique_ptr<Log> log_;
};

TEST_F(Fetchers, ReadersOfATopicShareAHandle) {
  const std::ptrdiff_t before = threads();
  {
    std::vector<std::unique_ptr<Reader>> readers;
    for (std::uint32_t i = 0; i < kPartitions; ++i) {
      readers.push_back(log_->reader("plays").value());
      EXPECT_EQ(read_partition(*readers.back(), Partition{i}).values, numbers(kRecords));
    }
    EXPECT_LE(threads() - before, 6) << "each reader has threads of its own";
  }
  EXPECT_LE(threads(), before) << "a handle that nobody uses is not closed";
}

TEST_F(Fetchers, EachReaderHasAThreadOfItsOwn) {
  std::vector<std::thread> lanes;
  for (std::uint32_t i = 0; i < kPartitions; ++i) {
    lanes.emplace_back([this, i] {
      const auto reader = log_->reader("plays").value();
      for (int round = 0; round < 5; ++round) EXPECT_EQ(read_partition(*reader, Partition{i}).values, numbers(kRecords));
    });
  }
  for (std::thread& lane : lanes) lane.join();
}

TEST_F(Fetchers, TwoReadersOfOnePartitionDoNotDisturbEachOther) {
  const auto one = log_->reader("plays").value();
  const auto two = log_->reader("plays").value();
  RecordBatch batch;
  for (std::uint64_t offset = 0; offset < 20; ++offset) {
    for (Reader* reader : {one.get(), two.get()}) {
      ASSERT_TRUE(reader->read(Partition{3}, Offset{offset}, Offset{offset + 1}, batch));
      ASSERT_EQ(batch.size(), 1u);
      EXPECT_EQ(batch.values[0], std::to_string(offset));
    }
  }
}

TEST_F(Fetchers, APartitionIsFreeAgainWhenItsReaderGoes) {
  const std::ptrdiff_t before = threads();
  const auto keeps = log_->reader("plays").value();
  EXPECT_EQ(read_partition(*keeps, Partition{0}).values.size(), std::size_t{kRecords});
  const std::ptrdiff_t with_one = threads();  // or one less, when the connection to the first address is given up
  for (int round = 0; round < 3; ++round) {
    const auto reader = log_->reader("plays").value();
    EXPECT_EQ(read_partition(*reader, Partition{1}).values.size(), std::size_t{kRecords});
    EXPECT_LE(threads(), with_one);
  }
  EXPECT_GT(with_one, before);
}

}  // namespace
}  // namespace playhead::log
