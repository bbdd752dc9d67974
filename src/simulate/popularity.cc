#include "simulate/popularity.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

namespace playhead::simulate {
namespace {

// Rank 1 weighs 2^36: the last of ten million ranks still has a weight of its own at exponent 1, and weight x count fits 64 bits.
constexpr double kTopWeight = 0x1.0p36;

// Rounding to integers here, and only integers from here on, keeps the last bit of the machine's pow() out of the draws.
std::uint64_t whole_weight(double of_top) {
  const auto weight = static_cast<std::uint64_t>(std::llround(kTopWeight * of_top));
  return weight > 0 ? weight : 1;
}

std::vector<std::uint64_t> weights_by_rank(std::uint32_t count, double exponent, double shift) {
  std::vector<std::uint64_t> weights(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    weights[i] = whole_weight(std::pow((static_cast<double>(i) + 1 + shift) / (1 + shift), -exponent));
  }
  return weights;
}

// A seeded shuffle, so that the most popular is not always the lowest number.
std::vector<std::uint32_t> thing_by_rank(std::uint32_t count, std::uint64_t seed) {
  std::vector<std::uint32_t> things(count);
  std::iota(things.begin(), things.end(), 0u);
  Random random{seed};
  for (std::uint32_t left = count; left > 1; --left) std::swap(things[left - 1], things[random.below(left)]);
  return things;
}

// `part` of `whole`, part < whole, as a share of 2^32, rounded down.
std::uint32_t share_of(std::uint64_t part, std::uint64_t whole) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint32_t>((static_cast<Wide>(part) << 32) / whole);
}

Status check_count(std::uint64_t count) {
  if (count > 0 && count <= kPopularityCountMax) return {};
  return fail(ErrorKind::kInvalid, "a count of " + std::to_string(count) + " is outside 1 to " + std::to_string(kPopularityCountMax));
}

}  // namespace

Result<Popularity> Popularity::make(std::uint32_t count, double exponent, std::uint64_t seed, double shift) {
  TRY(check_count(count));
  if (!(exponent >= 0 && exponent <= 4)) {
    return fail(ErrorKind::kInvalid, "a popularity exponent of " + std::to_string(exponent) + " is outside 0 to 4");
  }
  if (!(shift >= 0 && shift <= 1'000)) {
    return fail(ErrorKind::kInvalid, "a popularity shift of " + std::to_string(shift) + " is outside 0 to 1,000");
  }
  return Popularity{columns_of(weights_by_rank(count, exponent, shift), thing_by_rank(count, seed))};
}

Result<Popularity> Popularity::of_weights(std::span<const double> weights) {
  std::vector<std::uint32_t> things(weights.size());
  std::iota(things.begin(), things.end(), 0u);
  return of_weights(weights, things);
}

Result<Popularity> Popularity::of_weights(std::span<const double> weights, std::span<const std::uint32_t> things) {
  TRY(check_count(weights.size()));
  if (things.size() != weights.size()) return fail(ErrorKind::kInvalid, "there are not as many things as weights");
  double top = 0;
  for (const double weight : weights) {
    if (!(weight >= 0 && std::isfinite(weight))) {
      return fail(ErrorKind::kInvalid, "a weight of " + std::to_string(weight) + " is no finite number of at least 0");
    }
    top = std::max(top, weight);
  }
  if (top == 0) return fail(ErrorKind::kInvalid, "all weights are 0, so nothing could be drawn");
  std::vector<std::uint64_t> whole;
  whole.reserve(weights.size());
  for (const double weight : weights) whole.push_back(weight == 0 ? 0 : whole_weight(weight / top));
  return Popularity{columns_of(std::move(whole), things)};
}

// Walker's table as Vose builds it: a thing lighter than the mean gets a column for itself, filled up by one heavier than the mean.
std::vector<Popularity::Column> Popularity::columns_of(std::vector<std::uint64_t> left, std::span<const std::uint32_t> things) {
  const std::uint64_t mean = std::accumulate(left.begin(), left.end(), std::uint64_t{0});
  std::vector<std::uint32_t> light;
  std::vector<std::uint32_t> heavy;
  std::vector<Column> columns(left.size());
  for (std::uint32_t rank = 0; rank < left.size(); ++rank) {
    left[rank] *= left.size();  // in this unit the mean is the plain sum of the weights, without a fraction
    columns[rank] = {0xffffffffu, things[rank], things[rank]};
    (left[rank] < mean ? light : heavy).push_back(rank);
  }
  while (!light.empty() && !heavy.empty()) {
    const std::uint32_t taker = light.back();
    const std::uint32_t giver = heavy.back();
    light.pop_back();
    columns[taker] = {share_of(left[taker], mean), things[taker], things[giver]};
    left[giver] -= mean - left[taker];
    if (left[giver] >= mean) continue;
    heavy.pop_back();
    light.push_back(giver);
  }
  return columns;
}

}  // namespace playhead::simulate
