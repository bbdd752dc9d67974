#include "cli/result_csv.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "base/time.h"
#include "table/parquet_reader.h"

namespace playhead::cli {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

void append_hex(std::string_view bytes, std::string& line) {
  for (const char byte : bytes) fmt::format_to(std::back_inserter(line), "{:02x}", static_cast<unsigned char>(byte));
}

void append_cell(const table::Values& values, std::size_t row, std::string& line) {
  using table::ColumnType;
  if (values.is_null(row)) return;
  switch (values.type()) {
    case ColumnType::kTimestamp: line += format_plain(from_micros(values.number(row))); return;
    case ColumnType::kInteger: line += std::to_string(values.number(row)); return;
    case ColumnType::kFlag: line += values.number(row) != 0 ? "true" : "false"; return;
    case ColumnType::kReal: fmt::format_to(std::back_inserter(line), "{}", values.real(row)); return;
    case ColumnType::kText: append_text_cell(values.text(row), line); return;
    case ColumnType::kBytes:
    case ColumnType::kId: append_hex(values.text(row), line); return;
  }
}

class CsvFile {
 public:
  CsvFile(io::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  Status add(const std::string& source) {
    TRY_ASSIGN(const auto reader, table::ParquetReader::open(files_, source, {}));
    if (!file_) TRY(begin(reader->schema()));
    if (schema_ != reader->schema()) return fail(ErrorKind::kInvalid, source + " has other columns than the files before it");
    table::Rows batch;
    while (true) {
      TRY_ASSIGN(const bool any, reader->next(batch));
      if (!any) return {};
      for (std::size_t row = 0; row < batch.size(); ++row) TRY(add_row(batch, row));
      rows_ += batch.size();
    }
  }

  Status finish() {
    if (!file_) TRY(begin({}));
    TRY(write());
    TRY(file_->sync());
    file_.reset();
    TRY(files_.rename(path_ + ".new", path_));
    const auto slash = path_.rfind('/');
    return files_.sync_folder(slash == std::string::npos ? "." : path_.substr(0, slash));
  }
  std::uint64_t rows() const { return rows_; }

 private:
  Status begin(const table::Schema& schema) {
    schema_ = schema;
    TRY_ASSIGN(file_, files_.open(path_ + ".new", io::Open::kCreate));
    TRY(file_->truncate(0));
    for (const table::ColumnSpec& column : schema) {
      if (&column != &schema.front()) text_ += ',';
      append_text_cell(column.name, text_);
    }
    text_ += "\r\n";
    return {};
  }
  Status add_row(const table::Rows& batch, std::size_t row) {
    for (std::size_t column = 0; column < batch.columns.size(); ++column) {
      if (column > 0) text_ += ',';
      append_cell(batch.columns[column], row, text_);
    }
    text_ += "\r\n";
    return text_.size() < kPieceBytes ? Status{} : write();
  }
  Status write() {
    TRY(file_->write_at(written_, text_));
    written_ += text_.size();
    text_.clear();
    return {};
  }

  io::FileSystem& files_;
  std::string path_;
  std::unique_ptr<io::File> file_;
  table::Schema schema_;
  std::string text_;
  std::uint64_t written_ = 0;
  std::uint64_t rows_ = 0;
};

}  // namespace

Result<std::uint64_t> write_result_csv(io::FileSystem& files, const std::vector<std::string>& parquet_files, const std::string& path) {
  CsvFile csv(files, path);
  Status status;
  for (const std::string& source : parquet_files) {
    if (status) status = csv.add(source);
  }
  if (status) status = csv.finish();
  if (status) return csv.rows();
  static_cast<void>(files.remove(path + ".new"));
  return std::unexpected(std::move(status.error()));
}

void append_text_cell(std::string_view text, std::string& line) {
  const bool formula = !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  const bool quoted = text.find_first_of(",\"\r\n") != std::string_view::npos;
  if (quoted) line += '"';
  if (formula) line += '\'';
  for (const char letter : text) {
    if (letter == '"') line += '"';
    line += letter;
  }
  if (quoted) line += '"';
}

}  // namespace playhead::cli
