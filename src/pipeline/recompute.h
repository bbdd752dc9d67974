// pipeline/recompute.h: published windows counted anew from the lake, by another rule or with a decoder that reads more.
//
// The lake keeps every event with its disposition, so what is in a window can be decided again: with late plays as well, or with dead
// letters that the decoder of today can read. The counts hold for the records that the windows' ledger holds, neither more nor less; so
// the lake has to hold them too, which it does after a checkpoint.
//
// Limits:  one entry of about 100 bytes per (window, key) in the range; `from` and `to` are window boundaries.
// Threads: one. Memory: one batch of rows.
// Fails:   kInvalid for a key that the lake does not keep as it was written (a real number), or a lake that lacks records; kCorrupt, kIo.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/result.h"
#include "event/decoder.h"
#include "io/file_system.h"
#include "pipeline/job.h"
#include "pipeline/ledger.h"
#include "pipeline/row_ledger.h"
#include "sink/lake.h"

namespace playhead::pipeline {

struct RecomputeRule {
  Timestamp from;
  Timestamp to;                       // exclusive
  bool late = false;                  // plays that came too late count as well (those of the future do not)
  event::Decoder* decoder = nullptr;  // dead letters that it reads as plays count as well; null: none do
};

using WindowCountsByKey = std::map<std::pair<Timestamp, std::string>, std::uint64_t>;

struct RowFolders {
  std::string lake;
  sink::LakeLayout layout = sink::LakeLayout::kPadded;
  std::string rejects;
};

// The counts by (window start, key) of the rule's range.
Result<WindowCountsByKey> recount(io::FileSystem& files, const RowFolders& folders, const JobIdentity& identity, const RecomputeRule& rule,
                                  const Ledger& windows);

}  // namespace playhead::pipeline
