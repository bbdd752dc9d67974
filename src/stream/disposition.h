// stream/disposition.h: what became of each record, and the counts of it.
//
// Every record read gets exactly one disposition; the first that matches, in the order of the enum, wins. So at any time
// records read = on time + restated + late + duplicates + dead letters,
// and the offsets passed are the records read and the gaps: offsets that hold no record (Kafka's marks of transactions, and what
// compaction has removed).
//
// Pure values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "event/batch.h"

namespace playhead::stream {

enum class Disposition : std::uint8_t {
  kDeadLetter,  // does not decode, or is over a limit
  kDuplicate,   // its event id was seen before
  kLate,        // its window ended longer ago than the allowed lateness, or it comes from the future
  kRestated,    // its window had ended by its partition's watermark, but within the allowed lateness
  kOnTime,
};
inline constexpr std::size_t kDispositionCount = 5;
std::string_view name_of(Disposition disposition);  // "dead_letter"

// Why an event is not in the windows. Dead letters carry the decoder's reason.
enum class RejectReason : std::uint8_t {
  kLate = 100,
  kFuture = 101,
  kDuplicate = 102,
};
// The decoder's reasons are 0 to 99, the stream's 100 and above.
std::uint8_t code_of(event::Reject reason);
std::uint8_t code_of(RejectReason reason);
std::string_view reason_named(std::uint8_t code);  // "not_json", "late", ...; "unknown" for a code of a newer program

// Counts of records. Plays are counted apart, because only they are in the windows.
struct Tally {
  std::array<std::uint64_t, kDispositionCount> records{};  // by disposition
  std::uint64_t plays_on_time = 0;
  std::uint64_t plays_restated = 0;
  std::uint64_t no_plays = 0;           // events on time or restated that are no plays
  std::uint64_t not_keyed_by_user = 0;  // events whose record has another key than their listener: dedup may miss their duplicates
  std::uint64_t gaps = 0;               // offsets without a record
  std::uint64_t skipped = 0;            // offsets that were lost before they were read, and passed over at a person's word
  std::uint64_t resets = 0;             // how often that was done

  std::uint64_t of(Disposition disposition) const { return records[static_cast<std::size_t>(disposition)]; }
  std::uint64_t total() const;  // of the records read
  std::uint64_t plays_counted() const { return plays_on_time + plays_restated; }
  Tally& operator+=(const Tally& other);
  bool operator==(const Tally&) const = default;
};

}  // namespace playhead::stream
