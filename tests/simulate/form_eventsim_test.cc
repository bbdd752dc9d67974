#include "simulate/form_eventsim.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "simulate/form.h"
#include "telling.h"

namespace playhead::simulate {
namespace {

using event::Dialect;

constexpr std::uint32_t kListener = 7;

std::vector<std::string> told_of(const World& world, const FormOptions& options, Topic topic) {
  Random random{22};
  const auto happenings = random_happenings(world, kListener, 2'000, random);
  Messages messages;
  Form::make(world, options).value()->tell(kListener, kNoon, Duration{0}, happenings, messages);
  std::vector<std::string> values;
  for (const Message& message : messages.list) {
    if (message.topic == topic) values.emplace_back(messages.value(message));
  }
  return values;
}

TEST(EventsimForm, TellsOnlyTheTopicsThatAreAskedFor) {
  WorldOptions options;
  options.service.listeners = 10;
  const auto world = world_in_utc(std::move(options));
  const std::vector<Dialect> dialects = {Dialect::kTuneTracker, Dialect::kEventsim};
  for (const Topic topic : topics_of(dialects)) {
    const FormOptions one{.dialects = dialects, .topics = {topic}};
    EXPECT_EQ(told_topics(one), std::vector{topic});
    for (const Topic other : topics_of(dialects)) {
      const auto all = told_of(*world, {.dialects = dialects}, other);
      EXPECT_FALSE(all.empty()) << default_name_of(other);
      EXPECT_EQ(told_of(*world, one, other), other == topic ? all : std::vector<std::string>()) << default_name_of(other);
    }
  }
  const auto foreign = Form::make(*world, {.dialects = {Dialect::kEventsim}, .topics = {Topic::kMusicPlays}});
  ASSERT_FALSE(foreign);
  EXPECT_NE(foreign.error().message.find("music-plays"), std::string::npos);
}

}  // namespace
}  // namespace playhead::simulate
