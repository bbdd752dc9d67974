// sink/event_rows.h: what one partition has for the lake since the lake's last commit, as columns.
//
// Every event but the duplicates is kept, in the order of arrival, with its place in the log and what became of it. All dialects share
// one wide schema, so that any reader can take the files of a lake together; a field that an event does not have is null, and a field
// that no event has costs nothing.
//
// Columns: topic, partition, offset, ingest_time, event_time, event_id, kind, disposition, is_play; every event::Field by its name but
// kEventId, nullable; extra (nullable text: the unknown fields of the record, as JSON).
//
// Limits:  2^32 - 1 rows and 2 GiB of text in a column between two commits: the owner commits long before, when bytes() says so.
// Threads: one owner at a time.
// Memory:  about 60 bytes an event and its texts, copied; clear() keeps the memory.
// Fails:   never by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "base/time.h"
#include "event/batch.h"
#include "event/event_id.h"
#include "stream/disposition.h"
#include "table/rows.h"

namespace playhead::sink {

class EventRows {
 public:
  EventRows();

  // The columns of a lake.
  static const table::Schema& schema();

  // Takes the events of a batch in, but for the duplicates. Offsets and ingest times are those of the decoded records, and found by
  // EventBatch::record; ids and dispositions are by row.
  void add(const event::EventBatch& events, std::span<const Offset> offsets, std::span<const Timestamp> ingest_times,
           std::span<const event::EventId> ids, std::span<const stream::Disposition> dispositions);

  std::size_t size() const { return hours_.size(); }
  std::uint64_t bytes() const;  // of memory in use, about
  void clear();

  // The rows of one hour of event time, in the order of their offsets, in the lake's schema. They live during the call.
  using TakeHour = std::function<Status(Timestamp hour, Offset first, const table::Rows& rows)>;
  // All rows, an hour at a time, the oldest hour first. `scratch` holds them meanwhile, and is empty afterwards.
  Status each_hour(std::string_view topic, Partition partition, table::Rows& scratch, const TakeHour& take) const;

 private:
  void gather(std::string_view topic, Partition partition, std::span<const std::uint32_t> rows, table::Rows& into) const;
  void add_places(const event::EventBatch& events, std::span<const Offset> offsets, std::span<const Timestamp> ingest_times,
                  std::span<const event::EventId> ids, std::span<const stream::Disposition> dispositions);
  void add_fields(const event::EventBatch& events);

  std::vector<std::uint32_t> kept_;  // rows of the batch that is being added
  std::vector<std::int32_t> hours_;
  table::Values offsets_{table::ColumnType::kInteger};
  table::Values ingest_times_{table::ColumnType::kTimestamp};
  table::Values event_times_{table::ColumnType::kTimestamp};
  table::Values ids_{table::ColumnType::kId};
  std::vector<event::Kind> kinds_;
  std::vector<stream::Disposition> dispositions_;
  std::vector<std::uint8_t> plays_;
  std::vector<table::Values> fields_;  // in the order of event::Field, without kEventId
  table::Values extra_{table::ColumnType::kText};
};

}  // namespace playhead::sink
