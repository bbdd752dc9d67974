// table/content_sum.h: what rows hold, whatever their order and however they are cut into files: a count and a sum.
//
// Each row gives 128 bits of hash over the values of all its columns, nulls included; the sum over all rows, modulo 2^64 each, does not
// depend on their order. A row twice or missing, or any value changed, changes it. It detects damage and mistakes, not attack.
//
// Threads: one owner at a time. Memory: 16 bytes for each row of one call. Fails: never.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "table/rows.h"

namespace playhead::table {

class ContentSum {
 public:
  void add(const Rows& rows);
  ContentSum& operator+=(const ContentSum& other);

  std::uint64_t rows() const { return rows_; }
  std::string text() const;  // 32 hexadecimal digits
  bool operator==(const ContentSum& other) const { return rows_ == other.rows_ && low_ == other.low_ && high_ == other.high_; }

 private:
  std::vector<std::uint64_t> hashes_{};  // of the rows of one call
  std::uint64_t rows_ = 0;
  std::uint64_t low_ = 0;
  std::uint64_t high_ = 0;
};

}  // namespace playhead::table
