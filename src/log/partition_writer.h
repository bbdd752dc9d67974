// log/partition_writer.h: the threads of a process that append to one partition, meeting in one queue.
//
// Group commit: the caller who finds nobody at work takes all that waits, encodes it, takes the partition's lock, writes, syncs once, moves
// the mark and wakes the others. While it syncs, the next group gathers. Between processes the lock alone decides.
// Limits:  a group is at most about kGroupBytesMax and kGroupRecordsMax, or one call that is larger; that one is written in pieces of this
//          size and synced once. A lone caller waits for nobody.
// Threads: any. Memory: two buffers of at most about 8 MiB while it works; large ones are given back.
// Fails:   as Appender::append; every caller of a group gets its Error.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>

#include "base/clock.h"
#include "log/block.h"
#include "log/log.h"
#include "log/partition_files.h"
#include "log/tail.h"

namespace playhead::log {

inline constexpr std::size_t kGroupBytesMax = 8u << 20;
inline constexpr std::size_t kGroupRecordsMax = 256u << 10;

class PartitionWriter {
 public:
  // `options` and `clock` outlive the writer.
  PartitionWriter(PartitionFiles files, const TopicOptions& options, const Clock& clock, Codec codec);

  Result<OffsetRange> append(std::span<const Record> records);

 private:
  struct Waiting {
    std::span<const Record> records;
    std::size_t bytes = 0;
    bool done = false;
    Result<OffsetRange> outcome = OffsetRange{};
  };
  // The next record to be encoded of a group.
  struct Cursor {
    std::size_t call = 0;
    std::size_t record = 0;
  };

  std::vector<Waiting*> take_group();
  void commit(std::span<Waiting* const> group);
  Result<Offset> commit_locked(std::span<Waiting* const> group);
  Status write_all(std::span<Waiting* const> group, Cursor& cursor, Tail& tail);
  void encode_piece(std::span<Waiting* const> group, Cursor& cursor);
  void give_back_memory();

  PartitionFiles files_;
  const TopicOptions& options_;
  const Clock& clock_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting*> queue_;
  bool working_ = false;

  // Of the caller who works.
  std::unique_ptr<io::FileLock> lock_;
  BlockEncoder encoder_;
  EncodedBlocks blocks_;
  std::vector<const Record*> piece_;
};

}  // namespace playhead::log
