// Against librdkafka's mock cluster. With a real broker: tests/flow/kafka_group_test.py.
#include "log/kafka_group.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "mock_kafka.h"

namespace playhead::log {
namespace {

using Partitions = std::vector<Partition>;

class KafkaGroups : public testing::Test {
 protected:
  KafkaGroups() {
    cluster_.make("plays", 4);
    rd_kafka_mock_group_initial_rebalance_delay_ms(*cluster_, 0);
    KafkaOptions options = cluster_.options();
    options.properties = {{"session.timeout.ms", "3000"}, {"heartbeat.interval.ms", "100"}};
    log_ = cluster_.log(std::move(options));
  }

  std::unique_ptr<Group> join() { return log_->join({.topic = "plays", .group = "job"}).value(); }

  // Until each has as many partitions as named.
  static void settle(const std::vector<Group*>& members, const std::vector<std::size_t>& counts) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    for (bool settled = false; !settled; std::this_thread::sleep_for(std::chrono::milliseconds{20})) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "the group did not settle";
      settled = true;
      for (std::size_t i = 0; i < members.size(); ++i) {
        const Status status = members[i]->poll([&](const Partitions& partitions) -> Status {
          EXPECT_TRUE(std::ranges::is_sorted(partitions));
          return {};
        });
        ASSERT_TRUE(status) << status.error().message;
        settled &= members[i]->assigned().size() == counts[i];
      }
    }
  }

  MockCluster cluster_;
  std::unique_ptr<Log> log_;
};

TEST_F(KafkaGroups, ShareThePartitionsAndGiveThemBack) {
  const auto first = join();
  settle({first.get()}, {4});
  EXPECT_TRUE(first->is_owner().value());
  const auto second = join();
  settle({first.get(), second.get()}, {2, 2});
  Partitions all = first->assigned();
  all.insert(all.end(), second->assigned().begin(), second->assigned().end());
  std::ranges::sort(all);
  EXPECT_EQ(all, (Partitions{{0}, {1}, {2}, {3}}));
  second->tell_progress({{second->assigned()[0], Offset{17}}});
  EXPECT_TRUE(second->is_owner().value());
  Partitions told{{9}};
  ASSERT_TRUE(second->leave([&](const Partitions& partitions) -> Status {
    told = partitions;
    return {};
  }));
  EXPECT_EQ(told, Partitions{});
  settle({first.get()}, {4});
}

TEST_F(KafkaGroups, AChangeThatFailsIsToldAndHolds) {
  const auto member = join();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  Status status;
  while (status && std::chrono::steady_clock::now() < end) {
    status = member->poll([](const Partitions&) -> Status { return fail(ErrorKind::kFenced, "another has them"); });
  }
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kFenced);
  EXPECT_EQ(member->assigned().size(), 4u);
}

}  // namespace
}  // namespace playhead::log
