// log/tail.h: the end of a partition while its lock is held: blocks are written there, synced, and then made readable.
//
//   make -> append ... append -> commit; if one of them fails: undo. All under the partition's lock, which the caller holds.
//
// The mark moves only in commit() and when a segment is closed, each time after a sync. Closing a segment: sync it, move the mark to its
// end, create the next one, sync the folder, apply retention, move the mark there. So a segment that exists has everything below
// its base durable, which recovery relies on.
// Threads: one owner. Memory: no buffers; it borrows files, options and clock, which outlive it.
// Fails:   kNotFound when the topic is gone; kLimit when the disk is full; kIo; kCorrupt from recovery.
#pragma once

#include "base/clock.h"
#include "log/log.h"
#include "log/partition_files.h"

namespace playhead::log {

class Tail {
 public:
  // Reads the mark and repairs what a crash left. The caller holds the lock until the Tail is gone.
  static Result<Tail> make(const PartitionFiles& files, const TopicOptions& options, const Clock& clock);

  Offset next() const { return next_; }
  // Gives the blocks their offsets and append time and writes them. They are not durable yet.
  Status append(EncodedBlocks& blocks);
  // Everything appended is durable and readable on return.
  Status commit();
  // After a failure: takes back what is above the mark, as far as the disk lets it. What stays, recovery will judge.
  void undo();

 private:
  Tail(const PartitionFiles& files, const TopicOptions& options, const Clock& clock, Mark mark, std::unique_ptr<io::File> segment);

  Status write(std::string_view bytes);
  Status sync();
  Status roll();
  Status move_mark(Mark mark);
  Status retire();
  Result<std::unique_ptr<io::File>> create_segment(Offset base);

  const PartitionFiles* files_;
  const TopicOptions* options_;
  const Clock* clock_;
  Mark mark_;  // as it stands in its file
  std::unique_ptr<io::File> segment_;
  std::uint64_t position_;
  Offset next_;
  Timestamp last_append_;
  bool sync_failed_ = false;
  bool mark_doubtful_ = false;
};

}  // namespace playhead::log
