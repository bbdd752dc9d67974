#include "cli/live_view.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace playhead::cli {
namespace {

constexpr std::size_t kTopGenres = 5;
constexpr std::size_t kBarWidth = 30;

// Bytes of a terminal's commands have no place in a name.
std::string printable(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; }, '?');
  return text;
}

}  // namespace

LiveView::LiveView(Output& output, Timestamp now, Timestamp until)
    : output_(output), terminal_(::isatty(STDOUT_FILENO) == 1), until_(until), next_(now), last_(now) {}

void LiveView::show(pipeline::Pipeline& pipeline, Timestamp now, bool even_if_early) {
  if (output_.json() || (now < next_ && !even_if_early)) return;
  next_ = now + (terminal_ ? Duration{500'000} : Duration{5'000'000});
  const std::uint64_t records = pipeline.ledger().tally().total();
  const double seconds = static_cast<double>((now - last_).count()) / 1e6;
  if (seconds > 0.2) {
    const double rate = static_cast<double>(records - last_records_) / seconds;
    rate_ = rate_ == 0 ? rate : 0.6 * rate_ + 0.4 * rate;
    last_ = now;
    last_records_ = records;
  }
  const std::string lines = lines_of(pipeline, now);
  if (drawn_ > 0) std::fputs(fmt::format("\033[{}A\033[J", drawn_).c_str(), stdout);
  output_.line(lines);
  output_.flush();
  if (terminal_) drawn_ = static_cast<int>(std::count(lines.begin(), lines.end(), '\n')) + 1;
}

std::string LiveView::lines_of(pipeline::Pipeline& pipeline, Timestamp now) {
  const pipeline::Ledger& ledger = pipeline.ledger();
  const auto lag = pipeline.lag();
  const auto left = std::max<std::int64_t>(0, (until_ - now).count() / 1'000'000);
  auto rows = pipeline.newest_window();
  std::sort(rows.begin(), rows.end(), [](const auto& one, const auto& other) { return one.count > other.count; });
  // On a terminal no line is longer than 80 letters: one that wraps could not be drawn over.
  std::string head = fmt::format("{} plays counted, {:.0f}/s, lag {}, {} s left", grouped(ledger.tally().plays_counted()), rate_,
                                 lag ? grouped(*lag) : "?", left);
  head += fmt::format("{}watermark {}, {} window rows published", terminal_ ? "\n" : ", ", format_plain(ledger.job_watermark),
                      grouped(pipeline.rows_published()));
  if (rows.empty()) return head;
  rows.resize(std::min(rows.size(), kTopGenres));
  if (!terminal_) {
    head += "; this minute:";
    for (const auto& row : rows) head += fmt::format(" {} {}", printable(row.key), row.count);
    return head;
  }
  head += fmt::format("\ntop genres of the minute from {}", format_plain(rows.front().window_start));
  for (const auto& row : rows) {
    const std::size_t bar = std::max<std::size_t>(1, kBarWidth * row.count / rows.front().count);
    head += fmt::format("\n  {:<12} {:<{}} {}", printable(row.key), std::string(bar, '#'), kBarWidth, grouped(row.count));
  }
  return head;
}

}  // namespace playhead::cli
