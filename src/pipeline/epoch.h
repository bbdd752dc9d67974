// pipeline/epoch.h: what the checkpoint log of a partition says of its epochs: cuts, outcomes and snapshots, as values and as bytes.
//
// A cut is decided before an epoch is processed; its outcome follows from it; a snapshot is what one epoch leaves to the next. Equal
// values are equal bytes. The bytes carry the format of their journal: 3 is written; 1 (the first release, which looked for no
// duplicates) and 2 (which knew of no gaps between offsets, and did not keep the last record) are read.
//
// Threads: pure functions; any thread. Fails: kCorrupt for bytes that can not be read; kInvalid for a newer format.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "pipeline/id_run.h"
#include "stream/partition_stage.h"

namespace playhead::pipeline {

inline constexpr std::uint32_t kJournalFormat = 3;

// Decided before an epoch is processed; replaying it gives the same outcome.
struct Cut {
  Epoch epoch;
  std::string topic_id;
  OffsetRange offsets;
  Timestamp watermark_in = kNever;
  bool idle = false;     // the partition was read to its end and has been silent
  Timestamp decided_at;  // wall clock
  WriterEpoch writer;
  std::string options;  // of the stream, as text: new ones start at the next cut
  std::string program;  // version of the program that cut

  bool operator==(const Cut&) const = default;
};

// The last record that was processed, so that a start can see whether the log still has the same one.
struct LastRecord {
  Offset offset;
  std::uint64_t hash = 0;  // of all of it

  bool operator==(const LastRecord&) const = default;
};

// A processed epoch: durable partial results, in the words of the ledger.
struct Outcome {
  Epoch epoch;
  Offset end;
  bool idle = false;
  std::optional<LastRecord> last = {};  // of this epoch or an earlier one
  stream::EpochOutcome result;
};

// The state of a partition after `epoch`.
struct Snapshot {
  Epoch epoch;
  Offset next;  // the first offset not processed
  bool idle = false;
  stream::PartitionState state;
  Timestamp watermark = kNever;
  std::vector<IdRun> id_runs = {};      // the event ids that are remembered
  std::string topic_id = {};            // empty: written before format 3
  std::optional<LastRecord> last = {};  // nullopt: none yet, or written before format 3
};

struct Head {
  std::uint32_t format = kJournalFormat;
  WriterEpoch writer;
  Snapshot snapshot;
};

std::string encode(const Cut& cut);
std::string encode(const Outcome& outcome);
std::string encode(WriterEpoch writer, const Snapshot& snapshot);  // of a head

Result<Cut> decode_cut(std::string_view bytes);
Result<Outcome> decode_outcome(std::string_view bytes, std::uint32_t format = kJournalFormat);
Result<Head> decode_head(std::string_view bytes);

}  // namespace playhead::pipeline
