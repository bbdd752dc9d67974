// table/parquet_reader.h: reads a Parquet file of any size, some rows at a time.
//
// Reads what parquet.h writes, and other writers' files of the same types. Only the wanted columns are read, and columns that a row group
// says are all null are not looked at.
//
// Limits:  2^31 rows in one row group.
// Threads: one owner at a time.
// Memory:  the wanted columns of one row group as the file has them, and the rows of one batch. `files` must outlive the reader; so must
// bytes. Fails:   kNotFound; kInvalid for a column type that is none of ours, and for a wanted column that is not there; kCorrupt for bytes
// that are no such file or damaged; kLimit, kIo. After a failure the reader is of no more use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "table/parquet.h"
#include "table/rows.h"

namespace playhead::table {

class ParquetReader {
 public:
  struct Options {
    std::vector<std::string> columns{};  // only these, in this order; empty: all
    std::size_t batch_rows = 65536;      // at most so many rows at a time; a batch holds rows of one row group
  };

  static Result<std::unique_ptr<ParquetReader>> open(io::FileSystem& files, const std::string& path, Options options);
  static Result<std::unique_ptr<ParquetReader>> open(std::string_view bytes, Options options);
  ~ParquetReader();

  const Schema& schema() const;  // of the columns read
  const Metadata& metadata() const;
  std::uint64_t rows() const;  // of the whole file, as its footer says
  std::uint64_t file_bytes() const;

  // Replaces `rows` by the next ones; false, and none, at the end.
  Result<bool> next(Rows& rows);

  // Continues with the first row of this row group, of groups() in all.
  std::size_t groups() const;
  std::uint64_t group_rows(std::size_t group) const;
  void seek_group(std::size_t group);

 private:
  class Source;
  ParquetReader(std::string name, std::unique_ptr<Source> source);

  std::string name_;  // for messages: the path
  std::unique_ptr<Source> source_;
};

}  // namespace playhead::table
