#include "log/kafka_appender.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "mock_kafka.h"

namespace playhead::log {
namespace {

class KafkaAppenders : public testing::Test {
 protected:
  void SetUp() override {
    cluster_.make("plays", 1, 3);
    log_ = cluster_.log();
    appender_ = log_->appender("plays").value();
  }
  std::vector<std::string> all() { return read_partition(*log_->reader("plays").value(), Partition{0}).values; }

  MockCluster cluster_{3};
  std::unique_ptr<Log> log_;
  std::unique_ptr<Appender> appender_;
};

TEST_F(KafkaAppenders, FailuresThatPassChangeNothing) {
  const std::vector passing = {
      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,   RD_KAFKA_RESP_ERR__TRANSPORT,
      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,      RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE};
  int sent = 0;
  for (const rd_kafka_resp_err_t error : passing) {
    cluster_.fail_next(kProduce, {error, error});
    append_numbers(*appender_, Partition{0}, sent, 100);
    sent += 100;
    EXPECT_EQ(all(), numbers(sent)) << rd_kafka_err2name(error);
  }
}

TEST_F(KafkaAppenders, WaitsForAProducerId) {
  cluster_.fail_next(kInitProducerId, {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
                                       RD_KAFKA_RESP_ERR__TRANSPORT});
  append_numbers(*appender_, Partition{0}, 0, 100);
  EXPECT_EQ(all(), numbers(100));
}

TEST_F(KafkaAppenders, WhatDoesNotPassIsToldAndTheNextIsSent) {
  const std::array records = {Record{"a", "0", at(0)}};
  for (const auto& [error, kind] : {std::pair{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, ErrorKind::kLimit},
                                    std::pair{RD_KAFKA_RESP_ERR_POLICY_VIOLATION, ErrorKind::kInvalid},
                                    std::pair{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ErrorKind::kInvalid}}) {
    cluster_.fail_next(kProduce, {error});
    const auto refused = appender_->append(Partition{0}, records);
    ASSERT_FALSE(refused) << rd_kafka_err2name(error);
    EXPECT_EQ(refused.error().kind, kind) << refused.error().message;
    EXPECT_NE(refused.error().message.find("plays/0"), std::string::npos) << refused.error().message;
  }
  // What is forbidden stays so until librdkafka asks for the topic again; another appender asks anew.
  append_numbers(*log_->appender("plays").value(), Partition{0}, 0, 10);
  EXPECT_EQ(all(), numbers(10));
}

TEST_F(KafkaAppenders, FollowsTheLeaderWhileItSends) {
  std::atomic<bool> done = false;
  std::thread mover([&] {
    for (int round = 0; !done; ++round) {
      cluster_.lead("plays", 0, 1 + round % 3);
      std::this_thread::sleep_for(std::chrono::milliseconds{700});
    }
  });
  for (int i = 0; i < 100; ++i) append_numbers(*appender_, Partition{0}, 100 * i, 100);
  done = true;
  mover.join();
  EXPECT_EQ(all(), numbers(10'000));
}

// The broker dies with records on their way and does not come back: what append() did not return for is nobody's promise.
TEST_F(KafkaAppenders, ClaimsNothingThatWasNotAcknowledged) {
  std::atomic<bool> cancelled = false;
  KafkaOptions options = cluster_.options();
  options.cancelled = [&] { return cancelled.load(); };
  const auto log = cluster_.log(options);
  const auto appender = log->appender("plays").value();
  append_numbers(*appender, Partition{0}, 0, 100);
  for (const std::int32_t broker : {1, 2, 3}) ASSERT_EQ(rd_kafka_mock_broker_set_down(*cluster_, broker), RD_KAFKA_RESP_ERR_NO_ERROR);
  cancelled = true;
  const std::array records = {Record{"a", "lost", at(0)}};
  EXPECT_EQ(appender->append(Partition{0}, records).error().kind, ErrorKind::kIo);
  for (const std::int32_t broker : {1, 2, 3}) ASSERT_EQ(rd_kafka_mock_broker_set_up(*cluster_, broker), RD_KAFKA_RESP_ERR_NO_ERROR);
  cancelled = false;
  append_numbers(*appender, Partition{0}, 100, 100);
  const auto found = all();
  EXPECT_EQ(std::ranges::count(found, "lost"), 0) << "it was taken back before it was sent";
  EXPECT_EQ(found, numbers(200));
}

TEST_F(KafkaAppenders, LentRecordsAreNotTouchedAfterTheCall) {
  for (int round = 0; round < 50; ++round) {
    auto value = std::make_unique<std::string>(std::to_string(round));
    const std::array records = {Record{*value, *value, at(round)}};
    ASSERT_TRUE(appender_->append(Partition{0}, records));
    value->assign("overwritten");
  }
  EXPECT_EQ(all(), numbers(50));
}

}  // namespace
}  // namespace playhead::log
