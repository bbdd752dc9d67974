#include "cli/pretty.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/utf8.h"

namespace playhead::cli {
namespace {

using event::EventBatch;
using event::Field;

constexpr char32_t kReplacement = 0xfffd;
constexpr std::string_view kEllipsis = "…";
constexpr std::size_t kBytesPerColumn = 20;  // a text of combining marks alone would have no width, and no end

struct Range {
  char32_t first;
  char32_t last;
};
using Ranges = std::initializer_list<Range>;

// What a terminal obeys, or what turns the direction of all that follows.
constexpr Ranges kObeyed = {{0x00, 0x1f},     {0x7f, 0x9f},     {0x061c, 0x061c}, {0x200b, 0x200f},
                            {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}};
constexpr Ranges kWide = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97f},  {0xac00, 0xd7a3},
                          {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
                          {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd}};
constexpr Ranges kMarks = {{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
                           {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
                           {0x20d0, 0x20ff}, {0x302a, 0x302d}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};

bool is_in(char32_t letter, const Ranges& ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [letter](const Range& range) { return letter >= range.first && letter <= range.last; });
}

std::size_t width_of_letter(char32_t letter) {
  if (letter < 0x300) return 1;
  if (is_in(letter, kMarks)) return 0;
  return is_in(letter, kWide) ? 2 : 1;
}

// The letter at the front of a text that is not empty; nothing where a byte begins none.
Letter first_letter(std::string_view text) { return letter_at_front(text).value_or(Letter{kReplacement, 1}); }

std::string flag_text(std::string_view text) {
  if (text == "true" || text == "1") return "yes";
  if (text == "false" || text == "0") return "no";
  return std::string(text);
}

std::string_view text_of(const EventBatch& events, Field field, std::size_t row) { return events.text_of(field)[row]; }

// The first of the fields that the event has.
std::string first_of(const EventBatch& events, std::initializer_list<Field> fields, std::size_t row) {
  for (const Field field : fields) {
    if (const std::string_view text = text_of(events, field, row); !text.empty()) return std::string(text);
  }
  return {};
}

// NaN where the event does not have it.
double number_of(const EventBatch& events, Field field, std::size_t row) {
  const auto index = static_cast<std::size_t>(field);
  if (event::type_of(field) == event::FieldType::kReal) return events.real[index][row];
  const std::int64_t number = events.integer[index][row];
  return number == event::kNullInteger ? std::nan("") : static_cast<double>(number);
}

std::string place_text(const EventBatch& events, std::size_t row) {
  std::string place = first_of(events, {Field::kCity, Field::kLocation}, row);
  const std::string land = first_of(events, {Field::kCountry, Field::kState}, row);
  return place.empty() || land.empty() ? place + land : place + ", " + land;
}

}  // namespace

struct PrettyPrinter::Column {
  std::string_view title;
  std::size_t width;
  bool numeric;
  std::string (*text)(const EventBatch& events, std::size_t row);
};

namespace {

using Column = PrettyPrinter::Column;

constexpr std::array kColumns = {
    Column{"time", 19, false, [](const EventBatch& events, std::size_t row) { return format_plain(events.time[row]); }},
    Column{"kind", 14, false, [](const EventBatch& events, std::size_t row) { return std::string(event::name_of(events.kind[row])); }},
    Column{"user", 12, false, [](const EventBatch& events, std::size_t row) { return first_of(events, {Field::kUser}, row); }},
    Column{"page", 16, false, [](const EventBatch& events, std::size_t row) { return first_of(events, {Field::kPage}, row); }},
    Column{"artist", 22, false, [](const EventBatch& events, std::size_t row) { return first_of(events, {Field::kArtist}, row); }},
    Column{"track", 26, false,
           [](const EventBatch& events, std::size_t row) { return first_of(events, {Field::kSong, Field::kTrack}, row); }},
    Column{"genre", 12, false, [](const EventBatch& events, std::size_t row) { return first_of(events, {Field::kGenre}, row); }},
    Column{"platform", 13, false, [](const EventBatch& events, std::size_t row) { return first_of(events, {Field::kPlatform}, row); }},
    Column{"place", 24, false, place_text},
    Column{"mood", 11, false, [](const EventBatch& events, std::size_t row) { return first_of(events, {Field::kMood}, row); }},
    Column{"listened %", 10, true,
           [](const EventBatch& events, std::size_t row) {
             return percent_text(number_of(events, Field::kListenPosition, row), number_of(events, Field::kDuration, row));
           }},
    Column{"completed", 9, false,
           [](const EventBatch& events, std::size_t row) { return flag_text(first_of(events, {Field::kCompleted}, row)); }},
    Column{"skipped", 7, false,
           [](const EventBatch& events, std::size_t row) { return flag_text(first_of(events, {Field::kSkipped}, row)); }},
    Column{"rating", 6, true, [](const EventBatch& events, std::size_t row) { return first_of(events, {Field::kRating}, row); }},
};

std::vector<Field> fields_needed() {
  return {Field::kUser,           Field::kPage,     Field::kArtist,    Field::kSong,    Field::kTrack, Field::kGenre,
          Field::kPlatform,       Field::kCity,     Field::kLocation,  Field::kCountry, Field::kState, Field::kMood,
          Field::kListenPosition, Field::kDuration, Field::kCompleted, Field::kSkipped, Field::kRating};
}

void add_cell(std::string& line, std::string_view text, const Column& column) {
  if (!line.empty()) line.append("  ");
  line.append(fitted(text, column.width, column.numeric));
}

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const Letter letter = first_letter(text);
    if (letter.code == kReplacement || is_in(letter.code, kObeyed)) {
      safe.append("\xef\xbf\xbd");
    } else {
      safe.append(text.substr(0, letter.bytes));
    }
    text.remove_prefix(letter.bytes);
  }
  return safe;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Letter letter = first_letter(text);
    width += width_of_letter(letter.code);
    text.remove_prefix(letter.bytes);
  }
  return width;
}

std::string fitted(std::string_view text, std::size_t width, bool numeric) {
  const std::size_t bytes_max = kBytesPerColumn * (width + 1);
  const std::string safe = printable(text.substr(0, bytes_max));
  if (const std::size_t whole = width_of(safe); whole <= width && text.size() <= bytes_max) {
    const std::string padding(width - whole, ' ');
    return numeric ? padding + safe : safe + padding;
  }
  std::string cut;
  std::size_t used = 0;
  std::string_view rest = safe;
  while (!rest.empty()) {
    const Letter letter = first_letter(rest);
    if (used + width_of_letter(letter.code) + 1 > width) break;
    used += width_of_letter(letter.code);
    cut.append(rest.substr(0, letter.bytes));
    rest.remove_prefix(letter.bytes);
  }
  return cut.append(kEllipsis).append(width - used - 1, ' ');
}

std::string percent_text(double position, double duration) {
  if (!std::isfinite(position) || !std::isfinite(duration) || duration <= 0) return {};
  return fmt::format("{:.1f}", std::clamp(position / duration * 100, 0.0, 100.0));
}

Result<std::unique_ptr<PrettyPrinter>> PrettyPrinter::make() {
  auto printer = std::unique_ptr<PrettyPrinter>(new PrettyPrinter());
  TRY_ASSIGN(printer->decoder_, event::Decoder::make({.projection = fields_needed()}));
  return printer;
}

void PrettyPrinter::decode(const log::RecordBatch& batch) {
  batch_ = &batch;
  decoder_->decode(batch.values, batch.timestamps, events_);
  place_.assign(batch.size(), 0);
  for (std::size_t row = 0; row < events_.size(); ++row) place_[events_.record[row]] = static_cast<std::int64_t>(row);
  for (std::size_t i = 0; i < events_.rejected.size(); ++i) place_[events_.rejected[i].record] = -1 - static_cast<std::int64_t>(i);
  std::uint32_t seen = shown_;
  for (std::size_t column = 0; column < kColumns.size(); ++column) {
    const std::uint32_t bit = 1u << column;
    for (std::size_t row = 0; row < events_.size() && !(seen & bit); ++row) {
      if (!kColumns[column].text(events_, row).empty()) seen |= bit;
    }
  }
  header_due_ |= seen != shown_;
  shown_ = seen;
}

std::vector<std::string> PrettyPrinter::lines_of(std::size_t i) {
  const std::int64_t place = place_[i];
  if (place < 0) return {dead_letter_line(i, events_.rejected[static_cast<std::size_t>(-1 - place)].reason)};
  std::vector<std::string> lines;
  if (header_due_) lines.push_back(header());
  header_due_ = false;
  lines.push_back(event_line(static_cast<std::size_t>(place)));
  return lines;
}

std::string PrettyPrinter::header() const {
  std::string line;
  for (std::size_t column = 0; column < kColumns.size(); ++column) {
    if (shown_ & (1u << column)) add_cell(line, kColumns[column].title, kColumns[column]);
  }
  return without_trailing_spaces(std::move(line));
}

std::string PrettyPrinter::event_line(std::size_t row) const {
  std::string line;
  for (std::size_t column = 0; column < kColumns.size(); ++column) {
    if (shown_ & (1u << column)) add_cell(line, kColumns[column].text(events_, row), kColumns[column]);
  }
  return without_trailing_spaces(std::move(line));
}

// A dead letter has no event time: what stands there is when it came.
std::string PrettyPrinter::dead_letter_line(std::size_t i, event::Reject reason) const {
  constexpr std::size_t kValueWidth = 80;
  const std::string_view value = batch_->values[i];
  std::string line;
  add_cell(line, format_plain(batch_->timestamps[i]), kColumns[0]);
  add_cell(line, "dead letter", kColumns[1]);
  line.append("  ").append(event::name_of(reason)).append("  ").append(fitted(value, kValueWidth));
  return without_trailing_spaces(std::move(line));
}

}  // namespace playhead::cli
