#include "cli/lines.h"

#include <utility>

namespace playhead::cli {
namespace {

constexpr std::size_t kBufferBytes = 64 << 10;

}  // namespace

Lines::Lines(std::string name, std::unique_ptr<ByteStream> bytes)
    : name_(std::move(name)), bytes_(std::move(bytes)), buffer_(kBufferBytes, '\0') {}

Result<bool> Lines::next(std::string& line) {
  for (;;) {
    TRY_ASSIGN(const bool found, next_even_blank(line));
    if (!found) return false;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (line.back() == '\r') line.pop_back();
    return true;
  }
}

Result<bool> Lines::next_even_blank(std::string& line) {
  line.clear();
  ++number_;
  for (;;) {
    if (unread_.empty()) {
      TRY_ASSIGN(const bool more, fill());
      if (!more) return !line.empty();
    }
    const std::size_t end = unread_.find('\n');
    line.append(unread_.substr(0, end));
    if (line.size() > kLineBytesMax) {
      return fail(ErrorKind::kLimit,
                  name_ + ": line " + std::to_string(number_) + " is longer than " + std::to_string(kLineBytesMax) + " bytes");
    }
    if (end != std::string_view::npos) {
      unread_.remove_prefix(end + 1);
      return true;
    }
    unread_ = {};
  }
}

Result<bool> Lines::fill() {
  TRY_ASSIGN(const std::size_t count, bytes_->read(buffer_.data(), buffer_.size()));
  unread_ = {buffer_.data(), count};
  return count > 0;
}

}  // namespace playhead::cli
