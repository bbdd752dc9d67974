#include "pipeline/id_run.h"

#include <cstring>
#include <utility>

#include "base/bytes.h"

namespace playhead::pipeline {
namespace {

using stream::IdEntry;
using stream::IdFilterLine;
using stream::MixedId;

constexpr std::string_view kMagic = "PLAYIDS\n";
constexpr std::uint32_t kFormat = 1;
constexpr std::uint64_t kMergeBlocks = 32;       // read at once from each run that is merged
constexpr std::size_t kMergeIds = 2048;          // handed to the writer at once
constexpr std::size_t kWriteBytes = 128 * 1024;  // written at once, for each of the three parts
constexpr std::size_t kSiftAhead = 40;           // rows between asking for a filter line and using it

template <typename Item>
std::string_view bytes_of(std::span<const Item> items) {
  return {reinterpret_cast<const char*>(items.data()), items.size_bytes()};
}

// A piece that lies elsewhere than where it was written is damage too.
std::uint64_t piece_checksum(std::string_view payload, std::uint64_t position) { return checksum(payload) ^ stream::mix_bits(position); }

// One part of a run's file, written front to back in pieces.
class PieceWriter {
 public:
  PieceWriter(io::File& file, std::uint64_t position, std::uint64_t piece_bytes)
      : file_(file), position_(position), piece_bytes_(piece_bytes) {
    bytes_.reserve(kWriteBytes + piece_bytes + IdRunLayout::kChecksumBytes);
  }

  Status add(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto fitting = bytes.substr(0, piece_bytes_ - (bytes_.size() - piece_start_));
      bytes_.append(fitting);
      bytes.remove_prefix(fitting.size());
      if (bytes_.size() - piece_start_ == piece_bytes_) end_piece();
      if (bytes_.size() == piece_start_ && bytes_.size() >= kWriteBytes) TRY(flush());
    }
    return {};
  }
  Status finish() {
    if (bytes_.size() > piece_start_) end_piece();
    return bytes_.empty() ? Status{} : flush();
  }
  // Follows from all bytes and their order.
  std::uint64_t digest() const { return digest_; }

 private:
  void end_piece() {
    const std::uint64_t sum = piece_checksum(std::string_view(bytes_).substr(piece_start_), position_ + piece_start_);
    digest_ = stream::mix_bits(digest_ ^ sum);
    bytes_.append(reinterpret_cast<const char*>(&sum), sizeof sum);
    piece_start_ = bytes_.size();
  }
  Status flush() {
    TRY(file_.write_at(position_, bytes_));
    position_ += bytes_.size();
    bytes_.clear();
    piece_start_ = 0;
    return {};
  }

  io::File& file_;
  std::uint64_t position_;  // of the first byte of bytes_ in the file
  std::uint64_t piece_bytes_;
  std::string bytes_;
  std::size_t piece_start_ = 0;
  std::uint64_t digest_ = 0;
};

// Takes exactly as many entries as the layout says, in rising order, and lays them out: three parts that grow side by side.
class RunWriter {
 public:
  RunWriter(io::File& file, const IdRunLayout& layout)
      : file_(file),
        layout_(layout),
        entries_(file, layout.block_at(0), IdRunLayout::kBlockBytes),
        fences_(file, layout.fences_at(), IdRunLayout::kPieceBytes),
        filter_(file, layout.filter_at(), IdRunLayout::kPieceBytes) {}

  Status add(std::span<const IdEntry> entries) {
    for (const IdEntry& entry : entries) {
      first_ = std::min(first_, entry.basis);
      last_ = std::max(last_, entry.basis);
      if (ids_++ % IdRunLayout::kBlockIds == 0) TRY(fences_.add(bytes_of(std::span(&entry.id, 1))));
      TRY(end_lines_before(stream::filter_line_of(entry.id, layout_.filter_lines)));
      line_.add(entry.id);
    }
    return entries_.add(bytes_of(entries));
  }

  Result<IdRun> finish(std::string name) {
    TRY(end_lines_before(layout_.filter_lines));
    TRY(entries_.finish());
    TRY(fences_.finish());
    TRY(filter_.finish());
    ByteWriter head;
    head.raw(kMagic);
    head.number(kFormat);
    head.number(static_cast<std::uint32_t>(IdRunLayout::kBlockIds));
    head.number(layout_.ids);
    head.number(layout_.filter_lines);
    head.number(to_micros(first_));
    head.number(to_micros(last_));
    head.number(stream::mix_bits(stream::mix_bits(entries_.digest() ^ fences_.digest()) ^ filter_.digest()));
    const std::uint64_t sum = checksum(head.bytes());
    head.number(sum);
    TRY(file_.write_at(0, head.bytes()));
    TRY(file_.sync());
    return IdRun{.name = std::move(name), .ids = layout_.ids, .first = first_, .last = last_, .checksum = sum};
  }

 private:
  Status end_lines_before(std::uint64_t number) {
    for (; line_number_ < number; ++line_number_) {
      TRY(filter_.add(bytes_of(std::span<const IdFilterLine>(&line_, 1))));
      line_ = {};
    }
    return {};
  }

  io::File& file_;
  const IdRunLayout layout_;
  PieceWriter entries_;
  PieceWriter fences_;
  PieceWriter filter_;
  std::uint64_t ids_ = 0;
  Timestamp first_ = Timestamp::max();
  Timestamp last_ = Timestamp::min();
  IdFilterLine line_;
  std::uint64_t line_number_ = 0;
};

// Entries in order, from memory or from a file.
class Source {
 public:
  explicit Source(std::span<const IdEntry> entries) : rest_(entries) {}
  explicit Source(IdRunFile& file) : file_(&file) {}
  Source(Source&&) = default;
  Source& operator=(Source&&) = default;

  // What is at hand; empty only at the end.
  Result<std::span<const IdEntry>> rest() {
    if (rest_.empty() && file_ != nullptr && block_ < file_->layout().blocks()) {
      TRY(file_->read_blocks(block_, kMergeBlocks, entries_));
      block_ += kMergeBlocks;
      rest_ = entries_;
    }
    return rest_;
  }
  void skip(std::size_t entries) { rest_ = rest_.subspan(entries); }

 private:
  IdRunFile* file_ = nullptr;
  std::uint64_t block_ = 0;
  std::vector<IdEntry> entries_;
  std::span<const IdEntry> rest_;
};

// Hands all entries of the sources that have not passed to `take`, in order, some thousands at a time.
template <typename Take>
Status merge(std::vector<Source> sources, Timestamp watermark, Take take) {
  std::vector<std::span<const IdEntry>> heads;
  std::vector<IdEntry> merged;
  const auto look = [&](std::size_t at) -> Status {
    TRY_ASSIGN(heads[at], sources[at].rest());
    if (!heads[at].empty()) return {};
    heads.erase(heads.begin() + static_cast<std::ptrdiff_t>(at));
    sources.erase(sources.begin() + static_cast<std::ptrdiff_t>(at));
    return {};
  };
  heads.resize(sources.size());
  for (std::size_t at = sources.size(); at-- > 0;) TRY(look(at));
  while (!sources.empty()) {
    std::size_t least = 0;
    for (std::size_t at = 1; at < heads.size(); ++at) {
      if (heads[at].front().id < heads[least].front().id) least = at;
    }
    const IdEntry& entry = heads[least].front();
    if (!stream::has_passed(entry.basis, watermark)) merged.push_back(entry);
    sources[least].skip(1);
    heads[least] = heads[least].subspan(1);
    if (merged.size() == kMergeIds) {
      TRY(take(std::span<const IdEntry>(merged)));
      merged.clear();
    }
    if (heads[least].empty()) TRY(look(least));
  }
  return take(std::span<const IdEntry>(merged));
}

std::vector<Source> sources_of(std::span<const IdEntry> entries, std::span<IdRunFile* const> runs) {
  std::vector<Source> sources;
  sources.emplace_back(entries);
  for (IdRunFile* run : runs) sources.emplace_back(*run);
  return sources;
}

// How many entries will be left. Only where some may have passed must the runs be read for that.
Result<std::uint64_t> count_left(std::span<const IdEntry> entries, std::span<IdRunFile* const> runs, Timestamp watermark) {
  const auto stays = [watermark](const IdEntry& entry) { return !stream::has_passed(entry.basis, watermark); };
  auto left = static_cast<std::uint64_t>(std::ranges::count_if(entries, stays));
  for (IdRunFile* run : runs) {
    if (!stream::has_passed(run->run().first, watermark)) {
      left += run->run().ids;
      continue;
    }
    Source source(*run);
    while (true) {
      TRY_ASSIGN(const auto rest, source.rest());
      if (rest.empty()) break;
      left += static_cast<std::uint64_t>(std::ranges::count_if(rest, stays));
      source.skip(rest.size());
    }
  }
  return left;
}

}  // namespace

Result<IdRun> write_id_run(io::FileSystem& files, const std::string& folder, const std::string& name, std::span<const IdEntry> entries,
                           std::span<IdRunFile* const> runs, Timestamp watermark) {
  TRY_ASSIGN(const std::uint64_t ids, count_left(entries, runs, watermark));
  if (ids == 0) return IdRun{};
  const std::string path = io::join(folder, name);
  TRY_ASSIGN(const auto file, files.open(path, io::Open::kCreateNew));
  RunWriter writer(*file, {.ids = ids, .filter_lines = stream::filter_lines_for(ids)});
  auto merged = merge(sources_of(entries, runs), watermark, [&writer](std::span<const IdEntry> next) { return writer.add(next); });
  Result<IdRun> run = merged ? writer.finish(name) : std::unexpected(std::move(merged.error()));
  // A full disk should not stay full because of it. That it may not go either must not hide why this failed.
  if (!run) static_cast<void>(files.remove(path));
  return run;
}

Result<std::unique_ptr<IdRunFile>> IdRunFile::open(io::FileSystem& files, const std::string& folder, const IdRun& run) {
  std::string path = io::join(folder, run.name);
  auto file = files.open(path, io::Open::kRead);
  if (!file && file.error().kind == ErrorKind::kNotFound)
    return fail(ErrorKind::kCorrupt, path + ", which holds ids of a snapshot, is not there; restore the whole checkpoint from a backup");
  if (!file) return std::unexpected(std::move(file.error()));
  auto opened = std::unique_ptr<IdRunFile>(new IdRunFile(std::move(path), run, std::move(*file)));
  TRY(opened->read_head());
  return opened;
}

Status IdRunFile::read_head() {
  TRY(file_->read_at(0, IdRunLayout::kHeadBytes, bytes_));
  ByteReader head(bytes_);
  const bool ours = head.raw(kMagic.size()) == kMagic;
  const auto format = head.number<std::uint32_t>();
  const auto block_ids = head.number<std::uint32_t>();
  layout_.ids = head.number<std::uint64_t>();
  layout_.filter_lines = head.number<std::uint64_t>();
  const Timestamp first = from_micros(head.number<std::int64_t>());
  const Timestamp last = from_micros(head.number<std::int64_t>());
  head.number<std::uint64_t>();  // the digest of the contents: here for the head's own checksum to cover
  const auto sum = head.number<std::uint64_t>();
  if (!ours || !head.ok() || sum != checksum(std::string_view(bytes_).substr(0, bytes_.size() - sizeof sum))) return damaged(0);
  // The head's length and checksum stay as they are in every format, so damage is not taken for a newer one.
  if (format > kFormat)
    return fail(ErrorKind::kInvalid, path_ + " has format " + std::to_string(format) + ", of a newer Playhead; use that one");
  if (layout_.ids == 0 || format != kFormat || block_ids != IdRunLayout::kBlockIds) return damaged(0);
  const IdRun there{.name = run_.name, .ids = layout_.ids, .first = first, .last = last, .checksum = sum};
  if (there != run_) {
    return fail(ErrorKind::kCorrupt,
                path_ + " is whole, but not the file that the snapshot names; restore the whole checkpoint from a backup");
  }
  TRY_ASSIGN(const std::uint64_t size, file_->size());
  return size == layout_.file_bytes() ? Status{} : damaged(std::min(size, layout_.file_bytes()));
}

void IdRunFile::sift(std::span<const MixedId> ids, std::vector<std::uint32_t>& rows) const {
  rows.resize(ids.size());
  if (!has_filter()) {
    for (std::uint32_t row = 0; row < rows.size(); ++row) rows[row] = row;
    return;
  }
  const IdFilterLine* const lines = filter_.data();
  const std::uint64_t count = filter_.size();
  std::size_t found = 0;
  for (std::uint32_t row = 0; row < ids.size(); ++row) {
    if (row + kSiftAhead < ids.size()) __builtin_prefetch(&lines[stream::filter_line_of(ids[row + kSiftAhead], count)]);
    rows[found] = row;
    found += lines[stream::filter_line_of(ids[row], count)].may_hold(ids[row]) ? 1 : 0;
  }
  rows.resize(found);
}

Result<std::optional<Timestamp>> IdRunFile::find(MixedId id) {
  TRY_ASSIGN(const std::uint64_t block, block_of(id));
  TRY(read_blocks(block, 1, block_));
  const auto entry = std::ranges::lower_bound(block_, id, {}, &IdEntry::id);
  if (entry == block_.end() || entry->id != id) return std::nullopt;
  return entry->basis;
}

// The last block that begins at or before the id; the first one where none does.
Result<std::uint64_t> IdRunFile::block_of(MixedId id) {
  if (has_fences()) {
    const auto after = std::ranges::upper_bound(fences_, id);
    return after == fences_.begin() ? 0 : static_cast<std::uint64_t>(after - fences_.begin()) - 1;
  }
  std::uint64_t low = 0;
  std::uint64_t high = layout_.blocks();
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    TRY(read_blocks(middle, 1, block_));
    (block_.front().id <= id ? low : high) = middle;
  }
  return low;
}

Status IdRunFile::read_blocks(std::uint64_t block, std::uint64_t blocks, std::vector<IdEntry>& entries) {
  const std::uint64_t end = std::min(block + blocks, layout_.blocks());
  const std::uint64_t start = layout_.block_at(block);
  const std::uint64_t ids = (end - block - 1) * IdRunLayout::kBlockIds + layout_.ids_in(end - 1);
  TRY(file_->read_at(start, ids * sizeof(IdEntry) + (end - block) * IdRunLayout::kChecksumBytes, bytes_));
  entries.resize(ids);
  char* into = reinterpret_cast<char*>(entries.data());
  ByteReader reader(bytes_);
  for (; block < end; ++block) {
    const std::string_view payload = reader.raw(layout_.ids_in(block) * sizeof(IdEntry));
    const auto sum = reader.number<std::uint64_t>();
    if (!reader.ok() || sum != piece_checksum(payload, layout_.block_at(block))) return damaged(layout_.block_at(block));
    std::memcpy(into, payload.data(), payload.size());
    into += payload.size();
  }
  return {};
}

Status IdRunFile::load_fences() {
  fences_.resize(layout_.blocks());
  Status status = load(layout_.fences_at(), layout_.fences_bytes(), reinterpret_cast<char*>(fences_.data()));
  if (!status) drop_fences();
  return status;
}

Status IdRunFile::load_filter() {
  filter_.resize(layout_.filter_lines);
  Status status = load(layout_.filter_at(), layout_.filter_bytes(), reinterpret_cast<char*>(filter_.data()));
  if (!status) drop_filter();
  return status;
}

std::uint64_t IdRunFile::memory_bytes() const {
  return fences_.capacity() * sizeof(MixedId) + filter_.capacity() * sizeof(IdFilterLine) + block_.capacity() * sizeof(IdEntry) +
         bytes_.capacity();
}

Status IdRunFile::load(std::uint64_t position, std::uint64_t bytes, char* into) {
  while (bytes > 0) {
    const std::uint64_t length = std::min(bytes, IdRunLayout::kPieceBytes);
    TRY(file_->read_at(position, length + IdRunLayout::kChecksumBytes, bytes_));
    ByteReader reader(bytes_);
    const std::string_view payload = reader.raw(length);
    const auto sum = reader.number<std::uint64_t>();
    if (!reader.ok() || sum != piece_checksum(payload, position)) return damaged(position);
    std::memcpy(into, payload.data(), length);
    into += length;
    bytes -= length;
    position += length + IdRunLayout::kChecksumBytes;
  }
  bytes_.clear();
  bytes_.shrink_to_fit();
  return {};
}

Status IdRunFile::damaged(std::uint64_t position) const {
  return fail(ErrorKind::kCorrupt, path_ + ", which holds ids of a snapshot, is damaged at byte " + std::to_string(position) +
                                       "; restore the whole checkpoint from a backup");
}

}  // namespace playhead::pipeline
