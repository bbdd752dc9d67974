#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "cli/output.h"

namespace playhead::cli {

Progress::Progress(std::string what, std::uint64_t total, bool json)
    : what_(std::move(what)), total_(total), shown_on_terminal_(!json && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (dirty_) std::fputs("\r\033[K", stderr);
}

void Progress::show(std::uint64_t count, Timestamp now, const std::function<std::string()>& more) {
  if (!shown_on_terminal_) return;
  if (start_ == kNever) {
    start_ = now;
    next_ = now + std::chrono::seconds{1};
  }
  if (now < next_) return;
  next_ = now + std::chrono::milliseconds{200};
  dirty_ = true;
  const double rate = static_cast<double>(count) * 1e6 / static_cast<double>((now - start_).count());
  const std::string of_total = total_ ? " of " + grouped(total_) : "";
  const std::string line =
      fmt::format("\r\033[K{}{} {}, {:.0f}/s{}{}", grouped(count), of_total, what_, rate, more ? ", " : "", more ? more() : "");
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace playhead::cli
