// pipeline/lane_rows.h: what one partition has collected for the tables that get a row for a record.
//
// In the process that commits the tables the rows go there from memory; another process writes them into files (a bundle), for the
// committer to take.
// Memory: as sink/event_rows.h and sink/reject_tables.h. Threads: one at a time. Fails: kLimit (disk full), kIo.
#pragma once

#include <string>
#include <vector>

#include "io/file_system.h"
#include "pipeline/epoch.h"
#include "sink/event_rows.h"
#include "sink/reject_tables.h"
#include "sink/row_file.h"

namespace playhead::pipeline {

struct LaneRows {
  sink::EventRows events = {};
  sink::RejectRows rejects;
  std::vector<EpochGaps> gaps = {};

  std::uint64_t bytes() const { return events.bytes() + rejects.bytes(); }
  void clear();
};

// Writes all rows into files "0", "1", ... of `folder`, made anew; durable with all names in it. One file for each hour of the lake, and
// one for each other table that has rows.
Result<std::vector<sink::RowFile>> write_bundle(io::FileSystem& files, const std::string& folder, const std::string& topic,
                                                const LaneRows& rows);
// The name of file `number` of a bundle.
std::string bundle_file(const std::string& folder, std::size_t number);

}  // namespace playhead::pipeline
