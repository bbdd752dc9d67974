#include "simulate/popularity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace playhead::simulate {
namespace {

std::vector<int> counts_of(std::uint32_t things, double exponent, int draws, std::uint64_t seed) {
  const auto popularity = Popularity::make(things, exponent, seed);
  EXPECT_TRUE(popularity.has_value());
  std::vector<int> counts(things);
  Random random{seed + 1};
  for (int i = 0; i < draws; ++i) ++counts.at(popularity->draw(random));
  return counts;
}

TEST(Popularity, SharesFollowZipfsLaw) {
  constexpr int kDraws = 400'000;
  for (const double exponent : {0.5, 0.9, 1.0, 2.0}) {
    for (const std::uint32_t things : {2u, 7u, 1'000u}) {
      std::vector<int> counts = counts_of(things, exponent, kDraws, 11);
      std::sort(counts.begin(), counts.end(), std::greater<>());
      double sum = 0;
      for (std::uint32_t rank = 1; rank <= things; ++rank) sum += std::pow(rank, -exponent);
      for (std::uint32_t rank = 1; rank <= std::min(things, 5u); ++rank) {
        const double expected = kDraws * std::pow(rank, -exponent) / sum;
        // Five standard deviations, and a little for neighbours that change places when sorted.
        EXPECT_NEAR(counts[rank - 1], expected, 5 * std::sqrt(expected) + 10)
            << things << " things, exponent " << exponent << ", rank " << rank;
      }
    }
  }
}

TEST(Popularity, ExponentZeroIsUniform) {
  constexpr int kThings = 100;
  constexpr int kDraws = 500'000;
  for (const int count : counts_of(kThings, 0, kDraws, 3)) EXPECT_NEAR(count, kDraws / kThings, 5 * std::sqrt(kDraws / kThings));
}

TEST(Popularity, EverythingCanBeDrawn) {
  const std::vector<int> counts = counts_of(50, 1.0, 200'000, 5);
  EXPECT_GT(*std::min_element(counts.begin(), counts.end()), 0);
}

TEST(Popularity, OneThingIsAlwaysDrawn) { EXPECT_EQ(counts_of(1, 1.0, 1'000, 9), std::vector<int>{1'000}); }

TEST(Popularity, SeedDecidesWhoIsPopular) {
  const auto top = [](std::uint64_t seed) {
    const std::vector<int> counts = counts_of(1'000, 1.5, 10'000, seed);
    return std::max_element(counts.begin(), counts.end()) - counts.begin();
  };
  EXPECT_EQ(top(1), top(1));
  EXPECT_NE(top(1), top(2));
}

TEST(Popularity, RefusesWhatIsOutsideItsLimits) {
  EXPECT_EQ(Popularity::make(0, 1, 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Popularity::make(kPopularityCountMax + 1, 1, 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Popularity::make(10, -0.1, 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Popularity::make(10, 4.1, 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Popularity::make(10, std::nan(""), 0).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace playhead::simulate
