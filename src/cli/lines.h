// cli/lines.h: the lines of a text, one event each.
//
// Blank lines are skipped; a carriage return before the newline is not part of the line; the last line needs no newline.
//
// Limits:  a line is at most kLineBytesMax; a longer one fails with the file's name and the line's number.
// Threads: one owner at a time. Memory: one buffer of 64 KiB, and the longest line so far while it is put together.
// Fails:   kLimit for a long line; else as its ByteStream.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/byte_stream.h"

namespace playhead::cli {

inline constexpr std::size_t kLineBytesMax = 1 << 20;

class Lines {
 public:
  Lines(std::string name, std::unique_ptr<ByteStream> bytes);

  // Replaces `line` by the next line that is not blank. False: there is none.
  Result<bool> next(std::string& line);

  const std::string& name() const { return name_; }
  std::uint64_t number() const { return number_; }  // of the line that next() gave, from 1, blank ones counted

 private:
  Result<bool> next_even_blank(std::string& line);
  Result<bool> fill();

  std::string name_;
  std::unique_ptr<ByteStream> bytes_;
  std::string buffer_;
  std::string_view unread_;  // of buffer_
  std::uint64_t number_ = 0;
};

}  // namespace playhead::cli
