#include "table/rows.h"

#include <algorithm>

namespace playhead::table {
namespace {

std::size_t bits_to_bytes(std::size_t bits) { return (bits + 7) / 8; }

}  // namespace

std::uint64_t Values::bytes() const {
  return numbers_.size() * sizeof numbers_[0] + offsets_.size() * sizeof offsets_[0] + bytes_.size() + present_.size();
}

void Values::add_nulls(std::size_t count) {
  if (!all_null()) {
    if (nulls_ == 0) hold_nulls();
    present_.resize(bits_to_bytes(size_ + count), 0);
    add_zeros(count);
  }
  size_ += count;
  nulls_ += count;
}

// A column with a value and a null keeps a bit for each row, and something in the place of each null.
void Values::hold_nulls() {
  if (nulls_ == 0) {
    present_.assign(bits_to_bytes(size_), 0xff);
    if (size_ % 8 != 0) present_.back() = static_cast<std::uint8_t>((1u << (size_ % 8)) - 1);
  } else {
    present_.assign(bits_to_bytes(size_), 0);
    add_zeros(size_);
  }
}

void Values::add_zeros(std::size_t count) {
  if (is_text()) {
    offsets_.insert(offsets_.end(), count, offsets_.back());
  } else if (type_ == ColumnType::kId) {
    bytes_.append(count * sizeof(Id), '\0');
  } else {
    numbers_.insert(numbers_.end(), count, 0);
  }
}

void Values::mark_present() {
  if (all_null()) hold_nulls();
  if (size_ % 8 == 0) present_.push_back(0);
  present_.back() = static_cast<std::uint8_t>(present_.back() | (1u << (size_ % 8)));
}

void Values::begin_values(std::size_t count) {
  if (nulls_ == 0) {
    size_ += count;
  } else {
    for (std::size_t i = 0; i < count; ++i) count_value();
  }
}

void Values::add_numbers(std::span<const std::int64_t> numbers) {
  assert(!is_text() && type_ != ColumnType::kId);
  if (numbers.empty()) return;
  begin_values(numbers.size());
  numbers_.insert(numbers_.end(), numbers.begin(), numbers.end());
}

void Values::add_texts(const char* bytes, std::span<const std::uint32_t> offsets) {
  assert(is_text());
  if (offsets.size() < 2) return;
  begin_values(offsets.size() - 1);
  const auto shift = static_cast<std::uint32_t>(bytes_.size()) - offsets.front();  // modulo 2^32, as the sum is
  bytes_.append(bytes + offsets.front(), offsets.back() - offsets.front());
  const std::size_t before = offsets_.size();
  offsets_.resize(before + offsets.size() - 1);
  for (std::size_t i = 1; i < offsets.size(); ++i) offsets_[before + i - 1] = offsets[i] + shift;
}

void Values::add_ids(std::string_view ids) {
  assert(type_ == ColumnType::kId && ids.size() % sizeof(Id) == 0);
  if (ids.empty()) return;
  begin_values(ids.size() / sizeof(Id));
  bytes_.append(ids);
}

void Values::gather(const Values& from, std::span<const std::uint32_t> rows) {
  assert(from.type_ == type_ && &from != this);
  if (from.all_null()) return add_nulls(rows.size());
  for (const std::uint32_t row : rows) {
    if (from.is_null(row)) {
      add_null();
      continue;
    }
    count_value();
    if (is_text() || type_ == ColumnType::kId) {
      bytes_.append(from.text(row));
      if (is_text()) offsets_.push_back(static_cast<std::uint32_t>(bytes_.size()));
    } else {
      numbers_.push_back(from.numbers_[row]);
    }
  }
}

void Values::append(const Values& from, std::size_t first, std::size_t count) {
  assert(from.type_ == type_ && &from != this && first + count <= from.size_);
  if (count == 0) return;
  if (from.all_null()) return add_nulls(count);
  if (from.nulls_ != 0) {
    for (std::size_t row = first; row < first + count; ++row) {
      const auto number = static_cast<std::uint32_t>(row);
      gather(from, {&number, 1});
    }
  } else if (is_text()) {
    add_texts(from.bytes_.data(), from.offsets().subspan(first, count + 1));
  } else if (type_ == ColumnType::kId) {
    add_ids(from.text_bytes().substr(first * sizeof(Id), count * sizeof(Id)));
  } else {
    add_numbers(from.numbers().subspan(first, count));
  }
}

void Values::clear() {
  size_ = 0;
  nulls_ = 0;
  numbers_.clear();
  if (is_text()) offsets_.resize(1);
  bytes_.clear();
  present_.clear();
}

Rows::Rows(Schema of) : schema(std::move(of)) {
  columns.reserve(schema.size());
  for (const ColumnSpec& column : schema) columns.emplace_back(column.type);
}

std::uint64_t Rows::bytes() const {
  std::uint64_t total = 0;
  for (const Values& column : columns) total += column.bytes();
  return total;
}

const Values& Rows::column(std::string_view name) const {
  const auto found = std::ranges::find(schema, name, &ColumnSpec::name);
  assert(found != schema.end());
  return columns[static_cast<std::size_t>(found - schema.begin())];
}

void Rows::append(const Rows& from, std::size_t first, std::size_t count) {
  assert(from.columns.size() == columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i].append(from.columns[i], first, count);
}

void Rows::clear() {
  for (Values& column : columns) column.clear();
}

}  // namespace playhead::table
