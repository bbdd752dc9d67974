#include "log/retention.h"

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

class Retention : public testing::Test {
 protected:
  void make(TopicOptions options) {
    options.segment_bytes = 1024;
    log_ = *make_embedded(disk_, clock_, {.root = "log", .id_seed = 1, .codec = Codec::kNone});
    ASSERT_TRUE(log_->create_topic(options).has_value());
    appender_ = *log_->appender("plays");
  }
  // One block of 1,000 bytes, so each append but the first closes a segment.
  void append(int times = 1) {
    const std::string value(1000 - kBlockHeaderBytes - 8, 'v');
    const std::array<Record, 1> records{{{.key = "", .value = value, .timestamp = from_micros(1)}}};
    for (int i = 0; i < times; ++i) {
      const auto range = appender_->append(Partition{0}, records);
      ASSERT_TRUE(range.has_value()) << range.error().message;
    }
  }
  OffsetRange range() { return *(*log_->reader("plays"))->range(Partition{0}); }

  io::SimulatedFileSystem disk_;
  ManualClock clock_{kStart};
  std::unique_ptr<Log> log_;
  std::unique_ptr<Appender> appender_;
};

TEST_F(Retention, KeepsAllByDefault) {
  make({.name = "plays"});
  append(20);
  EXPECT_EQ(range(), (OffsetRange{Offset{0}, Offset{20}}));
}

TEST_F(Retention, KeepsAtLeastTheBytesThatAreAskedFor) {
  make({.name = "plays", .retention_bytes = 3500});
  append(5);  // at the fourth roll: four closed segments and an empty new one are 4,000 bytes
  EXPECT_EQ(range(), (OffsetRange{Offset{0}, Offset{5}}));
  append();
  EXPECT_EQ(range(), (OffsetRange{Offset{1}, Offset{6}}));
  append(50);
  EXPECT_EQ(range(), (OffsetRange{Offset{51}, Offset{56}}));
  EXPECT_EQ(read_all(**log_->reader("plays"), Partition{0}).size(), 5u);
}

TEST_F(Retention, RemovesByTheAgeOfTheAppend) {
  make({.name = "plays", .clock = ClockSource::kRecord, .retention_age = 1h});
  append(5);
  EXPECT_EQ(range().start, Offset{0}) << "records with old times of their own are not old in the log";
  clock_.advance(50min);
  append(5);
  clock_.advance(10min);
  append();
  EXPECT_EQ(range().start, Offset{0}) << "exactly the age is not yet over it";
  clock_.advance(1s);
  append();
  EXPECT_EQ(range(), (OffsetRange{Offset{5}, Offset{12}}));
}

TEST_F(Retention, RemovesNothingThatIsHeld) {
  make({.name = "plays", .retention_bytes = 1});
  const std::array<Offset, 1> seven{Offset{7}};
  const std::array<Offset, 1> nine{Offset{9}};
  ASSERT_TRUE(log_->hold("plays", "first-job", nine).has_value());
  ASSERT_TRUE(log_->hold("plays", "second-job", seven).has_value());
  append(20);
  EXPECT_EQ(range().start, Offset{7});
  ASSERT_TRUE(log_->release("plays", "second-job").has_value());
  append();
  EXPECT_EQ(range().start, Offset{9});
  ASSERT_TRUE(log_->release("plays", "first-job").has_value());
  append();
  EXPECT_EQ(range(), (OffsetRange{Offset{20}, Offset{22}}));
}

TEST_F(Retention, RemovesNothingWhileAHoldCannotBeRead) {
  make({.name = "plays", .retention_bytes = 1});
  ASSERT_TRUE(io::write_file_synced(disk_, "log/plays/holds/" + hold_file("job"), "damaged").has_value());
  append(10);
  EXPECT_EQ(range().start, Offset{0});
  ASSERT_TRUE(disk_.remove("log/plays/holds/job.hold").has_value());
  append();
  EXPECT_EQ(range().start, Offset{9});
}

TEST_F(Retention, LowestHoldIsOfItsPartition) {
  make({.name = "plays", .partitions = 2});
  const PartitionFiles first(disk_, "log/plays", bytes_of_hex(appender_->topic().id), Partition{0});
  const PartitionFiles second(disk_, "log/plays", bytes_of_hex(appender_->topic().id), Partition{1});
  EXPECT_EQ(*lowest_hold(first), std::nullopt);
  ASSERT_TRUE(log_->hold("plays", "a", std::array{Offset{5}, Offset{1}}).has_value());
  ASSERT_TRUE(log_->hold("plays", "b", std::array{Offset{3}, Offset{4}}).has_value());
  EXPECT_EQ(*lowest_hold(first), Offset{3});
  EXPECT_EQ(*lowest_hold(second), Offset{1});
}

// However many segments go at once, a power loss leaves no hole in the middle.
TEST_F(Retention, LeavesNoHoleWhenThePowerFails) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    io::SimulatedFileSystem disk;
    Random chance(seed);
    const auto log = *make_embedded(disk, clock_, {.root = "log", .id_seed = 1, .codec = Codec::kNone});
    ASSERT_TRUE(log->create_topic({.name = "plays", .retention_age = 1h, .segment_bytes = 1024}).has_value());
    const auto appender = *log->appender("plays");
    const std::string value(900, 'v');
    const std::array<Record, 1> records{{{.key = "", .value = value, .timestamp = {}}}};
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(appender->append(Partition{0}, records).has_value());
    clock_.advance(2h);
    disk.crash_after(chance.below(25));
    static_cast<void>(appender->append(Partition{0}, records));
    disk.crash(chance);
    const auto again = *make_embedded(disk, clock_, {.root = "log", .id_seed = 1});
    const auto reader = again->reader("plays");
    ASSERT_TRUE(reader.has_value()) << reader.error().message;
    const auto rows = read_rows(**reader, Partition{0});
    ASSERT_TRUE(rows.has_value()) << rows.error().message;
    ASSERT_EQ(rows->size(), (*reader)->range(Partition{0})->count());
    ASSERT_GE((*reader)->range(Partition{0})->end, Offset{8});
  }
}

TEST(RetentionOnTheSystemsFiles, LeavesReadersTheFileTheyHaveOpen) {
  SystemDisk disk;
  ManualClock clock(kStart);
  const auto log = *make_embedded(disk.files(), clock, {.root = disk.root(), .id_seed = 1, .codec = Codec::kNone});
  ASSERT_TRUE(log->create_topic({.name = "plays", .retention_bytes = 1, .segment_bytes = 4096}).has_value());
  const auto appender = *log->appender("plays");
  const std::string value(900, 'v');
  const std::array<Record, 1> records{{{.key = "", .value = value, .timestamp = {}}}};
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(appender->append(Partition{0}, records).has_value());
  const auto slow = *log->reader("plays");
  RecordBatch batch;
  ASSERT_TRUE(slow->read(Partition{0}, Offset{0}, Offset{1}, batch).has_value());
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(appender->append(Partition{0}, records).has_value());
  EXPECT_EQ((*log->reader("plays"))->range(Partition{0})->start, Offset{4});
  EXPECT_TRUE(slow->read(Partition{0}, Offset{1}, Offset{2}, batch).has_value()) << "it has the file open";
  EXPECT_EQ(slow->range(Partition{0})->start, Offset{4});
  EXPECT_TRUE(slow->read(Partition{0}, Offset{4}, Offset{5}, batch).has_value());
  const auto gone = slow->read(Partition{0}, Offset{1}, Offset{2}, batch);
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace playhead::log
