// event/dictionary.h: texts to small numbers, and back.
//
// The first text is 0, the next new one 1, and so on: codes are dense and follow from the order of the texts alone. A text of up to 16
// bytes is compared as two words, without a look at the stored text; that is what genres, levels and user ids are.
//
// Limits:  at most entries_max texts of text_bytes_max bytes together, and 2^30 of them. A null text is the empty text.
// Memory:  24 bytes a slot and 2 to 4 slots a text, then 16 bytes and the bytes of each text. clear() keeps it for the next round.
// Threads: one owner at a time.
// Fails:   code_of() gives nothing when a new text would pass a limit; texts already known go on being found.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "event/text_arena.h"

namespace playhead::event {

class Dictionary {
 public:
  struct Limits {
    std::uint32_t entries_max = 1 << 20;
    std::uint64_t text_bytes_max = 256ull << 20;
  };
  explicit Dictionary(Limits limits);

  // The code of `text`, a new one if it has none yet; nothing where that would pass a limit.
  std::optional<std::uint32_t> code_of(std::string_view text) {
    const Probe probe = probe_of(text);
    const Slot& slot = slots_[find(probe, text)];
    if (slot.code != kFree) [[likely]]
      return slot.code;
    return add(probe, text);
  }

  // The code of `text` if it has one.
  std::optional<std::uint32_t> find(std::string_view text) const {
    const Slot& slot = slots_[find(probe_of(text), text)];
    return slot.code == kFree ? std::nullopt : std::optional(slot.code);
  }

  // The text of a code that was given out; it stays at its place until clear().
  std::string_view text_of(std::uint32_t code) const { return texts_[code]; }

  std::uint32_t size() const { return static_cast<std::uint32_t>(texts_.size()); }
  void clear();

 private:
  static constexpr std::uint32_t kFree = 0xffffffff;
  static constexpr std::size_t kShort = 16;

  // What stands for a text: its bytes as two words if it is short, else its hash.
  struct Probe {
    std::uint64_t low, high;
    std::uint32_t length;
  };
  struct Slot {
    std::uint64_t low, high;
    std::uint32_t length;
    std::uint32_t code;
  };

  template <typename Word>
  static std::uint64_t load(const char* from) {
    Word word;
    std::memcpy(&word, from, sizeof word);
    return word;
  }

  // The words of two short texts of one length are equal only where the texts are: every byte is in one of them.
  static Probe probe_of(std::string_view text) {
    const auto length = static_cast<std::uint32_t>(text.size());
    const char* from = text.data();
    if (length > kShort) return long_probe_of(text);
    if (length >= 8) return {load<std::uint64_t>(from), load<std::uint64_t>(from + length - 8), length};
    if (length >= 4) return {load<std::uint32_t>(from), load<std::uint32_t>(from + length - 4), length};
    if (length == 0) return {0, 0, 0};
    return {load<std::uint8_t>(from) | load<std::uint8_t>(from + length / 2) << 8, load<std::uint8_t>(from + length - 1), length};
  }
  static Probe long_probe_of(std::string_view text);

  // Neither factor is 0 for a text of UTF-8: the constants' bytes are none, whatever the length.
  static std::uint64_t hash_of(const Probe& probe) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(probe.low ^ 0x9e3779b97f4a7c15ull ^ probe.length) * (probe.high ^ 0xd6e8feb86659fd93ull);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  // The slot of the text, or the free one where it would go.
  std::size_t find(const Probe& probe, std::string_view text) const {
    std::size_t at = static_cast<std::size_t>(hash_of(probe) * 0x9e3779b97f4a7c15ull >> shift_);
    while (true) {
      const Slot& slot = slots_[at];
      if (slot.code == kFree) return at;
      if (slot.low == probe.low && slot.high == probe.high && slot.length == probe.length &&
          (probe.length <= kShort || texts_[slot.code] == text)) {
        return at;
      }
      at = (at + 1) & (slots_.size() - 1);
    }
  }

  std::optional<std::uint32_t> add(const Probe& probe, std::string_view text);
  void grow();

  Limits limits_;
  std::vector<Slot> slots_;  // a power of two of them, never full
  int shift_;                // 64 - log2(slots)
  std::vector<std::string_view> texts_;
  std::uint64_t text_bytes_ = 0;
  TextArena arena_;
};

}  // namespace playhead::event
