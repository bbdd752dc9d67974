// pipeline/id_run.h: a run: an immutable file of remembered ids, sorted, for look-ups that read one block.
//
// A file is a head, then entries (id and basis, 24 bytes) in blocks of 64, then fences (the first id of each block), then the lines
// of a Bloom filter. Everything is in pieces with a checksum each that also covers where the piece lies; a piece is checked whenever it is
// read. Nothing is mapped into memory: a look-up is one read through io::File, so a failing disk is an Error and memory is what we
// hold. Format byte by byte: docs/dedup.md.
//
// A look-up asks the filter, then the fences, then reads one block. Filter and fences are in memory where their owner loads them;
// without the filter each look-up reads a block, without the fences it finds the block by bisection over the file.
//
// Limits:  27 bytes an id on disk for runs of some size; at most about 200 bytes more. Merging takes 100 kB for each run merged.
// Threads: one owner at a time.
// Memory:  fences 0.25 bytes an id, filter 2 bytes an id, when loaded; else nothing but an open file.
// Fails:   kCorrupt, with the path, for bytes that are not what was written, or a run that is not there; kExists for a name in use;
//          kInvalid for a format of a newer program; kLimit (disk full), kIo.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "stream/id_entry.h"
#include "stream/id_filter.h"

namespace playhead::pipeline {

// A sealed run as a snapshot names it. The checksum is that of the file's head, which in turn covers all that the file holds.
struct IdRun {
  std::string name;
  std::uint64_t ids = 0;
  Timestamp first;  // the earliest basis
  Timestamp last;   // the latest: when it has passed, the run is forgotten
  std::uint64_t checksum = 0;

  bool operator==(const IdRun&) const = default;
};

// Where the parts of a run's file lie. It all follows from two numbers.
struct IdRunLayout {
  static constexpr std::uint64_t kHeadBytes = 64;
  static constexpr std::uint64_t kChecksumBytes = 8;
  static constexpr std::uint64_t kBlockIds = 64;
  static constexpr std::uint64_t kBlockBytes = kBlockIds * sizeof(stream::IdEntry);
  static constexpr std::uint64_t kPieceBytes = 65536;  // of fences and of filter lines

  std::uint64_t ids = 0;
  std::uint64_t filter_lines = 0;

  std::uint64_t blocks() const { return (ids + kBlockIds - 1) / kBlockIds; }
  std::uint64_t entries_bytes() const { return ids * sizeof(stream::IdEntry); }
  std::uint64_t fences_bytes() const { return blocks() * sizeof(stream::MixedId); }
  std::uint64_t filter_bytes() const { return filter_lines * sizeof(stream::IdFilterLine); }

  std::uint64_t block_at(std::uint64_t block) const { return kHeadBytes + block * (kBlockBytes + kChecksumBytes); }
  std::uint64_t ids_in(std::uint64_t block) const { return std::min(kBlockIds, ids - block * kBlockIds); }
  std::uint64_t fences_at() const { return kHeadBytes + on_disk(entries_bytes(), kBlockBytes); }
  std::uint64_t filter_at() const { return fences_at() + on_disk(fences_bytes(), kPieceBytes); }
  std::uint64_t file_bytes() const { return filter_at() + on_disk(filter_bytes(), kPieceBytes); }

 private:
  static std::uint64_t on_disk(std::uint64_t bytes, std::uint64_t piece) { return bytes + (bytes + piece - 1) / piece * kChecksumBytes; }
};

class IdRunFile {
 public:
  // The file must be there, of the right size, and its head what `run` says.
  static Result<std::unique_ptr<IdRunFile>> open(io::FileSystem& files, const std::string& folder, const IdRun& run);

  const IdRun& run() const { return run_; }
  const IdRunLayout& layout() const { return layout_; }

  // The basis of the id, if it is in the run.
  Result<std::optional<Timestamp>> find(stream::MixedId id);
  // Rows of `ids` that may be in the run, into `rows` (replaced, in order): all of them while the filter is not loaded.
  void sift(std::span<const stream::MixedId> ids, std::vector<std::uint32_t>& rows) const;

  Status load_fences();
  Status load_filter();
  void drop_fences() { fences_ = std::vector<stream::MixedId>(); }  // ({} would keep the memory)
  void drop_filter() { filter_ = std::vector<stream::IdFilterLine>(); }
  bool has_fences() const { return !fences_.empty(); }
  bool has_filter() const { return !filter_.empty(); }
  std::uint64_t memory_bytes() const;

  // Entries of `blocks` blocks from `block` on, fewer at the end, into `entries` (replaced).
  Status read_blocks(std::uint64_t block, std::uint64_t blocks, std::vector<stream::IdEntry>& entries);

 private:
  IdRunFile(std::string path, IdRun run, std::unique_ptr<io::File> file)
      : path_(std::move(path)), run_(std::move(run)), file_(std::move(file)) {}
  Status read_head();
  Status load(std::uint64_t position, std::uint64_t bytes, char* into);
  Result<std::uint64_t> block_of(stream::MixedId id);
  Status damaged(std::uint64_t position) const;

  std::string path_;
  IdRun run_;
  IdRunLayout layout_;
  std::unique_ptr<io::File> file_;
  std::string bytes_;  // as read
  std::vector<stream::IdEntry> block_;
  std::vector<stream::MixedId> fences_;
  std::vector<stream::IdFilterLine> filter_;
};

// Writes a new run from entries in memory, sorted, and runs that have no id in common with them or each other; entries that have passed by
// `watermark` are left out. The file is synced on return, its name is not. Nothing left: a run without ids, and no file.
Result<IdRun> write_id_run(io::FileSystem& files, const std::string& folder, const std::string& name,
                           std::span<const stream::IdEntry> entries, std::span<IdRunFile* const> runs, Timestamp watermark);

}  // namespace playhead::pipeline
