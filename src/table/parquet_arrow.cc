#include "table/parquet_arrow.h"

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <arrow/io/memory.h>
#include <arrow/util/key_value_metadata.h>
#include <arrow/util/utf8.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <set>

namespace playhead::table {
namespace {

constexpr std::string_view kReservedKeys = "ARROW:";
constexpr std::array kTypes = {ColumnType::kTimestamp, ColumnType::kText,  ColumnType::kInteger, ColumnType::kFlag,
                               ColumnType::kReal,      ColumnType::kBytes, ColumnType::kId};

bool is_utf8(std::string_view text) {
  [[maybe_unused]] static const bool initialised = (arrow::util::InitializeUTF8(), true);
  return arrow::util::ValidateUTF8(reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<std::int64_t>(text.size()));
}

// All texts at once: together they must be UTF-8, and none may begin within a character.
bool are_utf8(const Values& texts) {
  const std::string_view bytes = texts.text_bytes();
  if (!is_utf8(bytes)) return false;
  const auto within = [&](std::uint32_t offset) {
    return offset < bytes.size() && (static_cast<unsigned char>(bytes[offset]) & 0xC0u) == 0x80u;
  };
  return std::ranges::none_of(texts.offsets(), within);
}

Status check_texts(const ColumnSpec& column, const Values& texts) {
  if (texts.text_bytes().size() > std::numeric_limits<std::int32_t>::max())
    return fail(ErrorKind::kLimit, "column " + column.name + " holds more than 2 GiB of text at once");
  if (column.type != ColumnType::kText || are_utf8(texts)) return {};
  std::size_t row = 0;
  while (row < texts.size() && is_utf8(texts.text(row))) ++row;
  return fail(ErrorKind::kInvalid, "column " + column.name + ", row " + std::to_string(row) + ": the text is not UTF-8");
}

Status check_values(const ColumnSpec& column, const Values& values) {
  if (values.type() != column.type)
    return fail(ErrorKind::kInvalid, "column " + column.name + " holds values of another type than its own");
  if (!column.nullable && values.nulls() != 0) return fail(ErrorKind::kInvalid, "column " + column.name + " has nulls, and must have none");
  if (column.type == ColumnType::kText || column.type == ColumnType::kBytes) return check_texts(column, values);
  if (column.type != ColumnType::kFlag) return {};
  const bool flags = std::ranges::all_of(values.numbers(), [](std::int64_t number) { return number == 0 || number == 1; });
  return flags ? Status{} : fail(ErrorKind::kInvalid, "column " + column.name + ": a flag is 0 or 1");
}

// Reads a file of ours for Arrow, which asks for ranges and knows when they end.
class FileSource final : public arrow::io::RandomAccessFile {
 public:
  FileSource(io::File& file, std::uint64_t bytes, std::optional<Error>& failure)
      : file_(file), bytes_(static_cast<std::int64_t>(bytes)), failure_(failure) {}

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<std::int64_t> Tell() const override { return position_; }
  arrow::Status Seek(std::int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<std::int64_t> GetSize() override { return bytes_; }

  arrow::Result<std::int64_t> ReadAt(std::int64_t position, std::int64_t length, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const std::string bytes, read(position, length));
    std::memcpy(out, bytes.data(), bytes.size());
    return static_cast<std::int64_t>(bytes.size());
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(std::int64_t position, std::int64_t length) override {
    ARROW_ASSIGN_OR_RAISE(std::string bytes, read(position, length));
    return arrow::Buffer::FromString(std::move(bytes));
  }
  arrow::Result<std::int64_t> Read(std::int64_t length, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const std::int64_t got, ReadAt(position_, length, out));
    position_ += got;
    return got;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t length) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, length));
    position_ += buffer->size();
    return buffer;
  }

 private:
  arrow::Result<std::string> read(std::int64_t position, std::int64_t length) {
    if (position < 0 || length < 0) return arrow::Status::Invalid("a range that can not be");
    std::string bytes;
    if (position >= bytes_) return bytes;
    const Status status =
        file_.read_at(static_cast<std::uint64_t>(position), static_cast<std::size_t>(std::min(length, bytes_ - position)), bytes);
    if (!status) {
      if (!failure_) failure_ = status.error();
      return arrow::Status::IOError(status.error().message);
    }
    return bytes;
  }

  io::File& file_;
  std::int64_t bytes_;
  std::optional<Error>& failure_;
  std::int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace

std::unexpected<Error> fail_as(const arrow::Status& status, ErrorKind otherwise, const std::string& what) {
  ErrorKind kind = otherwise;
  if (status.IsOutOfMemory() || status.IsCapacityError()) kind = ErrorKind::kLimit;
  return fail(kind, what + ": " + status.message());
}

std::shared_ptr<arrow::DataType> arrow_type(ColumnType type) {
  switch (type) {
    case ColumnType::kTimestamp: return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case ColumnType::kText: return arrow::utf8();
    case ColumnType::kInteger: return arrow::int64();
    case ColumnType::kFlag: return arrow::boolean();
    case ColumnType::kReal: return arrow::float64();
    case ColumnType::kBytes: return arrow::binary();
    case ColumnType::kId: return arrow::fixed_size_binary(sizeof(Id));
  }
  return arrow::null();
}

std::shared_ptr<arrow::Schema> arrow_schema(const Schema& schema) {
  arrow::FieldVector fields;
  for (const ColumnSpec& column : schema) {
    auto identity = arrow::key_value_metadata({"PARQUET:field_id"}, {std::to_string(fields.size() + 1)});
    fields.push_back(arrow::field(column.name, arrow_type(column.type), column.nullable, std::move(identity)));
  }
  return arrow::schema(std::move(fields));
}

Result<Schema> schema_of(const arrow::Schema& schema) {
  Schema columns;
  for (const auto& field : schema.fields()) {
    const auto type = std::ranges::find_if(kTypes, [&](ColumnType each) { return field->type()->Equals(*arrow_type(each)); });
    if (type == kTypes.end())
      return fail(ErrorKind::kInvalid, "column " + field->name() + " has the type " + field->type()->ToString() +
                                           "; read are timestamp[us, tz=UTC], string, int64, bool, double, binary and 16 bytes");
    columns.push_back({field->name(), *type, field->nullable()});
  }
  return columns;
}

Metadata metadata_of(const arrow::KeyValueMetadata* footer) {
  Metadata metadata;
  for (std::int64_t index = 0; footer != nullptr && index < footer->size(); ++index) {
    if (!footer->key(index).starts_with(kReservedKeys)) metadata.emplace_back(footer->key(index), footer->value(index));
  }
  return metadata;
}

Status check_schema(const Schema& schema) {
  if (schema.empty()) return fail(ErrorKind::kInvalid, "a Parquet file needs at least one column");
  std::set<std::string_view> names;
  for (const ColumnSpec& column : schema) {
    if (column.name.empty() || !is_utf8(column.name)) return fail(ErrorKind::kInvalid, "a column name is empty or not UTF-8");
    if (!names.insert(column.name).second) return fail(ErrorKind::kInvalid, "two columns have the name " + column.name);
  }
  return {};
}

Status check_rows(const Rows& rows) {
  if (rows.columns.size() != rows.schema.size())
    return fail(ErrorKind::kInvalid, "the rows have another number of columns than their schema");
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    if (rows.columns[i].size() != rows.size())
      return fail(ErrorKind::kInvalid, "column " + rows.schema[i].name + " has another number of rows than the first");
    TRY(check_values(rows.schema[i], rows.columns[i]));
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

std::shared_ptr<arrow::io::RandomAccessFile> source_of(io::File& file, std::uint64_t bytes, std::optional<Error>& failure) {
  return std::make_shared<FileSource>(file, bytes, failure);
}

std::shared_ptr<arrow::io::RandomAccessFile> source_of(std::string_view bytes) {
  return std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(bytes));
}

}  // namespace playhead::table
