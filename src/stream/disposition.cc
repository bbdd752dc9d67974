#include "stream/disposition.h"

#include <numeric>

namespace playhead::stream {

std::string_view name_of(Disposition disposition) {
  switch (disposition) {
    case Disposition::kDeadLetter: return "dead_letter";
    case Disposition::kDuplicate: return "duplicate";
    case Disposition::kLate: return "late";
    case Disposition::kRestated: return "restated";
    case Disposition::kOnTime: return "on_time";
  }
  return "unknown";
}

std::uint8_t code_of(event::Reject reason) { return static_cast<std::uint8_t>(reason); }
std::uint8_t code_of(RejectReason reason) { return static_cast<std::uint8_t>(reason); }

std::string_view reason_named(std::uint8_t code) {
  if (code < event::kRejectCount) return event::name_of(static_cast<event::Reject>(code));
  if (code == code_of(RejectReason::kLate)) return "late";
  if (code == code_of(RejectReason::kFuture)) return "future";
  if (code == code_of(RejectReason::kDuplicate)) return "duplicate";
  return "unknown";
}

std::uint64_t Tally::total() const { return std::accumulate(records.begin(), records.end(), std::uint64_t{0}); }

Tally& Tally::operator+=(const Tally& other) {
  for (std::size_t i = 0; i < records.size(); ++i) records[i] += other.records[i];
  plays_on_time += other.plays_on_time;
  plays_restated += other.plays_restated;
  no_plays += other.no_plays;
  not_keyed_by_user += other.not_keyed_by_user;
  gaps += other.gaps;
  skipped += other.skipped;
  resets += other.resets;
  return *this;
}

}  // namespace playhead::stream
