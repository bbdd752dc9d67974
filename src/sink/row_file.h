// sink/row_file.h: rows of one partition in a file of their own, on the way to a table.
//
// Where several processes share the partitions of a job, one of them commits the tables. The others write what they have for the lake and
// for the tables of late events and dead letters into such files, and the committer gives the tables the same bytes. Rows are in the order
// of their offsets. The file is Parquet, as the table's own; its checksum covers all of it.
//
// Memory:  a file is held whole: its writer bounds the rows.
// Threads: pure functions over files; any thread.
// Fails:   kNotFound, kCorrupt (other bytes than were written), kLimit (disk full), kIo.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/strong.h"
#include "base/time.h"
#include "io/file_system.h"
#include "table/rows.h"

namespace playhead::sink {

enum class RowTable : std::uint8_t { kLake, kLate, kDeadLetters };

struct RowFile {
  RowTable table = RowTable::kLake;
  Timestamp hour = kNever;  // of the lake: the hour of event time that all its rows have
  Offset first;             // of the first row
  Offset last;              // of the last
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;  // base/bytes.h

  bool operator==(const RowFile&) const = default;
};

// Rows of a file, encoded.
struct RowFileBytes {
  Offset first;       // of the first row
  std::string bytes;  // Parquet; empty: no rows
};

// Writes `rows`, which are not empty and have the columns of `table`, into a new file. Synced, but for its name.
Result<RowFile> write_row_file(io::FileSystem& files, const std::string& path, RowTable table, Timestamp hour, const table::Rows& rows);
// Reads back the rows at offset `from` or above.
Result<RowFileBytes> read_row_file(io::FileSystem& files, const std::string& path, const RowFile& file, Offset from);

}  // namespace playhead::sink
