#include "table/parquet_extension.h"

#include <arrow/io/interfaces.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <vector>

#include "table/parquet_arrow.h"
#include "table/parquet_groups.h"
#include "table/parquet_reader.h"

namespace playhead::table {
namespace {

constexpr std::uint64_t kSmallGroupRows = kRowGroupRows / 2;
constexpr std::uint64_t kSmallGroupBytes = std::uint64_t{4} << 20;

// Is a group of so many rows small? Rows of one file are alike, so the new ones tell how wide the old ones are.
bool is_small(std::uint64_t group_rows, const Rows& fresh) {
  return group_rows < kSmallGroupRows && group_rows * fresh.bytes() < kSmallGroupBytes * fresh.size();
}

// Where the last byte ends that the row groups of this footer need: their pages and their page indexes.
Result<std::uint64_t> end_of(const parquet::FileMetaData& footer, std::uint64_t file_bytes) {
  const auto limit = static_cast<std::int64_t>(file_bytes);
  auto end = static_cast<std::int64_t>(kParquetMagic.size());
  bool within = true;
  const auto cover = [&](std::int64_t first, std::int64_t length) {
    within = within && first >= 0 && first <= limit && length >= 0 && length <= limit - first;
    if (within) end = std::max(end, first + length);
  };
  for (int group = 0; group < footer.num_row_groups(); ++group) {
    const auto metadata = footer.RowGroup(group);
    for (int column = 0; column < metadata->num_columns(); ++column) {
      const auto chunk = metadata->ColumnChunk(column);
      const std::int64_t data = chunk->data_page_offset();
      cover(chunk->has_dictionary_page() ? std::min(chunk->dictionary_page_offset(), data) : data, chunk->total_compressed_size());
      for (const auto& index : {chunk->GetColumnIndexLocation(), chunk->GetOffsetIndexLocation()}) {
        if (index) cover(index->offset, index->length);
      }
    }
  }
  if (!within) return fail(ErrorKind::kCorrupt, "the footer of a Parquet file points behind its end");
  return static_cast<std::uint64_t>(end);
}

Result<std::shared_ptr<parquet::FileMetaData>> footer_of(io::FileSystem& files, const std::string& path) {
  TRY_ASSIGN(const auto file, files.open(path, io::Open::kRead));
  TRY_ASSIGN(const std::uint64_t bytes, file->size());
  std::optional<Error> failure;
  auto footer = guarded(ErrorKind::kCorrupt, path, [&]() -> Result<std::shared_ptr<parquet::FileMetaData>> {
    return parquet::ParquetFileReader::Open(source_of(*file, bytes, failure))->metadata();
  });
  if (failure) return std::unexpected(*failure);
  return footer;
}

// Those of the first groups; null for none.
Result<std::shared_ptr<parquet::FileMetaData>> first_groups(const parquet::FileMetaData& footer, std::size_t groups) {
  if (groups == 0) return nullptr;
  std::vector<int> kept(groups);
  std::iota(kept.begin(), kept.end(), 0);
  return guarded(ErrorKind::kCorrupt, "the footer of a Parquet file",
                 [&]() -> Result<std::shared_ptr<parquet::FileMetaData>> { return footer.Subset(kept); });
}

}  // namespace

Result<Extension> extend_parquet(io::FileSystem& files, const std::string& path, const Rows& rows) {
  TRY(check_rows(rows));
  TRY_ASSIGN(const auto reader, ParquetReader::open(files, path, {}));
  if (reader->schema() != rows.schema) return fail(ErrorKind::kInvalid, path + " has another schema than the rows that are to join it");
  TRY_ASSIGN(const auto footer, footer_of(files, path));
  std::size_t kept = reader->groups();
  Rows joined(rows.schema);  // the rows of the last group and the new ones, where that group is encoded again
  if (kept > 0 && is_small(reader->group_rows(kept - 1), rows)) {
    reader->seek_group(--kept);
    Rows last;
    while (true) {
      TRY_ASSIGN(const bool any, reader->next(last));
      if (!any) break;
      joined.append(last, 0, last.size());
    }
    joined.append(rows, 0, rows.size());
    TRY(check_rows(joined));
  }
  const Rows& fresh = joined.size() == 0 ? rows : joined;
  TRY_ASSIGN(const auto before, first_groups(*footer, kept));
  Extension extension{.rows = reader->rows() + rows.size()};
  if (before == nullptr) {
    extension.tail = kParquetMagic;
  } else {
    TRY_ASSIGN(extension.kept_bytes,
               guarded(ErrorKind::kCorrupt, "the footer of a Parquet file", [&] { return end_of(*before, reader->file_bytes()); }));
  }
  TRY_ASSIGN(const auto encoder, RowGroupEncoder::make(rows.schema, extension.kept_bytes + extension.tail.size(), kept));
  for (std::size_t first = 0; first < fresh.size();) {
    const std::size_t count = row_group_length(fresh, first);
    TRY_ASSIGN(const std::string group, encoder->group(fresh, first, count));
    extension.tail += group;
    first += count;
  }
  TRY_ASSIGN(const std::string end, encoder->footer(reader->metadata(), before));
  extension.tail += end;
  return extension;
}

}  // namespace playhead::table
