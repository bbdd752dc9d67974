#include "pipeline/seen_ids.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace playhead::pipeline {
namespace {

using stream::IdEntry;
using stream::MixedId;

constexpr std::string_view kBeginning = "ids-";
constexpr std::string_view kEnding = ".run";
constexpr std::size_t kDigits = 12;

constexpr std::size_t kRowsAtOnce = 2048;  // their mixed ids stay in the nearest cache while one filter after the other is asked
constexpr std::size_t kRowsAhead = 12;     // between asking for a slot of the table and using it

constexpr Duration kStretch = std::chrono::hours{6};
// Ids further ahead of the watermark share runs, so that clocks gone wild can not make a run for each stretch of time.
constexpr Duration kNear = std::chrono::hours{48};
constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max();

constexpr std::size_t kFanIn = 4;
constexpr std::uint64_t kLowestTierIds = 4096;

std::int64_t stretch_of(Timestamp time) {
  const std::int64_t micros = to_micros(time);
  return micros / kStretch.count() - (micros % kStretch.count() < 0 ? 1 : 0);
}

// A stretch, or kFar: for what lies beyond kNear or in several stretches.
std::int64_t group_of(Timestamp first, Timestamp last, Timestamp watermark) {
  const std::int64_t stretch = stretch_of(first);
  return last > stream::later_by(watermark, kNear) || stretch != stretch_of(last) ? kFar : stretch;
}

// Each tier's runs are up to four times as long as those of the tier below.
int tier_of(std::uint64_t ids) {
  assert(ids > 0);
  return (static_cast<int>(std::bit_width((ids - 1) / kLowestTierIds)) + 1) / 2;
}

bool shorter(const IdRunFile* left, const IdRunFile* right) {
  return std::pair(left->run().ids, std::string_view(left->run().name)) < std::pair(right->run().ids, std::string_view(right->run().name));
}

// The runs to merge with `fresh` new ids: whenever a tier would hold four, they become one of a higher tier. So a group keeps at most three
// of each tier, and an id is written about as often as there are tiers. `whole`: nothing comes any more, all become one.
std::vector<IdRunFile*> runs_to_merge(std::vector<IdRunFile*> runs, std::uint64_t fresh, bool whole) {
  if (whole) return runs.size() + (fresh > 0 ? 1 : 0) > 1 ? runs : std::vector<IdRunFile*>{};
  std::ranges::sort(runs, shorter);
  std::vector<IdRunFile*> chosen;
  std::uint64_t together = fresh;
  for (auto at = runs.begin(); at != runs.end();) {
    const int tier = tier_of((*at)->run().ids);
    const auto end = std::find_if(at, runs.end(), [tier](const IdRunFile* run) { return tier_of(run->run().ids) != tier; });
    const bool joined = together > 0 && tier_of(together) == tier;
    if (static_cast<std::size_t>(end - at) + (joined ? 1 : 0) >= kFanIn) {
      for (auto run = at; run != end; ++run) together += (*run)->run().ids;
      chosen.insert(chosen.end(), at, end);
    }
    at = end;
  }
  return chosen;
}

// The number in the name of a run; nullopt for other files.
std::optional<std::uint64_t> sequence_of(std::string_view name) {
  if (!name.starts_with(kBeginning) || !name.ends_with(kEnding)) return std::nullopt;
  if (name.size() != kBeginning.size() + kDigits + kEnding.size()) return std::nullopt;
  const char* const end = name.data() + kBeginning.size() + kDigits;
  std::uint64_t sequence = 0;
  const auto [stop, error] = std::from_chars(name.data() + kBeginning.size(), end, sequence);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return sequence;
}

}  // namespace

Result<std::unique_ptr<SeenIds>> SeenIds::open(io::FileSystem& files, std::string folder, std::vector<IdRun> runs, Options options) {
  auto seen = std::unique_ptr<SeenIds>(new SeenIds(files, std::move(folder), options));
  TRY(files.make_folders(seen->folder_));
  TRY_ASSIGN(const auto names, files.list(seen->folder_));
  for (const std::string& name : names) seen->sequence_ = std::max(seen->sequence_, sequence_of(name).value_or(0));
  for (const IdRun& run : runs) {
    if (!sequence_of(run.name)) return fail(ErrorKind::kCorrupt, "a snapshot names '" + run.name + "' as a run of ids; it can not be one");
    TRY_ASSIGN(auto file, IdRunFile::open(files, seen->folder_, run));
    seen->runs_.push_back(std::move(file));
  }
  TRY(seen->settle_memory());
  seen->name_runs();
  return seen;
}

Status SeenIds::check(std::span<const event::EventId> ids, std::span<const Timestamp> basis, std::span<const Timestamp> watermarks,
                      std::vector<std::uint8_t>& duplicates) {
  assert(ids.size() == basis.size() && ids.size() == watermarks.size());
  assert(std::ranges::is_sorted(watermarks));
  if (ids.size() > stream::IdTable::kIdsMax - recent_.size())
    return fail(ErrorKind::kLimit, folder_ + ": too many ids in memory; seal them more often");
  duplicates.assign(ids.size(), 0);
  mixed_.resize(ids.size());
  std::ranges::transform(ids, mixed_.begin(), stream::mixed);
  TRY(look_into_runs(watermarks, duplicates));
  recent_.reserve_more(ids.size());
  for (std::size_t row = 0; row < mixed_.size(); ++row) {
    if (row + kRowsAhead < mixed_.size()) recent_.prefetch(mixed_[row + kRowsAhead]);
    if (duplicates[row] == 0) duplicates[row] = recent_.remember(mixed_[row], basis[row], watermarks[row]) ? 1 : 0;
  }
  return {};
}

// Runs do not change during a batch, so they are asked for all of it first, one run after the other: the memory of one filter at a time.
Status SeenIds::look_into_runs(std::span<const Timestamp> watermarks, std::vector<std::uint8_t>& duplicates) {
  for (std::size_t start = 0; start < mixed_.size(); start += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, mixed_.size() - start);
    for (const auto& run : runs_) {
      if (!stream::has_passed(run->run().last, watermarks[start])) TRY(look_into(*run, start, count, watermarks, duplicates));
    }
  }
  return {};
}

Status SeenIds::look_into(IdRunFile& run, std::size_t start, std::size_t count, std::span<const Timestamp> watermarks,
                          std::vector<std::uint8_t>& duplicates) {
  run.sift(std::span(mixed_).subspan(start, count), rows_);
  for (const std::uint32_t offset : rows_) {
    const std::size_t row = start + offset;
    if (duplicates[row] != 0) continue;
    TRY_ASSIGN(const auto basis, run.find(mixed_[row]));
    if (basis && !stream::has_passed(*basis, watermarks[row])) duplicates[row] = 1;
  }
  return {};
}

Result<std::vector<IdRun>> SeenIds::seal(Timestamp watermark) {
  Sealed sealed;
  if (auto status = write_groups(group(watermark), watermark, sealed); !status) {
    // A full disk should not stay full because of them. That they may not go either must not hide why this failed.
    for (const IdRun& run : sealed.written) static_cast<void>(files_.remove(io::join(folder_, run.name)));
    return std::unexpected(std::move(status.error()));
  }
  std::erase_if(runs_,
                [&](const auto& run) { return stream::has_passed(run->run().last, watermark) || sealed.merged.contains(run->run().name); });
  std::ranges::move(sealed.opened, std::back_inserter(runs_));
  recent_.clear();
  TRY(settle_memory());
  return name_runs();
}

std::vector<IdRun> SeenIds::name_runs() {
  std::vector<IdRun> runs;
  runs.reserve(runs_.size());
  named_.clear();
  for (const auto& run : runs_) {
    runs.push_back(run->run());
    named_.insert(run->run().name);
  }
  return runs;
}

SeenIds::Groups SeenIds::group(Timestamp watermark) const {
  Groups groups;
  auto current = groups.end();  // nearly always that of the next entry too
  for (const IdEntry& entry : recent_.entries()) {
    if (stream::has_passed(entry.basis, watermark)) continue;
    const std::int64_t key = group_of(entry.basis, entry.basis, watermark);
    if (current == groups.end() || current->first != key) current = groups.try_emplace(key).first;
    current->second.entries.push_back(entry);
  }
  for (const auto& run : runs_) {
    const IdRun& facts = run->run();
    if (stream::has_passed(facts.last, watermark)) continue;
    groups[group_of(facts.first, facts.last, watermark)].runs.push_back(run.get());
  }
  return groups;
}

// At most one file for each group: new ids are merged straight from memory.
Status SeenIds::write_groups(Groups groups, Timestamp watermark, Sealed& sealed) {
  for (auto& [stretch, group] : groups) {
    const bool whole = stretch != kFar && stretch < stretch_of(watermark);
    const auto merged = runs_to_merge(std::move(group.runs), group.entries.size(), whole);
    if (group.entries.empty() && merged.empty()) continue;
    stream::sort_by_id(group.entries);
    TRY_ASSIGN(IdRun run, write_id_run(files_, folder_, next_name(), group.entries, merged, watermark));
    if (run.ids > 0) sealed.written.push_back(std::move(run));
    group.entries = std::vector<IdEntry>();  // ({} would keep the memory)
    for (const IdRunFile* old : merged) sealed.merged.insert(old->run().name);
  }
  if (sealed.written.empty()) return {};
  TRY(files_.sync_folder(folder_));
  for (const IdRun& run : sealed.written) {
    TRY_ASSIGN(auto file, IdRunFile::open(files_, folder_, run));
    sealed.opened.push_back(std::move(file));
  }
  return {};
}

Status SeenIds::remove_unnamed() {
  TRY_ASSIGN(const auto names, files_.list(folder_));
  for (const std::string& name : names) {
    const bool used = std::ranges::any_of(runs_, [&name](const auto& run) { return run->run().name == name; });
    if (used || named_.contains(name) || !sequence_of(name)) continue;
    const Status removed = files_.remove(io::join(folder_, name));
    if (!removed && removed.error().kind != ErrorKind::kNotFound) return removed;
  }
  return {};
}

// Every run without its filter costs each event a read, however long the run is. So the shortest come first; and fences first of all,
// since they are short and save several reads.
Status SeenIds::settle_memory() {
  std::vector<IdRunFile*> runs;
  runs.reserve(runs_.size());
  for (const auto& run : runs_) runs.push_back(run.get());
  std::ranges::sort(runs, shorter);
  std::uint64_t left = options_.filter_bytes_max;
  const auto fits = [&left](std::uint64_t bytes) {
    if (bytes > left) return false;
    left -= bytes;
    return true;
  };
  std::size_t fences = 0;
  std::size_t filters = 0;
  while (fences < runs.size() && fits(runs[fences]->layout().fences_bytes())) ++fences;
  while (filters < fences && fits(runs[filters]->layout().filter_bytes())) ++filters;
  for (std::size_t i = fences; i < runs.size(); ++i) runs[i]->drop_fences();
  for (std::size_t i = filters; i < runs.size(); ++i) runs[i]->drop_filter();
  for (std::size_t i = 0; i < fences; ++i) {
    if (!runs[i]->has_fences()) TRY(runs[i]->load_fences());
  }
  for (std::size_t i = 0; i < filters; ++i) {
    if (!runs[i]->has_filter()) TRY(runs[i]->load_filter());
  }
  return {};
}

std::uint64_t SeenIds::ids() const {
  std::uint64_t sum = recent_.size();
  for (const auto& run : runs_) sum += run->run().ids;
  return sum;
}

std::uint64_t SeenIds::memory_bytes() const {
  std::uint64_t sum = recent_.memory_bytes() + mixed_.capacity() * sizeof(MixedId) + rows_.capacity() * sizeof(std::uint32_t);
  for (const auto& run : runs_) sum += run->memory_bytes();
  return sum;
}

std::string SeenIds::next_name() {
  std::array<char, kDigits> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), ++sequence_).ptr;
  const auto length = static_cast<std::size_t>(end - digits.data());
  return std::string(kBeginning) + std::string(kDigits - length, '0') + std::string(digits.data(), length) + std::string(kEnding);
}

}  // namespace playhead::pipeline
