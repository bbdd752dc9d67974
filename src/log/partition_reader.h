// log/partition_reader.h: reading one partition, in order or from anywhere.
//
// Reads the active segment in pieces of about chunk_bytes, so one system call serves several blocks, and never past the mark: what lies
// above it may yet be cut. Closed segments end where the next one begins, whatever bytes follow there.
// Limits:  keeps one chunk, or one block where that is larger, and two open files.
// Threads: one owner. Memory: the chunk; the batch given to read() owns what it shows.
// Fails:   as log::Reader; kCorrupt with file and byte position.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/log.h"
#include "log/partition_files.h"

namespace playhead::log {

class PartitionReader {
 public:
  // Repairs first what a crash left, if nobody else is at it.
  static Result<std::unique_ptr<PartitionReader>> make(PartitionFiles files, ClockSource clock, std::size_t chunk_bytes);

  Result<OffsetRange> range();
  Status read(Offset from, Offset end, RecordBatch& batch);
  Result<Offset> offset_at(Timestamp time);

 private:
  PartitionReader(PartitionFiles files, ClockSource clock, std::size_t chunk_bytes);

  Status refresh();
  Result<Mark> read_mark();
  Status seek(Offset offset);
  Status open_segment(Offset base);
  Status skip_to(Offset offset);
  std::uint64_t limit() const;
  Result<std::string_view> bytes_at(std::uint64_t position, std::size_t length);
  Status fill_chunk(std::uint64_t position, std::size_t length);
  Result<std::size_t> first_segment_for(Timestamp time);
  Result<Timestamp> first_timestamp_of(Offset base);
  Result<std::optional<Offset>> find_in_segment(Offset base, Timestamp time);
  std::unexpected<Error> damaged(Error error) const;

  PartitionFiles files_;
  ClockSource clock_;
  std::size_t chunk_bytes_;
  std::unique_ptr<io::File> mark_file_;
  std::string mark_bytes_;
  Mark mark_;
  std::vector<Offset> segments_;  // as of the last move of the mark to another segment

  std::unique_ptr<io::File> segment_;
  Offset base_;       // of the open segment
  BlockPlace place_;  // the next block there
  std::string chunk_;
  std::uint64_t chunk_position_ = 0;
  Decompressor decompressor_;
  RecordBatch scratch_;
};

}  // namespace playhead::log
