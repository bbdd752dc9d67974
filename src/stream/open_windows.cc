#include "stream/open_windows.h"

#include <algorithm>

namespace playhead::stream {
namespace {

void append_sorted(Timestamp start, const std::unordered_map<std::string, std::uint64_t>& counts, std::vector<Increase>& rows) {
  const auto first = static_cast<std::ptrdiff_t>(rows.size());
  for (const auto& [key, count] : counts) rows.push_back({start, key, count});
  std::sort(rows.begin() + first, rows.end());
}

}  // namespace

Status OpenWindows::add(const Increase& increase) {
  Counts& counts = windows_[increase.window_start];
  const auto found = counts.find(increase.key);
  if (found != counts.end()) {
    found->second += increase.count;
  } else {
    if (entries_ >= entries_max_) {
      return fail(ErrorKind::kLimit,
                  "over " + std::to_string(entries_max_) +
                      " open (window, key) pairs: use a key with fewer values, shorter windows, or raise --open-windows-max");
    }
    counts.emplace(increase.key, increase.count);
    ++entries_;
  }
  plays_ += increase.count;
  return {};
}

std::vector<Increase> OpenWindows::take_through(Timestamp through) {
  std::vector<Increase> rows;
  while (any_ends_by(through)) {
    const auto window = windows_.begin();
    append_sorted(window->first, window->second, rows);
    entries_ -= window->second.size();
    windows_.erase(window);
  }
  for (const Increase& row : rows) plays_ -= row.count;
  return rows;
}

std::vector<Increase> OpenWindows::rows() const {
  std::vector<Increase> rows;
  rows.reserve(entries_);
  for (const auto& [start, counts] : windows_) append_sorted(start, counts, rows);
  return rows;
}

std::vector<Increase> OpenWindows::rows_of(Timestamp window_start) const {
  std::vector<Increase> rows;
  if (const auto window = windows_.find(window_start); window != windows_.end()) append_sorted(window_start, window->second, rows);
  return rows;
}

}  // namespace playhead::stream
