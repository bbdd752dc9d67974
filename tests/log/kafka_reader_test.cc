#include "log/kafka_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "mock_kafka.h"

namespace playhead::log {
namespace {

constexpr int kRecords = 200;

class KafkaReaders : public testing::Test {
 protected:
  void SetUp() override {
    cluster_.make("plays", 1, 3);
    log_ = cluster_.log();
    appender_ = log_->appender("plays").value();
    append_numbers(*appender_, Partition{0}, 0, kRecords);
    reader_ = log_->reader("plays").value();
  }
  std::vector<std::string> all() { return read_partition(*reader_, Partition{0}).values; }

  MockCluster cluster_{3};
  std::unique_ptr<Log> log_;
  std::unique_ptr<Appender> appender_;
  std::unique_ptr<Reader> reader_;
};

TEST_F(KafkaReaders, FailuresThatPassChangeNothing) {
  const std::vector passing = {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                               RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                               RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE};
  for (const std::int16_t request : {kFetch, kListOffsets, kMetadata}) {
    for (const rd_kafka_resp_err_t error : passing) {
      const auto fresh = log_->reader("plays").value();
      cluster_.fail_next(request, {error, error});
      EXPECT_EQ(read_partition(*fresh, Partition{0}).values, numbers(kRecords))
          << "request " << request << ": " << rd_kafka_err2name(error);
      rd_kafka_mock_clear_request_errors(*cluster_, request);
    }
  }
}

TEST_F(KafkaReaders, WhatDoesNotPassIsTold) {
  cluster_.fail_next(kListOffsets, std::vector(20, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED));
  const auto range = reader_->range(Partition{0});
  ASSERT_FALSE(range);
  EXPECT_EQ(range.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(range.error().message.find("plays/0"), std::string::npos) << range.error().message;
  rd_kafka_mock_clear_request_errors(*cluster_, kListOffsets);
  EXPECT_EQ(all(), numbers(kRecords)) << "and later it may be permitted";
}

TEST_F(KafkaReaders, FollowsTheLeader) {
  for (int round = 0; round < 3; ++round) {
    cluster_.lead("plays", 0, 1 + (round + 1) % 3);
    append_numbers(*appender_, Partition{0}, kRecords * (round + 1), kRecords);
    EXPECT_EQ(all(), numbers(kRecords * (round + 2)));
  }
}

TEST_F(KafkaReaders, FollowsTheLeaderInTheMiddleOfAPartition) {
  append_numbers(*appender_, Partition{0}, kRecords, 20 * kRecords);
  RecordBatch batch;
  const OffsetRange range = reader_->range(Partition{0}).value();
  Offset next = range.start;
  std::vector<std::string> values;
  for (int round = 0; next < range.end; ++round) {
    if (round % 100 == 0) cluster_.lead("plays", 0, 1 + (round / 100) % 3);
    ASSERT_TRUE(reader_->read(Partition{0}, next, Offset{std::min(next.value + 7, range.end.value)}, batch));
    for (const std::string_view value : batch.values) values.emplace_back(value);
    next = batch.next;
  }
  EXPECT_EQ(values, numbers(21 * kRecords));
}

TEST_F(KafkaReaders, WaitsForALeaderThatIsDownAndReadsOn) {
  cluster_.lead("plays", 0, 2);
  EXPECT_EQ(all(), numbers(kRecords));
  append_numbers(*appender_, Partition{0}, kRecords, kRecords);
  ASSERT_EQ(rd_kafka_mock_broker_set_down(*cluster_, 2), RD_KAFKA_RESP_ERR_NO_ERROR);
  std::thread repair([this] {
    std::this_thread::sleep_for(std::chrono::seconds{2});
    cluster_.lead("plays", 0, 3);
  });
  EXPECT_EQ(all(), numbers(2 * kRecords));
  repair.join();
  ASSERT_EQ(rd_kafka_mock_broker_set_up(*cluster_, 2), RD_KAFKA_RESP_ERR_NO_ERROR);
}

// One of three leaders is down for good: what the others lead is read, and the wait for the one ends when it is told to, not before.
TEST_F(KafkaReaders, APartitionWithoutALeaderHoldsUpNoOther) {
  cluster_.make("wide", 2, 1);
  cluster_.lead("wide", 0, 1);
  cluster_.lead("wide", 1, 2);
  std::atomic<bool> cancelled = false;
  std::atomic<int> notices = 0;
  KafkaOptions options = cluster_.options();
  options.cancelled = [&] { return cancelled.load(); };
  options.notice = [&](const std::string&) { ++notices; };
  const auto log = cluster_.log(options);
  const auto appender = log->appender("wide").value();
  for (const std::uint32_t i : {0u, 1u}) append_numbers(*appender, Partition{i}, 0, 10);
  ASSERT_EQ(rd_kafka_mock_broker_set_down(*cluster_, 2), RD_KAFKA_RESP_ERR_NO_ERROR);
  std::thread waiting([&] {
    const auto reader = log->reader("wide").value();
    EXPECT_FALSE(reader->range(Partition{1}));
    EXPECT_TRUE(cancelled);
  });
  const auto reader = log->reader("wide").value();
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{6}; std::chrono::steady_clock::now() < end;) {
    ASSERT_EQ(read_partition(*reader, Partition{0}).values, numbers(10));
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  EXPECT_EQ(notices, 1) << "answers of other brokers hide the wait, or tell of it again and again";
  cancelled = true;
  waiting.join();
}

TEST_F(KafkaReaders, OffsetsAboveTheEndAreNotThere) {
  RecordBatch batch;
  for (const std::uint64_t offset : {std::uint64_t{kRecords}, std::uint64_t{kRecords + 1}, std::uint64_t{1} << 60}) {
    EXPECT_EQ(reader_->read(Partition{0}, Offset{offset}, Offset{offset + 9}, batch).error().kind, ErrorKind::kNotFound);
    EXPECT_EQ(batch.size(), 0u);
  }
  EXPECT_EQ(all(), numbers(kRecords)) << "and it can be read on";
}

}  // namespace
}  // namespace playhead::log
