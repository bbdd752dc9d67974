#include "stream/id_filter.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "base/random.h"

namespace playhead::stream {
namespace {

MixedId random_id(Random& random) {
  event::EventId id;
  const std::uint64_t words[2] = {random.below(1000), random.next()};
  std::memcpy(id.bytes.data(), words, sizeof words);
  return mixed(id);
}

struct Filter {
  explicit Filter(std::uint64_t ids) : lines(filter_lines_for(ids)) {}
  IdFilterLine& line(MixedId id) { return lines[filter_line_of(id, lines.size())]; }

  std::vector<IdFilterLine> lines;
};

TEST(IdFilter, LetsEveryIdThroughThatWasAdded) {
  Random random(1);
  std::vector<MixedId> ids;
  for (int i = 0; i < 100'000; ++i) ids.push_back(random_id(random));
  Filter filter(ids.size());
  for (const MixedId id : ids) filter.line(id).add(id);
  for (const MixedId id : ids) ASSERT_TRUE(filter.line(id).may_hold(id));
}

TEST(IdFilter, HoldsBackNearlyEveryOther) {
  Random random(2);
  Filter filter(100'000);
  EXPECT_LE(filter.lines.size() * sizeof(IdFilterLine), 100'000 * kFilterBitsPerId / 8 + sizeof(IdFilterLine));
  for (int i = 0; i < 100'000; ++i) {
    const MixedId id = random_id(random);
    filter.line(id).add(id);
  }
  int let_through = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    const MixedId id = random_id(random);
    let_through += filter.line(id).may_hold(id) ? 1 : 0;
  }
  EXPECT_LT(let_through, 1'500);  // of a million
}

TEST(IdFilter, AnEmptyLineHoldsNothing) {
  Random random(3);
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(IdFilterLine{}.may_hold(random_id(random)));
}

TEST(IdFilter, AnIdSetsOneBitInEachWord) {
  Random random(4);
  for (int i = 0; i < 1'000; ++i) {
    IdFilterLine line;
    line.add(random_id(random));
    for (const std::uint64_t word : line.words) EXPECT_EQ(std::popcount(word), 1);
  }
}

TEST(IdFilter, LinesRiseWithTheIdAndStayInBounds) {
  constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t lines : {std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{1'000'003}}) {
    EXPECT_EQ(filter_line_of({0, 5}, lines), 0u);
    EXPECT_EQ(filter_line_of({kLast, 5}, lines), lines - 1);
    std::uint64_t before = 0;
    for (std::uint64_t high = 0; high < kLast - kLast / 1000; high += kLast / 1000) {
      EXPECT_GE(filter_line_of({high, 0}, lines), before);
      before = filter_line_of({high, 0}, lines);
    }
  }
}

}  // namespace
}  // namespace playhead::stream
