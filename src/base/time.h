// base/time.h: instants and spans, in microseconds, UTC.
//
// Every instant in Playhead is a Timestamp: microseconds since 1970-01-01T00:00:00Z, no leap seconds (as POSIX time and Parquet's
// TIMESTAMP_MICROS). Texts are ISO 8601. Pure functions; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace playhead {

using Duration = std::chrono::microseconds;
using Timestamp = std::chrono::sys_time<Duration>;

inline constexpr Timestamp kNever{Duration{std::numeric_limits<std::int64_t>::min()}};  // before every instant: no event seen yet

constexpr Timestamp from_micros(std::int64_t micros) { return Timestamp{Duration{micros}}; }
constexpr std::int64_t to_micros(Timestamp time) { return time.time_since_epoch().count(); }

// The largest multiple of `step` (> 0) at or below `time`; right before 1970 too. kNever stays kNever.
// Here, because it is on the path of every event.
constexpr Timestamp floor_to(Timestamp time, Duration step) {
  if (time == kNever) return time;
  const Duration rest = time.time_since_epoch() % step;
  return time - rest - (rest < Duration::zero() ? step : Duration::zero());
}

// "2018-11-01T20:57:10.796000Z"; kNever is "never". Years beyond 9999 are written with as many digits as they need.
std::string format_iso(Timestamp time);
// "2018-11-01 20:57:10" (fractions cut): the form TuneTracker's CSV shows.
std::string format_plain(Timestamp time);
// "20181101T205710Z": an instant inside a file name.
std::string format_compact(Timestamp time);

// An instant as a text said it: `local` is true where the text had no zone (and micros are then wall time, to be shifted).
struct ParsedTime {
  Timestamp time;
  bool zoneless;
};

// Reads ISO 8601 / RFC 3339: YYYY-MM-DD, then 'T' or ' ', hh:mm[:ss[.fraction]], then nothing, 'Z' or an offset +hh[:mm].
// Digits of the fraction past the sixth are cut. A date alone is its midnight. nullopt: anything else, or a date that is not
// in the calendar. 24:00 and leap seconds (:60) are refused. No allocation: it is on the decoders' hot path.
std::optional<ParsedTime> parse_iso(std::string_view text);

// "250ms", "1s", "30m", "1h", "60d", "90" (seconds), also "1.5s". kInvalid names the forms. Negative spans are refused.
Result<Duration> parse_duration(std::string_view text);
// The shortest exact form parse_duration reads: "1m30s" is written "90s".
std::string format_duration(Duration span);

}  // namespace playhead
