// stream/window.h: plays counted per key in fixed windows of event time, for the records of one epoch.
//
// What comes out is an increase per (window, key): what this epoch adds to the windows. Increases are sums, so they may be added up in
// any order and across partitions (stream/open_windows.h).
//
// Limits:  one entry of about 16 bytes per (window, key) in the epoch; the caller bounds the epoch.
// Time:    event time in microseconds UTC; reads no clock.
// Threads: one owner at a time; no locks inside.
// Memory:  copies each distinct key once; keeps nothing of a batch after add() returns.
// Fails:   never: an epoch has fewer records than a dictionary has room for (kRecordsMax).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/dictionary.h"

namespace playhead::stream {

inline constexpr std::uint64_t kRecordsMax = 1u << 30;      // of one epoch
inline constexpr std::string_view kUnknownKey = "unknown";  // the key of a play without the field

struct Increase {
  Timestamp window_start;
  std::string key;
  std::uint64_t count;

  bool operator==(const Increase&) const = default;
  auto operator<=>(const Increase&) const = default;
};

class WindowCounts {
 public:
  explicit WindowCounts(Duration window) : window_(window) { rehash(1024); }

  // `key` is null (data() == nullptr) where the play has none.
  void add(Timestamp time, std::string_view key);

  // The increases, by window and key; the counts start anew.
  std::vector<Increase> take();

 private:
  struct Entry {
    std::int64_t window;  // number of the window since 1970; meaningful where count > 0
    std::uint32_t key;
    std::uint32_t count;
  };

  Entry& entry_of(std::int64_t window, std::uint32_t key);
  void rehash(std::size_t slots);

  Duration window_;
  event::Dictionary keys_{{.entries_max = kRecordsMax, .text_bytes_max = UINT64_MAX}};
  std::vector<Entry> entries_;  // open addressing, linear probing, a power of two, at most 3/4 full
  std::size_t used_ = 0;
  std::int64_t last_start_ = 0;  // the window of the event before: most often that of the next, which saves a division
  std::int64_t last_window_ = INT64_MIN;
};

}  // namespace playhead::stream
