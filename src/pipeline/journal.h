// pipeline/journal.h: the checkpoint log of one partition of one job: claims, cuts, outcomes and the snapshot they start from.
//
// A folder holds `claims/<writer epoch>` (empty files, each made only if absent) and one journal, a file of checksummed frames:
//   head (writer epoch, snapshot of the partition's state at an epoch), what is kept for the process that merges the job, then for each
//   later epoch a cut and, once processed, its outcome.
// State that is large lies in files of `state-<writer epoch>`, which the snapshot names.
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
#include "pipeline/epoch.h"
#include "pipeline/journal_file.h"

namespace playhead::pipeline {

struct Recorded {
  Cut cut;
  std::optional<Outcome> outcome;  // absent only for the last
};

// What a journal holds, oldest first.
struct JournalContents {
  WriterEpoch writer;
  Snapshot snapshot;
  Kept kept = {};                     // of epochs up to the snapshot's
  std::vector<Recorded> epochs = {};  // after the snapshot

  Epoch last() const { return epochs.empty() ? snapshot.epoch : epochs.back().cut.epoch; }
};

class Journal {
 public:
  // Claims the partition in `folder` (made if absent) and takes over what the newest journal holds.
  static Result<std::unique_ptr<Journal>> claim(io::FileSystem& files, std::string folder);
  // Looks without claiming; nullopt where no journal is.
  static Result<std::optional<JournalContents>> look(io::FileSystem& files, const std::string& folder);

  WriterEpoch writer() const { return writer_; }
  // The folder for files that snapshots name, the same ones for each owner under another name: those of stopped writers lead nowhere.
  const std::string& state_folder() const { return state_folder_; }
  // What the journal held when it was claimed. Call once.
  JournalContents take_contents() { return std::move(contents_); }
  std::uint64_t bytes() const { return position_; }
  std::uint64_t bytes_since_checkpoint() const { return position_ - base_bytes_; }
  const Snapshot& base() const { return base_; }  // the snapshot that the journal starts from

  Status append(const Cut& cut);  // not yet durable: sync() makes it so
  Status append(const Outcome& outcome);
  Status sync();
  // kFenced if a higher writer epoch has been claimed. Call after sync() and before processing a cut.
  Status confirm();
  // Starts a new journal from this snapshot, with what is to be kept of the epochs up to it; all older frames go.
  Status checkpoint(const Snapshot& snapshot, const Kept& kept = {});

 private:
  Journal(io::FileSystem& files, std::string folder, WriterEpoch writer) : files_(files), folder_(std::move(folder)), writer_(writer) {}
  Status take_over();
  Status take_state_folder();
  Status remove_older_claims();
  Status start(const Snapshot& snapshot, const Kept& kept, const std::vector<Recorded>& epochs);
  Status append_frame(FrameType type, std::string_view payload);

  io::FileSystem& files_;
  std::string folder_;
  std::string state_folder_;
  WriterEpoch writer_;
  std::uint64_t sequence_ = 0;  // of this writer's journal files
  std::unique_ptr<io::File> file_;
  std::uint64_t position_ = 0;
  std::uint64_t base_bytes_ = 0;  // of the file when it was begun
  JournalContents contents_;
  Snapshot base_;
};

}  // namespace playhead::pipeline
