// table/parquet_groups.h: row groups of a Parquet file as bytes, one after another, and the footer that ends them.
//
// Beneath parquet.h, parquet_writer.h and parquet_extension.h, which differ in where the bytes go. Parquet's own file writer is not used:
// it begins every file anew and puts the page indexes of all row groups before the footer. Here a row group is followed by its page
// index at once, so that a file may end after any row group and go on with another one; and the rows of an all-null column, of which
// wide tables have dozens, are one page without being looked at.
//
// Limits:  32,767 row groups, 2 GiB - 1 bytes of text in one row group of one column (kLimit).
// Threads: one owner at a time.
// Memory:  the bytes of one row group, and some bytes of footer for each column of each.
// Fails:   kInvalid for rows that break a rule of parquet.h, kLimit.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "table/parquet.h"
#include "table/rows.h"

namespace parquet {
class FileMetaData;
}

namespace playhead::table {

// The first bytes of every file.
constexpr std::string_view kParquetMagic = "PAR1";
// What the footer says of the writer, in the form that other readers parse. It holds no version of the program, so that an upgrade does not
// change a replayed file.
constexpr std::string_view kParquetCreatedBy = "playhead version 1.0.0 (build parquet)";
// Rows in a row group. Fewer where their texts would pass the bytes below: those are held in memory to write and to read them.
constexpr std::size_t kRowGroupRows = 131072;
constexpr std::uint64_t kRowGroupBytesMax = 64ull << 20;

// How many rows from `first` on make the next row group: it depends on the rows alone, not on how they came here.
std::size_t row_group_length(const Rows& rows, std::size_t first);

class RowGroupEncoder {
 public:
  // The first row group will begin at `position` of its file, where `groups_before` others have ended.
  static Result<std::unique_ptr<RowGroupEncoder>> make(Schema schema, std::uint64_t position, std::size_t groups_before);
  ~RowGroupEncoder();

  // The bytes of the next row group, to be written right behind all bytes that were returned before.
  Result<std::string> group(const Rows& rows, std::size_t first, std::size_t count);
  // The footer of a file of these row groups, to be part of that of a file which goes on with others; group() may not follow.
  Result<std::shared_ptr<parquet::FileMetaData>> described(const Metadata& metadata);
  // The last bytes of the file; nothing may follow. `kept` describes the row groups before, if there are any.
  Result<std::string> footer(const Metadata& metadata, std::shared_ptr<parquet::FileMetaData> kept = nullptr);

 private:
  class Encoding;
  explicit RowGroupEncoder(std::unique_ptr<Encoding> encoding);

  std::unique_ptr<Encoding> encoding_;
};

}  // namespace playhead::table
