#include "sink/row_file.h"

#include <numeric>
#include <vector>

#include "base/bytes.h"
#include "table/parquet.h"

namespace playhead::sink {
namespace {

constexpr std::size_t kOffsetColumn = 2;  // of each table: after topic and partition

Offset offset_at(const table::Rows& rows, std::size_t row) {
  return Offset{static_cast<std::uint64_t>(rows.columns[kOffsetColumn].number(row))};
}

// The last rows of a file, from `from` on.
Result<RowFileBytes> rows_from(std::string_view bytes, Offset from) {
  TRY_ASSIGN(const table::Rows all, table::read_parquet(bytes));
  std::size_t first = 0;
  while (first < all.size() && offset_at(all, first) < from) ++first;
  if (first == all.size()) return RowFileBytes{};
  std::vector<std::uint32_t> kept(all.size() - first);
  std::iota(kept.begin(), kept.end(), static_cast<std::uint32_t>(first));
  table::Rows rows(all.schema);
  for (std::size_t column = 0; column < rows.columns.size(); ++column) rows.columns[column].gather(all.columns[column], kept);
  TRY_ASSIGN(std::string encoded, table::write_parquet(rows, {}));
  return RowFileBytes{offset_at(rows, 0), std::move(encoded)};
}

}  // namespace

Result<RowFile> write_row_file(io::FileSystem& files, const std::string& path, RowTable table, Timestamp hour, const table::Rows& rows) {
  TRY_ASSIGN(const std::string bytes, table::write_parquet(rows, {}));
  TRY(io::write_file_synced(files, path, bytes));
  return RowFile{.table = table,
                 .hour = hour,
                 .first = offset_at(rows, 0),
                 .last = offset_at(rows, rows.size() - 1),
                 .bytes = bytes.size(),
                 .checksum = checksum(bytes)};
}

Result<RowFileBytes> read_row_file(io::FileSystem& files, const std::string& path, const RowFile& file, Offset from) {
  if (file.last < from) return RowFileBytes{};
  TRY_ASSIGN(std::string bytes, io::read_file(files, path, file.bytes));
  if (bytes.size() != file.bytes || checksum(bytes) != file.checksum) {
    return fail(ErrorKind::kCorrupt, path + " does not hold the rows that were written: restore it from a backup or reset the job");
  }
  if (file.first < from) return rows_from(bytes, from);
  return RowFileBytes{file.first, std::move(bytes)};
}

}  // namespace playhead::sink
