// event/decoder.h: JSON records in, columns out.
//
// Reads TuneTracker's plays, eventsim's four topics and its original one-stream form, the messages of music-streams, and streaming and
// like events. Each record is judged by itself: its kind follows from its own keys, so a result never depends on where a batch was cut.
// The order of keys is learnt from the records before, which makes it fast, not different. An event takes the fields its kind knows.
// Unknown keys have to be JSON like the rest; they are passed over, or kept as they are written where asked to. docs/events.md has the
// tables.
//
// Limits:  a record 1 MiB, a text 64 KiB, depth 32; times from 1970 to one day ahead of the record's ingest time.
// Threads: one owner at a time.
// Fails:   decode() never does; a record that is no event is listed in batch.rejected.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time_zone.h"
#include "event/batch.h"

namespace playhead::event {

enum class Dialect : std::uint8_t { kAuto, kTuneTracker, kEventsim, kMusicStreams, kStreamingEvents };
inline constexpr std::size_t kDialectCount = 5;
std::optional<Dialect> dialect_named(std::string_view name);  // auto, tunetracker, eventsim, music-streams, streaming-events
std::string_view name_of(Dialect dialect);

class Decoder {
 public:
  struct Options {
    Dialect dialect = Dialect::kAuto;    // others refuse records of any but this dialect (kUnknownShape)
    std::vector<Field> projection = {};  // the columns to fill. A record is judged by all its fields, listed or not
    const TimeZone* zone = nullptr;      // of zoneless texts; null: UTC. Borrowed; outlives the decoder
    bool extra = false;                  // fill batch.extra. The unknown keys of a record are copied, which costs little else
  };
  static Result<std::unique_ptr<Decoder>> make(Options options);
  virtual ~Decoder() = default;

  // Decodes values[i], appended at ingest_times[i], into `batch` (cleared first). Each value is followed by at least 64 readable
  // bytes. Rows and rejections together are as many as values.
  virtual void decode(std::span<const std::string_view> values, std::span<const Timestamp> ingest_times, EventBatch& batch) = 0;
};

}  // namespace playhead::event
