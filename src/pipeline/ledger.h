// pipeline/ledger.h: what a sink has taken in, written inside the sink's own commit.
//
// Per partition the last merged epoch and where it ended, with the counts so far; for the job what is published. The text is JSON
// (instants in microseconds UTC), so that scripts can read it in the manifest; to_text() of equal ledgers is equal.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pipeline/journal.h"

namespace playhead::pipeline {

struct LedgerPartition {
  Epoch epoch;         // merged up to and with this one
  Offset next;         // the first offset that is not merged
  WriterEpoch writer;  // of the writer that merged it
  Timestamp watermark = kNever;
  bool idle = false;
  stream::Tally tally;

  bool operator==(const LedgerPartition&) const = default;
};
// What a ledger says of a partition of which this outcome is merged, or all up to this snapshot.
LedgerPartition ledger_entry(WriterEpoch writer, const Outcome& outcome);
LedgerPartition ledger_entry(WriterEpoch writer, const Snapshot& snapshot);

struct Ledger {
  std::vector<LedgerPartition> partitions;
  Timestamp job_watermark = kNever;
  Timestamp published_through = kNever;  // windows that end at or before are published; what comes for them restates
  std::uint64_t published_plays = 0;     // the sum of the published rows' counts
  std::uint64_t open_plays = 0;          // the sum of the open windows' counts
  std::int64_t recomputed_plays = 0;     // by how much recomputed rows differ from what was counted in them

  stream::Tally tally() const;
  // Nothing lost, nothing twice: published and open plays are the plays on time and restated, but for what was recomputed on purpose.
  bool reconciles() const { return published_plays + open_plays == tally().plays_counted() + static_cast<std::uint64_t>(recomputed_plays); }
  bool operator==(const Ledger&) const = default;
};

std::string to_text(const Ledger& ledger);
Result<Ledger> ledger_from(std::string_view text);  // kCorrupt
// Of the newest commit of the windows in `folder`; nullopt before the first.
Result<std::optional<Ledger>> committed_ledger(io::FileSystem& files, const std::string& folder);

}  // namespace playhead::pipeline
