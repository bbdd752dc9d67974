// table/parquet_writer.h: streams rows into a Parquet file of any size.
//
// The file is the one that write_parquet would make of all rows together, whichever pieces they come in; unless whole row groups of other
// files were among them (parquet_copy.h), which stay what they are.
//
// Limits:  32,767 row groups; 2 GiB - 1 bytes of text in one column of one Rows (kLimit).
// Threads: one owner at a time.
// Memory:  the rows of one row group and its bytes (parquet_groups.h bounds both), and 1 MiB: a small file is written at once. The file is
// borrowed and must outlive the writer. Fails:   as write_parquet, and with what the file fails with; after a failure the file is of no
// use.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "io/file_system.h"
#include "table/parquet.h"
#include "table/parquet_copy.h"
#include "table/parquet_groups.h"
#include "table/rows.h"

namespace playhead::table {

class ParquetWriter {
 public:
  // `file` is empty, and written from its start in order.
  static Result<std::unique_ptr<ParquetWriter>> make(io::File& file, Schema schema, Metadata metadata);

  Status add(const Rows& rows) { return add(rows, 0, rows.size()); }
  Status add(const Rows& rows, std::size_t first, std::size_t count);
  // A row group of another file, which can_be_copied(): becomes the next one here.
  Status copy(const EncodedGroup& group);
  std::size_t groups() const { return groups_; }  // that are no longer held

  // Writes what is still held and the footer; does not sync. Nothing may follow.
  Status close();

  std::uint64_t rows() const { return rows_; }                  // added so far
  std::uint64_t bytes() const { return bytes_; }                // of the whole file, after close()
  std::uint64_t checksum() const { return checksum_.value(); }  // of the whole file, after close(): as base/bytes.h

 private:
  ParquetWriter(io::File& file, Schema schema, Metadata metadata, std::unique_ptr<RowGroupEncoder> encoder);
  Status write(std::string_view bytes, std::size_t unwritten_max);
  Status write_groups(bool all);
  Status end_encoder();

  io::File& file_;
  Metadata metadata_;
  std::unique_ptr<RowGroupEncoder> encoder_;
  std::size_t encoded_ = 0;                          // row groups, by this encoder
  std::shared_ptr<parquet::FileMetaData> before_{};  // the row groups before those; shared as the library has it. Null: none
  std::size_t groups_ = 0;
  Rows held_;  // fewer than a row group has
  std::string unwritten_{};
  Checksum checksum_{};
  std::uint64_t rows_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace playhead::table
