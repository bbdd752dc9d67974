// stream/partition_stage.h: what one partition's records of one epoch come to. The pure middle of the corridor.
//
// begin() with the state that the epoch before left, add() the decoded records in offset order, finish(). The outcome depends on the state,
// the records and the options, and on nothing else: replaying an epoch gives an equal outcome.
//
// Threads: one owner at a time. Memory: keeps nothing of a batch after add(); one entry per (window, key) and per rejected record of the
// epoch.
#pragma once

#include <span>
#include <vector>

#include "event/batch.h"
#include "stream/disposition.h"
#include "stream/watermark.h"
#include "stream/window.h"

namespace playhead::stream {

// All that a partition carries from one epoch to the next.
struct PartitionState {
  Timestamp highest = kNever;  // the highest event time seen that was not from the future
  Tally tally;                 // since the job began

  bool operator==(const PartitionState&) const = default;
};

struct EpochOutcome {
  PartitionState state;                  // after the epoch
  Timestamp watermark = kNever;          // after the epoch
  std::vector<Increase> increases;       // by window and key
  std::vector<RejectedRecord> rejected;  // by offset
};

class PartitionStage {
 public:
  PartitionStage(const TimeRules& rules, event::Field key) : rules_(rules), key_(key), clock_(rules), counts_(rules.window) {}

  void begin(const PartitionState& state);
  // The rows and rejections of `events` came from records with these offsets and ingest times (by EventBatch::record).
  void add(const event::EventBatch& events, std::span<const Offset> offsets, std::span<const Timestamp> ingest_times);
  EpochOutcome finish();

 private:
  void count(Disposition disposition, bool is_play);
  void reject(Disposition disposition, Offset offset, std::uint8_t reason);

  TimeRules rules_;
  event::Field key_;
  PartitionClock clock_;
  WindowCounts counts_;
  Tally tally_;
  std::vector<RejectedRecord> rejected_;
};

}  // namespace playhead::stream
