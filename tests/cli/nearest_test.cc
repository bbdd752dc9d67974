#include "cli/nearest.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace playhead::cli {
namespace {

TEST(Nearest, EditDistanceOfKnownPairs) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);  // Levenshtein's own example
  EXPECT_EQ(edit_distance("topci", "topic"), 1u);     // a swap of neighbours is one edit
  EXPECT_EQ(edit_distance("ca", "abc"), 3u);          // optimal string alignment: no edit inside a swap
}

TEST(Nearest, EditDistanceIsAMetricOnRandomWords) {
  const std::uint64_t seed = 20'240'601;
  Random random{seed};
  const auto word = [&random] {
    std::string letters;
    for (auto left = random.below(7); left > 0; --left) letters += static_cast<char>('a' + random.below(3));
    return letters;
  };
  for (int i = 0; i < 2'000; ++i) {
    const std::string a = word(), b = word();
    const std::size_t distance = edit_distance(a, b);
    ASSERT_EQ(distance, edit_distance(b, a)) << a << " " << b << " seed " << seed;
    ASSERT_EQ(distance == 0, a == b) << a << " " << b << " seed " << seed;
    ASSERT_LE(distance, std::max(a.size(), b.size())) << a << " " << b << " seed " << seed;
    ASSERT_GE(distance, a.size() > b.size() ? a.size() - b.size() : b.size() - a.size()) << a << " " << b << " seed " << seed;
  }
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> flags = {"--topic", "--total", "--tracks", "--retention-bytes", "--retention-age", "--rate"};
  EXPECT_EQ(nearest("--topci", flags), "--topic");
  EXPECT_EQ(nearest("--tracs", flags), "--tracks");
  EXPECT_EQ(nearest("--retention-bites", flags), "--retention-bytes");
  EXPECT_EQ(nearest("--top", flags), "--topic");  // the only one that begins so
  EXPECT_EQ(nearest("--retention", flags), "");   // two begin so, and neither is near
}

TEST(Nearest, IsSilentWhereNothingIsNear) {
  const std::vector<std::string> commands = {"produce", "topics"};
  EXPECT_EQ(nearest("frobnicate", commands), "");
  EXPECT_EQ(nearest("", commands), "");
  EXPECT_EQ(nearest("x", commands), "");
  EXPECT_EQ(nearest(std::string(65, 'p'), commands), "");
  EXPECT_EQ(nearest("topics", std::vector<std::string>{}), "");
}

}  // namespace
}  // namespace playhead::cli
