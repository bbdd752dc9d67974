#include "log/partition_reader.h"

#include <algorithm>
#include <limits>

#include "log/recovery.h"

namespace playhead::log {
namespace {

constexpr int kMarkReads = 16;

std::unexpected<Error> outside(Offset offset, const PartitionFiles& files) {
  return fail(ErrorKind::kNotFound, "offset " + std::to_string(offset.value) + " is not in " + files.folder() + " now");
}

}  // namespace

PartitionReader::PartitionReader(PartitionFiles files, ClockSource clock, std::size_t chunk_bytes)
    : files_(std::move(files)), clock_(clock), chunk_bytes_(chunk_bytes) {}

Result<std::unique_ptr<PartitionReader>> PartitionReader::make(PartitionFiles files, ClockSource clock, std::size_t chunk_bytes) {
  const auto settled = settle(files, WhenLocked::kSkip);
  auto reader = std::unique_ptr<PartitionReader>(new PartitionReader(std::move(files), clock, chunk_bytes));
  const auto refreshed = reader->refresh();
  // A read-only or full disk can't be repaired, yet what lies below a sound mark can be read.
  const bool harmless = settled || settled.error().kind == ErrorKind::kIo || settled.error().kind == ErrorKind::kLimit;
  if (!harmless || (!settled && !refreshed)) return std::unexpected(settled.error());
  if (!refreshed) return std::unexpected(refreshed.error());
  return reader;
}

Result<OffsetRange> PartitionReader::range() {
  TRY(refresh());
  return OffsetRange{segments_.front(), mark_.next};
}

Status PartitionReader::read(Offset from, Offset end, RecordBatch& batch) {
  batch.clear();
  if (from >= mark_.next) TRY(refresh());
  if (from >= mark_.next || from >= end) return outside(from, files_);
  TRY(seek(from));
  TRY_ASSIGN(const auto prefix, bytes_at(place_.position, kBlockHeaderBytes));
  const auto stated = read_block_header(prefix);
  if (!stated) return damaged(stated.error());
  TRY_ASSIGN(const auto bytes, bytes_at(place_.position, stated->length));
  const auto block = verify_block(bytes);
  if (!block) return damaged(block.error());
  const auto decoded = decode_block(*block, bytes, {from, std::min(end, mark_.next)}, decompressor_, batch);
  if (!decoded) return damaged(decoded.error());
  batch.next = std::min({end, mark_.next, block->end()});
  if (end >= block->end()) place_ = {place_.position + block->length, block->end()};
  return {};
}

Status PartitionReader::refresh() {
  TRY_ASSIGN(auto mark, read_mark());
  if (segments_.empty() || mark.segment != mark_.segment) {
    TRY_ASSIGN(segments_, files_.segments());
    if (segments_.empty()) return std::unexpected(files_.gone());
  }
  mark_ = std::move(mark);
  return {};
}

Result<Mark> PartitionReader::read_mark() {
  for (int i = 0; i < kMarkReads; ++i) {
    if (!mark_file_) {
      auto file = files_.files().open(files_.mark_path(), io::Open::kRead);
      if (!file) {
        TRY(files_.check_topic());
        return std::unexpected(file.error());
      }
      mark_file_ = *std::move(file);
    }
    TRY(mark_file_->read_at(0, kMarkBytes, mark_bytes_));
    const auto mark = decode_mark(mark_bytes_);
    if (!mark) return std::unexpected(at_place(files_.mark_path(), 0, mark.error()));
    if (*mark && (*mark)->topic_id == files_.topic_id()) return **mark;
    // Half-written, or emptied: by a repair, or because the topic was deleted.
    TRY(files_.check_topic());
    mark_file_.reset();
    TRY(settle(files_, WhenLocked::kWait));
  }
  return fail(ErrorKind::kBusy, files_.mark_path() + " has no sound content: writers keep failing to repair it; see why they fail");
}

// Makes place_ the block with `offset`, which is below the mark.
Status PartitionReader::seek(Offset offset) {
  const auto after = std::ranges::upper_bound(segments_, offset);
  if (after == segments_.begin()) return outside(offset, files_);
  const Offset base = *(after - 1);
  if (!segment_ || base_ != base) TRY(open_segment(base));
  if (place_.offset > offset) place_ = {0, base};
  return skip_to(offset);
}

Status PartitionReader::open_segment(Offset base) {
  segment_.reset();
  auto file = files_.files().open(files_.segment_path(base), io::Open::kRead);
  if (!file && file.error().kind == ErrorKind::kNotFound) {
    TRY(files_.check_topic());
    TRY_ASSIGN(segments_, files_.segments());
    if (segments_.empty() || base >= segments_.front()) return fail(ErrorKind::kCorrupt, files_.segment_path(base) + " is missing");
    return outside(base, files_);
  }
  if (!file) return std::unexpected(file.error());
  segment_ = *std::move(file);
  base_ = base;
  place_ = {0, base};
  chunk_.clear();
  return {};
}

Status PartitionReader::skip_to(Offset offset) {
  while (true) {
    TRY_ASSIGN(const auto bytes, bytes_at(place_.position, kBlockHeaderBytes));
    const auto header = read_block_header(bytes);
    if (!header) return damaged(header.error());
    if (header->base != place_.offset || header->records == 0) {
      return damaged({ErrorKind::kCorrupt, "the block has another offset than its place demands"});
    }
    if (offset < header->end()) return {};
    place_ = {place_.position + header->length, header->end()};
  }
}

// Bytes of the open segment that may be looked at.
std::uint64_t PartitionReader::limit() const { return base_ == mark_.segment ? mark_.position : std::numeric_limits<std::uint64_t>::max(); }

Result<std::string_view> PartitionReader::bytes_at(std::uint64_t position, std::size_t length) {
  const auto held = [&] { return position >= chunk_position_ && position + length <= chunk_position_ + chunk_.size(); };
  if (!held()) TRY(fill_chunk(position, length));
  if (!held() && place_.position == 0) {
    // A segment that was emptied after a failed sync was made anew under its name.
    TRY(open_segment(base_));
    TRY(fill_chunk(position, length));
  }
  if (!held()) return damaged({ErrorKind::kCorrupt, "the segment ends before the offsets that it should hold"});
  return std::string_view(chunk_).substr(position - chunk_position_, length);
}

Status PartitionReader::fill_chunk(std::uint64_t position, std::size_t length) {
  if (chunk_.capacity() > 4 * chunk_bytes_ && length <= chunk_bytes_) chunk_ = {};
  const std::uint64_t room = limit() > position ? limit() - position : 0;
  chunk_position_ = position;
  return segment_->read_at(position, std::min<std::uint64_t>(std::max(length, chunk_bytes_), room), chunk_);
}

std::unexpected<Error> PartitionReader::damaged(Error error) const {
  return std::unexpected(at_place(files_.segment_path(base_), place_.position, std::move(error)));
}

Result<Offset> PartitionReader::offset_at(Timestamp time) {
  TRY(refresh());
  TRY_ASSIGN(std::size_t index, first_segment_for(time));
  for (; index < segments_.size() && segments_[index] < mark_.next; ++index) {
    TRY_ASSIGN(const auto found, find_in_segment(segments_[index], time));
    if (found) return *found;
  }
  return mark_.next;
}

// Append times never decrease, so there a segment before the answer's can be found by halving. A producer's stamps may go anywhere.
Result<std::size_t> PartitionReader::first_segment_for(Timestamp time) {
  if (clock_ == ClockSource::kRecord) return 0;
  std::size_t low = 0;
  for (std::size_t high = segments_.size(); high - low > 1;) {
    const std::size_t middle = low + (high - low) / 2;
    const bool readable = segments_[middle] < mark_.next;
    Timestamp first = time;
    if (readable) {
      TRY_ASSIGN(first, first_timestamp_of(segments_[middle]));
    }
    (first < time ? low : high) = middle;
  }
  return low;
}

Result<Timestamp> PartitionReader::first_timestamp_of(Offset base) {
  TRY(seek(base));
  TRY_ASSIGN(const auto bytes, bytes_at(0, kBlockHeaderBytes));
  const auto header = read_block_header(bytes);
  if (!header) return damaged(header.error());
  return header->first_timestamp;
}

Result<std::optional<Offset>> PartitionReader::find_in_segment(Offset base, Timestamp time) {
  const auto next = std::ranges::upper_bound(segments_, base);
  const Offset end = next == segments_.end() ? mark_.next : std::min(*next, mark_.next);
  const std::string path = files_.segment_path(base);
  TRY_ASSIGN(const auto file, files_.files().open(path, io::Open::kRead));
  std::optional<Offset> block;
  TRY(visit_blocks(*file, path, {0, base}, std::numeric_limits<std::uint64_t>::max(),
                   [&](const BlockPlace& place, const BlockHeader& header) {
                     if (header.max_timestamp >= time) block = place.offset;
                     return !block && header.end() < end;
                   }));
  if (!block) return std::nullopt;
  TRY(read(*block, mark_.next, scratch_));
  for (std::size_t i = 0; i < scratch_.size(); ++i) {
    if (scratch_.timestamps[i] >= time) return scratch_.offsets[i];
  }
  return fail(ErrorKind::kCorrupt, path + ": a block's highest timestamp is none of its records'");
}

}  // namespace playhead::log
