// cli/pretty.h: events as lines for a person at a terminal, in columns.
//
// A column is shown once an event has had something for it: then a header stands above the next line, and the lines after it have the
// wider form. A record that is no event is one line with the reason and the beginning of its value. Names of artists and songs come
// from anywhere, so nothing of a record reaches the terminal but letters: what could move the cursor, turn the direction of writing or
// break a line becomes U+FFFD, as do bytes that are not UTF-8.
//
// Limits:  a value longer than its column is cut, with an ellipsis. Widths are of the usual terminals: East Asian wide letters and
//          pictures take two columns, combining marks none.
// Threads: one owner at a time. Memory: the decoded events of one batch, whose views die with the batch.
// Fails:   make() as event::Decoder::make; nothing else does.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/decoder.h"
#include "log/record.h"

namespace playhead::cli {

// `text` without anything that a terminal would obey.
std::string printable(std::string_view text);
// How many columns of a terminal printable text takes.
std::size_t width_of(std::string_view text);
// Printable text in exactly `width` columns: padded on the right (or on the left, `numeric`), or cut.
std::string fitted(std::string_view text, std::size_t width, bool numeric = false);
// Listened time in percent of the track, one decimal, from 0.0 to 100.0; empty where one of them is not known.
std::string percent_text(double position, double duration);

class PrettyPrinter {
 public:
  static Result<std::unique_ptr<PrettyPrinter>> make();

  // Decodes the batch, which is borrowed until the next call.
  void decode(const log::RecordBatch& batch);
  // The lines for record `i` of the batch: a header if there are new columns, then the record.
  std::vector<std::string> lines_of(std::size_t i);

  struct Column;

 private:
  PrettyPrinter() = default;
  std::string header() const;
  std::string event_line(std::size_t row) const;
  std::string dead_letter_line(std::size_t i, event::Reject reason) const;

  std::unique_ptr<event::Decoder> decoder_;
  const log::RecordBatch* batch_ = nullptr;
  event::EventBatch events_;
  std::vector<std::int64_t> place_;  // of each record: its row in events_, or -1 - its index among the rejected
  std::uint32_t shown_ = 0;          // columns that have been seen, a bit each
  bool header_due_ = true;
};

}  // namespace playhead::cli
