// simulate/csv.h: rows of a CSV (RFC 4180) or of a table with tabs, out of a text in memory.
//
// Fields in quotes may hold separators, line breaks and doubled quotes; with tabs a quote is a character like others. Rows end with LF,
// CR LF or the text. Empty lines are no rows. A byte order mark at the start is passed over.
//
// Threads: one owner at a time. Memory: views the text; a field that had doubled quotes is kept until the next row.
// Fails:   never: a quote that is not closed makes its row broken, and the next row begins on the line after the one where it opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace playhead::simulate {

class CsvReader {
 public:
  CsvReader(std::string_view text, char separator);

  // Replaces `fields`; their views die with the next call. False: no row is left.
  bool next(std::vector<std::string_view>& fields);
  bool broken() const { return broken_; }       // the row of the last next()
  std::uint64_t line() const { return line_; }  // in which it began, from 1

 private:
  std::string_view quoted();
  std::string_view plain();

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 0;       // of the row
  std::uint64_t next_line_ = 1;  // of what is at at_
  bool broken_ = false;
  std::deque<std::string> unescaped_;  // a deque, so that the views of a row stay valid while it grows
};

}  // namespace playhead::simulate
