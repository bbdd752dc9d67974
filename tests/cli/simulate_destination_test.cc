#include "cli/simulate_destination.h"

#include <gtest/gtest.h>

#include "io/simulated.h"
#include "log/embedded.h"

namespace playhead::cli {
namespace {

using simulate::Topic;

class DestinationTest : public testing::Test {
 protected:
  static simulate::Arrival arrival(Topic topic, std::string_view value, char id, std::string_view key = "u1") {
    simulate::Arrival one{.message = {}, .key = key, .value = value, .event_id = {}, .fate = simulate::Fate::kIntact, .delayed = false};
    one.message.topic = topic;
    one.message.sent = from_micros(id);
    one.event_id.fill(id);
    return one;
  }
  Result<std::unique_ptr<Destination>> open(const std::string& place, const std::string* saved = nullptr) {
    return open_destination({.place = place, .topics = {Topic::kListens, Topic::kPageViews}, .event_id_header = place == "log"}, files_,
                            log_.get(), saved);
  }
  std::string file(const std::string& name) { return io::read_file(files_, name, 1 << 20).value(); }
  std::vector<std::string> records(const std::string& topic) {
    const auto reader = log_->reader(topic).value();
    const OffsetRange range = reader->range(Partition{0}).value();
    std::vector<std::string> all;
    log::RecordBatch batch;
    for (Offset next = range.start; next < range.end; next = batch.offsets.back().next()) {
      EXPECT_TRUE(reader->read(Partition{0}, next, range.end, batch).has_value());
      for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto headers = log::headers_of(batch.headers[i]);
        all.push_back(std::string(batch.values[i]) + (headers.empty() ? "" : std::string(1, headers[0].value[0])));
      }
    }
    return all;
  }

  io::SimulatedFileSystem files_;
  ManualClock clock_{from_micros(1)};
  std::unique_ptr<log::Log> log_ = log::make_embedded(files_, clock_, {.root = "log-folder", .id_seed = 7}).value();
};

TEST_F(DestinationTest, AFolderHasAFileForEachTopic) {
  const auto folder = open("out").value();
  const std::array arrivals = {arrival(Topic::kListens, "{1}", 'a'), arrival(Topic::kPageViews, "{2}", 'b'),
                               arrival(Topic::kListens, "{3}", 'c')};
  ASSERT_TRUE(folder->write(arrivals).has_value());
  ASSERT_TRUE(folder->finish().has_value());
  EXPECT_EQ(file("out/listen_events.json"), "{1}\n{3}\n");
  EXPECT_EQ(file("out/page_view_events.json"), "{2}\n");
}

TEST_F(DestinationTest, AFolderIsCutBackToWhatWasSaved) {
  std::string saved;
  {
    const auto folder = open("out").value();
    ASSERT_TRUE(folder->write(std::array{arrival(Topic::kListens, "{1}", 'a')}).has_value());
    saved = folder->save().value();
    ASSERT_TRUE(folder->write(std::array{arrival(Topic::kListens, "{2}", 'b')}).has_value());
    ASSERT_TRUE(folder->flush().has_value());
  }
  EXPECT_EQ(file("out/listen_events.json"), "{1}\n{2}\n");
  const auto folder = open("out", &saved).value();
  ASSERT_TRUE(folder->write(std::array{arrival(Topic::kListens, "{3}", 'c')}).has_value());
  ASSERT_TRUE(folder->finish().has_value());
  EXPECT_EQ(file("out/listen_events.json"), "{1}\n{3}\n");
}

TEST_F(DestinationTest, AFileThatIsShorterThanSavedIsRefused) {
  const auto folder = open("out").value();
  ASSERT_TRUE(folder->write(std::array{arrival(Topic::kListens, "{1}", 'a')}).has_value());
  const std::string saved = folder->save().value();
  ASSERT_TRUE(files_.open("out/listen_events.json", io::Open::kWrite).value()->truncate(1).has_value());
  const auto again = open("out", &saved);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(again.error().message.find("listen_events.json has 1 bytes, and had 4"), std::string::npos) << again.error().message;
}

TEST_F(DestinationTest, TheLogGetsEachEventOnce) {
  std::string saved;
  const auto play = [](std::string_view value, char id) { return arrival(Topic::kListens, value, id); };
  {
    const auto log = open("log").value();
    ASSERT_TRUE(log->write(std::array{play("1", 'a')}).has_value());
    saved = log->save().value();
    // Sent after the last save: a run that goes on makes them again. The second one was sent twice on purpose.
    ASSERT_TRUE(log->write(std::array{play("2", 'b'), play("3", 'c'), play("3", 'c')}).has_value());
    ASSERT_TRUE(log->flush().has_value());
  }
  const auto log = open("log", &saved).value();
  ASSERT_TRUE(log->write(std::array{play("2", 'b'), play("3", 'c'), play("3", 'c'), play("3", 'c'), play("4", 'd')}).has_value());
  ASSERT_TRUE(log->finish().has_value());
  EXPECT_EQ(records("listen_events"), (std::vector<std::string>{"1a", "2b", "3c", "3c", "3c", "4d"}));
}

TEST_F(DestinationTest, ATopicThatWasMadeAnewIsRefused) {
  const std::string saved = open("log").value()->save().value();
  ASSERT_TRUE(log_->delete_topic("listen_events").has_value());
  const auto again = open("log", &saved);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace playhead::cli
