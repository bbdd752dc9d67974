// Against librdkafka's own mock cluster: a broker in this process that knows topics, produce and fetch, and fails when told to. What only
// a real broker does is in tests/flow/kafka_test.py.
#include "log/kafka.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "mock_kafka.h"

namespace playhead::log {
namespace {

class Kafka : public testing::Test {
 protected:
  MockCluster cluster_;
};

TEST_F(Kafka, GivesBackWhatWasAppended) {
  cluster_.make("plays", 2);
  const auto log = cluster_.log();
  const auto appender = log->appender("plays").value();
  EXPECT_EQ(appender->topic().options.partitions, 2u);
  const std::string_view empty = "";
  const std::string_view binary("\0\xff\n\x80", 4);
  const std::array headers = {Header{"event-id", "abc"}, Header{"none", {}}, Header{"empty", empty}, Header{"event-id", binary}};
  const std::array records = {
      Record{"user-1", "one", at(1), {headers.begin(), headers.end()}},
      Record{{}, "no key", at(2)},
      Record{"user-2", {}, at(3)},  // a tombstone
      Record{empty, empty, at(4)},
  };
  EXPECT_EQ(appender->append(Partition{1}, records).value(), (OffsetRange{Offset{0}, Offset{4}}));
  const auto reader = log->reader("plays").value();
  EXPECT_EQ(reader->range(Partition{0}).value(), (OffsetRange{Offset{0}, Offset{0}}));
  EXPECT_EQ(reader->range(Partition{1}).value(), (OffsetRange{Offset{0}, Offset{4}}));
  RecordBatch batch;
  ASSERT_TRUE(reader->read(Partition{1}, Offset{0}, Offset{4}, batch));
  ASSERT_EQ(batch.size(), 4u);
  EXPECT_EQ(batch.next, Offset{4});
  EXPECT_EQ(batch.keys[0], "user-1");
  EXPECT_EQ(batch.values[0], "one");
  EXPECT_EQ(batch.timestamps[0], at(1));
  EXPECT_EQ(batch.keys[1].data(), nullptr);
  EXPECT_EQ(batch.values[2].data(), nullptr);
  EXPECT_NE(batch.keys[3].data(), nullptr);
  EXPECT_NE(batch.values[3].data(), nullptr);
  EXPECT_EQ(batch.values[3].size(), 0u);
  EXPECT_EQ(batch.offsets[3], Offset{3});
  const auto found = headers_of(batch.headers[0]);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].name, "event-id");
  EXPECT_EQ(found[0].value, "abc");
  EXPECT_EQ(found[1].value.data(), nullptr);
  EXPECT_NE(found[2].value.data(), nullptr);
  EXPECT_EQ(found[3].name, "event-id");
  EXPECT_EQ(found[3].value, binary);
  EXPECT_TRUE(headers_of(batch.headers[1]).empty());
}

TEST_F(Kafka, ReadsInBatchesAndFromAnywhere) {
  cluster_.make("plays", 1);
  const auto log = cluster_.log();
  const auto appender = log->appender("plays").value();
  std::vector<std::string> values;
  for (int i = 0; i < 30'000; ++i) values.push_back("play " + std::to_string(i));
  std::vector<Record> records;
  for (const std::string& value : values) records.push_back({"user", value, at(0)});
  ASSERT_EQ(appender->append(Partition{0}, records).value(), (OffsetRange{Offset{0}, Offset{30'000}}));
  const auto reader = log->reader("plays").value();
  const ReadValues all = read_partition(*reader, Partition{0});
  EXPECT_EQ(all.values, values);
  RecordBatch batch;
  for (const std::uint64_t from : {29'999ull, 17ull, 12'345ull}) {
    ASSERT_TRUE(reader->read(Partition{0}, Offset{from}, Offset{from + 1}, batch));
    ASSERT_EQ(batch.size(), 1u);
    EXPECT_EQ(batch.values[0], values[from]);
    EXPECT_EQ(batch.next, Offset{from + 1});
  }
  ASSERT_TRUE(reader->read(Partition{0}, Offset{12'346}, Offset{30'000}, batch)) << "reading on is no new start";
  EXPECT_EQ(batch.values[0], values[12'346]);
}

TEST_F(Kafka, RefusesOffsetsOutsideTheTopic) {
  cluster_.make("plays", 1);
  const auto log = cluster_.log();
  const std::array records = {Record{"a", "b", at(0)}};
  ASSERT_TRUE(log->appender("plays").value()->append(Partition{0}, records));
  const auto reader = log->reader("plays").value();
  RecordBatch batch;
  EXPECT_EQ(reader->read(Partition{0}, Offset{1}, Offset{9}, batch).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(reader->read(Partition{1}, Offset{0}, Offset{9}, batch).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(reader->range(Partition{1}).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(log->appender("plays").value()->append(Partition{1}, records).error().kind, ErrorKind::kNotFound);
}

TEST_F(Kafka, KnowsNoTopicThatIsNotThere) {
  const auto log = cluster_.log();
  EXPECT_EQ(log->topic("nowhere").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(log->reader("nowhere").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(log->appender("nowhere").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(log->topic("no name").error().kind, ErrorKind::kInvalid);
}

TEST_F(Kafka, ListsTopicsWithIdsOfTheirOwn) {
  cluster_.make("plays", 3);
  cluster_.make("likes", 1);
  const auto topics = cluster_.log()->topics().value();
  ASSERT_EQ(topics.size(), 2u);
  EXPECT_EQ(topics[0].options.name, "likes");
  EXPECT_EQ(topics[1].options.partitions, 3u);
  EXPECT_EQ(topics[0].id.size(), 32u);
  EXPECT_NE(topics[0].id, topics[1].id);
}

TEST_F(Kafka, WaitsUntilRecordsCome) {
  cluster_.make("plays", 1);
  const auto log = cluster_.log();
  const auto appender = log->appender("plays").value();
  const auto reader = log->reader("plays").value();
  const auto other = log->reader("plays").value();  // as the pipeline: one waits, another reads
  const std::array records = {Record{"a", "b", at(0)}};
  for (std::uint64_t round = 0; round < 5; ++round) {
    std::thread producer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
      ASSERT_TRUE(appender->append(Partition{0}, records));
    });
    const auto start = std::chrono::steady_clock::now();
    while (other->range(Partition{0}).value().end.value <= round) ASSERT_TRUE(reader->wait(std::chrono::seconds{20}));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{10});
    producer.join();
    RecordBatch batch;
    ASSERT_TRUE(other->read(Partition{0}, Offset{round}, Offset{round + 1}, batch));
    EXPECT_EQ(batch.size(), 1u);
  }
}

TEST_F(Kafka, IsWokenFromAWait) {
  cluster_.make("plays", 1);
  const auto reader = cluster_.log()->reader("plays").value();
  const auto start = std::chrono::steady_clock::now();
  reader->wake();
  ASSERT_TRUE(reader->wait(std::chrono::seconds{20}));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{10});
}

TEST_F(Kafka, CallersShareAnAppender) {
  cluster_.make("plays", 2);
  const auto log = cluster_.log();
  const auto appender = log->appender("plays").value();
  constexpr int kThreads = 4;
  constexpr int kRounds = 20;
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < kRounds; ++round) {
        const std::string value = std::to_string(thread) + "/" + std::to_string(round);
        const std::array records = {Record{"a", value, at(0)}, Record{"b", value, at(0)}};
        const auto range = appender->append(Partition{static_cast<std::uint32_t>(thread % 2)}, records);
        failures += !range || range->count() < 2;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  const auto reader = log->reader("plays").value();
  EXPECT_EQ(read_partition(*reader, Partition{0}).values.size() + read_partition(*reader, Partition{1}).values.size(),
            2u * kThreads * kRounds);
}

TEST_F(Kafka, SendsAgainWhatWasNotAcknowledged) {
  cluster_.make("plays", 1);
  const auto log = cluster_.log();
  const auto appender = log->appender("plays").value();
  rd_kafka_mock_push_request_errors(*cluster_, kProduce, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                    RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
  const std::array records = {Record{"a", "1", at(0)}, Record{"a", "2", at(0)}};
  ASSERT_EQ(appender->append(Partition{0}, records).value(), (OffsetRange{Offset{0}, Offset{2}}));
  EXPECT_EQ(read_partition(*log->reader("plays").value(), Partition{0}).values, (std::vector<std::string>{"1", "2"}));
}

TEST_F(Kafka, SaysThatARecordIsTooLargeForTheBroker) {
  cluster_.make("plays", 1);
  const auto log = cluster_.log();
  const auto appender = log->appender("plays").value();
  rd_kafka_mock_push_request_errors(*cluster_, kProduce, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
  const std::array records = {Record{"a", "large", at(0)}};
  EXPECT_EQ(appender->append(Partition{0}, records).error().kind, ErrorKind::kLimit);
  EXPECT_TRUE(appender->append(Partition{0}, records)) << "the next one is sent as if nothing had been";
  const std::string huge(kRecordBytesMax + 1, 'x');
  const std::array too_large = {Record{"a", huge, at(0)}};
  EXPECT_EQ(appender->append(Partition{0}, too_large).error().kind, ErrorKind::kLimit);
}

TEST_F(Kafka, WaitsForABrokerThatWentAwayAndTellsOnce) {
  cluster_.make("plays", 1);
  std::mutex mutex;
  std::vector<std::string> notices;
  KafkaOptions options = cluster_.options();
  options.notice = [&](const std::string& notice) {
    const std::scoped_lock guard(mutex);
    notices.push_back(notice);
  };
  const auto log = cluster_.log(options);
  const auto appender = log->appender("plays").value();
  const std::array records = {Record{"a", "1", at(0)}};
  ASSERT_TRUE(appender->append(Partition{0}, records));
  ASSERT_EQ(rd_kafka_mock_broker_set_down(*cluster_, kBroker), RD_KAFKA_RESP_ERR_NO_ERROR);
  std::thread repair([&] {
    std::this_thread::sleep_for(std::chrono::seconds{4});
    ASSERT_EQ(rd_kafka_mock_broker_set_up(*cluster_, kBroker), RD_KAFKA_RESP_ERR_NO_ERROR);
  });
  EXPECT_TRUE(appender->append(Partition{0}, records));
  repair.join();
  EXPECT_EQ(read_partition(*log->reader("plays").value(), Partition{0}).values.size(), 2u);
  const std::scoped_lock guard(mutex);
  EXPECT_EQ(notices.size(), 2u) << testing::PrintToString(notices);
}

TEST_F(Kafka, EndsAWaitWhenItIsToldTo) {
  cluster_.make("plays", 1);
  std::atomic<bool> cancelled = false;
  KafkaOptions options = cluster_.options();
  options.cancelled = [&] { return cancelled.load(); };
  const auto log = cluster_.log(options);
  const auto appender = log->appender("plays").value();
  const std::array records = {Record{"a", "1", at(0)}};
  ASSERT_TRUE(appender->append(Partition{0}, records));
  ASSERT_EQ(rd_kafka_mock_broker_set_down(*cluster_, kBroker), RD_KAFKA_RESP_ERR_NO_ERROR);
  std::thread end([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    cancelled = true;
  });
  EXPECT_EQ(appender->append(Partition{0}, records).error().kind, ErrorKind::kIo);
  end.join();
}

TEST(KafkaOptions, FailWhereNobodyAnswers) {
  const auto log = make_kafka({.bootstrap_servers = "127.0.0.1:1", .timeout = std::chrono::seconds{1}}).value();
  const auto found = log->topics();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kIo);
  EXPECT_NE(found.error().message.find("127.0.0.1:1"), std::string::npos) << found.error().message;
}

TEST(KafkaOptions, AreCheckedWithoutTellingSecrets) {
  const auto refused = [](const std::string& name, const std::string& value) {
    const auto log = make_kafka({.bootstrap_servers = "127.0.0.1:1", .properties = {{name, value}}});
    EXPECT_FALSE(log) << name;
    if (log) return std::string();
    EXPECT_EQ(log.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(log.error().message.find(name), std::string::npos) << log.error().message;
    return log.error().message;
  };
  refused("no.such.property", "1");
  refused("enable.idempotence", "false");
  refused("acks", "1");
  refused("auto.offset.reset", "latest");
  refused("linger.ms", "soon");
  EXPECT_EQ(refused("ssl.key.password.of", "hunter2").find("hunter2"), std::string::npos);
  EXPECT_EQ(make_kafka({.bootstrap_servers = ""}).error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(
      make_kafka({.bootstrap_servers = "127.0.0.1:1", .properties = {{"linger.ms", "1"}, {"isolation.level", "read_uncommitted"}}}));
}

}  // namespace
}  // namespace playhead::log
