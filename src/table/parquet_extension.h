// table/parquet_extension.h: more rows for a Parquet file that is there, without encoding again what it has.
//
// The new file is the first `kept_bytes` of the old one, then `tail`: a footer stands at the end of a file and may describe row groups
// that older bytes hold. The last row group is encoded again together with the new rows while it is small (less than half of
// kRowGroupRows, and less than 4 MiB of rows in memory), so that a file that grows in small steps does not become a file of small row
// groups, and one that grows in large steps does not pay for each row again and again.
//
// Limits:  32,767 row groups.
// Threads: a pure function of the file; any thread.
// Memory:  the last row group where it is small, the new rows, and their bytes: bounded by the caller's rows.
// Fails:   kInvalid: the rows have another schema than the file; else as parquet_reader.h and parquet.h.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "io/file_system.h"
#include "table/rows.h"

namespace playhead::table {

struct Extension {
  std::uint64_t kept_bytes = 0;
  std::string tail{};
  std::uint64_t rows = 0;  // of the whole new file
};

// The metadata of the file stays.
Result<Extension> extend_parquet(io::FileSystem& files, const std::string& path, const Rows& rows);

}  // namespace playhead::table
