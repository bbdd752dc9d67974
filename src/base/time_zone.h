// base/time_zone.h: wall time of an IANA zone to UTC and back, from the system's TZif data.
//
// Format: RFC 8536 (TZif), with the footer's POSIX TZ rule for times after the last transition. A zone is a table from time to
// offset: the rule is written out for 400 years, after which the calendar, weekdays and all, repeats. 24 bytes a change of offset.
// Limits: a TZif file of at most 1 MiB. Any thread; immutable once made.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace playhead {

class TimeZone {
 public:
  // Reads the bytes of a TZif file. kCorrupt when they are not one.
  static Result<std::unique_ptr<TimeZone>> make(std::string_view tzif);
  // Clocks that show UTC for ever: needs no file.
  static std::unique_ptr<TimeZone> utc();

  // The instant at which clocks there showed `wall`. Shown twice (clocks set back): the first time. Never shown (clocks set
  // forward): read with the offset in force before the gap.
  Timestamp to_utc(Timestamp wall) const;
  // How far clocks there are ahead of UTC at `instant`. Costs one binary search.
  std::chrono::seconds offset_at(Timestamp instant) const { return stay_at(instant).offset; }
  // The same, and until when it stays so (exclusive): who walks through time looks an offset up only where it changes.
  struct Stay {
    std::chrono::seconds offset;
    Timestamp end;  // Timestamp::max(): for ever
  };
  Stay stay_at(Timestamp instant) const;

 private:
  // From `start` on (UTC), and for wall times from `wall_start` on, clocks are `offset` seconds ahead of UTC. Sorted by both; the
  // first begins before all times.
  struct Span {
    std::int64_t start;
    std::int64_t wall_start;
    std::int32_t offset;
  };
  TimeZone(std::vector<Span> spans, std::int64_t repeats_from) : spans_(std::move(spans)), repeats_from_(repeats_from) {}

  std::vector<Span> spans_;
  std::int64_t repeats_from_;  // the second, of wall time and of UTC, from which the table repeats the 400 years before it
};

}  // namespace playhead
