#include "cli/event_source.h"

#include <gtest/gtest.h>

#include <vector>

#include "io/simulated.h"

namespace playhead::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Timestamp kNow = from_micros(1'772'366'400'000'000);

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

std::vector<EventSource::Event> all_of(EventSource& source) {
  std::vector<EventSource::Event> events;
  EventSource::Event event;
  while (source.next(event).value()) events.push_back(event);
  return events;
}

TEST(Simulation, PacesBySchedule) {
  ManualClock clock{kNow};
  const auto source = Simulation::make({.per_second = 4, .total = 5, .start_time = {}}, clock).value();
  EventSource::Event event;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(source->next(event).value());
    EXPECT_EQ(event.due, kNow + i * milliseconds{250});
    EXPECT_EQ(event.time, event.due);
    EXPECT_NE(event.value.find(event.key), std::string::npos);
  }
  EXPECT_FALSE(source->next(event).value());
}

TEST(Simulation, APlayThatIsSentLateIsPlayedLate) {
  ManualClock clock{kNow};
  const auto source = Simulation::make({.per_second = 1, .total = 0, .start_time = {}}, clock).value();
  EventSource::Event event;
  ASSERT_TRUE(source->next(event).value());
  clock.advance(seconds{10});
  ASSERT_TRUE(source->next(event).value());
  EXPECT_EQ(event.due, kNow + seconds{1});
  EXPECT_EQ(event.time, kNow + seconds{10});
}

TEST(Simulation, WithAStartTimeTheClockChangesNoByte) {
  const auto bytes = [](Timestamp now, double rate) {
    ManualClock clock{now};
    const auto source =
        Simulation::make({.service = {.seed = 5}, .per_second = rate, .total = 50, .start_time = from_micros(0)}, clock).value();
    std::string all;
    for (const auto& event : all_of(*source)) all += event.key + event.value + format_iso(event.time);
    return all;
  };
  EXPECT_EQ(bytes(kNow, 10), bytes(kNow + seconds{99}, 10));
  EXPECT_NE(bytes(kNow, 10), bytes(kNow, 20));
}

TEST(Simulation, UniformIsTuneTrackersChance) {
  const ManualClock clock{kNow};
  simulate::UniformPlays plays(7);
  const auto source = Simulation::make({.service = {.seed = 7}, .uniform = true, .total = 20, .start_time = kNow}, clock).value();
  for (const EventSource::Event& event : all_of(*source)) {
    std::string key, value;
    plays.next(event.time, key, value);
    EXPECT_EQ(event.key, key);
    EXPECT_EQ(event.value, value);
  }
}

TEST(Simulation, AsFastAsPossibleIsDueAtOnce) {
  ManualClock clock{kNow};
  const auto source = Simulation::make({.per_second = 0, .total = 3, .start_time = from_micros(0)}, clock).value();
  const auto events = all_of(*source);
  ASSERT_EQ(events.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(events[i].due, kNever);
    EXPECT_EQ(events[i].time, from_micros(static_cast<std::int64_t>(i) * 1'000));  // a millisecond apart
  }
}

std::vector<EventSource::Event> recorded(const std::string& text, std::optional<double> speed, const Clock& clock) {
  std::vector<std::unique_ptr<Lines>> files;
  files.push_back(std::make_unique<Lines>("events", std::make_unique<Bytes>(text)));
  Recording recording{Replay::make(std::move(files), {}).value(), speed, clock};
  return all_of(recording);
}

TEST(Recording, KeepsLinesAsTheyAreAndKeysThemByUser) {
  const std::string first = R"({ "userId" : "39" , "ts":1000 })", second = R"({"ts":2000})";
  const auto events = recorded("\n" + first + "\n" + second, {}, ManualClock{kNow});
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].key, "39");
  EXPECT_EQ(events[0].value, first);
  EXPECT_EQ(events[0].time, from_micros(1'000'000));
  EXPECT_EQ(events[0].due, kNever);
  EXPECT_EQ(events[1].key, "");
  EXPECT_EQ(events[1].value, second);
}

TEST(Recording, SpeedSpreadsRecordedTime) {
  const auto events = recorded("junk\n{\"ts\":1000}\n{\"ts\":61000}\n", 60, ManualClock{kNow});
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].time, from_micros(0));
  EXPECT_EQ(events[0].due, kNow);
  EXPECT_EQ(events[1].due, kNow);
  EXPECT_EQ(events[2].due, kNow + seconds{1});
}

TEST(WholeFiles, EachIsARecordByteForByte) {
  io::SimulatedFileSystem files;
  const std::string odd("\0\n{\r\n\xff", 6);
  ASSERT_TRUE(io::write_file_synced(files, "odd", odd));
  ASSERT_TRUE(io::write_file_synced(files, "empty", ""));
  const ManualClock clock{kNow};
  WholeFiles source{files, {"odd", "empty", "odd"}, clock};
  const auto events = all_of(source);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].value, odd);
  EXPECT_EQ(events[1].value, "");
  EXPECT_EQ(events[2].value, odd);
  for (const auto& event : events) {
    EXPECT_EQ(event.key, "");
    EXPECT_EQ(event.time, kNow);
    EXPECT_EQ(event.due, kNever);
  }
}

TEST(WholeFiles, AFileThatIsNotThereIsNamed) {
  io::SimulatedFileSystem files;
  const ManualClock clock{kNow};
  WholeFiles source{files, {"absent"}, clock};
  EventSource::Event event;
  const auto found = source.next(event);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(found.error().message.find("absent"), std::string::npos);
}

}  // namespace
}  // namespace playhead::cli
