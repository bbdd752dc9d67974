// pipeline/reconciliation.h: are all records accounted for? Counted from the rows of committed files, never from counters.
//
// For each partition, and each hour of ingest time:
//   records read = on time + restated + late + duplicates + dead letters
// and every offset from where the tables begin to below what their ledgers say occurs exactly once: in the lake (on time, restated,
// late), in the table of late events (duplicates), or among the dead letters; but for the gaps, the offsets that held no record: there have
// to be as many as the lake's ledger has counted, else all that no row has are missing. What the lake calls late is in the table of late
// events too. A running writer may be between its commits, so what only one of the ledgers has is left out. Then the windows: the sum of
// their rows is what their ledger says is published; published and open plays are those counted; and they are the plays of the lake.
//
// Where a job was reset, offsets may have been passed over, and those of a topic that was made anew come again: then each stretch
// between two resets has every offset once.
//
// A table that is gone as a whole has no rows that could be missed, so that is looked for first: whoever has committed rows has claimed all
// tables before. Where nothing else was committed either, there is no telling.
//
// A job without a lake has no rows for what was on time: then only the others are counted, and that none is there twice.
//
// Memory:  one bit for each offset, and a little for each hour. Time: one pass over five columns of the lake; a second one over
//          the tables where offsets are missing, to find their hours.
// Threads: one; a stream may be running.
// Fails:   kCorrupt for a damaged file or ledger; kBusy when the files change faster than they can be read; kIo.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "base/time.h"
#include "io/file_system.h"
#include "pipeline/ledger.h"

namespace playhead::pipeline {

struct ReconcileOptions {
  std::uint32_t partitions = 1;
  std::string lake;          // folder; empty: the job has none
  std::string rejects;       // folder of the tables of late events and dead letters
  std::string windows;       // folder
  bool provisional = false;  // whether the windows have the column of that name
};

// What the rows of one hour come to.
struct HourCounts {
  std::uint64_t on_time = 0;
  std::uint64_t restated = 0;
  std::uint64_t late = 0;  // of the lake; without one, of the table of late events
  std::uint64_t duplicates = 0;
  std::uint64_t dead_letters = 0;
  std::uint64_t missing = 0;      // offsets in no row that are no gaps; in the hour of the nearest one before
  std::uint64_t twice = 0;        // rows whose offset another row has
  std::uint64_t late_listed = 0;  // rows of the table of late events that are no duplicates

  std::uint64_t rows() const { return on_time + restated + late + duplicates + dead_letters; }
  std::uint64_t records() const { return rows() + missing - twice; }
  bool holds() const { return missing == 0 && twice == 0 && late == late_listed; }
  HourCounts& operator+=(const HourCounts& other);
  bool operator==(const HourCounts&) const = default;
};

struct PartitionCounts {
  OffsetRange checked;                    // offsets that all tables hold, since the last reset
  std::vector<OffsetRange> earlier;       // before resets of the job, which pass over lost records
  std::map<Timestamp, HourCounts> hours;  // kNever: before any row
  std::uint64_t gaps = 0;                 // of these offsets that held no record, as the lake's ledger has it
  std::uint64_t rows_at_gaps = 0;         // gaps that have rows
  std::uint64_t plays = 0;                // of the lake, on time or restated, that the windows' ledger has taken in
  bool plays_known = false;               // whether the lake goes from the job's beginning to where the windows' ledger is
};

struct WindowSums {
  std::uint64_t rows = 0;              // the sum of the published rows' counts
  bool compared = false;               // false: the table changed all the time while it was read
  Ledger ledger;                       // of the same commit
  std::optional<std::uint64_t> plays;  // of the lake; nullopt where it does not hold exactly the same records

  bool rows_are_published() const { return !compared || rows == ledger.published_plays; }
  bool plays_are_counted() const { return !plays || *plays == ledger.tally().plays_counted(); }
  bool holds() const { return rows_are_published() && ledger.reconciles() && plays_are_counted(); }
};

struct Reconciliation {
  bool has_lake = false;
  std::vector<std::string> lost;  // folders of tables that are not there, though the others say that they were
  std::vector<PartitionCounts> partitions;
  WindowSums windows;
  std::uint64_t unnamed = 0;  // committed files without their names: their writer was stopped, and the next one goes on there

  HourCounts total() const;
  bool holds() const;
};

Result<Reconciliation> reconcile(io::FileSystem& files, const ReconcileOptions& options);

}  // namespace playhead::pipeline
