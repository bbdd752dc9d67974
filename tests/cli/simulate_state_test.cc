#include "cli/simulate_state.h"

#include <gtest/gtest.h>

#include "io/simulated.h"

namespace playhead::cli {
namespace {

SimulateState example() {
  SimulateState state{.key = {{"listeners.count", "10"}, {"seed", "7"}},
                      .start = from_micros(1),
                      .end = kNever,
                      .reached = from_micros(3),
                      .wall = from_micros(4),
                      .simulated = from_micros(5),
                      .speed = 2.5,
                      .finished = true,
                      .sent = {},
                      .services = {"one", std::string("tw\0o", 4)},
                      .transport = "road",
                      .destination = "place"};
  state.sent.by_topic = {1, 2, 3, 4, 5, 6, 7};
  state.sent.delayed = 8;
  return state;
}

TEST(SimulateState, IsReadAsItWasWritten) {
  io::SimulatedFileSystem files;
  const auto folder = StateFolder::open(files, "state").value();
  EXPECT_FALSE(read_state(files, "state").value().has_value());
  ASSERT_TRUE(folder->write(example()).has_value());
  const SimulateState found = read_state(files, "state").value().value();
  EXPECT_EQ(found.key, example().key);
  EXPECT_EQ(found.end, kNever);
  EXPECT_EQ(found.reached, from_micros(3));
  EXPECT_EQ(found.speed, 2.5);
  EXPECT_TRUE(found.finished);
  EXPECT_EQ(found.sent.total(), 28U);
  EXPECT_EQ(found.sent.delayed, 8U);
  EXPECT_EQ(found.services, example().services);
  EXPECT_EQ(found.transport, "road");
  EXPECT_EQ(found.destination, "place");
}

TEST(SimulateState, DamageIsSeenWhereverItIs) {
  io::SimulatedFileSystem files;
  const auto folder = StateFolder::open(files, "state").value();
  ASSERT_TRUE(folder->write(example()).has_value());
  const std::string whole = io::read_file(files, "state/simulation", 1 << 20).value();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    ASSERT_TRUE(io::write_file_synced(files, "state/simulation", damaged).has_value());
    EXPECT_FALSE(read_state(files, "state").has_value()) << "byte " << i;
    ASSERT_TRUE(io::write_file_synced(files, "state/simulation", whole.substr(0, i)).has_value());
    EXPECT_FALSE(read_state(files, "state").has_value()) << "cut at " << i;
  }
}

TEST(SimulateState, HasOneOwner) {
  io::SimulatedFileSystem files;
  const auto folder = StateFolder::open(files, "state").value();
  const auto second = StateFolder::open(files, "state");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, ErrorKind::kBusy);
}

TEST(SimulateState, NamesEachSettingThatIsAnother) {
  SimulatePlan plan;
  plan.state = "state";
  plan.key = {{"listeners.count", "11"}, {"seed", "7"}, {"tag", "x"}};
  Faults faults;
  compare_keys(example(), plan, faults);
  const std::string message = faults.status().error().message;
  EXPECT_NE(message.find("listeners.count: was '10' when state/simulation was saved, and is '11' now"), std::string::npos) << message;
  EXPECT_NE(message.find("tag: was not given"), std::string::npos) << message;
  EXPECT_EQ(message.find("seed"), std::string::npos) << message;
}

}  // namespace
}  // namespace playhead::cli
