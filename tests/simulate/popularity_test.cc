#include "simulate/popularity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

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

// The slope of log(count) over log(rank + shift), by least squares over the ranks that are drawn often enough for a logarithm.
double slope_of(std::vector<int> counts, double shift) {
  std::sort(counts.begin(), counts.end(), std::greater<>());
  double n = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
  for (std::size_t i = 0; i < counts.size() && counts[i] >= 1'000; ++i) {
    const double x = std::log(static_cast<double>(i) + 1 + shift);
    const double y = std::log(counts[i]);
    n += 1, sum_x += x, sum_y += y, sum_xx += x * x, sum_xy += x * y;
  }
  EXPECT_GT(n, 100);
  return (n * sum_xy - sum_x * sum_y) / (n * sum_xx - sum_x * sum_x);
}

TEST(Popularity, SharesFollowZipfMandelbrotsLaw) {
  constexpr int kThings = 1'000;
  constexpr int kDraws = 4'000'000;
  for (const auto& [exponent, shift] : {std::pair{0.9, 2.7}, std::pair{1.5, 20.0}, std::pair{0.7, 0.0}}) {
    const auto popularity = Popularity::make(kThings, exponent, 17, shift);
    ASSERT_TRUE(popularity);
    std::vector<int> counts(kThings);
    Random random{18};
    for (int i = 0; i < kDraws; ++i) ++counts[popularity->draw(random)];
    EXPECT_NEAR(slope_of(counts, shift), -exponent, 0.02) << "shift " << shift;
  }
}

TEST(Popularity, WeightsOfTheirOwnAreTheShares) {
  const std::vector<double> weights = {5, 0, 0.5, 1'000, 1e-300, 44.5, 0, 250};
  const auto popularity = Popularity::of_weights(weights);
  ASSERT_TRUE(popularity);
  constexpr int kDraws = 1'000'000;
  std::vector<int> counts(weights.size());
  Random random{2};
  for (int i = 0; i < kDraws; ++i) ++counts.at(popularity->draw(random));
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double expected = kDraws * weights[i] / sum;
    EXPECT_NEAR(counts[i], expected, 5 * std::sqrt(expected)) << i;
  }
}

TEST(Popularity, WhatWeighsNothingIsNeverDrawn) {
  Random shapes{31};
  for (int round = 0; round < 200; ++round) {
    std::vector<double> weights(1 + shapes.below(40));
    for (double& weight : weights) weight = shapes.chance(0.5) ? 0 : shapes.unit();
    weights[shapes.below(weights.size())] = 1;
    const auto popularity = Popularity::of_weights(weights);
    ASSERT_TRUE(popularity);
    for (int i = 0; i < 2'000; ++i) ASSERT_GT(weights.at(popularity->draw(shapes)), 0) << "round " << round;
  }
}

TEST(Popularity, ThingsAreDrawnByTheirNames) {
  const std::vector<double> weights = {5, 0, 2, 3};
  const std::vector<std::uint32_t> things = {70, 71, 9, 4'000'000'000};
  const auto places = Popularity::of_weights(weights);
  const auto named = Popularity::of_weights(weights, things);
  ASSERT_TRUE(places && named);
  Random one{3}, other{3};
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(named->draw(one), things[places->draw(other)]);
  const auto too_few = Popularity::of_weights(weights, std::span(things).first(3));
  ASSERT_FALSE(too_few);
  EXPECT_EQ(too_few.error().kind, ErrorKind::kInvalid);
}

TEST(Popularity, RefusesWeightsThatAreNone) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const std::vector<double>& weights :
       {std::vector<double>{}, {0.0, 0.0}, {1.0, -0.1}, {1.0, std::nan("")}, {infinity, 1.0}, {1.0, -infinity}}) {
    const auto popularity = Popularity::of_weights(weights);
    ASSERT_FALSE(popularity);
    EXPECT_EQ(popularity.error().kind, ErrorKind::kInvalid);
  }
}

TEST(Popularity, RefusesWhatIsOutsideItsLimits) {
  EXPECT_EQ(Popularity::make(0, 1, 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Popularity::make(kPopularityCountMax + 1, 1, 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Popularity::make(10, -0.1, 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Popularity::make(10, 4.1, 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Popularity::make(10, std::nan(""), 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Popularity::make(10, 1, 0, -0.1).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Popularity::make(10, 1, 0, 1'001).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Popularity::make(10, 1, 0, std::nan("")).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace playhead::simulate
