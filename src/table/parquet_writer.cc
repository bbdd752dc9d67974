#include "table/parquet_writer.h"

#include <algorithm>

#include "table/parquet_arrow.h"

namespace playhead::table {
namespace {

constexpr std::size_t kUnwrittenMax = std::size_t{1} << 20;

}  // namespace

ParquetWriter::ParquetWriter(io::File& file, Schema schema, Metadata metadata, std::unique_ptr<RowGroupEncoder> encoder)
    : file_(file), metadata_(std::move(metadata)), encoder_(std::move(encoder)), held_(std::move(schema)) {}

Result<std::unique_ptr<ParquetWriter>> ParquetWriter::make(io::File& file, Schema schema, Metadata metadata) {
  TRY(check_metadata(metadata));
  TRY_ASSIGN(auto encoder, RowGroupEncoder::make(schema, kParquetMagic.size(), 0));
  std::unique_ptr<ParquetWriter> writer(new ParquetWriter(file, std::move(schema), std::move(metadata), std::move(encoder)));
  TRY(writer->write(kParquetMagic, kUnwrittenMax));
  return writer;
}

Status ParquetWriter::add(const Rows& rows, std::size_t first, std::size_t count) {
  if (rows.schema != held_.schema) return fail(ErrorKind::kInvalid, "the rows have another schema than their file");
  TRY(check_rows(rows));
  rows_ += count;
  while (count > 0) {
    const std::size_t taken = std::min(count, kRowGroupRows - held_.size());
    held_.append(rows, first, taken);
    first += taken;
    count -= taken;
    TRY(write_groups(false));
  }
  return {};
}

Status ParquetWriter::copy(const EncodedGroup& group) {
  TRY(write_groups(true));
  TRY(end_encoder());
  const auto position = [this] { return bytes_ + unwritten_.size(); };
  TRY_ASSIGN(const MovedGroup copy, moved(group, position(), groups_, metadata_));
  TRY(write(group.pages, kUnwrittenMax));
  TRY(write(copy.indexes, kUnwrittenMax));
  TRY(append_groups(before_, copy.footer));
  rows_ += group.rows;
  TRY_ASSIGN(encoder_, RowGroupEncoder::make(held_.schema, position(), ++groups_));
  return {};
}

// An encoder counts on it that its row groups follow one another.
Status ParquetWriter::end_encoder() {
  if (encoded_ == 0) return {};
  TRY_ASSIGN(const auto described, encoder_->described(metadata_));
  encoded_ = 0;
  return append_groups(before_, described);
}

Status ParquetWriter::close() {
  TRY(write_groups(true));
  TRY_ASSIGN(const std::string footer, encoder_->footer(metadata_, before_));
  return write(footer, 0);
}

// The last rows may still become part of a larger group, unless these are all.
Status ParquetWriter::write_groups(bool all) {
  std::size_t first = 0;
  while (first < held_.size()) {
    const std::size_t count = row_group_length(held_, first);
    if (!all && first + count == held_.size() && count < kRowGroupRows) break;
    TRY_ASSIGN(const std::string group, encoder_->group(held_, first, count));
    TRY(write(group, kUnwrittenMax));
    ++encoded_;
    ++groups_;
    first += count;
  }
  if (first == 0) return {};
  Rows rest(held_.schema);
  rest.append(held_, first, held_.size() - first);
  if (rest.size() == 0) {
    held_.clear();
  } else {
    held_ = std::move(rest);
  }
  return {};
}

Status ParquetWriter::write(std::string_view bytes, std::size_t unwritten_max) {
  unwritten_ += bytes;
  if (unwritten_.size() <= unwritten_max) return {};
  TRY(file_.write_at(bytes_, unwritten_));
  bytes_ += unwritten_.size();
  checksum_.add(unwritten_);
  unwritten_.clear();
  return {};
}

}  // namespace playhead::table
