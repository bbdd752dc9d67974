#include "log/retention.h"

#include <algorithm>

#include "log/topic_file.h"

namespace playhead::log {
namespace {

constexpr std::string_view kHoldSuffix = ".hold";
constexpr std::uint64_t kHoldBytesMax = 64 + kPartitionsMax * sizeof(std::uint64_t);

struct Segment {
  Offset base;
  Offset end;
  std::uint64_t bytes;
};

Result<std::vector<Segment>> closed_and_active(const PartitionFiles& files) {
  TRY_ASSIGN(const auto bases, files.segments());
  std::vector<Segment> segments;
  for (std::size_t i = 0; i < bases.size(); ++i) {
    TRY_ASSIGN(const auto file, files.files().open(files.segment_path(bases[i]), io::Open::kRead));
    TRY_ASSIGN(const std::uint64_t bytes, file->size());
    segments.push_back({bases[i], i + 1 < bases.size() ? bases[i + 1] : bases[i], bytes});
  }
  return segments;
}

Result<Timestamp> newest_append(const PartitionFiles& files, const Segment& segment) {
  const std::string path = files.segment_path(segment.base);
  TRY_ASSIGN(const auto file, files.files().open(path, io::Open::kRead));
  Timestamp newest = kNever;
  TRY(visit_blocks(*file, path, {0, segment.base}, segment.bytes, [&](const BlockPlace&, const BlockHeader& header) {
    newest = header.appended;
    return header.end() < segment.end;
  }));
  return newest;
}

}  // namespace

std::string hold_file(std::string_view holder) { return std::string(holder) + std::string(kHoldSuffix); }

Result<std::optional<Offset>> lowest_hold(const PartitionFiles& files) {
  TRY_ASSIGN(const auto names, files.files().list(files.holds_folder()));
  std::optional<Offset> lowest;
  for (const std::string& name : names) {
    if (!name.ends_with(kHoldSuffix)) continue;
    const std::string path = io::join(files.holds_folder(), name);
    const auto bytes = io::read_file(files.files(), path, kHoldBytesMax);
    if (!bytes && bytes.error().kind == ErrorKind::kNotFound) continue;  // released meanwhile
    if (!bytes) return std::unexpected(bytes.error());
    const auto offsets = decode_hold(*bytes);
    if (!offsets) return std::unexpected(at_place(path, 0, offsets.error()));
    const std::size_t index = files.partition().value;
    if (index < offsets->size()) lowest = lowest ? std::min(*lowest, (*offsets)[index]) : (*offsets)[index];
  }
  return lowest;
}

Status apply_retention(const PartitionFiles& files, const TopicOptions& options, Timestamp now) {
  if (options.retention_bytes == 0 && options.retention_age == Duration{0}) return {};
  TRY_ASSIGN(const auto hold, lowest_hold(files));
  TRY_ASSIGN(const auto segments, closed_and_active(files));
  std::uint64_t total = 0;
  for (const Segment& segment : segments) total += segment.bytes;
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    const Segment& oldest = segments[i];
    if (hold && oldest.end > *hold) return {};
    bool goes = options.retention_bytes > 0 && total - oldest.bytes >= options.retention_bytes;
    if (!goes && options.retention_age > Duration{0}) {
      TRY_ASSIGN(const Timestamp newest, newest_append(files, oldest));
      goes = newest < now - options.retention_age;
    }
    if (!goes) return {};
    TRY(files.files().remove(files.segment_path(oldest.base)));
    TRY(files.files().sync_folder(files.folder()));
    total -= oldest.bytes;
  }
  return {};
}

}  // namespace playhead::log
