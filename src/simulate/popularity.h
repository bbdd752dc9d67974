// simulate/popularity.h: which of n things is taken next, when few are popular and most are not.
//
// Rank i (from 1) has the weight (i + shift)^-exponent (Zipf's law, with Mandelbrot's shift); exponent 0 makes all equal. Or each
// thing has a weight of its own; one of weight 0 is never drawn. A draw is one number, one table look-up and one comparison whatever n is
// (Walker's alias method), and uses one value of the random source.
//
// Limits:  1 to kPopularityCountMax things, 12 bytes each; exponent 0 to 4; shift 0 to 1,000. A weight below 2^-36 of the highest
//          counts as that much.
// Chance:  which thing has which rank is drawn from `seed`. The table is built from integers, so the same options give the same
//          draws on every machine.
// Threads: immutable once made; any thread.
// Fails:   kInvalid when an option is outside its limits.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace playhead::simulate {

inline constexpr std::uint32_t kPopularityCountMax = 10'000'000;

class Popularity {
 public:
  static Result<Popularity> make(std::uint32_t count, double exponent, std::uint64_t seed, double shift = 0);
  // Thing i has the weight weights[i], not negative; at least one is above 0. kInvalid otherwise.
  static Result<Popularity> of_weights(std::span<const double> weights);
  // The same, where thing i is called things[i] when it is drawn: a look-up less for each draw.
  static Result<Popularity> of_weights(std::span<const double> weights, std::span<const std::uint32_t> things);

  // One of 0 .. count - 1, or of the things. The upper half of the random number picks a column, the lower half one of its two owners.
  std::uint32_t draw(Random& random) const {
    const std::uint64_t number = random.next();
    const Column& column = columns_[((number >> 32) * columns_.size()) >> 32];
    return static_cast<std::uint32_t>(number) < column.threshold ? column.first : column.second;
  }

 private:
  struct Column {
    std::uint32_t threshold;  // of 2^32: the share of the column that is `first`'s
    std::uint32_t first;
    std::uint32_t second;
  };

  static std::vector<Column> columns_of(std::vector<std::uint64_t> weight_by_rank, std::span<const std::uint32_t> thing_by_rank);
  explicit Popularity(std::vector<Column> columns) : columns_(std::move(columns)) {}

  std::vector<Column> columns_;
};

}  // namespace playhead::simulate
