// table/parquet.h: columns in, the bytes of a Parquet file out, and back.
//
// Four column types are all that Playhead's plain tables need, and exactly these are read back; a file with any other type, a null
// or a nested column is refused by name. Files are opaque bytes here: table/published_folder.h gives them a visible name.
//   - Same rows, same metadata: same bytes. (A replayed epoch must be byte-equal.) The writer's name holds no time.
//   - zstd, dictionary for texts, statistics and page index, row groups of 131072 rows, all columns required (no nulls), field ids
//     from 1 in column order, so that a later table format may adopt the files.
//   - A timestamp is microseconds, UTC (isAdjustedToUTC). Texts are UTF-8.
//
// Limits:  2 GiB - 1 bytes of text in one row group of one column (kLimit). Rows: as memory allows.
// Threads: pure functions; any thread.
// Memory:  both forms are held whole: use it for files of a bounded size. Arrow stays inside parquet.cc.
// Fails:   kInvalid for rows that break a rule above; kCorrupt for bytes that are no such file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace playhead::table {

enum class ColumnType {
  kTimestamp,  // microseconds since 1970, UTC
  kText,       // UTF-8
  kInteger,    // 64 bits, signed
  kFlag,       // 0 or 1
};

// One column: `texts` where the type is kText, else `numbers`; the other one is empty.
struct Column {
  std::string name;
  ColumnType type = ColumnType::kInteger;
  std::vector<std::int64_t> numbers{};
  std::vector<std::string> texts{};

  std::size_t size() const { return type == ColumnType::kText ? texts.size() : numbers.size(); }
  bool operator==(const Column&) const = default;
};

struct Rows {
  std::vector<Column> columns;

  std::size_t size() const { return columns.empty() ? 0 : columns.front().size(); }
  bool operator==(const Rows&) const = default;
};

using Metadata = std::vector<std::pair<std::string, std::string>>;  // keys and values of the footer, in order; keys are unique

// kInvalid: no columns, an empty or repeated column name, columns of different lengths, a flag beyond 0 and 1, a text that is not
// UTF-8, a repeated or reserved ("ARROW:...") metadata key.
Result<std::string> write_parquet(const Rows& rows, const Metadata& metadata);

// The rows of a file as write_parquet makes them (another writer's too, if it has only these types and no null).
Result<Rows> read_parquet(std::string_view bytes);

// The footer's own metadata, as given to write_parquet, without reading any rows.
Result<Metadata> read_parquet_metadata(std::string_view bytes);

}  // namespace playhead::table
