#include "table/parquet.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/util/key_value_metadata.h>
#include <arrow/util/utf8.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>
#include <parquet/properties.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <set>

namespace playhead::table {
namespace {

constexpr std::int64_t kRowGroupRows = 131072;
constexpr int kZstdLevel = 3;
// In the form that other readers parse. It holds no version of the program, so that an upgrade does not change a replayed file.
constexpr const char* kCreatedBy = "playhead version 1.0.0 (build parquet)";
constexpr std::string_view kReservedKeys = "ARROW:";

ErrorKind kind_of(const arrow::Status& status, ErrorKind otherwise) {
  return status.IsOutOfMemory() || status.IsCapacityError() ? ErrorKind::kLimit : otherwise;
}

std::unexpected<Error> fail_as(const arrow::Status& status, ErrorKind otherwise, const std::string& what) {
  return fail(kind_of(status, otherwise), what + ": " + status.message());
}

// Arrow's Result and Status to ours; the library also throws where its own layers meet.
template <typename Work>
auto guarded(ErrorKind otherwise, const std::string& what, Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception& exception) {
    return fail(otherwise, what + ": " + exception.what());
  }
}

bool is_utf8(std::string_view text) {
  return arrow::util::ValidateUTF8(reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<std::int64_t>(text.size()));
}

std::shared_ptr<arrow::DataType> arrow_type(ColumnType type) {
  switch (type) {
    case ColumnType::kTimestamp: return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case ColumnType::kText: return arrow::utf8();
    case ColumnType::kInteger: return arrow::int64();
    case ColumnType::kFlag: return arrow::boolean();
  }
  return arrow::null();
}

// What a column's values must keep to, beyond their C++ type.
Status check_values(const Column& column) {
  if (column.type == ColumnType::kText) {
    if (!column.numbers.empty()) return fail(ErrorKind::kInvalid, "column " + column.name + " holds texts and numbers");
    const auto wrong = std::ranges::find_if_not(column.texts, is_utf8);
    if (wrong == column.texts.end()) return {};
    return fail(ErrorKind::kInvalid,
                "column " + column.name + ", row " + std::to_string(wrong - column.texts.begin()) + ": the text is not UTF-8");
  }
  if (!column.texts.empty()) return fail(ErrorKind::kInvalid, "column " + column.name + " holds numbers and texts");
  if (column.type != ColumnType::kFlag) return {};
  const bool flags = std::ranges::all_of(column.numbers, [](std::int64_t number) { return number == 0 || number == 1; });
  return flags ? Status{} : fail(ErrorKind::kInvalid, "column " + column.name + ": a flag is 0 or 1");
}

Status check_rows(const Rows& rows) {
  if (rows.columns.empty()) return fail(ErrorKind::kInvalid, "a Parquet file needs at least one column");
  std::set<std::string_view> names;
  for (const Column& column : rows.columns) {
    if (column.name.empty() || !is_utf8(column.name)) return fail(ErrorKind::kInvalid, "a column name is empty or not UTF-8");
    if (!names.insert(column.name).second) return fail(ErrorKind::kInvalid, "two columns have the name " + column.name);
    if (column.size() != rows.size())
      return fail(ErrorKind::kInvalid, "column " + column.name + " has another number of rows than the first");
    TRY(check_values(column));
  }
  return {};
}

Status check_metadata(const Metadata& metadata) {
  std::set<std::string_view> keys;
  for (const auto& [key, value] : metadata) {
    if (key.empty() || !is_utf8(key) || !is_utf8(value))
      return fail(ErrorKind::kInvalid, "metadata key '" + key + "' is empty or not UTF-8");
    if (key.starts_with(kReservedKeys)) return fail(ErrorKind::kInvalid, "metadata key " + key + " is reserved");
    if (!keys.insert(key).second) return fail(ErrorKind::kInvalid, "two metadata values have the key " + key);
  }
  return {};
}

arrow::Result<std::shared_ptr<arrow::Array>> text_array(const Column& column, std::size_t first, std::size_t count) {
  arrow::StringBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<std::int64_t>(count)));
  for (std::size_t row = first; row < first + count; ++row) ARROW_RETURN_NOT_OK(builder.Append(column.texts[row]));
  return builder.Finish();
}

arrow::Result<std::shared_ptr<arrow::Array>> flag_array(const Column& column, std::size_t first, std::size_t count) {
  arrow::BooleanBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<std::int64_t>(count)));
  for (std::size_t row = first; row < first + count; ++row) builder.UnsafeAppend(column.numbers[row] != 0);
  return builder.Finish();
}

// The numbers are lent, not copied: the array must not outlive the column.
std::shared_ptr<arrow::Array> number_array(const Column& column, std::size_t first, std::size_t count) {
  auto buffer = std::make_shared<arrow::Buffer>(reinterpret_cast<const std::uint8_t*>(column.numbers.data() + first),
                                                static_cast<std::int64_t>(count * sizeof(std::int64_t)));
  return arrow::MakeArray(
      arrow::ArrayData::Make(arrow_type(column.type), static_cast<std::int64_t>(count), {nullptr, std::move(buffer)}, 0));
}

arrow::Result<std::shared_ptr<arrow::Array>> array_of(const Column& column, std::size_t first, std::size_t count) {
  if (column.type == ColumnType::kText) return text_array(column, first, count);
  if (column.type == ColumnType::kFlag) return flag_array(column, first, count);
  return number_array(column, first, count);
}

// One chunk for each row group, so that a long column of texts keeps within Arrow's 32-bit offsets.
arrow::Result<std::shared_ptr<arrow::ChunkedArray>> chunks_of(const Column& column) {
  arrow::ArrayVector chunks;
  for (std::size_t first = 0; first < column.size(); first += kRowGroupRows) {
    const std::size_t count = std::min<std::size_t>(kRowGroupRows, column.size() - first);
    ARROW_ASSIGN_OR_RAISE(auto chunk, array_of(column, first, count));
    chunks.push_back(std::move(chunk));
  }
  return arrow::ChunkedArray::Make(std::move(chunks), arrow_type(column.type));
}

arrow::Result<std::shared_ptr<arrow::Table>> arrow_table(const Rows& rows) {
  arrow::FieldVector fields;
  arrow::ChunkedArrayVector columns;
  for (const Column& column : rows.columns) {
    auto identity = arrow::key_value_metadata({"PARQUET:field_id"}, {std::to_string(fields.size() + 1)});
    fields.push_back(arrow::field(column.name, arrow_type(column.type), false, std::move(identity)));
    ARROW_ASSIGN_OR_RAISE(auto chunks, chunks_of(column));
    columns.push_back(std::move(chunks));
  }
  return arrow::Table::Make(arrow::schema(std::move(fields)), std::move(columns), static_cast<std::int64_t>(rows.size()));
}

std::shared_ptr<parquet::WriterProperties> properties_for(const Rows& rows) {
  parquet::WriterProperties::Builder builder;
  builder.created_by(kCreatedBy)->compression(arrow::Compression::ZSTD)->compression_level(kZstdLevel)->disable_dictionary();
  builder.max_row_group_length(kRowGroupRows)->enable_statistics()->enable_write_page_index();
  for (const Column& column : rows.columns) {
    if (column.type == ColumnType::kText) builder.enable_dictionary(column.name);
  }
  return builder.build();
}

arrow::Result<std::string> parquet_bytes(const Rows& rows, const Metadata& metadata) {
  ARROW_ASSIGN_OR_RAISE(const auto whole, arrow_table(rows));
  ARROW_ASSIGN_OR_RAISE(const auto sink, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(const auto writer,
                        parquet::arrow::FileWriter::Open(*whole->schema(), arrow::default_memory_pool(), sink, properties_for(rows)));
  ARROW_RETURN_NOT_OK(writer->WriteTable(*whole, kRowGroupRows));
  auto footer = std::make_shared<arrow::KeyValueMetadata>();
  for (const auto& [key, value] : metadata) footer->Append(key, value);
  ARROW_RETURN_NOT_OK(writer->AddKeyValueMetadata(footer));
  ARROW_RETURN_NOT_OK(writer->Close());
  ARROW_ASSIGN_OR_RAISE(const auto buffer, sink->Finish());
  return buffer->ToString();
}

Result<ColumnType> type_of(const arrow::Field& field) {
  for (const ColumnType type : {ColumnType::kTimestamp, ColumnType::kText, ColumnType::kInteger, ColumnType::kFlag}) {
    if (field.type()->Equals(*arrow_type(type))) return type;
  }
  return fail(ErrorKind::kInvalid, "column " + field.name() + " has the type " + field.type()->ToString() +
                                       "; read are timestamp[us, tz=UTC], string, int64 and bool");
}

void append_values(const arrow::Array& chunk, Column& into) {
  const std::int64_t length = chunk.length();
  if (into.type == ColumnType::kText) {
    const auto& texts = static_cast<const arrow::StringArray&>(chunk);
    for (std::int64_t row = 0; row < length; ++row) into.texts.emplace_back(texts.GetView(row));
  } else if (into.type == ColumnType::kFlag) {
    const auto& flags = static_cast<const arrow::BooleanArray&>(chunk);
    for (std::int64_t row = 0; row < length; ++row) into.numbers.push_back(flags.Value(row) ? 1 : 0);
  } else {
    const std::int64_t* values = chunk.data()->GetValues<std::int64_t>(1);
    into.numbers.insert(into.numbers.end(), values, values + length);
  }
}

Result<Column> column_of(const arrow::Field& field, const arrow::ChunkedArray& chunks) {
  Column column{.name = field.name()};
  TRY_ASSIGN(column.type, type_of(field));
  if (chunks.null_count() != 0) return fail(ErrorKind::kInvalid, "column " + column.name + " has nulls");
  for (const auto& chunk : chunks.chunks()) append_values(*chunk, column);
  TRY(check_values(column));
  return column;
}

std::unique_ptr<parquet::ParquetFileReader> open_bytes(std::string_view bytes) {
  auto buffer = std::make_shared<arrow::Buffer>(bytes);
  return parquet::ParquetFileReader::Open(std::make_shared<arrow::io::BufferReader>(std::move(buffer)));
}

Result<Rows> rows_of(std::string_view bytes) {
  auto opened = parquet::arrow::FileReader::Make(arrow::default_memory_pool(), open_bytes(bytes));
  if (!opened.ok()) return fail_as(opened.status(), ErrorKind::kCorrupt, "not a Parquet file that can be read");
  std::shared_ptr<arrow::Schema> schema;
  if (const auto status = (*opened)->GetSchema(&schema); !status.ok())
    return fail_as(status, ErrorKind::kCorrupt, "the schema of a Parquet file");
  for (const auto& field : schema->fields()) TRY(type_of(*field));
  auto whole = (*opened)->ReadTable();
  if (!whole.ok()) return fail_as(whole.status(), ErrorKind::kCorrupt, "the rows of a Parquet file");
  Rows rows;
  for (int index = 0; index < schema->num_fields(); ++index) {
    TRY_ASSIGN(auto column, column_of(*schema->field(index), *(*whole)->column(index)));
    rows.columns.push_back(std::move(column));
  }
  return rows;
}

}  // namespace

Result<std::string> write_parquet(const Rows& rows, const Metadata& metadata) {
  arrow::util::InitializeUTF8();
  TRY(check_rows(rows));
  TRY(check_metadata(metadata));
  return guarded(ErrorKind::kInvalid, "writing Parquet", [&]() -> Result<std::string> {
    auto bytes = parquet_bytes(rows, metadata);
    if (!bytes.ok()) return fail_as(bytes.status(), ErrorKind::kInvalid, "writing Parquet");
    return *std::move(bytes);
  });
}

Result<Rows> read_parquet(std::string_view bytes) {
  arrow::util::InitializeUTF8();
  return guarded(ErrorKind::kCorrupt, "reading Parquet", [&] { return rows_of(bytes); });
}

Result<Metadata> read_parquet_metadata(std::string_view bytes) {
  return guarded(ErrorKind::kCorrupt, "reading the footer of Parquet", [&]() -> Result<Metadata> {
    Metadata metadata;
    const auto footer = open_bytes(bytes)->metadata()->key_value_metadata();
    if (footer == nullptr) return metadata;
    for (std::int64_t index = 0; index < footer->size(); ++index) {
      if (!footer->key(index).starts_with(kReservedKeys)) metadata.emplace_back(footer->key(index), footer->value(index));
    }
    return metadata;
  });
}

}  // namespace playhead::table
