// table/parquet.h: rows in, the bytes of a Parquet file out, and back, for files that fit into memory.
//
// The column types of rows.h are all that Playhead's tables need, and exactly these are read back; a file with any other type, or a nested
// column, is refused by the column's name. Files are opaque bytes here: table/published_folder.h gives them a visible name.
// parquet_writer.h and parquet_reader.h do the same for files of any size, parquet_extension.h makes a file longer.
//   - Same rows, same metadata: same bytes. (A replayed epoch must be byte-equal.) The writer's name holds no time.
//   - Row groups of 131072 rows, each with its page index behind it; zstd, dictionaries for texts, differences for numbers; statistics.
//     Ids are random bytes: not compressed, no statistics. Field ids from 1 in column order, so that a table format may adopt the files.
//   - A timestamp is microseconds, UTC (isAdjustedToUTC). Texts are UTF-8. An id is 16 bytes without a logical type: Spark reads no UUIDs.
//
// Limits:  2 GiB - 1 bytes of text in one column of one Rows (kLimit).
// Threads: pure functions; any thread.
// Memory:  both forms are held whole. Arrow stays inside the .cc files.
// Fails:   kInvalid for rows that break a rule above; kCorrupt for bytes that are no such file.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "table/rows.h"

namespace playhead::table {

using Metadata = std::vector<std::pair<std::string, std::string>>;  // keys and values of the footer, in order; keys are unique

// kInvalid: no columns, an empty or repeated column name, columns of different lengths, a null in a column that is not nullable, a flag
// beyond 0 and 1, a text that is not UTF-8, a repeated or reserved ("ARROW:...") metadata key.
Result<std::string> write_parquet(const Rows& rows, const Metadata& metadata);

// The rows of a file as write_parquet makes them (another writer's too, if it has only these types).
Result<Rows> read_parquet(std::string_view bytes);

// The footer's own metadata, as given to write_parquet, without reading any rows.
Result<Metadata> read_parquet_metadata(std::string_view bytes);

}  // namespace playhead::table
