// librdkafka's own mock cluster for tests: brokers in this process that know topics, produce and fetch, and fail when told to.
#pragma once

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "log/kafka.h"

// Newer than the header. Questions about topics go to the controller.
extern "C" rd_kafka_resp_err_t rd_kafka_mock_set_controller_id(rd_kafka_mock_cluster_t* mcluster, int32_t broker_id);
extern "C" void rd_kafka_mock_group_initial_rebalance_delay_ms(rd_kafka_mock_cluster_t* mcluster, int32_t delay_ms);

namespace playhead::log {

inline constexpr std::int32_t kBroker = 1;  // the next ones are 2, 3, ...
// Kinds of requests.
inline constexpr std::int16_t kProduce = 0;
inline constexpr std::int16_t kFetch = 1;
inline constexpr std::int16_t kListOffsets = 2;
inline constexpr std::int16_t kMetadata = 3;
inline constexpr std::int16_t kInitProducerId = 22;

class MockCluster {
 public:
  explicit MockCluster(int brokers = 1) : handle_(new_handle()), cluster_(rd_kafka_mock_cluster_new(handle_, brokers)) {
    rd_kafka_mock_set_controller_id(cluster_, kBroker);
  }
  ~MockCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(handle_);
  }
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  rd_kafka_mock_cluster_t* operator*() { return cluster_; }
  KafkaOptions options() { return {.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(cluster_), .timeout = std::chrono::seconds{10}}; }
  std::unique_ptr<Log> log(KafkaOptions options) { return make_kafka(std::move(options)).value(); }
  std::unique_ptr<Log> log() { return log(options()); }
  void make(const std::string& topic, int partitions, int replicas = 1) {
    ASSERT_EQ(rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, replicas), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void lead(const std::string& topic, int partition, std::int32_t broker) {
    ASSERT_EQ(rd_kafka_mock_partition_set_leader(cluster_, topic.c_str(), partition, broker), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  // The next requests of this kind fail so, in this order.
  void fail_next(std::int16_t request, std::vector<rd_kafka_resp_err_t> errors) {
    rd_kafka_mock_push_request_errors_array(cluster_, request, errors.size(), errors.data());
  }

 private:
  static rd_kafka_t* new_handle() {
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
    return rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
  }

  rd_kafka_t* handle_;
  rd_kafka_mock_cluster_t* cluster_;
};

inline Timestamp at(int second) { return Timestamp{std::chrono::seconds{1'700'000'000 + second}}; }

// Appends values "0", "1", ... one second apart.
inline void append_numbers(Appender& appender, Partition partition, int first, int count) {
  std::vector<std::string> values;
  for (int i = first; i < first + count; ++i) values.push_back(std::to_string(i));
  std::vector<Record> records;
  for (int i = 0; i < count; ++i) records.push_back({"key", values[static_cast<std::size_t>(i)], at(first + i)});
  const auto range = appender.append(partition, records);
  ASSERT_TRUE(range) << range.error().message;
}

inline std::vector<std::string> numbers(int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back(std::to_string(i));
  return all;
}

struct ReadValues {
  std::vector<std::string> values;
  std::vector<std::uint64_t> offsets;
};

inline ReadValues read_partition(Reader& reader, Partition partition) {
  ReadValues all;
  const auto range = reader.range(partition);
  EXPECT_TRUE(range) << range.error().message;
  if (!range) return all;
  RecordBatch batch;
  for (Offset next = range->start; next < range->end; next = batch.next) {
    const Status status = reader.read(partition, next, range->end, batch);
    EXPECT_TRUE(status) << status.error().message;
    if (!status) break;
    EXPECT_GT(batch.next, next);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      all.values.emplace_back(batch.values[i]);
      all.offsets.push_back(batch.offsets[i].value);
    }
  }
  return all;
}

}  // namespace playhead::log
