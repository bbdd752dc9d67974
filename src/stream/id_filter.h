// stream/id_filter.h: a Bloom filter in lines of one cache line, that saves look-ups and decides nothing.
//
// The line of an id follows from the upper bits of its mixed form, so a run that is written in the order of ids fills its lines in order
// and needs to hold only one of them. In its line an id sets one bit of each of the eight words. At 16 bits an id about one
// absent id in a thousand is let through (it then costs one read of a block).
//
// Pure functions over lines that the caller holds; any thread. Part of the format of a run (docs/dedup.md).
#pragma once

#include <array>
#include <cstdint>

#include "stream/id_entry.h"

namespace playhead::stream {

inline constexpr std::uint64_t kFilterBitsPerId = 16;

struct alignas(64) IdFilterLine {
  std::array<std::uint64_t, 8> words{};

  // The bits of an id: six of them for each word.
  static std::uint64_t bits_of(MixedId id) { return id.high * 0x9e3779b97f4a7c15ULL; }

  void add(MixedId id) {
    const std::uint64_t bits = bits_of(id);
    for (unsigned word = 0; word < 8; ++word) words[word] |= std::uint64_t{1} << place(bits, word);
  }

  // True for every id that was added, and by chance for few others.
  bool may_hold(MixedId id) const {
    const std::uint64_t bits = bits_of(id);
    // Four words at once tell nearly always, so that the branch is one that the processor guesses right.
    const std::uint64_t first = at(bits, 0) & at(bits, 1) & at(bits, 2) & at(bits, 3);
    if ((first & 1) == 0) return false;
    return (at(bits, 4) & at(bits, 5) & at(bits, 6) & at(bits, 7) & 1) != 0;
  }

 private:
  static unsigned place(std::uint64_t bits, unsigned word) { return static_cast<unsigned>(bits >> (58 - 6 * word)) & 63; }
  std::uint64_t at(std::uint64_t bits, unsigned word) const { return words[word] >> place(bits, word); }
};
static_assert(sizeof(IdFilterLine) == 64, "lines are written as the machine holds them");

constexpr std::uint64_t filter_lines_for(std::uint64_t ids) { return ids * kFilterBitsPerId / (sizeof(IdFilterLine) * 8) + 1; }
// In [0, lines), never falling as the id grows.
inline std::uint64_t filter_line_of(MixedId id, std::uint64_t lines) { return scale(id.high, lines); }

}  // namespace playhead::stream
