#include "log/recovery.h"

#include <algorithm>

namespace playhead::log {
namespace {

constexpr std::size_t kPieceBytes = 1u << 20;

std::unexpected<Error> lost(const PartitionFiles& files, const std::string& what) {
  return fail(ErrorKind::kCorrupt, files.folder() + ": " + what + ", though it was durable: restore the folder from a backup, or remove " +
                                       files.mark_path() + " to go on with what is there (offsets that were read may then be used again)");
}

// Where the scan begins: the mark, if it speaks of the last segment, else that segment's start.
Result<BlockPlace> start_of_scan(const PartitionFiles& files, const std::optional<Mark>& mark, Offset last, std::uint64_t size) {
  if (!mark || mark->segment < last) {
    if (mark && mark->next > last) return lost(files, "records below offset " + std::to_string(mark->next.value) + " are missing");
    return BlockPlace{0, last};
  }
  if (mark->segment > last) return lost(files, "the segment with base " + std::to_string(mark->segment.value) + " is missing");
  if (mark->position > size) return lost(files, "the end of " + files.segment_path(last) + " is missing");
  return BlockPlace{mark->position, mark->next};
}

struct Scan {
  BlockPlace end;
  std::optional<Timestamp> last_append;
};

// The longest run of whole blocks from `start` on, each piece of it written again where it lies.
Result<Scan> keep_blocks(io::File& file, const std::string& path, BlockPlace start) {
  Scan scan{start, std::nullopt};
  std::string piece;
  std::size_t wanted = kPieceBytes;
  while (true) {
    TRY(file.read_at(scan.end.position, wanted, piece));
    std::size_t kept = 0;
    std::size_t missing = 0;
    while (piece.size() - kept >= kBlockHeaderBytes) {
      const std::string_view rest = std::string_view(piece).substr(kept);
      const auto stated = read_block_header(rest);
      if (stated && stated->length > rest.size()) missing = stated->length;
      const auto block = verify_block(rest);
      if (!block && block.error().kind == ErrorKind::kInvalid)
        return std::unexpected(at_place(path, scan.end.position + kept, block.error()));
      if (!block || block->base != scan.end.offset) break;
      kept += block->length;
      scan.end.offset = block->end();
      scan.last_append = block->appended;
    }
    if (kept > 0) TRY(file.write_at(scan.end.position, std::string_view(piece).substr(0, kept)));
    scan.end.position += kept;
    const bool at_end = piece.size() < wanted;
    if (kept == 0 && (at_end || missing <= wanted)) return scan;
    wanted = std::max(kPieceBytes, missing);
  }
}

// The append time of the newest block before an empty last segment.
Result<Timestamp> last_append_before(const PartitionFiles& files, std::span<const Offset> segments) {
  Timestamp last{};
  if (segments.size() < 2) return last;
  const Offset base = segments[segments.size() - 2];
  TRY_ASSIGN(const auto file, files.files().open(files.segment_path(base), io::Open::kRead));
  TRY_ASSIGN(const std::uint64_t size, file->size());
  TRY(visit_blocks(*file, files.segment_path(base), {0, base}, size, [&](const BlockPlace&, const BlockHeader& header) {
    last = std::max(last, header.appended);
    return header.end() < segments.back();
  }));
  return last;
}

}  // namespace

Result<bool> is_settled(const PartitionFiles& files, const std::optional<Mark>& mark) {
  if (!mark || mark->topic_id != files.topic_id()) return false;
  const auto file = files.files().open(files.segment_path(mark->segment), io::Open::kRead);
  if (!file && file.error().kind == ErrorKind::kNotFound) return false;
  if (!file) return std::unexpected(file.error());
  TRY_ASSIGN(const std::uint64_t size, (*file)->size());
  if (size != mark->position) return false;
  // A segment that was created but that the mark does not know yet has exactly this name.
  if (mark->next == mark->segment) return true;
  TRY_ASSIGN(const bool followed, files.files().exists(files.segment_path(mark->next)));
  return !followed;
}

Result<Mark> recover(const PartitionFiles& files, const std::optional<Mark>& mark) {
  TRY(files.check_topic());
  const bool usable = mark && mark->topic_id == files.topic_id();
  TRY_ASSIGN(const auto segments, files.segments());
  if (segments.empty()) return lost(files, "every segment is missing");
  const Offset last = segments.back();
  const std::string path = files.segment_path(last);
  TRY_ASSIGN(const auto file, files.files().open(path, io::Open::kWrite));
  TRY_ASSIGN(const std::uint64_t size, file->size());
  TRY_ASSIGN(const BlockPlace start, start_of_scan(files, usable ? mark : std::nullopt, last, size));
  TRY_ASSIGN(const Scan scan, keep_blocks(*file, path, start));
  if (scan.end.position < size) TRY(file->truncate(scan.end.position));
  TRY(file->sync());
  TRY(files.files().sync_folder(files.folder()));
  Mark repaired{files.topic_id(), last, scan.end.position, scan.end.offset, Timestamp{}};
  if (usable) repaired.last_append = mark->last_append;
  if (!usable && !scan.last_append) {
    TRY_ASSIGN(repaired.last_append, last_append_before(files, segments));
  }
  if (scan.last_append) repaired.last_append = std::max(repaired.last_append, *scan.last_append);
  TRY(files.write_mark(repaired));
  return repaired;
}

Status settle(const PartitionFiles& files, WhenLocked when_locked) {
  TRY_ASSIGN(const auto seen, files.read_mark());
  TRY_ASSIGN(const bool settled, is_settled(files, seen));
  if (settled) return {};
  TRY_ASSIGN(const auto lock, files.files().open_lock(files.lock_path()));
  TRY_ASSIGN(const bool acquired, lock->try_acquire());
  if (!acquired && when_locked == WhenLocked::kSkip) return {};
  if (!acquired) TRY(lock->acquire());
  const auto repaired = [&]() -> Status {
    TRY(files.check_topic());
    TRY_ASSIGN(const auto mark, files.read_mark());
    TRY_ASSIGN(const bool fits, is_settled(files, mark));
    if (!fits) TRY(recover(files, mark));
    return {};
  }();
  lock->release();
  return repaired;
}

}  // namespace playhead::log
