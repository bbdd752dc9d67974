// pipeline/journal.h: the checkpoint log of one partition of one job: claims, cuts, outcomes and the snapshot they start from.
//
// A folder holds `claims/<writer epoch>` (empty files, each made only if absent) and one journal, a file of checksummed frames:
//   head (writer epoch, snapshot of the partition's state at an epoch), then for each later epoch a cut and, once processed, its outcome.
// A cut is appended and synced before its epoch is processed; an outcome is only appended, since a lost one is replayed from its cut.
//
// Taking over: a writer claims the next writer epoch, then reads the newest journal, then writes its own with what is still needed. A
// paused writer that wakes up can append to its own old journal, which nobody reads any more; its next cut is void, and confirm() tells it
// so, because a cut that a newer writer has not seen was synced after that writer's claim. Format: docs/checkpoint-format.md.
//
// Limits:  a journal is rewritten by checkpoint(); the caller does so before it grows over what it can hold in memory.
// Threads: one owner at a time.
// Fails:   kFenced when a higher writer epoch is claimed; kCorrupt when the head or its snapshot is damaged (a torn tail is no damage);
//          kInvalid when the format is newer than this program; kLimit (disk full), kIo.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "stream/partition_stage.h"

namespace playhead::pipeline {

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

// A processed epoch: durable partial results, in the words of the ledger.
struct Outcome {
  Epoch epoch;
  Offset end;
  bool idle = false;
  stream::EpochOutcome result;
};

// The outcome as the journal holds it; equal outcomes are equal bytes.
std::string encode(const Outcome& outcome);
Result<Outcome> decode_outcome(std::string_view bytes);

// The state of a partition after `epoch`.
struct Snapshot {
  Epoch epoch;
  Offset next;  // the first offset not processed
  bool idle = false;
  stream::PartitionState state;
  Timestamp watermark = kNever;
};

struct Recorded {
  Cut cut;
  std::optional<Outcome> outcome;  // absent only for the last
};

// What a journal holds, oldest first.
struct JournalContents {
  WriterEpoch writer;
  Snapshot snapshot;
  std::vector<Recorded> epochs;  // after the snapshot
};

class Journal {
 public:
  // Claims the partition in `folder` (made if absent) and takes over what the newest journal holds.
  static Result<std::unique_ptr<Journal>> claim(io::FileSystem& files, std::string folder);
  // Looks without claiming; nullopt where no journal is.
  static Result<std::optional<JournalContents>> look(io::FileSystem& files, const std::string& folder);

  WriterEpoch writer() const { return writer_; }
  // What the journal held when it was claimed. Call once.
  JournalContents take_contents() { return std::move(contents_); }
  std::uint64_t bytes() const { return position_; }
  const Snapshot& base() const { return base_; }  // the snapshot that the journal starts from

  Status append(const Cut& cut);  // not yet durable: sync() makes it so
  Status append(const Outcome& outcome);
  Status sync();
  // kFenced if a higher writer epoch has been claimed. Call after sync() and before processing a cut.
  Status confirm();
  // Starts a new journal from this snapshot; all older frames go.
  Status checkpoint(const Snapshot& snapshot);

 private:
  Journal(io::FileSystem& files, std::string folder, WriterEpoch writer) : files_(files), folder_(std::move(folder)), writer_(writer) {}
  Status take_over();
  Status remove_older_claims();
  Status start(const Snapshot& snapshot, const std::vector<Recorded>& epochs);
  Status append_frame(char type, std::string_view payload);

  io::FileSystem& files_;
  std::string folder_;
  WriterEpoch writer_;
  std::uint64_t sequence_ = 0;  // of this writer's journal files
  std::unique_ptr<io::File> file_;
  std::uint64_t position_ = 0;
  JournalContents contents_;
  Snapshot base_;
};

}  // namespace playhead::pipeline
