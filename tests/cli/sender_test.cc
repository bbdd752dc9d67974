#include "cli/sender.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/clock.h"
#include "io/simulated.h"
#include "log/embedded.h"

namespace playhead::cli {
namespace {

class SenderTest : public testing::Test {
 protected:
  std::unique_ptr<Sender> open(const std::string& topic, std::uint32_t partitions) {
    return open_sender(*log_, {.name = topic, .partitions = partitions, .clock = log::ClockSource::kRecord}, true).value();
  }

  // Every readable record of a partition, as "key|value|timestamp"; "-" for no key.
  std::vector<std::string> records_of(const std::string& topic, std::uint32_t partition) {
    const auto reader = log_->reader(topic).value();
    const OffsetRange range = reader->range(Partition{partition}).value();
    std::vector<std::string> records;
    log::RecordBatch batch;
    for (Offset next = range.start; next < range.end; next = batch.offsets.back().next()) {
      EXPECT_TRUE(reader->read(Partition{partition}, next, range.end, batch).has_value());
      for (std::size_t i = 0; i < batch.size(); ++i) {
        const std::string key = batch.keys[i].data() ? std::string(batch.keys[i]) : "-";
        records.push_back(key + "|" + std::string(batch.values[i]) + "|" + std::to_string(to_micros(batch.timestamps[i])));
      }
    }
    return records;
  }

  io::SimulatedFileSystem files_;
  ManualClock clock_{from_micros(1'000)};
  std::unique_ptr<log::Log> log_ = log::make_embedded(files_, clock_, {.root = "log", .id_seed = 7}).value();
};

TEST_F(SenderTest, RecordsAreThereAfterFlushAndCountedThen) {
  const auto sender = open("plays", 1);
  ASSERT_TRUE(sender->send("u1", "a", from_micros(5)));
  ASSERT_TRUE(sender->send(std::string_view(), "b", from_micros(6)));
  ASSERT_TRUE(sender->send("", "c", from_micros(7)));  // an empty key is a key
  EXPECT_TRUE(sender->pending());
  EXPECT_EQ(sender->sent(), 0u);
  EXPECT_TRUE(records_of("plays", 0).empty());
  ASSERT_TRUE(sender->flush());
  EXPECT_FALSE(sender->pending());
  EXPECT_EQ(sender->sent(), 3u);
  EXPECT_EQ(records_of("plays", 0), (std::vector<std::string>{"u1|a|5", "-|b|6", "|c|7"}));
}

TEST_F(SenderTest, AKeyStaysInItsPartitionAndInOrder) {
  const auto sender = open("plays", 4);
  for (int i = 0; i < 25'000; ++i) ASSERT_TRUE(sender->send("u" + std::to_string(i % 100), std::to_string(i), from_micros(i)));
  ASSERT_TRUE(sender->flush());
  EXPECT_EQ(sender->sent(), 25'000u);
  std::map<std::string, std::uint32_t> partition_of_key;
  std::map<std::string, int> last;
  std::size_t count = 0;
  for (std::uint32_t partition = 0; partition < 4; ++partition) {
    for (const std::string& record : records_of("plays", partition)) {
      const std::string key = record.substr(0, record.find('|'));
      const int number = std::stoi(record.substr(record.find('|') + 1));
      EXPECT_EQ(partition_of_key.emplace(key, partition).first->second, log::partition_of(key, 4).value) << key;
      EXPECT_EQ(partition_of_key.at(key), partition) << key;
      const auto before = last.try_emplace(key, number - 100).first;
      EXPECT_EQ(number, before->second + 100) << key;
      before->second = number;
      ++count;
    }
  }
  EXPECT_EQ(count, 25'000u);
  EXPECT_EQ(last.size(), 100u);
}

TEST_F(SenderTest, RecordsWithoutKeyTakeThePartitionsInTurn) {
  const auto sender = open("plays", 3);
  constexpr std::size_t kBatches = 6;
  for (std::size_t i = 0; i < kBatches * Sender::kBatchRecords; ++i) ASSERT_TRUE(sender->send(std::string_view(), "x", from_micros(0)));
  ASSERT_TRUE(sender->flush());
  for (std::uint32_t partition = 0; partition < 3; ++partition)
    EXPECT_EQ(records_of("plays", partition).size(), kBatches / 3 * Sender::kBatchRecords);
}

TEST_F(SenderTest, LargeRecordsDoNotPileUp) {
  const auto sender = open("plays", 1);
  const std::string large(Sender::kBatchBytes / 2 + 1, 'x');
  ASSERT_TRUE(sender->send("k", large, from_micros(0)));
  ASSERT_TRUE(sender->send("k", large, from_micros(0)));
  EXPECT_EQ(sender->sent(), 2u);
}

TEST_F(SenderTest, OpensWhatIsThere) {
  open("plays", 2);
  EXPECT_EQ(open("plays", 2)->topic().options.partitions, 2u);
  EXPECT_EQ(open_sender(*log_, {.name = "plays", .partitions = 1}, false).value()->topic().options.partitions, 2u);
  const auto refused = open_sender(*log_, {.name = "plays", .partitions = 3}, true);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(refused.error().message, "topic plays has 2 partitions, not the 3 of --partitions: leave the flag out, or use another topic");
}

TEST_F(SenderTest, AFullDiskIsAnErrorAndNothingSentIsLost) {
  const auto sender = open("plays", 1);
  ASSERT_TRUE(sender->send("k", "kept", from_micros(1)));
  ASSERT_TRUE(sender->flush());
  files_.limit_capacity(0);
  ASSERT_TRUE(sender->send("k", std::string(100'000, 'x'), from_micros(2)));
  const Status refused = sender->flush();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kLimit);
  EXPECT_EQ(sender->sent(), 1u);
  files_.limit_capacity(1 << 30);
  EXPECT_EQ(records_of("plays", 0).front(), "k|kept|1");
}

}  // namespace
}  // namespace playhead::cli
