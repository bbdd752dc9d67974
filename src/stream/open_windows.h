// stream/open_windows.h: the windows of a job that are not published yet: sums of the increases of all partitions.
//
// Limits:  at most `entries_max` (window, key) pairs, about 100 bytes each with a short key.
// Threads: one owner at a time. Memory: owns its keys.
// Fails:   kLimit when entries_max would be passed; the sums are then unchanged.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "stream/window.h"

namespace playhead::stream {

class OpenWindows {
 public:
  OpenWindows(Duration window, std::uint64_t entries_max) : window_(window), entries_max_(entries_max) {}

  Status add(const Increase& increase);

  // Takes out the windows that end at or before `through`: their sums, by window and key.
  std::vector<Increase> take_through(Timestamp through);
  // All open sums, by window and key.
  std::vector<Increase> rows() const;
  // The open sums of one window, by key.
  std::vector<Increase> rows_of(Timestamp window_start) const;

  bool any_ends_by(Timestamp through) const { return !windows_.empty() && windows_.begin()->first + window_ <= through; }
  // The end of the last open window; kNever if none is open.
  Timestamp last_end() const { return windows_.empty() ? kNever : windows_.rbegin()->first + window_; }
  std::uint64_t plays() const { return plays_; }      // the sum of all counts
  std::uint64_t entries() const { return entries_; }  // (window, key) pairs

 private:
  using Counts = std::unordered_map<std::string, std::uint64_t>;

  Duration window_;
  std::uint64_t entries_max_;
  std::map<Timestamp, Counts> windows_;  // by window start
  std::uint64_t plays_ = 0;
  std::uint64_t entries_ = 0;
};

}  // namespace playhead::stream
