#include "table/content_sum.h"

#include <cstddef>

#include "base/bytes.h"

namespace playhead::table {
namespace {

constexpr std::uint64_t kNull = 0x9e3779b97f4a7c15;
constexpr std::uint64_t kGroup = 0x2545f4914f6cdd1d;  // so that a row group is no row
constexpr std::uint64_t kFactor = 0xbf58476d1ce4e5b9;
constexpr std::uint64_t kOtherFactor = 0x94d049bb133111eb;

// Each bit of the value reaches each bit of the hash.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * kFactor;
  value = (value ^ (value >> 27)) * kOtherFactor;
  return value ^ (value >> 31);
}

// The hash of a row so far goes into the next, so that values can not change columns unnoticed.
void hash_column(const Values& values, std::vector<std::uint64_t>& hashes) {
  const bool numbers = values.type() != ColumnType::kText && values.type() != ColumnType::kBytes && values.type() != ColumnType::kId;
  if (values.nulls() == values.size()) {
    for (std::uint64_t& hash : hashes) hash = mixed(hash ^ kNull);
  } else if (numbers && values.nulls() == 0) {
    const auto all = values.numbers();
    for (std::size_t row = 0; row < hashes.size(); ++row) hashes[row] = mixed(hashes[row] * kFactor + static_cast<std::uint64_t>(all[row]));
  } else {
    for (std::size_t row = 0; row < hashes.size(); ++row) {
      if (values.is_null(row)) {
        hashes[row] = mixed(hashes[row] ^ kNull);
      } else {
        const std::uint64_t value = numbers ? static_cast<std::uint64_t>(values.number(row)) : checksum(values.text(row));
        hashes[row] = mixed(hashes[row] * kFactor + value);
      }
    }
  }
}

}  // namespace

void ContentSum::add(const Rows& rows) {
  hashes_.assign(rows.size(), 1);
  for (const Values& values : rows.columns) hash_column(values, hashes_);
  for (const std::uint64_t hash : hashes_) add_hash(hash);
  rows_ += rows.size();
}

void ContentSum::add_group(std::uint64_t rows, std::uint64_t checksum) {
  add_hash(mixed(mixed(kGroup + rows) * kFactor + checksum));
  rows_ += rows;
}

void ContentSum::add_hash(std::uint64_t hash) {
  low_ += hash;
  high_ += mixed(hash + kNull);
}

ContentSum& ContentSum::operator+=(const ContentSum& other) {
  rows_ += other.rows_;
  low_ += other.low_;
  high_ += other.high_;
  return *this;
}

std::string ContentSum::text() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint64_t half : {high_, low_}) {
    for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(half >> shift) & 15];
  }
  return text;
}

}  // namespace playhead::table
