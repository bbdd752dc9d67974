// simulate/chance.h: small pieces of chance that the parts of a simulated service share.
//
// A thing that has a number or a name (a listener, an artist, a genre) gets its own random numbers from the seed and that number or
// name, so that it stays the same whatever else is made before it.
//
// Threads: pure; any thread. Fails: never.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

#include "base/random.h"

namespace playhead::simulate {

// One number of two, for a seed; neither can be guessed from it.
inline std::uint64_t mixed(std::uint64_t seed, std::uint64_t number) { return Random{Random{seed}.next() ^ number}.next(); }

// FNV-1a, mixed: for names, which are short.
inline std::uint64_t mixed(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return mixed(seed, hash);
}

// Normally distributed with mean 0 and standard deviation 1 (Box and Muller 1958).
inline double normal(Random& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.unit()));
  return radius * std::cos(2 * std::numbers::pi * random.unit());
}

// Two of those at once, for less than one of them costs (Marsaglia and Bray 1964: a point in the unit circle has both a radius and a
// direction, and needs no cosine).
inline std::array<double, 2> two_normals(Random& random) {
  for (;;) {
    const double x = 2 * random.unit() - 1;
    const double y = 2 * random.unit() - 1;
    const double square = x * x + y * y;
    if (square >= 1 || square == 0) continue;
    const double length = std::sqrt(-2 * std::log(square) / square);
    return {x * length, y * length};
  }
}

// Exponentially distributed with mean 1: how long it takes until something happens that may happen at any moment.
inline double memoryless(Random& random) { return -std::log1p(-random.unit()); }

}  // namespace playhead::simulate
