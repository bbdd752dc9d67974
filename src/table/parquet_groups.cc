#include "table/parquet_groups.h"

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/schema.h>
#include <parquet/column_page.h>
#include <parquet/column_writer.h>
#include <parquet/file_writer.h>
#include <parquet/metadata.h>
#include <parquet/page_index.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "base/bytes.h"
#include "table/parquet_arrow.h"

namespace playhead::table {
namespace {

constexpr int kZstdLevel = 1;
constexpr std::size_t kCompressedRowsMin = 1024;
constexpr std::uint64_t kCompressedBytesMin = 16384;
constexpr std::size_t kGroupsMax = std::numeric_limits<std::int16_t>::max();

// Rows of a column, as they lie in what the caller has.
struct Part {
  const Values& values;
  std::size_t first;
  std::size_t count;

  bool any_value() const {
    if (values.nulls() == 0 || values.nulls() == values.size()) return values.nulls() == 0 && count > 0;
    std::size_t row = first;
    while (row < first + count && values.is_null(row)) ++row;
    return row < first + count;
  }
  std::uint64_t text_bytes() const {
    return values.offsets().size() > first + count ? values.offsets()[first + count] - values.offsets()[first] : 0;
  }
};

// A compressor costs more to make than it saves on little, and on the one page of a column without values.
bool is_compressed(const Part& part) {
  if (part.values.type() == ColumnType::kId || !part.any_value()) return false;
  return part.count >= kCompressedRowsMin || part.text_bytes() >= kCompressedBytesMin;
}

// They stay the same for all row groups of a file, and are chosen by the first.
std::shared_ptr<parquet::WriterProperties> properties_for(const Rows& rows, std::size_t first, std::size_t count) {
  parquet::WriterProperties::Builder builder;
  builder.created_by(std::string(kParquetCreatedBy))->disable_dictionary()->enable_page_checksum();
  builder.max_row_group_length(static_cast<std::int64_t>(kRowGroupRows))->enable_statistics()->enable_write_page_index();
  for (std::size_t i = 0; i < rows.schema.size(); ++i) {
    const auto& [name, type, nullable] = rows.schema[i];
    if (type == ColumnType::kText) builder.enable_dictionary(name);
    if (type == ColumnType::kTimestamp || type == ColumnType::kInteger) builder.encoding(name, parquet::Encoding::DELTA_BINARY_PACKED);
    if (is_compressed({rows.columns[i], first, count})) {
      builder.compression(name, arrow::Compression::ZSTD)->compression_level(name, kZstdLevel);
    }
    // Ids are random bytes: nothing to compress, and no range that a query could use.
    if (type == ColumnType::kId || type == ColumnType::kBytes) builder.disable_statistics(name)->disable_write_page_index(name);
  }
  return builder.build();
}

// Takes the bytes that the library writes, which believes that it writes a file.
class Sink final : public arrow::io::OutputStream {
 public:
  explicit Sink(std::uint64_t position) : position_(position) {}

  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }
  arrow::Result<std::int64_t> Tell() const override { return static_cast<std::int64_t>(position_ + bytes_.size()); }
  arrow::Status Write(const void* data, std::int64_t length) override {
    bytes_.append(static_cast<const char*>(data), static_cast<std::size_t>(length));
    return arrow::Status::OK();
  }
  using arrow::io::OutputStream::Write;

  std::string take() {
    position_ += bytes_.size();
    return std::exchange(bytes_, {});
  }

 private:
  std::uint64_t position_;
  std::string bytes_{};
};

std::shared_ptr<arrow::Buffer> lent(const void* bytes, std::size_t count) {
  return std::make_shared<arrow::Buffer>(static_cast<const std::uint8_t*>(bytes), static_cast<std::int64_t>(count));
}

template <typename Value>
std::shared_ptr<arrow::Buffer> lent(std::span<const Value> values) {
  return lent(values.data(), values.size_bytes());
}

std::shared_ptr<arrow::Buffer> bits_of(std::span<const std::int64_t> flags) {
  std::string bits((flags.size() + 7) / 8, '\0');
  for (std::size_t row = 0; row < flags.size(); ++row) {
    if (flags[row] != 0) bits[row / 8] = static_cast<char>(static_cast<unsigned char>(bits[row / 8]) | (1u << (row % 8)));
  }
  return arrow::Buffer::FromString(std::move(bits));
}

// The values are lent, not copied: the array must not outlive the column.
std::shared_ptr<arrow::Array> array_of(const Part& part) {
  const Values& values = part.values;
  const auto present = values.present().empty() ? nullptr : lent(values.present());
  std::vector<std::shared_ptr<arrow::Buffer>> buffers;
  buffers.reserve(3);
  buffers.push_back(present);
  switch (values.type()) {
    case ColumnType::kText:
    case ColumnType::kBytes: buffers.push_back(lent(values.offsets())); [[fallthrough]];
    case ColumnType::kId: buffers.push_back(lent(values.text_bytes().data(), values.text_bytes().size())); break;
    case ColumnType::kFlag: buffers.push_back(bits_of(values.numbers())); break;
    default: buffers.push_back(lent(values.numbers()));
  }
  const std::int64_t nulls = present == nullptr ? 0 : arrow::kUnknownNullCount;
  return arrow::MakeArray(arrow::ArrayData::Make(arrow_type(values.type()), static_cast<std::int64_t>(part.count), std::move(buffers),
                                                 nulls, static_cast<std::int64_t>(part.first)));
}

// Is it one text in each of these rows? Wide tables have such columns, as the topic that rows came from.
bool is_one_text(const Values& values, std::size_t first, std::size_t count) {
  if (values.type() != ColumnType::kText || values.nulls() != 0) return false;
  const auto ends = values.offsets().subspan(first, count + 1);
  const std::size_t length = ends[1] - ends[0];
  const char* const bytes = values.text_bytes().data();
  if (ends[count] - ends[0] != count * length) return false;
  for (std::size_t row = 1; row < count; ++row) {
    if (ends[row] - ends[0] != row * length || std::memcmp(bytes + ends[row], bytes + ends[0], length) != 0) return false;
  }
  return true;
}

// The same array as array_of() for such rows, as a dictionary of one text: no row is looked up to be encoded.
std::shared_ptr<arrow::Array> array_of_one_text(const Values& values, std::size_t first, std::size_t count) {
  const auto type = arrow::dictionary(arrow::int8(), arrow_type(values.type()));
  const auto indices = arrow::Buffer::FromString(std::string(count, '\0'));
  const auto data = arrow::ArrayData::Make(type, static_cast<std::int64_t>(count), {nullptr, indices}, 0);
  data->dictionary = array_of({values, first, 1})->data();
  return arrow::MakeArray(data);
}

// The definition levels of a page of which every row is null: one run of zeros, behind its length.
std::shared_ptr<arrow::Buffer> levels_of_nulls(std::size_t rows) {
  std::string run;
  for (std::uint64_t rest = std::uint64_t{rows} << 1; true; rest >>= 7) {
    run.push_back(static_cast<char>(rest < 128 ? rest : (rest & 127) | 128));
    if (rest < 128) break;
  }
  run.push_back(0);
  ByteWriter page;
  page.text(run);
  return arrow::Buffer::FromString(std::move(page).take());
}

}  // namespace

std::size_t row_group_length(const Rows& rows, std::size_t first) {
  const auto bytes_to = [&](std::size_t end) {
    std::uint64_t bytes = 0;
    for (const Values& column : rows.columns) {
      if (column.offsets().size() > end) bytes += column.offsets()[end] - column.offsets()[first];
    }
    return bytes;
  };
  std::size_t fits = std::min(first + 1, rows.size());
  std::size_t end = std::min(first + kRowGroupRows, rows.size());
  if (fits >= end || bytes_to(end) <= kRowGroupBytesMax) return end - first;
  while (fits + 1 < end) {
    const std::size_t middle = fits + (end - fits) / 2;
    (bytes_to(middle) <= kRowGroupBytesMax ? fits : end) = middle;
  }
  return fits - first;
}

class RowGroupEncoder::Encoding {
 public:
  Encoding(Schema schema, std::uint64_t position, std::size_t groups_before)
      : schema_(std::move(schema)),
        sink_(std::make_shared<Sink>(position)),
        groups_before_(groups_before),
        arrow_properties_(parquet::default_arrow_writer_properties()),
        context_(arrow::default_memory_pool(), arrow_properties_.get()) {}

  arrow::Status begin() {
    return parquet::arrow::ToParquetSchema(arrow_schema(schema_).get(), *parquet::default_writer_properties(), &descriptor_);
  }

  const Schema& schema() const { return schema_; }
  std::size_t groups() const { return groups_before_ + groups_; }

  arrow::Result<std::string> group(const Rows& rows, std::size_t first, std::size_t count) {
    if (builder_ == nullptr) begin_file(rows, first, count);
    auto* group = builder_->AppendRowGroup();
    group->set_num_rows(static_cast<std::int64_t>(count));
    const auto index = parquet::PageIndexBuilder::Make(descriptor_.get());
    index->AppendRowGroup();
    std::int64_t bytes = 0;
    for (int i = 0; i < descriptor_->num_columns(); ++i) {
      auto* chunk = group->NextColumnChunk();
      auto pages = pages_of(i, *chunk, *index);
      const Part part{rows.columns[static_cast<std::size_t>(i)], first, count};
      if (part.any_value()) {
        const auto writer = parquet::ColumnWriter::Make(chunk, std::move(pages), properties_.get());
        ARROW_RETURN_NOT_OK(write_values(*writer, part));
        bytes += writer->Close();
      } else {
        bytes += write_nulls(*chunk, *pages, count);
      }
    }
    group->Finish(bytes, static_cast<std::int16_t>(groups()));
    index->Finish();
    remember(index->WriteTo(sink_.get()));
    ++groups_;
    return sink_->take();
  }

  std::string footer(const Metadata& metadata, std::shared_ptr<parquet::FileMetaData> kept) {
    const auto own = described(metadata);
    if (kept != nullptr) kept->AppendRowGroups(*own);
    parquet::WriteFileMetaData(kept != nullptr ? *kept : *own, sink_.get());
    return sink_->take();
  }

  std::shared_ptr<parquet::FileMetaData> described(const Metadata& metadata) {
    if (builder_ == nullptr) begin_file(Rows(schema_), 0, 0);
    builder_->SetIndexLocations(parquet::IndexKind::kColumnIndex, column_indexes_);
    builder_->SetIndexLocations(parquet::IndexKind::kOffsetIndex, offset_indexes_);
    const auto pairs = std::make_shared<arrow::KeyValueMetadata>();
    for (const auto& [key, value] : metadata) pairs->Append(key, value);
    return builder_->Finish(pairs);
  }

 private:
  void begin_file(const Rows& rows, std::size_t first, std::size_t count) {
    properties_ = properties_for(rows, first, count);
    builder_ = parquet::FileMetaDataBuilder::Make(descriptor_.get(), properties_);
  }

  std::unique_ptr<parquet::PageWriter> pages_of(int column, parquet::ColumnChunkMetaDataBuilder& chunk, parquet::PageIndexBuilder& index) {
    const auto& path = descriptor_->Column(column)->path();
    const bool indexed = properties_->page_index_enabled(path);
    const auto options = properties_->column_properties(path).codec_options();
    return parquet::PageWriter::Open(sink_, properties_->compression(path), &chunk, static_cast<std::int16_t>(groups()),
                                     static_cast<std::int16_t>(column), arrow::default_memory_pool(), false, nullptr, nullptr,
                                     properties_->page_checksum_enabled(), indexed ? index.GetColumnIndexBuilder(column) : nullptr,
                                     indexed ? index.GetOffsetIndexBuilder(column) : nullptr, options ? *options : parquet::CodecOptions{});
  }

  arrow::Status write_values(parquet::ColumnWriter& writer, const Part& part) {
    const auto& [values, first, count] = part;
    const bool nullable = writer.descr()->max_definition_level() > 0;
    levels_.assign(nullable ? count : 0, 1);
    if (nullable && values.nulls() != 0) {
      for (std::size_t row = 0; row < count; ++row) levels_[row] = values.is_null(first + row) ? 0 : 1;
    }
    const auto array = is_one_text(values, first, count) ? array_of_one_text(values, first, count) : array_of(part);
    return writer.WriteArrow(nullable ? levels_.data() : nullptr, nullptr, array->length(), *array, &context_, nullable);
  }

  std::int64_t write_nulls(parquet::ColumnChunkMetaDataBuilder& chunk, parquet::PageWriter& pages, std::size_t count) {
    parquet::EncodedStatistics statistics;
    if (properties_->statistics_enabled(chunk.descr()->path())) {
      statistics.null_count = static_cast<std::int64_t>(count);
      statistics.has_null_count = true;
      statistics.all_null_value = true;
      chunk.SetStatistics(statistics);
    }
    std::shared_ptr<arrow::Buffer> levels = levels_of_nulls(count);
    const std::int64_t length = levels->size();
    if (pages.has_compressor()) {
      auto compressed = arrow::AllocateResizableBuffer(0).ValueOrDie();
      pages.Compress(*levels, compressed.get());
      levels = std::move(compressed);
    }
    const std::int64_t bytes =
        pages.WriteDataPage(parquet::DataPageV1(levels, static_cast<std::int32_t>(count), parquet::Encoding::PLAIN, parquet::Encoding::RLE,
                                                parquet::Encoding::RLE, length, statistics, 0));
    pages.Close(false, false);
    return bytes;
  }

  void remember(const parquet::PageIndexBuilder::WriteResult& written) {
    for (auto [column, location] : written.column_index_locations) {
      column.row_group_index = static_cast<std::int32_t>(groups_);
      column_indexes_.emplace_back(column, location);
    }
    for (auto [column, location] : written.offset_index_locations) {
      column.row_group_index = static_cast<std::int32_t>(groups_);
      offset_indexes_.emplace_back(column, location);
    }
  }

  Schema schema_;
  std::shared_ptr<parquet::SchemaDescriptor> descriptor_{};
  std::shared_ptr<parquet::WriterProperties> properties_{};
  std::unique_ptr<parquet::FileMetaDataBuilder> builder_{};  // null before the first row group
  std::shared_ptr<Sink> sink_;
  std::size_t groups_before_;
  std::size_t groups_ = 0;
  parquet::IndexLocations column_indexes_{};
  parquet::IndexLocations offset_indexes_{};
  std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties_;
  parquet::ArrowWriteContext context_;
  std::vector<std::int16_t> levels_{};  // of the column being written: 0 for a null, 1 for a value
};

RowGroupEncoder::RowGroupEncoder(std::unique_ptr<Encoding> encoding) : encoding_(std::move(encoding)) {}
RowGroupEncoder::~RowGroupEncoder() = default;

Result<std::unique_ptr<RowGroupEncoder>> RowGroupEncoder::make(Schema schema, std::uint64_t position, std::size_t groups_before) {
  TRY(check_schema(schema));
  return guarded(ErrorKind::kInvalid, "writing Parquet", [&]() -> Result<std::unique_ptr<RowGroupEncoder>> {
    auto encoding = std::make_unique<Encoding>(std::move(schema), position, groups_before);
    if (const auto begun = encoding->begin(); !begun.ok()) return fail_as(begun, ErrorKind::kInvalid, "the schema of a Parquet file");
    return std::unique_ptr<RowGroupEncoder>(new RowGroupEncoder(std::move(encoding)));
  });
}

Result<std::string> RowGroupEncoder::group(const Rows& rows, std::size_t first, std::size_t count) {
  if (rows.schema != encoding_->schema()) return fail(ErrorKind::kInvalid, "the rows have another schema than their file");
  if (encoding_->groups() == kGroupsMax) return fail(ErrorKind::kLimit, "a Parquet file has room for 32767 row groups");
  return guarded(ErrorKind::kInvalid, "writing Parquet", [&]() -> Result<std::string> {
    auto bytes = encoding_->group(rows, first, count);
    if (!bytes.ok()) return fail_as(bytes.status(), ErrorKind::kInvalid, "writing Parquet");
    return *std::move(bytes);
  });
}

Result<std::shared_ptr<parquet::FileMetaData>> RowGroupEncoder::described(const Metadata& metadata) {
  TRY(check_metadata(metadata));
  return guarded(ErrorKind::kInvalid, "the footer of a Parquet file",
                 [&]() -> Result<std::shared_ptr<parquet::FileMetaData>> { return encoding_->described(metadata); });
}

Result<std::string> RowGroupEncoder::footer(const Metadata& metadata, std::shared_ptr<parquet::FileMetaData> kept) {
  TRY(check_metadata(metadata));
  return guarded(ErrorKind::kInvalid, "the footer of a Parquet file",
                 [&]() -> Result<std::string> { return encoding_->footer(metadata, std::move(kept)); });
}

}  // namespace playhead::table
