#include "stream/id_entry.h"

#include <algorithm>

namespace playhead::stream {
namespace {

constexpr std::size_t kGroupIds = 8;                      // few enough for an insertion sort
constexpr std::size_t kGroupsMax = std::size_t{1} << 16;  // their counters stay in the cache

}  // namespace

// The upper bits say nearly where an entry belongs; a small sort does the rest.
void sort_by_id(std::vector<IdEntry>& entries) {
  const std::size_t groups = std::clamp<std::size_t>(entries.size() / kGroupIds, 1, kGroupsMax);
  std::vector<std::size_t> ends(groups + 1);
  for (const IdEntry& entry : entries) ++ends[scale(entry.id.high, groups) + 1];
  for (std::size_t group = 1; group <= groups; ++group) ends[group] += ends[group - 1];
  std::vector<IdEntry> spread(entries.size());
  // After this ends[g] is where group g ends: it began as where the group starts, and moved with each entry.
  for (const IdEntry& entry : entries) spread[ends[scale(entry.id.high, groups)]++] = entry;
  std::size_t start = 0;
  for (std::size_t group = 0; group < groups; ++group) {
    std::sort(spread.begin() + static_cast<std::ptrdiff_t>(start), spread.begin() + static_cast<std::ptrdiff_t>(ends[group]),
              [](const IdEntry& left, const IdEntry& right) { return left.id < right.id; });
    start = ends[group];
  }
  entries.swap(spread);
}

}  // namespace playhead::stream
