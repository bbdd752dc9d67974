// stream/watermark.h: how far event time has come, in a partition and in a job.
//
// The watermark of a partition is the highest event time at earlier offsets minus the allowed disorder. It advances event by event, so it
// depends on the order in the log and on nothing else. The watermark of a job is the lowest of its partitions that are not idle; it decides
// only when a window is first published. Pure; one owner at a time.
#pragma once

#include <algorithm>
#include <span>

#include "base/time.h"
#include "stream/disposition.h"

namespace playhead::stream {

struct TimeRules {
  Duration window = std::chrono::minutes{1};     // the length of a window, aligned to the epoch; > 0
  Duration disorder = std::chrono::seconds{10};  // how far behind the newest event another may come and still be on time
  Duration lateness = std::chrono::hours{1};     // how long after its end a window is still restated
  Duration future = std::chrono::minutes{5};     // how far ahead of ingest time an event may be
};

class PartitionClock {
 public:
  explicit PartitionClock(const TimeRules& rules, Timestamp highest = kNever) : rules_(rules), highest_(highest) {}

  // The highest event time so far that was not from the future; kNever before the first. It is the whole state.
  Timestamp highest() const { return highest_; }
  Timestamp watermark() const { return highest_ == kNever ? kNever : highest_ - rules_.disorder; }

  static bool is_future(Timestamp event, Timestamp ingest, const TimeRules& rules) { return event - ingest > rules.future; }

  // The disposition of an event that is not from the future, judged by the events before it; then the clock has seen it.
  Disposition observe(Timestamp event) {
    const Timestamp mark = watermark();
    highest_ = std::max(highest_, event);
    if (mark == kNever) return Disposition::kOnTime;
    const Timestamp end = floor_to(event, rules_.window) + rules_.window;
    if (end > mark) return Disposition::kOnTime;
    return mark - end < rules_.lateness ? Disposition::kRestated : Disposition::kLate;
  }

 private:
  TimeRules rules_;
  Timestamp highest_;
};

struct PartitionProgress {
  Timestamp watermark = kNever;
  bool idle = false;
};

// The lowest watermark of the partitions that are not idle; all idle: the highest; never below `before`.
Timestamp job_watermark(std::span<const PartitionProgress> partitions, Timestamp before);

}  // namespace playhead::stream
