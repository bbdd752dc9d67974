// pipeline/epoch.h: what the checkpoint log of a partition says of its epochs: cuts, outcomes and snapshots, as values and as bytes.
//
// A cut is decided before an epoch is processed; its outcome follows from it; a snapshot is what one epoch leaves to the next. Equal
// values are equal bytes. The bytes carry the format of their journal: 3 is written; 2 (which knew of no gaps between offsets, did not keep
// the last record, and nothing for another process) and 1 (the first release, which looked for no duplicates) are read.
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
#include "sink/row_file.h"
#include "stream/partition_stage.h"

namespace playhead::pipeline {

inline constexpr std::uint32_t kJournalFormat = 3;

// What a log has lost of what a partition of a job goes on from.
enum class Loss : std::uint8_t {
  kNone,
  kBelowStart,    // records that are still needed were removed
  kAboveEnd,      // the log ends before what was processed
  kOtherRecords,  // another record is where the last processed one was
  kOtherTopic,    // the topic was deleted and made anew
};

// A cut without records that goes on elsewhere, because records were lost.
struct Reset {
  Loss loss = Loss::kNone;
  Offset expected;            // where the partition would have gone on
  std::uint64_t skipped = 0;  // offsets that are passed over

  bool operator==(const Reset&) const = default;
};

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
  std::optional<Reset> reset = {};

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

// Offsets of an epoch for which there was no record when its rows were made.
struct EpochGaps {
  Epoch epoch;
  std::uint64_t offsets = 0;

  bool operator==(const EpochGaps&) const = default;
};
// Of the epochs above `after`.
std::uint64_t gaps_after(const std::vector<EpochGaps>& gaps, Epoch after);

// The rows of some epochs of a partition, for the lake and the other tables, in files beside its journal.
struct Bundle {
  Epoch after;          // of the epochs above this one,
  Epoch through;        // up to and with this one
  OffsetRange offsets;  // of their records
  bool lake = false;    // rows for the lake are among them
  std::vector<EpochGaps> gaps = {};
  std::uint64_t resets = 0;  // that came before: offsets of one number of resets follow each other
  std::vector<sink::RowFile> files = {};

  bool operator==(const Bundle&) const = default;
};

// What a partition has come to and the process that merges the job has not yet taken in, of epochs up to that of the snapshot. Oldest
// first.
struct Kept {
  std::vector<Outcome> outcomes = {};
  std::vector<Bundle> bundles = {};
};

struct Head {
  std::uint32_t format = kJournalFormat;
  WriterEpoch writer;
  Snapshot snapshot;
};

std::string encode(const Cut& cut);
std::string encode(const Outcome& outcome);
std::string encode(const Bundle& bundle);
std::string encode(WriterEpoch writer, const Snapshot& snapshot);  // of a head

Result<Cut> decode_cut(std::string_view bytes, std::uint32_t format = kJournalFormat);
Result<Outcome> decode_outcome(std::string_view bytes, std::uint32_t format = kJournalFormat);
Result<Bundle> decode_bundle(std::string_view bytes);
Result<Head> decode_head(std::string_view bytes);

}  // namespace playhead::pipeline
