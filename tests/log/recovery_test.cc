#include "log/recovery.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/bytes.h"
#include "base/random.h"
#include "disks.h"
#include "log/embedded.h"

namespace playhead::log {
namespace {

constexpr std::uint32_t kPartitions = 2;

// Drives the log over a disk that may fail at any moment, and remembers what it promised.
class Witness {
 public:
  Witness(io::FileSystem& files, std::uint64_t seed) : files_(files), random_(seed) {}

  // Appends, reads, holds and looks again, until `steps` are done or the disk fails.
  Status run(int steps) {
    TRY_ASSIGN(const auto first, open());
    TRY_ASSIGN(const auto second, open());
    if (auto made = first->create_topic(options()); !made && made.error().kind != ErrorKind::kExists) return std::unexpected(made.error());
    std::array<std::unique_ptr<Appender>, 2> appenders;
    TRY_ASSIGN(appenders[0], first->appender("plays"));
    TRY_ASSIGN(appenders[1], second->appender("plays"));
    TRY_ASSIGN(const auto reader, second->reader("plays"));
    for (int i = 0; i < steps; ++i) {
      clock_.advance(Duration{1000});
      const Partition partition{static_cast<std::uint32_t>(random_.below(kPartitions))};
      TRY(unless_arranged(append(*appenders[random_.below(2)], partition)));
      if (random_.chance(0.3)) TRY(look(*reader, partition));
      if (random_.chance(0.1)) TRY(hold(*first, *reader));
    }
    return {};
  }

  // Reads everything anew and compares it with every promise.
  Status check() {
    TRY_ASSIGN(const auto log, open());
    auto topic = log->topic("plays");
    if (!topic && topic.error().kind == ErrorKind::kNotFound) {
      for (const auto& readable : readable_) EXPECT_TRUE(readable.empty()) << "the topic is gone with its records";
      return {};
    }
    TRY_ASSIGN(const auto reader, log->reader("plays"));
    for (std::uint32_t i = 0; i < kPartitions; ++i) TRY(look(*reader, Partition{i}));
    return {};
  }

  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  static TopicOptions options() { return {.name = "plays", .partitions = kPartitions, .retention_bytes = 2500, .segment_bytes = 1024}; }
  Result<std::unique_ptr<Log>> open() { return make_embedded(files_, clock_, {.root = "log", .id_seed = 3}); }

  // The disk goes on after a failure that the test arranged; after a power loss it does not.
  static Status unless_arranged(Status status) {
    if (!status && status.error().message.starts_with("arranged failure")) return {};
    return status;
  }

  Status append(Appender& appender, Partition partition) {
    std::vector<std::string> values;
    const bool several_blocks = random_.chance(0.02);
    for (std::uint64_t i = several_blocks ? 3 : 1 + random_.below(8); i > 0; --i) {
      values.push_back("play " + std::to_string(++produced_) + " " + filling());
      // Now and then several blocks, so that a segment is closed in the middle of an append.
      if (several_blocks) values.back() += std::string(kBlockBytesTarget * 2 / 3, 'y');
    }
    std::vector<Record> records;
    for (const auto& value : values) records.push_back({.key = "user", .value = value, .timestamp = {}});
    for (const auto& value : values) attempted_[partition.value].push_back(value);
    TRY_ASSIGN(const auto range, appender.append(partition, records));
    EXPECT_EQ(range.count(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) promise(partition, Offset{range.start.value + i}, values[i]);
    acknowledged_ += values.size();
    return {};
  }

  // Text that does not compress to nothing.
  std::string filling() {
    std::string text(random_.below(random_.chance(0.1) ? 2000 : 60), ' ');
    for (char& letter : text) letter = static_cast<char>('a' + random_.below(26));
    return text;
  }

  // An offset, once readable or acknowledged, has its value for ever.
  void promise(Partition partition, Offset offset, const std::string& value) {
    const auto place = readable_[partition.value].try_emplace(offset, value).first;
    EXPECT_EQ(place->second, value) << "offset " << offset.value << " of partition " << partition.value << " has changed";
  }

  Status look(Reader& reader, Partition partition) {
    TRY_ASSIGN(const auto rows, read_rows(reader, partition));
    TRY_ASSIGN(const auto range, reader.range(partition));
    const auto& promised = readable_[partition.value];
    if (!promised.empty()) {
      EXPECT_GT(range.end, promised.rbegin()->first) << "promised records are not readable";
    }
    if (held_) {
      EXPECT_LE(range.start, (*held_)[partition.value]) << "retention took what is held";
    }
    EXPECT_EQ(rows.size(), range.count());
    Timestamp last = kNever;
    for (const Row& row : rows) {
      promise(partition, row.offset, *row.value);
      EXPECT_GE(row.timestamp, last) << "append times decrease";
      last = row.timestamp;
    }
    expect_attempted_in_order(partition, rows);
    return {};
  }

  // What is there was attempted, in this order, each at most once.
  void expect_attempted_in_order(Partition partition, const std::vector<Row>& rows) {
    const auto& attempted = attempted_[partition.value];
    auto at = attempted.begin();
    for (const Row& row : rows) {
      at = std::find(at, attempted.end(), *row.value);
      ASSERT_NE(at, attempted.end()) << "'" << row.value->substr(0, 12) << "' was never appended, or out of order, or twice";
      ++at;
    }
  }

  // Some place in what is readable now, and never back. Where the disk fails in between, the older hold may still stand: it is lower.
  Status hold(Log& log, Reader& reader) {
    std::vector<Offset> offsets;
    for (std::uint32_t i = 0; i < kPartitions; ++i) {
      TRY_ASSIGN(const auto range, reader.range(Partition{i}));
      offsets.push_back(Offset{range.start.value + random_.below(range.count() + 1)});
      if (held_) offsets[i] = std::max(offsets[i], (*held_)[i]);
    }
    if (held_) held_ = offsets;
    TRY(log.hold("plays", "job", offsets));
    held_ = offsets;
    return {};
  }

  io::FileSystem& files_;
  Random random_;
  ManualClock clock_{kStart};
  std::uint64_t produced_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::array<std::map<Offset, std::string>, kPartitions> readable_;
  std::array<std::vector<std::string>, kPartitions> attempted_;
  std::optional<std::vector<Offset>> held_;
};

std::uint64_t operations_of_a_run(int steps) {
  io::SimulatedFileSystem files;
  Witness witness(files, 1);
  EXPECT_TRUE(witness.run(steps).has_value());
  return files.operations();
}

// A power loss at every operation, a second one while the first is repaired, and a third in the run after that.
TEST(Recovery, KeepsItsPromisesThroughPowerLossesAtEveryOperation) {
  constexpr int kSteps = 30;
  const std::uint64_t operations = operations_of_a_run(kSteps);
  ASSERT_GT(operations, 100u);
  std::uint64_t acknowledged = 0;
  std::uint64_t seed = 0;
  for (std::uint64_t operation = 0; operation < operations; ++operation) {
    for (int round = 0; round < 2; ++round) {
      SCOPED_TRACE("seed " + std::to_string(++seed) + ", power loss at operation " + std::to_string(operation));
      io::SimulatedFileSystem files;
      Random chance(seed);
      Witness witness(files, round == 0 ? 1 : seed);
      files.crash_after(operation);
      static_cast<void>(witness.run(kSteps));
      files.crash(chance);
      files.crash_after(chance.below(12));
      static_cast<void>(witness.check());
      files.crash(chance);
      const auto checked = witness.check();
      ASSERT_TRUE(checked.has_value()) << checked.error().message;
      files.crash_after(20 + chance.below(150));
      static_cast<void>(witness.run(kSteps));
      files.crash(chance);
      const auto again = witness.check();
      ASSERT_TRUE(again.has_value()) << again.error().message;
      const auto resumed = witness.run(5);
      ASSERT_TRUE(resumed.has_value()) << resumed.error().message;
      if (testing::Test::HasFailure()) return;
      acknowledged += witness.acknowledged();
    }
  }
  EXPECT_GE(seed, 200u);
  EXPECT_GT(acknowledged, 10'000u);
}

// Syncs, truncates and writes that fail at random, and power losses among them.
TEST(Recovery, KeepsItsPromisesThroughFailingOperations) {
  std::uint64_t acknowledged = 0;
  std::uint64_t failures = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    io::SimulatedFileSystem disk;
    WatchedFiles files(disk);
    Random chance(seed);
    const double rate = chance.unit() * 0.2;
    bool arranged = false;
    files.fails = [&](std::string_view operation, const std::string&) -> std::optional<ErrorKind> {
      if (!arranged || !chance.chance(rate)) return std::nullopt;
      ++failures;
      return operation == "write" ? ErrorKind::kLimit : ErrorKind::kIo;
    };
    Witness witness(files, seed);
    ASSERT_TRUE(witness.run(3).has_value());
    for (int round = 0; round < 3; ++round) {
      arranged = true;
      disk.crash_after(chance.below(200));
      static_cast<void>(witness.run(30));
      arranged = false;
      if (chance.chance(0.5)) disk.crash(chance);
      const auto checked = witness.check();
      if (checked) continue;
      disk.crash(chance);
      const auto again = witness.check();
      ASSERT_TRUE(again.has_value()) << again.error().message;
    }
    disk.crash(chance);
    const auto last = witness.run(10);
    ASSERT_TRUE(last.has_value()) << last.error().message;
    ASSERT_TRUE(witness.check().has_value());
    if (testing::Test::HasFailure()) return;
    acknowledged += witness.acknowledged();
  }
  EXPECT_GT(failures, 1000u);
  EXPECT_GT(acknowledged, 10'000u);
}

// A partition on a disk in memory, and hands to damage it.
class RecoveryOfOnePartition : public testing::Test {
 protected:
  void SetUp() override {
    log_ = *make_embedded(files_, clock_, {.root = "log", .id_seed = 1, .codec = Codec::kNone});
    topic_ = *log_->create_topic({.name = "plays"});
  }
  void append(const std::vector<std::string>& values) {
    std::vector<Record> records;
    for (const auto& value : values) records.push_back({.key = "u", .value = value, .timestamp = {}});
    const auto range = (*log_->appender("plays"))->append(Partition{0}, records);
    ASSERT_TRUE(range.has_value()) << range.error().message;
  }
  std::vector<std::string> values() { return values_of(rows()); }
  std::vector<Row> rows() {
    auto reader = log_->reader("plays");
    EXPECT_TRUE(reader.has_value()) << reader.error().message;
    return reader ? read_all(**reader, Partition{0}) : std::vector<Row>{};
  }
  std::string bytes_of(const std::string& path) { return *io::read_file(disk_, path, 1 << 20); }
  void overwrite(const std::string& path, std::string_view bytes) { ASSERT_TRUE(io::write_file_synced(disk_, path, bytes).has_value()); }

  const std::string segment_ = "log/plays/0/00000000000000000000.segment";
  const std::string mark_ = "log/plays/0/mark";
  io::SimulatedFileSystem disk_;
  WatchedFiles files_{disk_};
  ManualClock clock_{kStart};
  std::unique_ptr<Log> log_;
  TopicDescription topic_;
};

TEST_F(RecoveryOfOnePartition, CutsATornBlockAtEveryLength) {
  append({"first", "second"});
  const std::string durable = bytes_of(segment_);
  const std::string mark = bytes_of(mark_);
  append({"third", "fourth"});
  const std::string whole = bytes_of(segment_);
  for (std::size_t length = durable.size(); length < whole.size(); ++length) {
    SCOPED_TRACE("cut to " + std::to_string(length));
    for (const std::string& old_mark : {mark, std::string(), mark.substr(0, 40)}) {
      overwrite(segment_, whole.substr(0, length));
      overwrite(mark_, old_mark);
      ASSERT_EQ(values(), (std::vector<std::string>{"first", "second"}));
      append({"next"});
      ASSERT_EQ(values(), (std::vector<std::string>{"first", "second", "next"}));
    }
  }
  overwrite(segment_, whole);
  overwrite(mark_, mark);
  EXPECT_EQ(values(), (std::vector<std::string>{"first", "second", "third", "fourth"})) << "whole blocks above an old mark are kept";
}

// A block behind a torn one must not come back when the torn one's place is filled again.
TEST_F(RecoveryOfOnePartition, WhatWasCutStaysCut) {
  append({"first"});
  const std::string mark = bytes_of(mark_);
  const std::size_t durable = bytes_of(segment_).size();
  append({"torn "});
  append({"stray"});
  std::string bytes = bytes_of(segment_);
  bytes[durable + 20] ^= 1;
  overwrite(segment_, bytes);
  overwrite(mark_, mark);
  append({"fresh"});
  overwrite(mark_, mark);
  EXPECT_EQ(values(), (std::vector<std::string>{"first", "fresh"}));
}

TEST_F(RecoveryOfOnePartition, TakesNoBlockThatDoesNotContinueTheOffsets) {
  append({"first"});
  const std::string block = bytes_of(segment_);
  append({"second"});
  const std::string bytes = bytes_of(segment_);
  overwrite(segment_, bytes + block);
  EXPECT_EQ(values(), (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(bytes_of(segment_), bytes);
}

TEST_F(RecoveryOfOnePartition, WritesAgainWhatItKeeps) {
  append({"first"});
  const std::string mark = bytes_of(mark_);
  append({"second"});
  overwrite(mark_, mark);
  std::vector<std::string> operations;
  files_.fails = [&](std::string_view operation, const std::string& path) -> std::optional<ErrorKind> {
    operations.push_back(std::string(operation) + " " + path);
    return std::nullopt;
  };
  EXPECT_EQ(values(), (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(operations, (std::vector<std::string>{"write " + segment_, "sync " + segment_, "sync-folder log/plays/0", "write " + mark_}));
}

TEST_F(RecoveryOfOnePartition, GoesOnThroughBlocksLargerThanAPiece) {
  append({"first"});
  const std::string mark = bytes_of(mark_);
  append({std::string(3 << 20, 'a'), "middle", std::string(5 << 20, 'b'), "last"});
  overwrite(mark_, mark);
  const auto found = values();
  ASSERT_EQ(found.size(), 5u);
  EXPECT_EQ(found[3], std::string(5 << 20, 'b'));
  EXPECT_EQ(found[4], "last");
}

TEST_F(RecoveryOfOnePartition, AppendTimesNeverDecreaseWithoutAMark) {
  ASSERT_TRUE(log_->create_topic({.name = "small", .segment_bytes = 1024}).has_value());
  const auto appender = *log_->appender("small");
  const std::string value(600, 'v');
  const std::array<Record, 1> records{{{.key = "u", .value = value, .timestamp = {}}}};
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(appender->append(Partition{0}, records).has_value());
  // The last segment loses its blocks, as if the power had failed just after it was made.
  const auto names = *disk_.list("log/small/0");
  const std::string last =
      "log/small/0/" + *std::find_if(names.rbegin(), names.rend(), [](const auto& name) { return name.ends_with(".segment"); });
  overwrite(last, "");
  overwrite("log/small/0/mark", "");
  clock_.set(kStart - std::chrono::hours(1));
  ASSERT_TRUE(appender->append(Partition{0}, records).has_value());
  const auto found = read_all(**log_->reader("small"), Partition{0});
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found.back().timestamp, kStart);
}

TEST_F(RecoveryOfOnePartition, RefusesWhenSyncedBytesAreMissing) {
  append({"first"});
  append({"second"});
  const std::string bytes = bytes_of(segment_);
  overwrite(segment_, bytes.substr(0, bytes.size() - 8));
  const auto reader = log_->reader("plays");
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(reader.error().message.find(segment_), std::string::npos) << reader.error().message;
  EXPECT_NE(reader.error().message.find(mark_), std::string::npos) << "the way out is named: " << reader.error().message;
  const std::array<Record, 1> records{{{.key = "u", .value = "v", .timestamp = {}}}};
  EXPECT_EQ((*log_->appender("plays"))->append(Partition{0}, records).error().kind, ErrorKind::kCorrupt);
  ASSERT_TRUE(disk_.remove(mark_).has_value());
  EXPECT_EQ(values(), (std::vector<std::string>{"first"}));
  ASSERT_TRUE(disk_.remove(segment_).has_value());
  EXPECT_EQ(log_->reader("plays").error().kind, ErrorKind::kCorrupt);
}

TEST_F(RecoveryOfOnePartition, RefusesANewerFormatAboveTheMark) {
  append({"first"});
  const std::string mark = bytes_of(mark_);
  const std::size_t durable = bytes_of(segment_).size();
  append({"second"});
  std::string bytes = bytes_of(segment_);
  bytes[durable + 16] = 2;
  const std::uint64_t sum = checksum(std::string_view(bytes).substr(durable + 16));
  std::copy_n(reinterpret_cast<const char*>(&sum), sizeof sum, bytes.begin() + static_cast<std::ptrdiff_t>(durable + 8));
  overwrite(segment_, bytes);
  overwrite(mark_, mark);
  const auto reader = log_->reader("plays");
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(bytes_of(segment_), bytes) << "nothing of a newer program is cut";
}

}  // namespace
}  // namespace playhead::log
