#include "event/dictionary.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>

namespace playhead::event {
namespace {

constexpr std::size_t kFirstSlots = 256;
constexpr std::uint32_t kEntriesMax = 1u << 30;

}  // namespace

Dictionary::Dictionary(Limits limits)
    : limits_(limits), slots_(kFirstSlots, Slot{0, 0, 0, kFree}), shift_(64 - std::countr_zero(kFirstSlots)) {
  limits_.entries_max = std::min(limits_.entries_max, kEntriesMax);
}

Dictionary::Probe Dictionary::long_probe_of(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return {hash.low64, hash.high64, static_cast<std::uint32_t>(text.size())};
}

std::optional<std::uint32_t> Dictionary::add(const Probe& probe, std::string_view text) {
  if (texts_.size() >= limits_.entries_max || text.size() > limits_.text_bytes_max - text_bytes_) return std::nullopt;
  if ((texts_.size() + 1) * 2 > slots_.size()) grow();
  const std::uint32_t code = size();
  slots_[find(probe, text)] = {probe.low, probe.high, probe.length, code};
  texts_.push_back(arena_.copy(text));
  text_bytes_ += text.size();
  return code;
}

void Dictionary::grow() {
  std::vector<Slot> old(slots_.size() * 2, Slot{0, 0, 0, kFree});
  old.swap(slots_);
  --shift_;
  for (const Slot& slot : old) {
    if (slot.code == kFree) continue;
    slots_[find({slot.low, slot.high, slot.length}, texts_[slot.code])] = slot;
  }
}

void Dictionary::clear() {
  std::ranges::fill(slots_, Slot{0, 0, 0, kFree});
  texts_.clear();
  text_bytes_ = 0;
  arena_.clear();
}

}  // namespace playhead::event
