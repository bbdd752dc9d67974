// stream/id_table.h: the ids of the last minutes, exactly, in memory.
//
// Entries lie in the order of arrival; beside them a hash table of eight-byte slots, each the number of an entry and 32 bits of the id's
// hash. So a look-up of a new id, by far the most frequent, touches one cache line, and a new entry is written where the last one was.
//
// Limits:  kIdsMax ids; the caller counts. Threads: one owner at a time.
// Memory:  24 bytes an id for entries and 13 to 26 for slots, at most double while it grows. clear() gives back what was far too much.
// Hostile: ids are chosen by producers; the seed keeps them from choosing ids that fall on one slot. It changes no answer.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "stream/id_entry.h"

namespace playhead::stream {

class IdTable {
 public:
  static constexpr std::size_t kIdsMax = std::numeric_limits<std::uint32_t>::max() - 1;

  explicit IdTable(std::uint64_t seed) : seed_(seed) { clear(); }

  // Makes room for so many more, once for a batch, so that remember() never has to.
  void reserve_more(std::size_t ids);
  // Asks for the memory that remember() will need for this id.
  void prefetch(MixedId id) const { __builtin_prefetch(&slots_[hash_of(id) >> shift_]); }
  // True if the id is remembered and has not passed. Otherwise it is remembered from here on with this basis.
  bool remember(MixedId id, Timestamp basis, Timestamp watermark) {
    const std::uint64_t hash = hash_of(id);
    std::size_t at = hash >> shift_;
    for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at] >> 32 != (hash & kTag)) continue;
      IdEntry& entry = entries_[(slots_[at] & kTag) - 1];
      if (entry.id != id) continue;
      if (!has_passed(entry.basis, watermark)) return true;
      entry.basis = basis;
      return false;
    }
    entries_.push_back({id, basis});
    slots_[at] = hash << 32 | entries_.size();
    return false;
  }
  void clear();

  std::span<const IdEntry> entries() const { return entries_; }
  std::size_t size() const { return entries_.size(); }
  std::uint64_t memory_bytes() const { return entries_.capacity() * sizeof(IdEntry) + slots_.capacity() * sizeof(std::uint64_t); }

 private:
  static constexpr std::uint64_t kTag = 0xffffffff;

  // Both words with the seed in each: who does not know it can not aim at a slot.
  std::uint64_t hash_of(MixedId id) const {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(id.high ^ seed_) * (id.low ^ mix_bits(seed_));
    return static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
  }
  void fill_slots(std::size_t count);

  std::uint64_t seed_;
  std::vector<IdEntry> entries_;
  std::vector<std::uint64_t> slots_;  // 0, or the hash's last 32 bits over the number of the entry, from 1; at most 5/8 in use
  unsigned shift_ = 0;                // the hash's first bits are the slot
};

}  // namespace playhead::stream
