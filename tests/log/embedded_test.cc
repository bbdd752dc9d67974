#include "log/embedded.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <thread>

#include "base/bytes.h"
#include "base/random.h"
#include "disks.h"

namespace playhead::log {
namespace {

using namespace std::chrono_literals;

class EmbeddedLogTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      disk_ = std::make_unique<TwinDisk>();
    } else {
      disk_ = std::make_unique<SystemDisk>();
    }
    log_ = open();
  }
  std::unique_ptr<Log> open(Codec codec = Codec::kLz4) {
    auto log = make_embedded(disk_->files(), clock_, {.root = disk_->root(), .id_seed = 7, .codec = codec});
    EXPECT_TRUE(log.has_value());
    return *std::move(log);
  }

  std::unique_ptr<Disk> disk_;
  ManualClock clock_{kStart};
  std::unique_ptr<Log> log_;
};

INSTANTIATE_TEST_SUITE_P(Disks, EmbeddedLogTest, testing::Values(false, true),
                         [](const auto& disk) { return disk.param ? "twin" : "system"; });

TEST_P(EmbeddedLogTest, KeepsWhatWasAppended) {
  ASSERT_TRUE(log_->create_topic({.name = "plays", .partitions = 2}).has_value());
  const auto appender = log_->appender("plays");
  ASSERT_TRUE(appender.has_value());
  const std::array<Record, 4> records{{{.key = "user-1", .value = R"({"track":"Zoë – 夜"})", .timestamp = {}},
                                       {.key = {}, .value = "no key", .timestamp = {}},
                                       {.key = "user-2", .value = {}, .timestamp = {}},
                                       {.key = "", .value = "", .timestamp = {}, .headers = {{"event-id", "0123"}, {"empty", ""}}}}};
  const auto range = (*appender)->append(Partition{1}, records);
  ASSERT_TRUE(range.has_value()) << range.error().message;
  EXPECT_EQ(*range, (OffsetRange{Offset{0}, Offset{4}}));

  const auto reader = log_->reader("plays");
  ASSERT_TRUE(reader.has_value());
  EXPECT_TRUE(read_all(**reader, Partition{0}).empty());
  const auto rows = read_all(**reader, Partition{1});
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].value, R"({"track":"Zoë – 夜"})");
  EXPECT_EQ(rows[0].timestamp, kStart);
  EXPECT_EQ(rows[1].key, std::nullopt);
  EXPECT_EQ(rows[2].value, std::nullopt);
  EXPECT_EQ(rows[3].key, "");
  EXPECT_EQ(rows[3].value, "");
  EXPECT_EQ(rows[3].headers, (std::vector<std::pair<std::string, std::string>>{{"event-id", "0123"}, {"empty", ""}}));
}

std::vector<Record> records_of(const std::vector<std::string>& values) {
  std::vector<Record> records;
  for (const auto& value : values) records.push_back({.key = "user", .value = value, .timestamp = {}});
  return records;
}

TEST_P(EmbeddedLogTest, ReadsWhatEveryCodecWroteIntoOneTopic) {
  ASSERT_TRUE(log_->create_topic({.name = "plays", .segment_bytes = 100'000}).has_value());
  std::vector<std::string> expected;
  Random random(5);
  for (int round = 0; round < 12; ++round) {
    const auto writer = open(static_cast<Codec>(round % 3));
    std::vector<std::string> values;
    for (int i = 0; i < 300; ++i) {
      values.emplace_back(1 + random.below(random.chance(0.01) ? 200'000 : 200), static_cast<char>('a' + random.below(26)));
      values.back() += std::to_string(random.next());
    }
    values.emplace_back(1 << 20, static_cast<char>(round));
    const auto range = (*writer->appender("plays"))->append(Partition{0}, records_of(values));
    ASSERT_TRUE(range.has_value()) << range.error().message;
    EXPECT_EQ(*range, (OffsetRange{Offset{expected.size()}, Offset{expected.size() + values.size()}}));
    expected.insert(expected.end(), values.begin(), values.end());
  }
  const auto reader = *log_->reader("plays");
  EXPECT_EQ(values_of(read_all(*reader, Partition{0})), expected);
  RecordBatch batch;
  for (int i = 0; i < 300; ++i) {  // anywhere, in any order
    const Offset from{random.below(expected.size())};
    const Offset end{from.value + 1 + random.below(10)};
    const auto status = reader->read(Partition{0}, from, end, batch);
    ASSERT_TRUE(status.has_value()) << status.error().message;
    ASSERT_GE(batch.size(), 1u);
    ASSERT_EQ(batch.offsets.front(), from);
    ASSERT_LT(batch.offsets.back(), end);
    for (std::size_t row = 0; row < batch.size(); ++row) ASSERT_EQ(batch.values[row], expected[batch.offsets[row].value]);
  }
  EXPECT_EQ(reader->read(Partition{0}, Offset{expected.size()}, Offset{expected.size() + 1}, batch).error().kind, ErrorKind::kNotFound);
}

TEST_P(EmbeddedLogTest, TwoLogsInterleaveWithoutLossOrGap) {
  ASSERT_TRUE(log_->create_topic({.name = "plays", .segment_bytes = 4096}).has_value());
  const auto other = open();
  const std::array appenders{*log_->appender("plays"), *other->appender("plays")};
  std::vector<std::string> expected;
  Random random(9);
  const auto reader = *log_->reader("plays");
  for (int i = 0; i < 300; ++i) {
    std::vector<std::string> values;
    for (std::uint64_t n = 1 + random.below(5); n > 0; --n) values.push_back("play " + std::to_string(random.next()));
    const auto range = appenders[random.below(2)]->append(Partition{0}, records_of(values));
    ASSERT_TRUE(range.has_value()) << range.error().message;
    ASSERT_EQ(range->start, Offset{expected.size()});
    expected.insert(expected.end(), values.begin(), values.end());
    ASSERT_EQ(reader->range(Partition{0})->end, Offset{expected.size()}) << "readable as soon as it is acknowledged";
  }
  EXPECT_EQ(values_of(read_all(*reader, Partition{0})), expected);
  const auto names = *disk_->files().list(disk_->root() + "/plays/0");
  EXPECT_GT(std::ranges::count_if(names, [](const auto& name) { return name.ends_with(".segment"); }), 3);
}

TEST_P(EmbeddedLogTest, TopicsComeAndGo) {
  const auto made = log_->create_topic({.name = "plays", .partitions = 3, .clock = ClockSource::kRecord, .segment_bytes = 2048});
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->id.size(), 32u);
  EXPECT_EQ(log_->create_topic({.name = "plays"}).error().kind, ErrorKind::kExists);
  EXPECT_EQ(log_->create_topic({.name = "no/slash"}).error().kind, ErrorKind::kInvalid);
  ASSERT_TRUE(log_->create_topic({.name = "another"}).has_value());
  const auto topics = log_->topics();
  ASSERT_TRUE(topics.has_value());
  ASSERT_EQ(topics->size(), 2u);
  EXPECT_EQ((*topics)[0].options.name, "another");
  EXPECT_EQ((*topics)[1].id, made->id);
  EXPECT_EQ((*topics)[1].options.clock, ClockSource::kRecord);

  const auto appender = *log_->appender("plays");
  const auto reader = *log_->reader("plays");
  ASSERT_TRUE(appender->append(Partition{2}, records_of({"old"})).has_value());
  EXPECT_EQ(appender->append(Partition{3}, records_of({"v"})).error().kind, ErrorKind::kNotFound);
  ASSERT_TRUE(log_->delete_topic("plays").has_value());
  EXPECT_EQ(log_->topic("plays").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(log_->delete_topic("plays").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(appender->append(Partition{2}, records_of({"late"})).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(reader->range(Partition{2}).error().kind, ErrorKind::kNotFound);

  const auto again = open()->create_topic({.name = "plays", .partitions = 3});
  ASSERT_TRUE(again.has_value());
  EXPECT_NE(again->id, made->id);
  const auto status = appender->append(Partition{2}, records_of({"to the old topic"}));
  ASSERT_FALSE(status.has_value()) << "an appender of the deleted topic does not write into its namesake";
  EXPECT_EQ(status.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(reader->range(Partition{2}).error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(read_all(**log_->reader("plays"), Partition{2}).empty());
  EXPECT_EQ(disk_->files().list(disk_->root())->size(), 3u) << "two topics and the lock: nothing is left over";
}

TEST_P(EmbeddedLogTest, ClearsWhatAKilledProcessLeftOfATopic) {
  auto& files = disk_->files();
  ASSERT_TRUE(files.make_folders(disk_->root() + "/+new-0123/0").has_value());
  ASSERT_TRUE(files.make_folders(disk_->root() + "/+deleted-4567/0").has_value());
  EXPECT_TRUE(log_->topics()->empty());
  ASSERT_TRUE(log_->create_topic({.name = "plays"}).has_value());
  EXPECT_EQ(*files.list(disk_->root()), (std::vector<std::string>{"+lock", "plays"}));
}

TEST_P(EmbeddedLogTest, RefusesTopicsOfANewerFormat) {
  ASSERT_TRUE(log_->create_topic({.name = "plays"}).has_value());
  const std::string path = disk_->root() + "/plays/topic";
  std::string bytes = *io::read_file(disk_->files(), path, 4096);
  bytes[4] = 9;
  const std::uint64_t sum = checksum(std::string_view(bytes).substr(0, bytes.size() - 8));
  std::copy_n(reinterpret_cast<const char*>(&sum), sizeof sum, bytes.end() - 8);
  ASSERT_TRUE(io::write_file_synced(disk_->files(), path, bytes).has_value());
  const auto topic = log_->topic("plays");
  ASSERT_FALSE(topic.has_value());
  EXPECT_EQ(topic.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(topic.error().message.find(path), std::string::npos) << topic.error().message;
}

TEST_P(EmbeddedLogTest, KeepsTheRecordsOwnTimesWhereTheTopicSaysSo) {
  ASSERT_TRUE(log_->create_topic({.name = "plays", .clock = ClockSource::kRecord}).has_value());
  const std::array<Record, 3> records{{{.key = "u", .value = "a", .timestamp = from_micros(-5)},
                                       {.key = "u", .value = "b", .timestamp = kStart},
                                       {.key = "u", .value = "c", .timestamp = from_micros(77)}}};
  ASSERT_TRUE((*log_->appender("plays"))->append(Partition{0}, records).has_value());
  const auto reader = *log_->reader("plays");
  const auto rows = read_all(*reader, Partition{0});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].timestamp, from_micros(-5));
  EXPECT_EQ(rows[1].timestamp, kStart);
  EXPECT_EQ(rows[2].timestamp, from_micros(77));
  EXPECT_EQ(reader->offset_at(Partition{0}, from_micros(0)), Offset{1});
  EXPECT_EQ(reader->offset_at(Partition{0}, from_micros(-5)), Offset{0});
}

TEST_P(EmbeddedLogTest, StampsRecordsWithTimesThatNeverDecrease) {
  ASSERT_TRUE(log_->create_topic({.name = "plays"}).has_value());
  const auto appender = *log_->appender("plays");
  for (const int seconds : {0, 10, -60, 5, 20}) {
    clock_.set(kStart + std::chrono::seconds(seconds));
    ASSERT_TRUE(appender->append(Partition{0}, records_of({"play"})).has_value());
  }
  std::vector<std::int64_t> seconds;
  for (const Row& row : read_all(**log_->reader("plays"), Partition{0})) seconds.push_back((row.timestamp - kStart) / 1s);
  EXPECT_EQ(seconds, (std::vector<std::int64_t>{0, 10, 10, 10, 20}));
}

TEST_P(EmbeddedLogTest, RefusesTooLargeRecordsBeforeItWritesAny) {
  ASSERT_TRUE(log_->create_topic({.name = "plays"}).has_value());
  const auto appender = *log_->appender("plays");
  const std::string large(kRecordBytesMax, 'x');
  const auto refused = appender->append(Partition{0}, records_of({"small", large}));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kLimit);
  EXPECT_TRUE(read_all(**log_->reader("plays"), Partition{0}).empty());
  const auto fits = appender->append(Partition{0}, records_of({large.substr(4)}));
  EXPECT_TRUE(fits.has_value()) << fits.error().message;
  EXPECT_EQ(appender->append(Partition{0}, {}), (OffsetRange{Offset{1}, Offset{1}}));
}

TEST_P(EmbeddedLogTest, HoldsAreCheckedAndReleased) {
  ASSERT_TRUE(log_->create_topic({.name = "plays", .partitions = 2}).has_value());
  const std::array<Offset, 2> offsets{Offset{1}, Offset{2}};
  EXPECT_TRUE(log_->hold("plays", "job", offsets).has_value());
  EXPECT_TRUE(log_->hold("plays", "job", offsets).has_value()) << "again replaces";
  EXPECT_EQ(log_->hold("plays", "job", std::span(offsets).first(1)).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(log_->hold("plays", "../job", offsets).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(log_->hold("absent", "job", offsets).error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(log_->release("plays", "job").has_value());
  EXPECT_EQ(log_->release("plays", "job").error().kind, ErrorKind::kNotFound);
}

TEST_P(EmbeddedLogTest, DiskFullIsAnErrorAndLosesNothing) {
  WatchedFiles files(disk_->files());
  const auto log = *make_embedded(files, clock_, {.root = disk_->root(), .id_seed = 7});
  ASSERT_TRUE(log->create_topic({.name = "plays"}).has_value());
  const auto appender = *log->appender("plays");
  ASSERT_TRUE(appender->append(Partition{0}, records_of({"first"})).has_value());
  const std::string segment = disk_->root() + "/plays/0/00000000000000000000.segment";
  const std::string before = *io::read_file(disk_->files(), segment, 1 << 20);
  files.fails = [](std::string_view operation, const std::string& path) -> std::optional<ErrorKind> {
    return operation == "write" && path.ends_with(".segment") ? std::optional(ErrorKind::kLimit) : std::nullopt;
  };
  for (int i = 0; i < 3; ++i) {
    const auto failed = appender->append(Partition{0}, records_of({"lost", "too"}));
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().kind, ErrorKind::kLimit);
    EXPECT_EQ(*io::read_file(disk_->files(), segment, 1 << 20), before) << "the room is given back";
  }
  EXPECT_EQ(values_of(read_all(**log->reader("plays"), Partition{0})), (std::vector<std::string>{"first"}));
  files.fails = nullptr;
  EXPECT_EQ(appender->append(Partition{0}, records_of({"second"})), (OffsetRange{Offset{1}, Offset{2}}));
  EXPECT_EQ(values_of(read_all(**log->reader("plays"), Partition{0})), (std::vector<std::string>{"first", "second"}));
}

TEST_P(EmbeddedLogTest, AFailedSyncRetiresTheSegment) {
  WatchedFiles files(disk_->files());
  const auto log = *make_embedded(files, clock_, {.root = disk_->root(), .id_seed = 7});
  ASSERT_TRUE(log->create_topic({.name = "plays"}).has_value());
  const auto appender = *log->appender("plays");
  const auto reader = *log->reader("plays");
  bool failing = false;
  files.fails = [&](std::string_view operation, const std::string& path) -> std::optional<ErrorKind> {
    return failing && operation == "sync" && path.ends_with(".segment") ? std::optional(ErrorKind::kIo) : std::nullopt;
  };
  std::vector<std::string> expected;
  for (int round = 0; round < 3; ++round) {  // the first fails in a segment that is still empty
    failing = true;
    for (int i = 0; i < 2; ++i) {
      const auto failed = appender->append(Partition{0}, records_of({"never durable"}));
      ASSERT_FALSE(failed.has_value());
      EXPECT_EQ(failed.error().kind, ErrorKind::kIo);
      EXPECT_EQ(values_of(read_all(*reader, Partition{0})), expected);
    }
    failing = false;
    for (int i = 0; i < 2; ++i) {
      expected.push_back("durable " + std::to_string(round));
      EXPECT_EQ(appender->append(Partition{0}, records_of({expected.back()})),
                (OffsetRange{Offset{expected.size() - 1}, Offset{expected.size()}}));
      EXPECT_EQ(values_of(read_all(*reader, Partition{0})), expected);
    }
  }
  const auto names = *disk_->files().list(disk_->root() + "/plays/0");
  EXPECT_EQ(std::ranges::count_if(names, [](const auto& name) { return name.ends_with(".segment"); }), 3) << "bases 0, 2 and 4";
  EXPECT_EQ(values_of(read_all(**log->reader("plays"), Partition{0})), expected);
}

TEST(EmbeddedLog, ReadersSleepUntilRecordsComeOrSomebodyWakesThem) {
  SystemDisk disk;
  const SystemClock clock;
  const auto log = *make_embedded(disk.files(), clock, {.root = disk.root(), .id_seed = 1});
  ASSERT_TRUE(log->create_topic({.name = "plays", .partitions = 3}).has_value());
  const auto reader = *log->reader("plays");
  const auto appender = *log->appender("plays");
  std::atomic<bool> appended = false;
  std::thread producer([&] {
    std::this_thread::sleep_for(50ms);
    appended = true;
    EXPECT_TRUE(appender->append(Partition{2}, records_of({"wake up"})).has_value());
  });
  int waits = 0;
  while (reader->range(Partition{2})->empty() && waits < 100) {
    ASSERT_TRUE(reader->wait(10s).has_value());
    ++waits;
  }
  EXPECT_TRUE(appended);
  EXPECT_LT(waits, 20) << "it slept, it did not spin";
  producer.join();
  ASSERT_TRUE(reader->wait(0s).has_value());  // what the append still had to say
  std::atomic<bool> awake = false;
  std::thread waker([&] {
    while (!awake) {
      std::this_thread::sleep_for(20ms);
      reader->wake();
    }
  });
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(reader->wait(20s).has_value());
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  awake = true;
  waker.join();
}

// Producers in processes of their own, killed at random: what they had acknowledged is there, once, in their order.
TEST(EmbeddedLog, SurvivesProducersThatAreKilled) {
  SystemDisk disk;
  const SystemClock clock;
  {
    const auto log = *make_embedded(disk.files(), clock, {.root = disk.root(), .id_seed = 1});
    ASSERT_TRUE(log->create_topic({.name = "plays", .segment_bytes = 8192}).has_value());
  }
  Random random(4);
  constexpr int kProducers = 12;
  std::array<std::uint64_t, kProducers> acknowledged{};
  std::vector<std::pair<pid_t, int>> running;
  const auto collect = [&](int producer, int pipe) {
    for (std::uint64_t count = 0; ::read(pipe, &count, sizeof count) == sizeof count;)
      acknowledged[static_cast<std::size_t>(producer)] = count;
    ::close(pipe);
  };
  for (int producer = 0; producer < kProducers; ++producer) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      const auto files = io::make_posix();
      const auto log = *make_embedded(*files, clock, {.root = disk.root(), .id_seed = 1});
      const auto appender = *log->appender("plays");
      for (std::uint64_t count = 1;; ++count) {
        const std::string value = std::to_string(producer) + " " + std::to_string(count);
        if (!appender->append(Partition{0}, records_of({value}))) ::_exit(1);
        if (::write(pipe[1], &count, sizeof count) != sizeof count) ::_exit(2);
      }
    }
    ::close(pipe[1]);
    running.emplace_back(child, pipe[0]);
    std::this_thread::sleep_for(std::chrono::milliseconds(10 + random.below(30)));
    if (running.size() < 3 && producer + 1 < kProducers) continue;
    const auto index = producer + 1 - static_cast<int>(running.size());
    ASSERT_EQ(::kill(running.front().first, SIGKILL), 0);
    int status = 0;
    ::waitpid(running.front().first, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "producer " << index << " ended by itself";
    collect(index, running.front().second);
    running.erase(running.begin());
  }
  for (std::size_t i = 0; i < running.size(); ++i) {
    ::kill(running[i].first, SIGKILL);
    ::waitpid(running[i].first, nullptr, 0);
    collect(kProducers - static_cast<int>(running.size() - i), running[i].second);
  }
  const auto log = *make_embedded(disk.files(), clock, {.root = disk.root(), .id_seed = 1});
  std::array<std::uint64_t, kProducers> found{};
  for (const Row& row : read_all(**log->reader("plays"), Partition{0})) {
    const auto space = row.value->find(' ');
    auto& last = found[std::stoul(row.value->substr(0, space))];
    ASSERT_EQ(std::stoull(row.value->substr(space + 1)), last + 1) << "lost, doubled or out of order: " << *row.value;
    ++last;
  }
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < kProducers; ++i) {
    EXPECT_GE(found[i], acknowledged[i]);
    EXPECT_LE(found[i], acknowledged[i] + 1) << "at most the append that was cut short";
    total += acknowledged[i];
  }
  EXPECT_GT(total, 20u);
}

}  // namespace
}  // namespace playhead::log
