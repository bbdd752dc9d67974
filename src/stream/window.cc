#include "stream/window.h"

#include <algorithm>

namespace playhead::stream {
namespace {

std::size_t slot_of(std::int64_t window, std::uint32_t key) {
  std::uint64_t mixed = (static_cast<std::uint64_t>(window) << 32 | key) * 0x9e3779b97f4a7c15ULL;
  return static_cast<std::size_t>(mixed ^ (mixed >> 29));
}

}  // namespace

void WindowCounts::add(Timestamp time, std::string_view key) {
  const std::int64_t micros = to_micros(time);
  const std::int64_t length = window_.count();
  if (last_window_ == INT64_MIN || micros < last_start_ || micros - last_start_ >= length) {
    last_window_ = micros / length - (micros % length < 0 ? 1 : 0);
    last_start_ = last_window_ * length;
  }
  const std::uint32_t code = *keys_.code_of(key.data() == nullptr ? kUnknownKey : key);
  ++entry_of(last_window_, code).count;
}

WindowCounts::Entry& WindowCounts::entry_of(std::int64_t window, std::uint32_t key) {
  const std::size_t mask = entries_.size() - 1;
  for (std::size_t slot = slot_of(window, key) & mask;; slot = (slot + 1) & mask) {
    Entry& entry = entries_[slot];
    if (entry.count == 0) {
      if ((used_ + 1) * 4 > entries_.size() * 3) {
        rehash(entries_.size() * 2);
        return entry_of(window, key);
      }
      ++used_;
      entry.window = window;
      entry.key = key;
      return entry;
    }
    if (entry.window == window && entry.key == key) return entry;
  }
}

void WindowCounts::rehash(std::size_t slots) {
  std::vector<Entry> old(slots, Entry{0, 0, 0});
  old.swap(entries_);
  const std::size_t mask = slots - 1;
  for (const Entry& entry : old) {
    if (entry.count == 0) continue;
    std::size_t slot = slot_of(entry.window, entry.key) & mask;
    while (entries_[slot].count != 0) slot = (slot + 1) & mask;
    entries_[slot] = entry;
  }
}

std::vector<Increase> WindowCounts::take() {
  std::vector<Increase> increases;
  increases.reserve(used_);
  for (const Entry& entry : entries_) {
    if (entry.count == 0) continue;
    increases.push_back({from_micros(entry.window * window_.count()), std::string(keys_.text_of(entry.key)), entry.count});
  }
  std::sort(increases.begin(), increases.end());
  keys_.clear();
  entries_.assign(std::min<std::size_t>(entries_.size(), 1u << 16), Entry{0, 0, 0});
  used_ = 0;
  return increases;
}

}  // namespace playhead::stream
