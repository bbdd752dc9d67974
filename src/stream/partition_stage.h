// stream/partition_stage.h: what one partition's records of one epoch come to. The pure middle of the corridor.
//
// begin() with the state that the epoch before left; then for each batch, in offset order, judge() it by time, mark the duplicates in
// what comes out (whoever remembers the event ids does that), and count() it; finish(). The outcome depends on the state, the records and
// the options, and on nothing else: replaying an epoch gives an equal outcome.
//
// Threads: one owner at a time. Memory: keeps nothing of a batch after count(); one entry per (window, key) of the epoch.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "event/batch.h"
#include "stream/disposition.h"
#include "stream/watermark.h"
#include "stream/window.h"

namespace playhead::stream {

// What a partition carries from one epoch to the next, but for the ids that it remembers.
struct PartitionState {
  Timestamp highest = kNever;  // the highest event time seen that was not from the future
  Tally tally;                 // since the job began

  bool operator==(const PartitionState&) const = default;
};

struct EpochOutcome {
  PartitionState state;             // after the epoch
  Timestamp watermark = kNever;     // after the epoch
  std::vector<Increase> increases;  // by window and key
};

// What time says of the events of a batch, row by row. It hangs on no duplicate: those move the watermark like any other event.
struct Judged {
  std::vector<Disposition> dispositions;
  std::vector<std::uint8_t> reasons;       // code_of() of a row that is late; else 0
  std::vector<Timestamp> watermarks;       // of the partition, when the row arrived
  std::vector<Timestamp> remembered_from;  // the later of event time and watermark: the row's id is remembered for a time from then on

  std::size_t size() const { return dispositions.size(); }
  void mark_duplicate(std::size_t row) {
    dispositions[row] = Disposition::kDuplicate;
    reasons[row] = code_of(RejectReason::kDuplicate);
  }
};

class PartitionStage {
 public:
  PartitionStage(const TimeRules& rules, event::Field key) : rules_(rules), key_(key), clock_(rules), counts_(rules.window) {}

  void begin(const PartitionState& state);
  // The rows of `events` came from records with these ingest times (by EventBatch::record). `judged` is replaced.
  void judge(const event::EventBatch& events, std::span<const Timestamp> ingest_times, Judged& judged);
  // Counts the rows and rejections of the batch. `record_keys` are the keys of its records, by EventBatch::record.
  void count(const event::EventBatch& events, const Judged& judged, std::span<const std::string_view> record_keys);
  // Counts offsets that hold no record.
  void pass_over(std::uint64_t offsets) { tally_.gaps += offsets; }
  // Counts offsets that are lost.
  void skip(std::uint64_t offsets) { tally_.skipped += offsets; }
  void reset(std::uint64_t skipped) {
    skip(skipped);
    ++tally_.resets;
  }
  EpochOutcome finish();

 private:
  void count_play(Disposition disposition, Timestamp time, std::string_view key);

  TimeRules rules_;
  event::Field key_;
  PartitionClock clock_;
  WindowCounts counts_;
  Tally tally_;
};

}  // namespace playhead::stream
