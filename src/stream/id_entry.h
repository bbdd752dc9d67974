// stream/id_entry.h: an event id as dedup remembers it, with the instant until which it does.
//
// Ids come as producers made them: random, rising with time, or counted. So that sorting, filters and tables see evenly spread numbers,
// an id is remembered mixed: `high` depends on all 16 bytes, `low` are the last eight. No two ids have the same mixed form, so nothing
// is ever decided by a hash. Mixed ids are ordered by high, then low; runs on disk are sorted that way, so the mixing is part of their
// format.
//
// An id's basis is the later of its event time and the partition's watermark when it arrived. It is remembered until the watermark has
// passed its basis by 24 hours; the same id is a new event then. Pure functions; any thread.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/time.h"
#include "event/event_id.h"

namespace playhead::stream {

inline constexpr Duration kIdKept = std::chrono::hours{24};  // beyond its basis

// A one-to-one map of 64 bits in which each bit of the input changes about half of the output: the last step of SplitMix64.
constexpr std::uint64_t mix_bits(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
  return bits ^ (bits >> 31);
}

// The upper 64 bits of the product: maps evenly spread `bits` to [0, bound), keeping their order.
inline std::uint64_t scale(std::uint64_t bits, std::uint64_t bound) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(bits) * bound) >> 64);
}

struct MixedId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  auto operator<=>(const MixedId&) const = default;
};

inline MixedId mixed(const event::EventId& id) {
  std::uint64_t front = 0;
  std::uint64_t back = 0;
  std::memcpy(&front, id.bytes.data(), sizeof front);
  std::memcpy(&back, id.bytes.data() + sizeof front, sizeof back);
  return {mix_bits(front ^ mix_bits(back)), back};
}

struct IdEntry {
  MixedId id;
  Timestamp basis;

  bool operator==(const IdEntry&) const = default;
};
static_assert(sizeof(IdEntry) == 24, "entries are written as the machine holds them");

// The end of time rather than beyond it.
constexpr Timestamp later_by(Timestamp time, Duration span) { return time > Timestamp::max() - span ? Timestamp::max() : time + span; }

// Whether an id of this basis is forgotten at this watermark.
constexpr bool has_passed(Timestamp basis, Timestamp watermark) { return watermark >= later_by(basis, kIdKept); }

// By mixed id. Linear in time for ids that are evenly spread, as mixed ones are unless somebody has chosen them; n log n at worst.
void sort_by_id(std::vector<IdEntry>& entries);

}  // namespace playhead::stream
