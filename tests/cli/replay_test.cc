#include "cli/replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace playhead::cli {
namespace {

class Bytes final : public ByteStream {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::size_t> read(char* into, std::size_t length) override {
    const std::size_t count = bytes_.copy(into, length, at_);
    at_ += count;
    return count;
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

Result<std::unique_ptr<Replay>> replay_of(const std::vector<std::string>& texts, const ReplayOptions& options) {
  std::vector<std::unique_ptr<Lines>> files;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    files.push_back(std::make_unique<Lines>("file " + std::to_string(i), std::make_unique<Bytes>(texts[i])));
  }
  return Replay::make(std::move(files), options);
}

std::vector<Replay::Event> events_of(const std::vector<std::string>& texts, const ReplayOptions& options = {}) {
  const auto replay = replay_of(texts, options);
  EXPECT_TRUE(replay.has_value());
  std::vector<Replay::Event> events;
  Replay::Event event;
  while ((*replay)->next(event).value()) events.push_back(event);
  return events;
}

std::string joined(const std::vector<Replay::Event>& events) {
  std::string users;
  for (const Replay::Event& event : events) users += event.user;
  return users;
}

std::string line(std::int64_t milliseconds, std::string_view user) {
  return R"({"ts":)" + std::to_string(milliseconds) + R"(,"userId":")" + std::string(user) + "\"}\n";
}

// One event every 10 s in each of three files, 3,000 in all.
std::vector<std::string> three_files() {
  std::vector<std::string> files(3);
  for (int i = 0; i < 3'000; ++i) files[static_cast<std::size_t>(i) % 3] += line(i * 10'000, std::to_string(i));
  return files;
}

TEST(Replay, MergesFilesByTheirTimes) {
  EXPECT_EQ(joined(events_of({line(1, "a") + line(5, "d"), line(2, "b") + line(9, "f"), line(3, "c") + line(7, "e")})), "abcdef");
  EXPECT_EQ(joined(events_of({line(5, "c"), line(4, "a") + line(5, "d"), line(4, "b")})), "abcd");  // equal times: the first named
  EXPECT_EQ(joined(events_of({})), "");
  EXPECT_EQ(joined(events_of({"", "\n\n", line(1, "a")})), "a");
}

TEST(Replay, EachFileKeepsItsOwnOrder) {
  EXPECT_EQ(joined(events_of({line(9, "a") + line(1, "b") + line(8, "c"), line(5, "x") + line(10, "y")})), "xabcy");
}

TEST(Replay, ALineWithoutTimeHasTheTimeBefore) {
  const auto events = events_of({line(1'000, "a") + "torn {\n" + line(3'000, "c"), line(2'000, "x")});
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[1].line, "torn {");
  EXPECT_EQ(events[1].time, events[0].time);
  EXPECT_EQ(events[1].user, "");
  EXPECT_EQ(joined(events), "axc");
}

TEST(Replay, BeforeTheFirstTimeThereIsNone) {
  const auto replay = replay_of({line(1, "a"), "one\ntwo\n" + line(0, "b")}, {.jitter = std::chrono::hours{1}});
  ASSERT_TRUE(replay.has_value());
  Replay::Event event;
  for (const char* expected : {"one", "two"}) {
    ASSERT_TRUE((*replay)->next(event).value());
    EXPECT_EQ(event.line, expected);
    EXPECT_EQ(event.time, kNever);
  }
  EXPECT_EQ((*replay)->events_without_time(), 2u);
}

TEST(Replay, JitterDelaysEachEventByUpToItsBound) {
  constexpr Duration kJitter = std::chrono::minutes{30};
  std::set<std::int64_t> delays;
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const auto events = events_of(three_files(), {.seed = seed, .jitter = kJitter});
    ASSERT_EQ(events.size(), 3'000u);
    std::set<std::string> users;
    Timestamp before = kNever;
    for (const Replay::Event& event : events) {
      const Duration delay = event.time - from_micros(std::stoll(event.user) * 10'000'000);
      ASSERT_GE(delay, Duration::zero()) << event.line << " seed " << seed;
      ASSERT_LE(delay, kJitter) << event.line << " seed " << seed;
      ASSERT_GE(event.time, before) << event.line << " seed " << seed;
      before = event.time;
      users.insert(event.user);
      delays.insert(delay.count());
    }
    EXPECT_EQ(users.size(), 3'000u);
  }
  EXPECT_LT(*delays.begin(), Duration{std::chrono::minutes{1}}.count());  // the whole span is used
  EXPECT_GT(*delays.rbegin(), Duration{std::chrono::minutes{29}}.count());
}

TEST(Replay, JitterDisturbsTheOrderButNotByMoreThanItsBound) {
  const auto events = events_of(three_files(), {.seed = 5, .jitter = std::chrono::minutes{30}});
  std::int64_t highest = 0;
  int behind = 0;
  for (const Replay::Event& event : events) {
    const std::int64_t original = std::stoll(event.user) * 10;
    ASSERT_GE(original, highest - 1'800) << event.line;
    behind += original < highest;
    highest = std::max(highest, original);
  }
  EXPECT_GT(behind, 2'000);
}

TEST(Replay, JitterHoldsOnlyWhatItMust) {
  // 180 events lie in half an hour, each under 400 bytes with its place: a bound far below the whole input is enough.
  EXPECT_EQ(events_of(three_files(), {.jitter = std::chrono::minutes{30}, .held_bytes_max = 181 * 200}).size(), 3'000u);
}

TEST(Replay, ShuffleGivesEveryEventOnceInAnotherOrder) {
  const auto events = events_of(three_files(), {.seed = 5, .shuffle = true});
  std::map<std::string, Timestamp> seen;
  for (const Replay::Event& event : events) seen.emplace(event.user, event.time);
  ASSERT_EQ(events.size(), 3'000u);
  ASSERT_EQ(seen.size(), 3'000u);
  EXPECT_EQ(seen.at("7"), from_micros(70'000'000));
  std::int64_t distance = 0;
  for (std::size_t i = 0; i < events.size(); ++i) distance += std::abs(std::stoll(events[i].user) - static_cast<std::int64_t>(i));
  EXPECT_NEAR(static_cast<double>(distance) / 3'000, 1'000, 60);  // a third of the length, for a fair shuffle
}

TEST(Replay, SameSeedSameOrder) {
  for (const bool shuffle : {false, true}) {
    const auto order = [shuffle](std::uint64_t seed) {
      return joined(events_of(three_files(),
                              {.seed = seed, .jitter = shuffle ? Duration::zero() : Duration{std::chrono::hours{1}}, .shuffle = shuffle}));
    };
    EXPECT_EQ(order(1), order(1));
    EXPECT_NE(order(1), order(2));
  }
}

TEST(Replay, MemoryIsBounded) {
  for (const ReplayOptions& options : {ReplayOptions{.shuffle = true, .held_bytes_max = 10'000},
                                       ReplayOptions{.jitter = std::chrono::hours{9}, .held_bytes_max = 10'000}}) {
    const auto replay = replay_of(three_files(), options);
    Replay::Event event;
    const auto refused = (*replay)->next(event);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::kLimit);
  }
  EXPECT_EQ(replay_of(std::vector<std::string>(kReplayFilesMax + 1), {}).error().kind, ErrorKind::kLimit);
}

TEST(Replay, EventsBeforeABadLineAreGiven) {
  const auto replay = replay_of({line(1, "a") + std::string(kLineBytesMax + 1, 'x')}, {});
  ASSERT_TRUE(replay.has_value());
  Replay::Event event;
  ASSERT_TRUE((*replay)->next(event).value());
  EXPECT_EQ(event.user, "a");
  const auto refused = (*replay)->next(event);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("file 0: line 2"), std::string::npos);
}

}  // namespace
}  // namespace playhead::cli
