#include "stream/window.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace playhead::stream {
namespace {

constexpr Duration kMinute = std::chrono::minutes{1};

TEST(WindowCounts, CountsPerWindowAndKeyInOrder) {
  WindowCounts counts(kMinute);
  counts.add(from_micros(60'000'000), "rock");
  counts.add(from_micros(59'999'999), "rock");
  counts.add(from_micros(61'000'000), "jazz");
  counts.add(from_micros(119'999'999), "rock");
  const std::vector<Increase> expected = {
      {from_micros(0), "rock", 1}, {from_micros(60'000'000), "jazz", 1}, {from_micros(60'000'000), "rock", 2}};
  EXPECT_EQ(counts.take(), expected);
  EXPECT_TRUE(counts.take().empty()) << "taken counts start anew";
}

TEST(WindowCounts, APlayWithoutTheFieldHasTheUnknownKey) {
  WindowCounts counts(kMinute);
  counts.add(from_micros(5), {});
  counts.add(from_micros(6), "");
  const std::vector<Increase> expected = {{from_micros(0), "", 1}, {from_micros(0), "unknown", 1}};
  EXPECT_EQ(counts.take(), expected) << "an empty text is a value, an absent one is not";
}

TEST(WindowCounts, EqualsAMapForManyKeysAndWindowsBefore1970Too) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const Duration window{1 + static_cast<std::int64_t>(random.below(100'000))};
    WindowCounts counts(window);
    for (int epoch = 0; epoch < 3; ++epoch) {
      std::map<std::pair<Timestamp, std::string>, std::uint64_t> expected;
      for (int i = 0; i < 20'000; ++i) {
        const Timestamp time = from_micros(static_cast<std::int64_t>(random.below(10'000'000)) - 5'000'000);
        const std::string key = "key" + std::to_string(random.below(200));
        counts.add(time, key);
        ++expected[{floor_to(time, window), key}];
      }
      std::vector<Increase> rows;
      for (const auto& [place, count] : expected) rows.push_back({place.first, place.second, count});
      ASSERT_EQ(counts.take(), rows);
    }
  }
}

}  // namespace
}  // namespace playhead::stream
