// event/decoder.h: JSON records in, columns out.
//
// Reads TuneTracker plays and eventsim's listens and page views (the forms with separate topics, and the original one-stream form).
// Each record is judged by itself: its dialect follows from its own keys, so a result never depends on where a batch was cut. The order
// of keys is learnt from the records before, which makes it fast, not different. An event takes the fields its dialect knows; unknown
// keys are passed over, though they have to be JSON like the rest. docs/events.md has the tables.
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

enum class Dialect : std::uint8_t { kAuto, kTuneTracker, kEventsim };
std::optional<Dialect> dialect_named(std::string_view name);  // auto, tunetracker, eventsim
std::string_view name_of(Dialect dialect);

class Decoder {
 public:
  struct Options {
    Dialect dialect = Dialect::kAuto;    // others refuse records of any but this dialect (kUnknownShape)
    std::vector<Field> projection = {};  // the columns to fill. A record is judged by all its fields, listed or not
    const TimeZone* zone = nullptr;      // of zoneless texts; null: UTC. Borrowed; outlives the decoder
  };
  static Result<std::unique_ptr<Decoder>> make(Options options);
  virtual ~Decoder() = default;

  // Decodes values[i], appended at ingest_times[i], into `batch` (cleared first). Each value is followed by at least 64 readable
  // bytes. Rows and rejections together are as many as values.
  virtual void decode(std::span<const std::string_view> values, std::span<const Timestamp> ingest_times, EventBatch& batch) = 0;
};

}  // namespace playhead::event
