// pipeline/reset.h: where a job goes on after its log has lost records, at a person's word.
//
// What was counted stays counted, and is never counted again: a partition of the same topic only goes forward, and what it passes over is
// recorded as skipped. A topic that was made anew has other records, so there it may begin anywhere; what is remembered (open windows,
// event ids) stays. Where the log came back from an older backup, nobody but the user can know which of its records were counted: then
// the oldest is refused, and an offset that is named is taken.
//
// Threads: as the Reader. Fails: kInvalid with the reason; else as the Reader.
#pragma once

#include <map>
#include <string_view>

#include "pipeline/loss.h"

namespace playhead::pipeline {

struct ResetTo {
  enum class Place : std::uint8_t {
    kEarliest,  // the oldest record that is there and was not counted
    kLatest,    // what comes from now on
    kTime,      // the first record at or after `time`, by ingest time
    kOffsets,   // as named
  };
  Place place = Place::kEarliest;
  Timestamp time = kNever;
  std::map<std::uint32_t, Offset> offsets = {};  // by partition
};

// "earliest", "latest", an ISO time, or "offsets:0=123,1=456". kInvalid names the forms.
Result<ResetTo> parse_reset(std::string_view text);

struct ResetPlan {
  Offset target;
  Reset reset;
};
// For a partition that has lost something. `loss` is not kNone.
Result<ResetPlan> plan_reset(log::Reader& reader, Partition partition, const ResetTo& to, Loss loss, const Standing& standing);

}  // namespace playhead::pipeline
