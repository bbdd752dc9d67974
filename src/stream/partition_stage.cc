#include "stream/partition_stage.h"

#include <algorithm>
#include <utility>

namespace playhead::stream {

void PartitionStage::begin(const PartitionState& state) {
  clock_ = PartitionClock(rules_, state.highest);
  tally_ = state.tally;
  rejected_.clear();
}

void PartitionStage::add(const event::EventBatch& events, std::span<const Offset> offsets, std::span<const Timestamp> ingest_times) {
  const auto& keys = events.text_of(key_);
  for (std::size_t row = 0; row < events.size(); ++row) {
    const std::uint32_t record = events.record[row];
    const Timestamp time = events.time[row];
    if (PartitionClock::is_future(time, ingest_times[record], rules_)) [[unlikely]] {
      reject(Disposition::kLate, offsets[record], code_of(RejectReason::kFuture));
      continue;
    }
    const Disposition disposition = clock_.observe(time);
    if (disposition == Disposition::kLate) [[unlikely]] {
      reject(disposition, offsets[record], code_of(RejectReason::kLate));
      continue;
    }
    const bool is_play = events.is_play[row] != 0;
    count(disposition, is_play);
    if (is_play) counts_.add(time, keys[row]);
  }
  for (const event::Rejected& rejected : events.rejected) {
    reject(Disposition::kDeadLetter, offsets[rejected.record], code_of(rejected.reason));
  }
}

void PartitionStage::count(Disposition disposition, bool is_play) {
  ++tally_.records[static_cast<std::size_t>(disposition)];
  if (!is_play) {
    ++tally_.no_plays;
  } else if (disposition == Disposition::kRestated) {
    ++tally_.plays_restated;
  } else {
    ++tally_.plays_on_time;
  }
}

void PartitionStage::reject(Disposition disposition, Offset offset, std::uint8_t reason) {
  ++tally_.records[static_cast<std::size_t>(disposition)];
  rejected_.push_back({offset, reason});
}

EpochOutcome PartitionStage::finish() {
  std::sort(rejected_.begin(), rejected_.end(), [](const auto& left, const auto& right) { return left.offset < right.offset; });
  return {.state = {clock_.highest(), tally_},
          .watermark = clock_.watermark(),
          .increases = counts_.take(),
          .rejected = std::exchange(rejected_, {})};
}

}  // namespace playhead::stream
