#include "table/parquet_copy.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/schema.h>
#include <parquet/column_page.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/page_index.h>
#include <parquet/properties.h>
#include <parquet/size_statistics.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "table/parquet_arrow.h"
#include "table/parquet_groups.h"

namespace playhead::table {
namespace {

constexpr std::uint64_t kGroupBytesMax = std::uint64_t{1} << 30;
constexpr const char* kWhat = "a row group of a Parquet file";

using Chunk = parquet::ColumnChunkMetaData;

std::int64_t first_byte_of(const Chunk& chunk) {
  return chunk.has_dictionary_page() ? std::min(chunk.dictionary_page_offset(), chunk.data_page_offset()) : chunk.data_page_offset();
}

Result<std::string> bytes_at(io::File& file, std::uint64_t file_bytes, std::int64_t position, std::int64_t length) {
  const auto limit = static_cast<std::int64_t>(file_bytes);
  if (position < 0 || length < 0 || length > limit || position > limit - length)
    return fail(ErrorKind::kCorrupt, "the footer of a Parquet file points behind its end");
  std::string bytes;
  TRY(file.read_at(static_cast<std::uint64_t>(position), static_cast<std::size_t>(length), bytes));
  if (bytes.size() == static_cast<std::size_t>(length)) return bytes;
  return fail(ErrorKind::kCorrupt, "a Parquet file became shorter while it was read");
}

Result<std::string> index_at(io::File& file, std::uint64_t file_bytes, const std::optional<parquet::IndexLocation>& location) {
  if (!location) return std::string{};
  return bytes_at(file, file_bytes, location->offset, location->length);
}

// Calls visit(chunk, pages) for each column.
template <typename Visit>
void each_chunk(const EncodedGroup& group, Visit visit) {
  const auto metadata = group.footer->RowGroup(static_cast<int>(group.number));
  std::size_t at = 0;
  for (int i = 0; i < metadata->num_columns(); ++i) {
    const auto chunk = metadata->ColumnChunk(i);
    const auto length = static_cast<std::size_t>(chunk->total_compressed_size());
    visit(i, *chunk, std::string_view(group.pages).substr(at, length));
    at += length;
  }
}

struct FoundPages {
  std::map<std::pair<parquet::PageType::type, parquet::Encoding::type>, std::int64_t> by_encoding{};
  std::int64_t values = 0;

  bool operator==(const FoundPages&) const = default;
};

// Does a dictionary of texts hold as many as its header says?
bool is_whole(const parquet::DictionaryPage& page) {
  ByteReader texts({reinterpret_cast<const char*>(page.data()), static_cast<std::size_t>(page.size())});
  std::int32_t count = 0;
  for (; texts.ok() && texts.remaining() > 0; ++count) texts.text();
  return texts.ok() && count == page.num_values();
}

// Counts the page, and says whether its header is one that this program writes.
bool take_page(const parquet::Page& page, FoundPages& found) {
  if (page.type() == parquet::PageType::DICTIONARY_PAGE) {
    const auto& dictionary = static_cast<const parquet::DictionaryPage&>(page);
    ++found.by_encoding[{page.type(), dictionary.encoding()}];
    return is_whole(dictionary);
  }
  if (page.type() != parquet::PageType::DATA_PAGE) return false;
  const auto& data = static_cast<const parquet::DataPageV1&>(page);
  ++found.by_encoding[{page.type(), data.encoding()}];
  found.values += data.num_values();
  return data.definition_level_encoding() == parquet::Encoding::RLE && data.repetition_level_encoding() == parquet::Encoding::RLE;
}

// Unpacks every page, which compares its checksum and its length. A page's header has no checksum, so it is held against the footer.
Status check_chunk(const Chunk& chunk, std::string_view pages, const parquet::ColumnDescriptor& column) {
  parquet::ReaderProperties checked;
  checked.set_page_checksum_verification(true);
  const auto stream = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(pages));
  const auto reader = parquet::PageReader::Open(stream, chunk.num_values(), chunk.compression(), checked, column);
  FoundPages found;
  bool known = true;
  while (const auto page = reader->NextPage()) known = take_page(*page, found) && known;
  FoundPages expected{.values = chunk.num_values()};
  for (const auto& [type, encoding, count] : chunk.encoding_stats()) expected.by_encoding[{type, encoding}] += count;
  const auto end = stream->Tell();
  if (known && found == expected && end.ok() && *end == static_cast<std::int64_t>(pages.size())) return {};
  return fail(ErrorKind::kCorrupt, "the pages of column " + column.name() + " are not those that the footer tells of");
}

// All that a reader goes by, but for places.
std::string description_of(const Chunk& chunk) {
  ByteWriter text;
  text.number(static_cast<std::uint32_t>(chunk.compression()));
  for (const std::int64_t number : {chunk.num_values(), chunk.total_compressed_size(), chunk.total_uncompressed_size(),
                                    chunk.data_page_offset() - first_byte_of(chunk)}) {
    text.number(number);
  }
  const auto statistics = chunk.is_stats_set() ? chunk.encoded_statistics() : nullptr;
  if (statistics == nullptr) return std::move(text).take();
  text.number(statistics->has_null_count ? statistics->null_count : -1);
  for (const std::string& bound : {statistics->min(), statistics->max()}) text.text(bound);
  return std::move(text).take();
}

std::uint64_t checksum_of(const EncodedGroup& group) {
  Checksum sum;
  each_chunk(group, [&](int, const Chunk& chunk, std::string_view pages) {
    sum.add(description_of(chunk));
    sum.add(pages);
  });
  return sum.value();
}

// A file's footer with one row group in it.
class Mover {
 public:
  Mover(const EncodedGroup& group, std::uint64_t position)
      : group_(group),
        shift_(static_cast<std::int64_t>(position) - static_cast<std::int64_t>(group.position)),
        index_position_(static_cast<std::int64_t>(position + group.pages.size())) {}

  MovedGroup move(std::size_t groups_before, const Metadata& metadata) {
    const auto described = group_.footer->RowGroup(static_cast<int>(group_.number));
    const auto builder = parquet::FileMetaDataBuilder::Make(group_.footer->schema(), properties());
    auto* group = builder->AppendRowGroup();
    group->set_num_rows(described->num_rows());
    each_chunk(group_, [&](int, const Chunk& chunk, std::string_view) { describe(chunk, *group->NextColumnChunk()); });
    group->Finish(described->total_byte_size(), static_cast<std::int16_t>(groups_before));
    MovedGroup moved{.indexes = {}, .footer = nullptr};
    builder->SetIndexLocations(parquet::IndexKind::kColumnIndex, add_indexes(group_.column_indexes, moved.indexes));
    builder->SetIndexLocations(parquet::IndexKind::kOffsetIndex, add_indexes(moved_offset_indexes(), moved.indexes));
    const auto pairs = std::make_shared<arrow::KeyValueMetadata>();
    for (const auto& [key, value] : metadata) pairs->Append(key, value);
    moved.footer = builder->Finish(pairs);
    return moved;
  }

 private:
  std::shared_ptr<parquet::WriterProperties> properties() const {
    parquet::WriterProperties::Builder builder;
    builder.created_by(group_.footer->created_by());
    each_chunk(group_,
               [&](int, const Chunk& chunk, std::string_view) { builder.compression(chunk.path_in_schema(), chunk.compression()); });
    return builder.build();
  }

  void describe(const Chunk& chunk, parquet::ColumnChunkMetaDataBuilder& moved) const {
    if (chunk.is_stats_set()) {
      parquet::EncodedStatistics statistics = *chunk.encoded_statistics();
      statistics.set_is_signed(moved.descr()->sort_order() == parquet::SortOrder::SIGNED);
      moved.SetStatistics(statistics);
    }
    if (const auto sizes = chunk.size_statistics()) moved.SetSizeStatistics(*sizes);
    std::map<parquet::Encoding::type, std::int32_t> of_dictionary;
    std::map<parquet::Encoding::type, std::int32_t> of_data;
    for (const parquet::PageEncodingStats& pages : chunk.encoding_stats()) {
      (pages.page_type == parquet::PageType::DICTIONARY_PAGE ? of_dictionary : of_data)[pages.encoding] += pages.count;
    }
    const bool dictionary = chunk.has_dictionary_page();
    moved.Finish(chunk.num_values(), dictionary ? chunk.dictionary_page_offset() + shift_ : 0, -1, chunk.data_page_offset() + shift_,
                 chunk.total_compressed_size(), chunk.total_uncompressed_size(), dictionary, false, of_dictionary, of_data);
  }

  std::vector<std::string> moved_offset_indexes() const {
    std::vector<std::string> moved;
    for (const std::string& bytes : group_.offset_indexes) {
      moved.emplace_back();
      if (bytes.empty()) continue;
      const auto index =
          parquet::OffsetIndex::Make(bytes.data(), static_cast<std::int64_t>(bytes.size()), parquet::default_reader_properties());
      const auto builder = parquet::OffsetIndexBuilder::Make();
      const auto& sizes = index->unencoded_byte_array_data_bytes();
      for (std::size_t page = 0; page < index->page_locations().size(); ++page) {
        const auto& [offset, size, row] = index->page_locations()[page];
        builder->AddPage(offset + shift_, size, row, page < sizes.size() ? std::optional(sizes[page]) : std::nullopt);
      }
      builder->Finish(0);
      const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
      builder->WriteTo(sink.get());
      moved.back() = sink->Finish().ValueOrDie()->ToString();
    }
    return moved;
  }

  parquet::IndexLocations add_indexes(const std::vector<std::string>& indexes, std::string& bytes) {
    parquet::IndexLocations locations;
    for (std::size_t i = 0; i < indexes.size(); ++i) {
      if (indexes[i].empty()) continue;
      const auto length = static_cast<std::int32_t>(indexes[i].size());
      locations.emplace_back(parquet::ColumnChunkId{.row_group_index = 0, .column_index = static_cast<std::int32_t>(i)},
                             parquet::IndexLocation{.offset = index_position_, .length = length});
      bytes += indexes[i];
      index_position_ += length;
    }
    return locations;
  }

  const EncodedGroup& group_;
  std::int64_t shift_;           // of every byte of the group
  std::int64_t index_position_;  // of the next page index
};

}  // namespace

EncodedGroups::EncodedGroups(std::string path, std::unique_ptr<io::File> file, std::uint64_t file_bytes,
                             std::shared_ptr<parquet::FileMetaData> footer)
    : path_(std::move(path)), file_(std::move(file)), file_bytes_(file_bytes), footer_(std::move(footer)) {}
EncodedGroups::~EncodedGroups() = default;

Result<std::unique_ptr<EncodedGroups>> EncodedGroups::open(io::FileSystem& files, const std::string& path) {
  TRY_ASSIGN(auto file, files.open(path, io::Open::kRead));
  TRY_ASSIGN(const std::uint64_t bytes, file->size());
  std::optional<Error> failure;
  auto footer = guarded(ErrorKind::kCorrupt, path, [&]() -> Result<std::shared_ptr<parquet::FileMetaData>> {
    return parquet::ParquetFileReader::Open(source_of(*file, bytes, failure))->metadata();
  });
  if (failure) return std::unexpected(*failure);
  if (!footer) return std::unexpected(footer.error());
  auto groups = std::unique_ptr<EncodedGroups>(new EncodedGroups(path, std::move(file), bytes, std::move(*footer)));
  TRY(guarded(ErrorKind::kCorrupt, path, [&] { return groups->find_groups(); }));
  return groups;
}

Status EncodedGroups::find_groups() {
  const auto limit = static_cast<std::int64_t>(file_bytes_);
  for (int number = 0; number < footer_->num_row_groups(); ++number) {
    const auto group = footer_->RowGroup(number);
    if (group->num_rows() < 0) return fail(ErrorKind::kCorrupt, path_ + " has a row group of fewer than no rows");
    Extent& extent = extents_.emplace_back(Extent{.rows = static_cast<std::uint64_t>(group->num_rows())});
    std::int64_t begin = 0;
    std::int64_t end = 0;
    bool whole = group->num_columns() > 0;
    for (int i = 0; whole && i < group->num_columns(); ++i) {
      const auto chunk = group->ColumnChunk(i);
      const std::int64_t first = first_byte_of(*chunk);
      const std::int64_t length = chunk->total_compressed_size();
      if (i == 0) begin = end = first;
      whole = first == end && first >= 0 && first <= limit && length >= 0 && length <= limit - first &&
              chunk->num_values() == group->num_rows();
      if (whole) end += length;
    }
    if (!whole) continue;
    extent.position = static_cast<std::uint64_t>(begin);
    extent.bytes = static_cast<std::uint64_t>(end - begin);
  }
  return {};
}

Result<bool> EncodedGroups::can_be_copied(std::size_t group, const Schema& schema) const {
  return guarded(ErrorKind::kCorrupt, path_, [&]() -> Result<bool> {
    const std::uint64_t length = bytes(group);
    if (footer_->created_by() != kParquetCreatedBy || length == 0 || length > kGroupBytesMax) return false;
    std::shared_ptr<parquet::SchemaDescriptor> ours;
    const auto made = parquet::arrow::ToParquetSchema(arrow_schema(schema).get(), *parquet::default_writer_properties(), &ours);
    return made.ok() && ours->Equals(*footer_->schema());
  });
}

Result<EncodedGroup> EncodedGroups::read(std::size_t number) const {
  auto read = guarded(ErrorKind::kCorrupt, kWhat, [&]() -> Result<EncodedGroup> {
    const auto described = footer_->RowGroup(static_cast<int>(number));
    const auto& [rows, position, bytes] = extents_[number];
    if (bytes == 0) return fail(ErrorKind::kCorrupt, "its columns do not follow one another");
    EncodedGroup group{.footer = footer_, .number = number, .position = position, .rows = rows};
    TRY_ASSIGN(group.pages, bytes_at(*file_, file_bytes_, static_cast<std::int64_t>(position), static_cast<std::int64_t>(bytes)));
    for (int i = 0; i < described->num_columns(); ++i) {
      const auto chunk = described->ColumnChunk(i);
      TRY_ASSIGN(auto column_index, index_at(*file_, file_bytes_, chunk->GetColumnIndexLocation()));
      TRY_ASSIGN(auto offset_index, index_at(*file_, file_bytes_, chunk->GetOffsetIndexLocation()));
      group.column_indexes.push_back(std::move(column_index));
      group.offset_indexes.push_back(std::move(offset_index));
    }
    group.checksum = checksum_of(group);
    return group;
  });
  if (!read) return fail(read.error().kind, path_ + ": " + read.error().message);
  return read;
}

Status check_pages(const EncodedGroup& group) {
  return guarded(ErrorKind::kCorrupt, kWhat, [&]() -> Status {
    Status status;
    each_chunk(group, [&](int column, const Chunk& chunk, std::string_view pages) {
      if (status) status = check_chunk(chunk, pages, *group.footer->schema()->Column(column));
    });
    return status;
  });
}

Status append_groups(std::shared_ptr<parquet::FileMetaData>& before, const std::shared_ptr<parquet::FileMetaData>& next) {
  if (before == nullptr) {
    before = next;
    return {};
  }
  return guarded(ErrorKind::kInvalid, "row groups of other columns", [&]() -> Status {
    before->AppendRowGroups(*next);
    return {};
  });
}

Result<MovedGroup> moved(const EncodedGroup& group, std::uint64_t position, std::size_t groups_before, const Metadata& metadata) {
  return guarded(ErrorKind::kCorrupt, kWhat, [&]() -> Result<MovedGroup> { return Mover(group, position).move(groups_before, metadata); });
}

}  // namespace playhead::table
