#include "stream/partition_stage.h"

#include <algorithm>

namespace playhead::stream {

void PartitionStage::begin(const PartitionState& state) {
  clock_ = PartitionClock(rules_, state.highest);
  tally_ = state.tally;
}

void PartitionStage::judge(const event::EventBatch& events, std::span<const Timestamp> ingest_times, Judged& judged) {
  const std::size_t rows = events.size();
  judged.dispositions.resize(rows);
  judged.reasons.assign(rows, 0);
  judged.watermarks.resize(rows);
  judged.remembered_from.resize(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const Timestamp time = events.time[row];
    const Timestamp mark = clock_.watermark();
    judged.watermarks[row] = mark;
    judged.remembered_from[row] = std::max(time, mark);
    if (PartitionClock::is_future(time, ingest_times[events.record[row]], rules_)) [[unlikely]] {
      judged.dispositions[row] = Disposition::kLate;
      judged.reasons[row] = code_of(RejectReason::kFuture);
      continue;
    }
    judged.dispositions[row] = clock_.observe(time);
    if (judged.dispositions[row] == Disposition::kLate) [[unlikely]] {
      judged.reasons[row] = code_of(RejectReason::kLate);
    }
  }
}

void PartitionStage::count(const event::EventBatch& events, const Judged& judged, std::span<const std::string_view> record_keys) {
  const auto& keys = events.text_of(key_);
  const auto& users = events.text_of(event::Field::kUser);
  for (std::size_t row = 0; row < events.size(); ++row) {
    const Disposition disposition = judged.dispositions[row];
    ++tally_.records[static_cast<std::size_t>(disposition)];
    tally_.not_keyed_by_user += users[row].data() != nullptr && users[row] != record_keys[events.record[row]];
    if (disposition < Disposition::kRestated) [[unlikely]]
      continue;
    if (events.is_play[row] != 0) {
      count_play(disposition, events.time[row], keys[row]);
    } else {
      ++tally_.no_plays;
    }
  }
  tally_.records[static_cast<std::size_t>(Disposition::kDeadLetter)] += events.rejected.size();
}

void PartitionStage::count_play(Disposition disposition, Timestamp time, std::string_view key) {
  ++(disposition == Disposition::kRestated ? tally_.plays_restated : tally_.plays_on_time);
  counts_.add(time, key);
}

EpochOutcome PartitionStage::finish() {
  return {.state = {clock_.highest(), tally_}, .watermark = clock_.watermark(), .increases = counts_.take()};
}

}  // namespace playhead::stream
