// simulate/popularity.h: which of n things is taken next, when few are popular and most are not.
//
// Rank i (from 1) has the weight i^-exponent (Zipf's law); exponent 0 makes all equal. A draw is one number, one table look-up and
// one comparison whatever n is (Walker's alias method), and uses one value of the random source.
//
// Limits:  1 to kPopularityCountMax things, 12 bytes each; exponent 0 to 4.
// Chance:  which thing has which rank is drawn from `seed`. The table is built from integers, so the same options give the same
//          draws on every machine.
// Threads: immutable once made; any thread.
// Fails:   kInvalid when an option is outside its limits.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace playhead::simulate {

inline constexpr std::uint32_t kPopularityCountMax = 10'000'000;

class Popularity {
 public:
  static Result<Popularity> make(std::uint32_t count, double exponent, std::uint64_t seed);

  // One of 0 .. count - 1. The upper half of the random number picks a column, the lower half one of its two owners.
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

  static std::vector<Column> columns_of(std::vector<std::uint64_t> weight_by_rank, const std::vector<std::uint32_t>& thing_by_rank);
  explicit Popularity(std::vector<Column> columns) : columns_(std::move(columns)) {}

  std::vector<Column> columns_;
};

}  // namespace playhead::simulate
