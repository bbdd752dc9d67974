// table/rows.h: rows of a table as columns, in the layout that goes into a Parquet file without another copy.
//
// A column holds numbers, or texts one after another with the end of each. A column that is null in all its rows is only a count, so that
// a wide table of which each row fills a few columns costs what is filled. Two columns are equal when their values are, bit by bit.
//
// Limits:  2 GiB - 1 bytes of text in one column (the caller bounds its rows; parquet.h refuses more with kLimit), 2^32 - 1 rows.
// Memory:  owns its values; clear() keeps the memory. Views that it gives live until the next change.
// Threads: one owner at a time. Fails: never; misuse (a text in a column of numbers) is an assertion.
#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace playhead::table {

enum class ColumnType : std::uint8_t {
  kTimestamp,  // microseconds since 1970, UTC
  kText,       // UTF-8
  kInteger,    // 64 bits, signed
  kFlag,       // 0 or 1
  kReal,       // a double
  kBytes,      // any bytes
  kId,         // 16 bytes
};

struct ColumnSpec {
  std::string name;
  ColumnType type = ColumnType::kInteger;
  bool nullable = false;

  bool operator==(const ColumnSpec&) const = default;
};
using Schema = std::vector<ColumnSpec>;
using Id = std::array<std::uint8_t, 16>;

// The values of one column.
class Values {
 public:
  explicit Values(ColumnType type) : type_(type) {
    if (is_text()) offsets_.push_back(0);
  }

  ColumnType type() const { return type_; }
  std::size_t size() const { return size_; }
  std::size_t nulls() const { return nulls_; }
  std::uint64_t bytes() const;  // of memory in use, about

  void add_number(std::int64_t number) {  // kTimestamp, kInteger, kFlag
    assert(!is_text() && type_ != ColumnType::kId && type_ != ColumnType::kReal);
    count_value();
    numbers_.push_back(number);
  }
  void add_real(double real) {  // kReal
    assert(type_ == ColumnType::kReal);
    count_value();
    numbers_.push_back(std::bit_cast<std::int64_t>(real));
  }
  void add_text(std::string_view text) {  // kText, kBytes
    assert(is_text());
    count_value();
    bytes_.append(text);
    offsets_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  }
  void add_id(const Id& id) {  // kId
    assert(type_ == ColumnType::kId);
    count_value();
    bytes_.append(reinterpret_cast<const char*>(id.data()), id.size());
  }
  void add_null() { add_nulls(1); }
  void add_nulls(std::size_t count);

  // Many values at once, none of them null.
  void add_numbers(std::span<const std::int64_t> numbers);  // all but texts and ids; a real as its bits
  // Text i is from offsets[i] to offsets[i + 1] of `bytes`.
  void add_texts(const char* bytes, std::span<const std::uint32_t> offsets);  // kText, kBytes
  void add_ids(std::string_view ids);                                         // kId: 16 bytes each

  // Adds the rows of `from`, of the same type, whose numbers are listed.
  void gather(const Values& from, std::span<const std::uint32_t> rows);
  void append(const Values& from) { append(from, 0, from.size()); }
  void append(const Values& from, std::size_t first, std::size_t count);
  void clear();

  bool is_null(std::size_t row) const { return nulls_ != 0 && (all_null() || ((present_[row / 8] >> (row % 8)) & 1) == 0); }
  std::int64_t number(std::size_t row) const { return all_null() ? 0 : numbers_[row]; }  // 0 where null
  double real(std::size_t row) const { return std::bit_cast<double>(number(row)); }      // 0 where null
  // kText, kBytes, and the 16 bytes of kId; empty where null.
  std::string_view text(std::size_t row) const {
    if (is_null(row)) return {};
    if (type_ == ColumnType::kId) return std::string_view(bytes_).substr(row * sizeof(Id), sizeof(Id));
    return std::string_view(bytes_).substr(offsets_[row], offsets_[row + 1] - offsets_[row]);
  }
  bool operator==(const Values&) const = default;

  // The layout, as Arrow has it. All are empty where every row is null (but for the first of the offsets).
  std::span<const std::int64_t> numbers() const { return numbers_; }   // a null is 0, a real its bits
  std::span<const std::uint32_t> offsets() const { return offsets_; }  // of texts: one more than rows, the first is 0
  std::string_view text_bytes() const { return bytes_; }               // of texts and ids; a null id is 16 zeros
  std::span<const std::uint8_t> present() const { return present_; }   // a bit for each row, lowest first; empty also without nulls

 private:
  bool is_text() const { return type_ == ColumnType::kText || type_ == ColumnType::kBytes; }
  bool all_null() const { return nulls_ == size_; }
  // Before a value is added.
  void count_value() {
    if (nulls_ != 0) [[unlikely]]
      mark_present();
    ++size_;
  }
  void mark_present();
  void begin_values(std::size_t count);
  void hold_nulls();
  void add_zeros(std::size_t count);

  ColumnType type_;
  std::size_t size_ = 0;
  std::size_t nulls_ = 0;
  std::vector<std::int64_t> numbers_{};
  std::vector<std::uint32_t> offsets_{};
  std::string bytes_{};
  std::vector<std::uint8_t> present_{};
};

struct Rows {
  Schema schema{};
  std::vector<Values> columns{};  // as many as the schema has, equally long

  explicit Rows(Schema of);
  Rows() = default;
  std::size_t size() const { return columns.empty() ? 0 : columns.front().size(); }
  std::uint64_t bytes() const;
  // The column of this name, which the schema must have. A search by name: once per batch, where rows are many.
  const Values& column(std::string_view name) const;
  // Adds rows of the same schema.
  void append(const Rows& from, std::size_t first, std::size_t count);
  void clear();
  bool operator==(const Rows&) const = default;
};

}  // namespace playhead::table
