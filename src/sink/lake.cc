#include "sink/lake.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

namespace playhead::sink {
namespace {

using std::chrono::hours;

// Of a file of a cold hour: large enough for any reader, and little to copy again when late events make the hour worth another merge.
constexpr std::uint64_t kMergedBytes = std::uint64_t{128} << 20;
// An hour is merged for two files that take longer to open than to read, or for many that are merely small: each merge decodes, merges and
// encodes the hour's rows once more, and four partitions leave four small files in each hour.
constexpr std::uint64_t kTinyShare = 16;  // of the target size
constexpr int kTinyFilesMin = 2;
constexpr int kSmallFilesMin = 8;

std::string owner_text(const Lake::Options& options, LakeLayout layout) {
  return R"({"lake_of":)" + options.owner + R"(,"topic":")" + options.topic + R"(","layout":")" + std::string(name_of(layout)) + R"("})";
}

// A lake of this job that was begun with the other layout gets a message of its own.
Status check_layout(io::FileSystem& files, const Lake::Options& options) {
  TRY_ASSIGN(const auto manifest, table::PublishedFolder::newest(files, options.folder));
  const LakeLayout other = options.layout == LakeLayout::kPadded ? LakeLayout::kStreamify : LakeLayout::kPadded;
  if (!manifest || manifest->owner != owner_text(options, other)) return {};
  return fail(ErrorKind::kInvalid, "the lake " + options.folder + " was begun with the layout " + std::string(name_of(other)) +
                                       " and keeps it; ask for that one, or choose another folder");
}

// The number of a part such as "month=11"; nullopt for any other name.
std::optional<int> number_of(std::string_view part, std::string_view key) {
  if (!part.starts_with(key)) return std::nullopt;
  part.remove_prefix(key.size());
  int number = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
  if (error != std::errc{} || end != part.data() + part.size() || number < 0) return std::nullopt;
  return number;
}

constexpr std::array<std::string_view, 4> kParts{"year=", "month=", "day=", "hour="};

std::optional<Timestamp> hour_start(const std::array<int, 4>& parts) {
  const std::chrono::year_month_day date{std::chrono::year{parts[0]}, std::chrono::month{static_cast<unsigned>(parts[1])},
                                         std::chrono::day{static_cast<unsigned>(parts[2])}};
  if (!date.ok() || parts[3] > 23) return std::nullopt;
  return std::chrono::sys_days{date} + hours{parts[3]};
}

// Calls visit(folder, start) for each hour folder, depth first. `parts` and `place` say how far down this call is.
Status each_hour(io::FileSystem& files, const std::string& root, const std::string& place, std::array<int, 4>& parts, std::size_t depth,
                 const std::function<Status(const std::string&, Timestamp)>& visit) {
  const auto names = files.list(place.empty() ? root : io::join(root, place));
  // A folder that was exchanged, or a stray file: not an hour of ours.
  if (!names && (names.error().kind == ErrorKind::kNotFound || depth > 0)) return {};
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    const auto number = number_of(name, kParts[depth]);
    if (!number) continue;
    parts[depth] = *number;
    const std::string inner = place.empty() ? name : io::join(place, name);
    if (depth + 1 < kParts.size()) {
      TRY(each_hour(files, root, inner, parts, depth + 1, visit));
    } else if (const auto start = hour_start(parts)) {
      TRY(visit(inner, *start));
    }
  }
  return {};
}

}  // namespace

std::string_view name_of(LakeLayout layout) { return layout == LakeLayout::kPadded ? "padded" : "streamify"; }

std::string hour_folder(Timestamp time, LakeLayout layout) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const char* const format = layout == LakeLayout::kPadded ? "year=%04d/month=%02u/day=%02u/hour=%02d" : "year=%d/month=%u/day=%u/hour=%d";
  std::array<char, 80> text;
  const int length = std::snprintf(text.data(), text.size(), format, static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                   static_cast<unsigned>(date.day()), static_cast<int>(std::chrono::floor<hours>(time - day).count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

Lake::Lake(io::FileSystem& files, Options options, std::unique_ptr<table::PublishedFolder> folder)
    : files_(files),
      options_(std::move(options)),
      folder_(std::move(folder)),
      growing_(files, options_.folder, *folder_, {.file_bytes_target = options_.file_bytes_target}) {}

Result<std::unique_ptr<Lake>> Lake::claim(io::FileSystem& files, Options options) {
  TRY(check_layout(files, options));
  TRY_ASSIGN(auto folder, table::PublishedFolder::claim(files, options.folder, owner_text(options, options.layout), options.may_claim));
  return std::unique_ptr<Lake>(new Lake(files, std::move(options), std::move(folder)));
}

Status Lake::commit(std::span<EventRows* const> lanes, std::string ledger) {
  Status status{};
  for (std::size_t i = 0; status && i < lanes.size(); ++i) {
    if (lanes[i] != nullptr) status = add(*lanes[i], Partition{static_cast<std::uint32_t>(i)});
  }
  if (status) status = folder_->commit({}, {}, std::move(ledger));
  to_be_repeated_ = !status;
  if (!status) {
    growing_.forget();
    return status;
  }
  for (EventRows* lane : lanes) {
    if (lane != nullptr) lane->clear();
  }
  return {};
}

Status Lake::add(const EventRows& lane, Partition partition) {
  return lane.each_hour(options_.topic, partition, rows_, [&](Timestamp hour, Offset first, const table::Rows& rows) -> Status {
    const std::string folder = hour_folder(hour, options_.layout);
    TRY(growing_.add(folder, partition, first, rows));
    unmerged_.emplace(hour, folder);
    return {};
  });
}

Status Lake::adopt(Timestamp hour, Partition partition, const RowFileBytes& rows) {
  const std::string folder = hour_folder(hour, options_.layout);
  TRY(growing_.add_file(folder, partition, rows.first, rows.bytes));
  unmerged_.emplace(hour, folder);
  return {};
}

Status Lake::remember_all_hours() {
  std::array<int, 4> parts{};
  TRY(each_hour(files_, options_.folder, "", parts, 0, [&](const std::string& hour, Timestamp start) -> Status {
    unmerged_.emplace(start, hour);
    return {};
  }));
  all_remembered_ = true;
  return {};
}

Result<bool> Lake::is_worth_merging(const std::string& hour) const {
  const std::string folder = io::join(options_.folder, hour);
  const auto names = files_.list(folder);
  if (!names && names.error().kind == ErrorKind::kNotFound) return false;  // its commit has failed, and is to be repeated
  if (!names) return std::unexpected(names.error());
  int small_files = 0;
  int tiny_files = 0;
  for (const std::string& name : *names) {
    if (!name.ends_with(".parquet")) continue;
    TRY_ASSIGN(const auto file, files_.open(io::join(folder, name), io::Open::kRead));
    TRY_ASSIGN(const std::uint64_t bytes, file->size());
    small_files += bytes < options_.file_bytes_target ? 1 : 0;
    tiny_files += bytes < options_.file_bytes_target / kTinyShare ? 1 : 0;
    if (tiny_files == kTinyFilesMin || small_files == kSmallFilesMin) return true;
  }
  return false;
}

Result<table::ConsolidationReport> Lake::consolidate(const table::ConsolidationOptions& options) {
  if (to_be_repeated_) return fail(ErrorKind::kBusy, "a commit of the lake " + options_.folder + " is to be repeated first");
  growing_.forget();
  return table::consolidate(files_, *folder_, options);
}

Result<std::size_t> Lake::merge_cold_hours(Timestamp before, std::size_t hours_max, Timestamp now) {
  if (!all_remembered_) TRY(remember_all_hours());
  std::vector<std::string> cold;
  auto hour = unmerged_.begin();
  const auto is_cold = [&] { return hour != unmerged_.end() && hour->first + hours{1} <= before; };
  while (cold.size() < hours_max && is_cold()) {
    TRY_ASSIGN(const bool worth_it, is_worth_merging(hour->second));
    if (worth_it) {
      cold.push_back((hour++)->second);
    } else {
      hour = unmerged_.erase(hour);
    }
  }
  if (cold.empty()) return 0;
  TRY(consolidate({.target_bytes = kMergedBytes, .now = now, .only = cold, .backup = false}));
  unmerged_.erase(unmerged_.begin(), hour);
  return cold.size();
}

}  // namespace playhead::sink
