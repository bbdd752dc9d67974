// table/content_sum.h: what parts of a table hold, whatever their order and however they are cut into files: a count of rows and a sum.
//
// A part is a row, where rows are read and written anew: 128 bits of hash over the values of all its columns, nulls included. Or it is a
// whole row group, where that goes from file to file as it is: the same over its number of rows, over every byte of its pages, and over
// what the footer says of them (table/parquet_copy.h). Equal pages under equal descriptions are equal rows. The sum over all parts, modulo
// 2^64 each, does not depend on their order. A part twice or missing, or anything in it changed, changes it. It detects damage and
// mistakes, not attack. Two sums say the same only if the same rows went in as rows, and the same as row groups.
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
  // A row group that is copied as it is; `checksum` is that of EncodedGroup.
  void add_group(std::uint64_t rows, std::uint64_t checksum);
  ContentSum& operator+=(const ContentSum& other);

  std::uint64_t rows() const { return rows_; }
  std::string text() const;  // 32 hexadecimal digits
  bool operator==(const ContentSum& other) const { return rows_ == other.rows_ && low_ == other.low_ && high_ == other.high_; }

 private:
  void add_hash(std::uint64_t hash);

  std::vector<std::uint64_t> hashes_{};  // of the rows of one call
  std::uint64_t rows_ = 0;
  std::uint64_t low_ = 0;
  std::uint64_t high_ = 0;
};

}  // namespace playhead::table
