#include "base/time_zone.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>

namespace playhead {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;
constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kCycleYears = 400;
constexpr std::int64_t kCycleSeconds = 146'097 * kSecondsPerDay;
constexpr std::int32_t kOffsetMax = 26 * 3600;                             // RFC 8536, section 3.2
constexpr std::int64_t kLastTransitionMax = 7'000 * 366 * kSecondsPerDay;  // a calendar of four digits stays within reach

Error corrupt(std::string_view what) { return {ErrorKind::kCorrupt, std::string("not a TZif file: ").append(what)}; }

// TZif is big-endian.
std::int64_t read_big_endian(std::string_view bytes) {
  std::uint64_t value = static_cast<signed char>(bytes.front()) < 0 ? ~std::uint64_t{0} : 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

// Clocks turn to `offset` seconds ahead of UTC at this second of UTC.
struct Transition {
  std::int64_t at;
  std::int32_t offset;
};

struct ZoneData {
  std::int32_t first_offset = 0;
  std::vector<Transition> transitions;
};

struct Header {
  std::uint64_t utc_count, standard_count, leap_count, time_count, type_count, character_count;

  std::uint64_t block_bytes(std::uint64_t time_bytes) const {
    return time_count * (time_bytes + 1) + type_count * 6 + character_count + leap_count * (time_bytes + 4) + standard_count + utc_count;
  }
};
constexpr std::size_t kHeaderBytes = 44;

std::optional<Header> read_header(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with("TZif")) return std::nullopt;
  std::array<std::uint64_t, 6> counts;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::int64_t count = read_big_endian(bytes.substr(20 + i * 4, 4));
    if (count < 0) return std::nullopt;
    counts[i] = static_cast<std::uint64_t>(count);
  }
  return Header{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
}

// Reads the data block behind a header, whose length has been checked.
Result<ZoneData> read_block(const Header& header, std::string_view block, std::size_t time_bytes) {
  if (header.type_count == 0) return std::unexpected(corrupt("it has no local time type"));
  if (header.leap_count != 0) return std::unexpected(corrupt("it counts leap seconds, and Playhead's times do not"));
  const std::string_view times = block.substr(0, header.time_count * time_bytes);
  const std::string_view indexes = block.substr(times.size(), header.time_count);
  const std::string_view types = block.substr(times.size() + indexes.size(), header.type_count * 6);
  std::vector<std::int32_t> offsets;
  for (std::size_t i = 0; i < header.type_count; ++i) {
    const std::int64_t offset = read_big_endian(types.substr(i * 6, 4));
    if (offset < -kOffsetMax || offset > kOffsetMax) return std::unexpected(corrupt("an offset is more than a day"));
    offsets.push_back(static_cast<std::int32_t>(offset));
  }
  ZoneData data{offsets.front(), {}};
  for (std::size_t i = 0; i < header.time_count; ++i) {
    const std::int64_t at = read_big_endian(times.substr(i * time_bytes, time_bytes));
    const auto type = static_cast<unsigned char>(indexes[i]);
    if (type >= offsets.size()) return std::unexpected(corrupt("a transition is to a type that is not there"));
    if (i > 0 && at <= data.transitions.back().at) return std::unexpected(corrupt("transitions are not in order"));
    if (at > kLastTransitionMax) return std::unexpected(corrupt("a transition is thousands of years ahead"));
    data.transitions.push_back({at, offsets[type]});
  }
  return data;
}

// --- The footer: a POSIX TZ string, such as CET-1CEST,M3.5.0,M10.5.0/3 ---------------------------------------------------------

// The day and the second of local time at which clocks turn.
struct TurnRule {
  enum class Form : std::uint8_t { kMonthWeekDay, kJulian, kDayOfYear } form;  // M3.5.0; J60: never 29 February; 59: counts it, from 0
  int month, week, day;
  std::int64_t second;
};

struct FooterRule {
  std::int32_t standard_offset, summer_offset;
  TurnRule start, end;  // of summer time
};

// Reads the front of the string and cuts it off; each function gives nullopt where its part is not there.
class FooterReader {
 public:
  explicit FooterReader(std::string_view text) : rest_(text) {}

  // nullopt: no POSIX TZ string. An inner nullopt: a zone without summer time.
  std::optional<std::optional<FooterRule>> read() {
    if (rest_.empty()) return std::optional<FooterRule>{};
    const auto standard = skip_name() ? take_time(24) : std::nullopt;
    if (!standard) return std::nullopt;
    if (rest_.empty()) return std::optional<FooterRule>{};
    if (!skip_name()) return std::nullopt;
    const auto summer = rest_.starts_with(',') ? std::optional(*standard - 3600) : take_time(24);
    const auto start = summer ? take_turn() : std::nullopt;
    const auto end = start ? take_turn() : std::nullopt;
    if (!end || !rest_.empty()) return std::nullopt;
    // POSIX counts westward.
    return FooterRule{static_cast<std::int32_t>(-*standard), static_cast<std::int32_t>(-*summer), *start, *end};
  }

 private:
  bool take(char expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  static bool is_letter(char character) { return (character | 0x20) >= 'a' && (character | 0x20) <= 'z'; }

  bool skip_name() {
    if (take('<')) {
      const std::size_t end = rest_.find('>');
      if (end == std::string_view::npos || end < 3) return false;
      rest_.remove_prefix(end + 1);
      return true;
    }
    std::size_t length = 0;
    while (length < rest_.size() && is_letter(rest_[length])) ++length;
    rest_.remove_prefix(length);
    return length >= 3;
  }

  std::optional<int> take_number(int most) {
    int number = 0;
    std::size_t digits = 0;
    while (digits < rest_.size() && digits < 4 && rest_[digits] >= '0' && rest_[digits] <= '9')
      number = number * 10 + (rest_[digits++] - '0');
    if (digits == 0 || number > most) return std::nullopt;
    rest_.remove_prefix(digits);
    return number;
  }

  // [+-]hh[:mm[:ss]] in seconds.
  std::optional<std::int64_t> take_time(int hours_max) {
    const bool minus = take('-');
    if (!minus) take('+');
    const auto hours = take_number(hours_max);
    const auto minutes = hours && take(':') ? take_number(59) : std::optional(0);
    const auto seconds = minutes && take(':') ? take_number(59) : std::optional(0);
    if (!hours || !minutes || !seconds) return std::nullopt;
    const std::int64_t time = *hours * 3600 + *minutes * 60 + *seconds;
    return minus ? -time : time;
  }

  std::optional<TurnRule> take_turn() {
    constexpr int kTurnHoursMax = 167;  // RFC 8536, section 3.3.1
    TurnRule rule{TurnRule::Form::kDayOfYear, 0, 0, 0, 2 * 3600};
    if (!take(',') || !take_day(rule)) return std::nullopt;
    if (!take('/')) return rule;
    const auto second = take_time(kTurnHoursMax);
    if (!second) return std::nullopt;
    rule.second = *second;
    return rule;
  }

  bool take_day(TurnRule& rule) {
    if (take('M')) {
      const auto month = take_number(12);
      const auto week = month && take('.') ? take_number(5) : std::nullopt;
      const auto day = week && take('.') ? take_number(6) : std::nullopt;
      if (!day || *month == 0 || *week == 0) return false;
      rule = {TurnRule::Form::kMonthWeekDay, *month, *week, *day, rule.second};
      return true;
    }
    if (take('J')) rule.form = TurnRule::Form::kJulian;
    const auto day = take_number(365);
    if (!day || (*day == 0 && rule.form == TurnRule::Form::kJulian)) return false;
    rule.day = *day;
    return true;
  }

  std::string_view rest_;
};

// The day of 1970 on which the rule turns clocks in `year`.
std::int64_t day_of(const TurnRule& rule, int year) {
  using namespace std::chrono;
  const std::int64_t new_year = sys_days{std::chrono::year{year} / January / 1}.time_since_epoch().count();
  switch (rule.form) {
    case TurnRule::Form::kDayOfYear: return new_year + rule.day;
    case TurnRule::Form::kJulian: return new_year + rule.day - 1 + (std::chrono::year{year}.is_leap() && rule.day >= 60 ? 1 : 0);
    case TurnRule::Form::kMonthWeekDay: break;
  }
  const auto month = std::chrono::year{year} / std::chrono::month{static_cast<unsigned>(rule.month)};
  const weekday day{static_cast<unsigned>(rule.day)};
  const sys_days date = rule.week == 5 ? sys_days{month / day[last]} : sys_days{month / day[static_cast<unsigned>(rule.week)]};
  return date.time_since_epoch().count();
}

// Adds the turns of `rule` that come after the last transition, to the end of the year `last_year`.
void add_turns(const FooterRule& rule, int first_year, int last_year, std::vector<Transition>& transitions) {
  const std::int64_t last = transitions.empty() ? std::numeric_limits<std::int64_t>::min() : transitions.back().at;
  std::vector<std::pair<Transition, std::size_t>> turns;  // and the order in which they were made
  const auto add = [&turns](std::int64_t at, std::int32_t offset) { turns.push_back({{at, offset}, turns.size()}); };
  for (int year = first_year; year <= last_year; ++year) {
    add(day_of(rule.start, year) * kSecondsPerDay + rule.start.second - rule.standard_offset, rule.summer_offset);
    add(day_of(rule.end, year) * kSecondsPerDay + rule.end.second - rule.summer_offset, rule.standard_offset);
  }
  // An end may fall on the next start (summer time all year): their own order then stands.
  std::ranges::sort(turns, {}, [](const auto& turn) { return std::pair(turn.first.at, turn.second); });
  for (const auto& [turn, order] : turns) {
    if (turn.at > last) transitions.push_back(turn);
  }
}

int year_of(std::int64_t second) {
  const auto day = std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds{std::chrono::seconds{second}});
  return static_cast<int>(std::chrono::year_month_day{day}.year());
}

std::int64_t wall_second_of_year(int year) {
  return std::chrono::sys_days{std::chrono::year{year} / std::chrono::January / 1}.time_since_epoch().count() * kSecondsPerDay;
}

struct Parts {
  Header header;
  std::string_view block;
  std::size_t time_bytes;
  std::string_view footer;
};

// Finds the block of 64-bit times and its footer, or in a file of the first version its only block.
Result<Parts> split_file(std::string_view tzif) {
  if (tzif.size() > kFileBytesMax) return std::unexpected(corrupt("it is over 1 MiB"));
  const auto first = read_header(tzif);
  if (!first) return std::unexpected(corrupt("it has no header"));
  const std::uint64_t first_bytes = kHeaderBytes + first->block_bytes(4);
  if (first_bytes > tzif.size()) return std::unexpected(corrupt("it is cut short"));
  if (tzif[4] == '\0') return Parts{*first, tzif.substr(kHeaderBytes), 4, {}};
  const std::string_view rest = tzif.substr(first_bytes);
  const auto second = read_header(rest);
  if (!second) return std::unexpected(corrupt("it has no second header"));
  const std::uint64_t second_bytes = kHeaderBytes + second->block_bytes(8);
  if (second_bytes > rest.size()) return std::unexpected(corrupt("it is cut short"));
  const std::string_view footer = rest.substr(second_bytes);
  if (footer.size() < 2 || footer.front() != '\n' || footer.find('\n', 1) != footer.size() - 1) {
    return std::unexpected(corrupt("it has no footer"));
  }
  return Parts{*second, rest.substr(kHeaderBytes), 8, footer.substr(1, footer.size() - 2)};
}

constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::min();

// The second of the table that stands for `second`, which may lie beyond it.
std::int64_t table_second(std::int64_t second, std::int64_t repeats_from) {
  return second < repeats_from ? second : second - ((second - repeats_from) / kCycleSeconds + 1) * kCycleSeconds;
}

}  // namespace

Result<std::unique_ptr<TimeZone>> TimeZone::make(std::string_view tzif) {
  TRY_ASSIGN(const Parts parts, split_file(tzif));
  TRY_ASSIGN(ZoneData data, read_block(parts.header, parts.block, parts.time_bytes));
  const auto footer = FooterReader(parts.footer).read();
  if (!footer) return std::unexpected(corrupt("its footer is no POSIX TZ string"));

  std::int64_t repeats_from = std::numeric_limits<std::int64_t>::max();
  if (*footer) {
    const int first_year = data.transitions.empty() ? 1970 : std::max(1900, year_of(data.transitions.back().at));
    const int last_year = first_year + static_cast<int>(kCycleYears) + 1;
    add_turns(**footer, first_year, last_year, data.transitions);
    repeats_from = wall_second_of_year(last_year);
  }

  std::vector<Span> spans{{kAlways, kAlways, data.first_offset}};
  for (const Transition& transition : data.transitions) {
    // Set forward, the new offset is first seen at the far end of the gap; set back, the old one holds until it has shown all it can.
    const std::int64_t wall = transition.at + std::max(spans.back().offset, transition.offset);
    spans.push_back({transition.at, std::max(wall, spans.back().wall_start), transition.offset});
  }
  return std::unique_ptr<TimeZone>(new TimeZone(std::move(spans), repeats_from));
}

std::unique_ptr<TimeZone> TimeZone::utc() {
  return std::unique_ptr<TimeZone>(new TimeZone({{kAlways, kAlways, 0}}, std::numeric_limits<std::int64_t>::max()));
}

Timestamp TimeZone::to_utc(Timestamp wall) const {
  if (wall == kNever) return wall;
  const std::int64_t second = table_second(std::chrono::floor<std::chrono::seconds>(wall).time_since_epoch().count(), repeats_from_);
  const auto after = std::ranges::upper_bound(spans_, second, {}, &Span::wall_start);
  return wall - std::chrono::seconds{std::prev(after)->offset};
}

TimeZone::Stay TimeZone::stay_at(Timestamp instant) const {
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
  const std::int64_t of_table = table_second(second, repeats_from_);
  const auto after = std::ranges::upper_bound(spans_, of_table, {}, &Span::start);
  const std::chrono::seconds offset{std::prev(after)->offset};
  if (after == spans_.end()) return {offset, Timestamp::max()};
  return {offset, Timestamp{std::chrono::seconds{after->start + (second - of_table)}}};
}

}  // namespace playhead
