#include "log/partition_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <barrier>
#include <thread>

#include "disks.h"
#include "log/embedded.h"
#include "log/topic_file.h"

namespace playhead::log {
namespace {

constexpr int kThreads = 8;
constexpr int kAppends = 40;

// Threads that append at once share syncs; each keeps its order, and offsets go to exactly one record.
TEST(PartitionWriter, ThreadsShareSyncs) {
  SystemDisk disk;
  WatchedFiles files(disk.files());
  // A sync takes long enough that others gather behind it.
  files.fails = [](std::string_view operation, const std::string& path) -> std::optional<ErrorKind> {
    if (operation == "sync" && path.ends_with(".segment")) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return std::nullopt;
  };
  const SystemClock clock;
  const auto log = *make_embedded(files, clock, {.root = disk.root(), .id_seed = 1});
  ASSERT_TRUE(log->create_topic({.name = "plays", .segment_bytes = 4096}).has_value());
  const auto appender = *log->appender("plays");
  files.syncs = 0;
  std::array<std::vector<Offset>, kThreads> offsets;
  std::barrier start(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      start.arrive_and_wait();
      for (int i = 0; i < kAppends; ++i) {
        const std::string value = std::to_string(thread) + " " + std::to_string(i);
        const std::array<Record, 2> records{{{.key = "u", .value = value, .timestamp = {}}, {.key = "u", .value = value, .timestamp = {}}}};
        const auto range = appender->append(Partition{0}, records);
        if (!range) return ADD_FAILURE() << range.error().message;
        offsets[thread].push_back(range->start);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LT(files.syncs, kThreads * kAppends / 2u);
  const auto rows = read_all(**log->reader("plays"), Partition{0});
  ASSERT_EQ(rows.size(), 2u * kThreads * kAppends);
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    ASSERT_EQ(offsets[thread].size(), static_cast<std::size_t>(kAppends));
    EXPECT_TRUE(std::ranges::is_sorted(offsets[thread]));
    for (int i = 0; i < kAppends; ++i) {
      const std::string value = std::to_string(thread) + " " + std::to_string(i);
      const std::uint64_t at = offsets[thread][static_cast<std::size_t>(i)].value;
      EXPECT_EQ(rows[at].value, value);
      EXPECT_EQ(rows[at + 1].value, value) << "the records of one append stay together";
    }
  }
}

TEST(PartitionWriter, EveryCallerOfAFailedCommitIsTold) {
  SystemDisk disk;
  WatchedFiles files(disk.files());
  const SystemClock clock;
  const auto log = *make_embedded(files, clock, {.root = disk.root(), .id_seed = 1});
  ASSERT_TRUE(log->create_topic({.name = "plays"}).has_value());
  const auto appender = *log->appender("plays");
  files.fails = [](std::string_view operation, const std::string& path) -> std::optional<ErrorKind> {
    if (operation != "sync" || !path.ends_with(".segment")) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return ErrorKind::kIo;
  };
  std::atomic<int> told = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      const std::array<Record, 1> records{{{.key = "u", .value = "v", .timestamp = {}}}};
      for (int i = 0; i < 5; ++i) {
        const auto range = appender->append(Partition{0}, records);
        if (!range && range.error().kind == ErrorKind::kIo) ++told;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(told, kThreads * 5);
  files.fails = nullptr;
  EXPECT_TRUE(read_all(**log->reader("plays"), Partition{0}).empty());
}

// More than one piece: several blocks, written in turns, one sync at the end.
TEST(PartitionWriter, WritesOneLargeAppendInPieces) {
  io::SimulatedFileSystem disk;
  WatchedFiles files(disk);
  const ManualClock clock(kStart);
  const auto log = *make_embedded(files, clock, {.root = "log", .id_seed = 1});
  const auto topic = *log->create_topic({.name = "plays"});
  PartitionWriter writer(PartitionFiles(files, "log/plays", bytes_of_hex(topic.id), Partition{0}), topic.options, clock, Codec::kLz4);
  const std::string value(100, 'v');
  const std::vector<Record> records(kGroupRecordsMax * 2 + 17, Record{.key = "u", .value = value, .timestamp = {}});
  files.syncs = 0;
  const auto range = writer.append(records);
  ASSERT_TRUE(range.has_value()) << range.error().message;
  EXPECT_EQ(range->count(), records.size());
  EXPECT_EQ(files.syncs, 1u);
  const auto reader = *log->reader("plays");
  RecordBatch batch;
  std::uint64_t read = 0;
  while (read < records.size()) {
    ASSERT_TRUE(reader->read(Partition{0}, Offset{read}, range->end, batch).has_value());
    ASSERT_EQ(batch.values.front(), value);
    read += batch.size();
  }
  EXPECT_EQ(read, records.size());
}

}  // namespace
}  // namespace playhead::log
