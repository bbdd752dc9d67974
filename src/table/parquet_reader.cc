#include "table/parquet_reader.h"

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "table/parquet_arrow.h"

namespace playhead::table {
namespace {

constexpr std::int64_t kGroupRowsMax = std::int64_t{1} << 31;

template <typename Offset>
std::span<const std::uint32_t> offsets_of(const arrow::ArrayData& data) {
  static_assert(sizeof(Offset) == sizeof(std::uint32_t));
  return {reinterpret_cast<const std::uint32_t*>(data.GetValues<Offset>(1)), static_cast<std::size_t>(data.length) + 1};
}

void append_texts(const arrow::BinaryArray& texts, Values& into) {
  static constexpr std::string_view kNothing;
  if (texts.length() == 0) return;
  const char* bytes = texts.value_data() == nullptr ? kNothing.data() : reinterpret_cast<const char*>(texts.value_data()->data());
  if (texts.null_count() == 0) return into.add_texts(bytes, offsets_of<std::int32_t>(*texts.data()));
  for (std::int64_t row = 0; row < texts.length(); ++row) {
    if (texts.IsNull(row)) {
      into.add_null();
    } else {
      into.add_text(texts.GetView(row));
    }
  }
}

void append_ids(const arrow::FixedSizeBinaryArray& ids, Values& into) {
  const auto id_at = [&](std::int64_t row) { return std::string_view(reinterpret_cast<const char*>(ids.GetValue(row)), sizeof(Id)); };
  if (ids.length() == 0) return;
  if (ids.null_count() == 0) return into.add_ids({id_at(0).data(), static_cast<std::size_t>(ids.length()) * sizeof(Id)});
  for (std::int64_t row = 0; row < ids.length(); ++row) {
    if (ids.IsNull(row)) {
      into.add_null();
    } else {
      into.add_ids(id_at(row));
    }
  }
}

void append_numbers(const arrow::Array& array, Values& into) {
  const auto* numbers = array.data()->GetValues<std::int64_t>(1);  // a double's bits, too
  if (array.null_count() == 0) return into.add_numbers({numbers, static_cast<std::size_t>(array.length())});
  for (std::int64_t row = 0; row < array.length(); ++row) {
    if (array.IsNull(row)) {
      into.add_null();
    } else {
      into.add_numbers({numbers + row, 1});
    }
  }
}

void append_flags(const arrow::BooleanArray& flags, Values& into) {
  for (std::int64_t row = 0; row < flags.length(); ++row) {
    if (flags.IsNull(row)) {
      into.add_null();
    } else {
      into.add_number(flags.Value(row) ? 1 : 0);
    }
  }
}

void append_array(const arrow::Array& array, Values& into) {
  switch (into.type()) {
    case ColumnType::kText:
    case ColumnType::kBytes: return append_texts(static_cast<const arrow::BinaryArray&>(array), into);
    case ColumnType::kId: return append_ids(static_cast<const arrow::FixedSizeBinaryArray&>(array), into);
    case ColumnType::kFlag: return append_flags(static_cast<const arrow::BooleanArray&>(array), into);
    default: return append_numbers(array, into);
  }
}

// What the footer says of a column chunk; nothing of it is believed but that there is no value to read.
bool all_null(const parquet::RowGroupMetaData& group, int column) {
  if (group.schema()->Column(column)->max_definition_level() == 0) return false;
  const auto chunk = group.ColumnChunk(column);
  if (chunk->num_values() != group.num_rows() || !chunk->is_stats_set()) return false;
  const auto statistics = chunk->statistics();
  return statistics != nullptr && statistics->HasNullCount() && statistics->null_count() == group.num_rows();
}

}  // namespace

class ParquetReader::Source {
 public:
  static Result<std::unique_ptr<Source>> open(std::unique_ptr<io::File> file, const Options& options) {
    auto source = std::make_unique<Source>();
    TRY_ASSIGN(const std::uint64_t bytes, file->size());
    source->file_ = std::move(file);
    TRY(source->begin(source_of(*source->file_, bytes, source->failure_), options));
    return source;
  }
  static Result<std::unique_ptr<Source>> open(std::string_view bytes, const Options& options) {
    auto source = std::make_unique<Source>();
    TRY(source->begin(source_of(bytes), options));
    return source;
  }

  const Schema& schema() const { return schema_; }
  const Metadata& metadata() const { return metadata_; }
  std::uint64_t rows() const { return static_cast<std::uint64_t>(footer_->num_rows()); }
  std::uint64_t file_bytes() const { return file_bytes_; }
  std::size_t groups() const { return static_cast<std::size_t>(footer_->num_row_groups()); }
  std::uint64_t group_rows(std::size_t group) const {
    return static_cast<std::uint64_t>(footer_->RowGroup(static_cast<int>(group))->num_rows());
  }

  void seek_group(std::size_t group) {
    batches_.reset();
    rest_ = 0;
    next_group_ = static_cast<int>(group);
  }

  Result<bool> next(Rows& rows) {
    if (rows.schema != schema_) rows = Rows(schema_);
    rows.clear();
    while (rest_ == 0) {
      if (next_group_ == footer_->num_row_groups()) return false;
      TRY(try_to("a row group of a Parquet file", [&] { return begin_group(next_group_++); }));
    }
    TRY(try_to("the rows of a Parquet file", [&] { return read_batch(rows); }));
    const Status checked = check_rows(rows);
    if (!checked) return fail(ErrorKind::kCorrupt, checked.error().message);
    return true;
  }

 private:
  // What the file fails with goes before what the library makes of it.
  template <typename Work>
  Status try_to(const std::string& what, Work work) {
    Status done = guarded(ErrorKind::kCorrupt, what, work);
    if (!done && failure_) return std::unexpected(*failure_);
    return done;
  }

  Status begin(std::shared_ptr<arrow::io::RandomAccessFile> bytes, const Options& options) {
    return try_to("not a Parquet file that can be read", [&] { return begin_reading(std::move(bytes), options); });
  }

  Status begin_reading(std::shared_ptr<arrow::io::RandomAccessFile> bytes, const Options& options) {
    const auto size = bytes->GetSize();
    if (!size.ok()) return fail_as(size.status(), ErrorKind::kIo, "the size of a Parquet file");
    file_bytes_ = static_cast<std::uint64_t>(*size);
    parquet::ReaderProperties checked;
    checked.set_page_checksum_verification(true);
    parquet::ArrowReaderProperties properties;
    properties.set_pre_buffer(false);  // it would read from other threads
    properties.set_batch_size(static_cast<std::int64_t>(std::max<std::size_t>(1, options.batch_rows)));
    auto opened = parquet::arrow::FileReader::Make(arrow::default_memory_pool(),
                                                   parquet::ParquetFileReader::Open(std::move(bytes), checked), properties);
    if (!opened.ok()) return fail_as(opened.status(), ErrorKind::kCorrupt, "not a Parquet file that can be read");
    reader_ = *std::move(opened);
    batch_rows_ = std::max<std::size_t>(1, options.batch_rows);
    footer_ = reader_->parquet_reader()->metadata();
    if (footer_->is_encryption_algorithm_set()) return fail(ErrorKind::kInvalid, "the Parquet file is encrypted");
    if (footer_->num_rows() < 0) return fail(ErrorKind::kCorrupt, "a Parquet file says that it has fewer than no rows");
    metadata_ = metadata_of(footer_->key_value_metadata().get());
    std::shared_ptr<arrow::Schema> schema;
    if (const auto status = reader_->GetSchema(&schema); !status.ok())
      return fail_as(status, ErrorKind::kCorrupt, "the schema of a Parquet file");
    TRY_ASSIGN(Schema all, schema_of(*schema));
    if (all.size() != static_cast<std::size_t>(footer_->num_columns()))
      return fail(ErrorKind::kCorrupt, "the columns of a Parquet file contradict each other");
    return choose(std::move(all), options.columns);
  }

  Status choose(Schema all, const std::vector<std::string>& wanted) {
    if (wanted.empty()) {
      schema_ = std::move(all);
      for (int i = 0; i < static_cast<int>(schema_.size()); ++i) columns_.push_back(i);
    }
    for (const std::string& name : wanted) {
      const auto found = std::ranges::find(all, name, &ColumnSpec::name);
      if (found == all.end()) return fail(ErrorKind::kInvalid, "the file has no column " + name);
      schema_.push_back(*found);
      columns_.push_back(static_cast<int>(found - all.begin()));
    }
    return {};
  }

  Status begin_group(int index) {
    const auto group = footer_->RowGroup(index);
    if (group->num_rows() < 0 || group->num_rows() > kGroupRowsMax)
      return fail(ErrorKind::kCorrupt,
                  "row group " + std::to_string(index) + " says that it has " + std::to_string(group->num_rows()) + " rows");
    rest_ = static_cast<std::size_t>(group->num_rows());
    filled_.clear();
    std::ranges::copy_if(columns_, std::back_inserter(filled_), [&](int column) { return !all_null(*group, column); });
    std::ranges::sort(filled_);
    batches_.reset();
    if (filled_.empty()) return {};
    auto batches = reader_->GetRecordBatchReader({index}, filled_);
    if (!batches.ok()) return fail_as(batches.status(), ErrorKind::kCorrupt, "a row group of a Parquet file");
    batches_ = *std::move(batches);
    return {};
  }

  Status read_batch(Rows& rows) {
    std::shared_ptr<arrow::RecordBatch> batch;
    std::size_t count = std::min(rest_, batch_rows_);
    if (batches_ != nullptr) {
      auto read = batches_->Next();
      if (!read.ok()) return fail_as(read.status(), ErrorKind::kCorrupt, "the rows of a Parquet file");
      batch = *std::move(read);
      if (batch == nullptr || batch->num_rows() == 0 || static_cast<std::size_t>(batch->num_rows()) > rest_)
        return fail(ErrorKind::kCorrupt, "a row group of a Parquet file has another number of rows than it says");
      count = static_cast<std::size_t>(batch->num_rows());
    }
    rest_ -= count;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const auto place = std::ranges::lower_bound(filled_, columns_[i]);
      if (place == filled_.end() || *place != columns_[i]) {
        rows.columns[i].add_nulls(count);
      } else {
        append_array(*batch->column(static_cast<int>(place - filled_.begin())), rows.columns[i]);
      }
    }
    return {};
  }

  std::optional<Error> failure_{};
  std::unique_ptr<io::File> file_{};  // what reader_ reads, unless it reads bytes
  std::unique_ptr<parquet::arrow::FileReader> reader_{};
  std::shared_ptr<parquet::FileMetaData> footer_{};
  Schema schema_{};
  Metadata metadata_{};
  std::uint64_t file_bytes_ = 0;
  std::size_t batch_rows_ = 0;
  std::vector<int> columns_{};  // of the file, one for each of schema_
  int next_group_ = 0;
  std::vector<int> filled_{};  // those of columns_ with a value in this row group, in order
  std::unique_ptr<arrow::RecordBatchReader> batches_{};
  std::size_t rest_ = 0;  // rows of this row group that are still to be read
};

ParquetReader::ParquetReader(std::string name, std::unique_ptr<Source> source) : name_(std::move(name)), source_(std::move(source)) {}
ParquetReader::~ParquetReader() = default;

Result<std::unique_ptr<ParquetReader>> ParquetReader::open(io::FileSystem& files, const std::string& path, Options options) {
  TRY_ASSIGN(auto file, files.open(path, io::Open::kRead));
  auto source = Source::open(std::move(file), options);
  if (!source) return fail(source.error().kind, path + ": " + source.error().message);
  return std::unique_ptr<ParquetReader>(new ParquetReader(path, std::move(*source)));
}

Result<std::unique_ptr<ParquetReader>> ParquetReader::open(std::string_view bytes, Options options) {
  TRY_ASSIGN(auto source, Source::open(bytes, options));
  return std::unique_ptr<ParquetReader>(new ParquetReader("Parquet in memory", std::move(source)));
}

const Schema& ParquetReader::schema() const { return source_->schema(); }
const Metadata& ParquetReader::metadata() const { return source_->metadata(); }
std::uint64_t ParquetReader::rows() const { return source_->rows(); }
std::uint64_t ParquetReader::file_bytes() const { return source_->file_bytes(); }
std::size_t ParquetReader::groups() const { return source_->groups(); }
std::uint64_t ParquetReader::group_rows(std::size_t group) const { return source_->group_rows(group); }
void ParquetReader::seek_group(std::size_t group) { source_->seek_group(group); }

Result<bool> ParquetReader::next(Rows& rows) {
  auto any = source_->next(rows);
  if (!any) return fail(any.error().kind, name_ + ": " + any.error().message);
  return any;
}

}  // namespace playhead::table
