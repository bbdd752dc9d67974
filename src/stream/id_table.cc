#include "stream/id_table.h"

#include <algorithm>
#include <bit>

namespace playhead::stream {
namespace {

constexpr std::size_t kSlotsMin = 1024;

std::size_t slots_for(std::size_t ids) { return std::max(kSlotsMin, std::bit_ceil(ids + ids * 3 / 5)); }

}  // namespace

void IdTable::reserve_more(std::size_t ids) {
  const std::size_t needed = entries_.size() + ids;
  if (needed > entries_.capacity()) entries_.reserve(std::max(needed, entries_.capacity() * 3 / 2));
  if (slots_for(needed) > slots_.size()) fill_slots(slots_for(needed));
}

// Sized for what it held last: the time until the next clear() will bring about as many.
void IdTable::clear() {
  const std::size_t expected = entries_.size();
  if (entries_.capacity() > 4 * expected) {
    entries_ = std::vector<IdEntry>();  // ({} would keep the memory)
  } else {
    entries_.clear();
  }
  fill_slots(slots_for(expected));
}

void IdTable::fill_slots(std::size_t count) {
  if (count == slots_.size()) {
    std::ranges::fill(slots_, 0);
  } else {
    slots_ = std::vector<std::uint64_t>();  // first, so that old and new are not held together
    slots_.resize(count);
  }
  shift_ = static_cast<unsigned>(64 - std::countr_zero(count));
  for (std::size_t number = 1; number <= entries_.size(); ++number) {
    const std::uint64_t hash = hash_of(entries_[number - 1].id);
    std::size_t at = hash >> shift_;
    while (slots_[at] != 0) at = (at + 1) & (count - 1);
    slots_[at] = hash << 32 | number;
  }
}

}  // namespace playhead::stream
