#include "table/parquet.h"

#include "table/parquet_arrow.h"
#include "table/parquet_groups.h"
#include "table/parquet_reader.h"

namespace playhead::table {

Result<std::string> write_parquet(const Rows& rows, const Metadata& metadata) {
  TRY_ASSIGN(const auto encoder, RowGroupEncoder::make(rows.schema, kParquetMagic.size(), 0));
  TRY(check_rows(rows));
  std::string bytes(kParquetMagic);
  for (std::size_t first = 0; first < rows.size();) {
    const std::size_t count = row_group_length(rows, first);
    TRY_ASSIGN(const std::string group, encoder->group(rows, first, count));
    bytes += group;
    first += count;
  }
  TRY_ASSIGN(const std::string footer, encoder->footer(metadata));
  return bytes + footer;
}

Result<Rows> read_parquet(std::string_view bytes) {
  TRY_ASSIGN(const auto reader, ParquetReader::open(bytes, {}));
  Rows all(reader->schema());
  Rows some;
  while (true) {
    TRY_ASSIGN(const bool any, reader->next(some));
    if (!any) return all;
    all.append(some, 0, some.size());
  }
}

Result<Metadata> read_parquet_metadata(std::string_view bytes) {
  TRY_ASSIGN(const auto reader, ParquetReader::open(bytes, {}));
  return reader->metadata();
}

}  // namespace playhead::table
