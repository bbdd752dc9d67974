// log/recovery.h: finding the true end of a partition after a crash.
//
// A crash can leave bytes above the mark (a producer was killed before its sync or before the mark moved), an old or torn mark (a
// power loss: it is never synced), or a new segment that the mark does not know. Recovery keeps every whole block from the mark on
// that continues the offsets, cuts the rest, and makes what it keeps durable before it moves the mark over it.
//
// Why nothing is lost and no offset is given twice: a segment is created only when everything below its base is durable, so only
// the last segment can end in doubt, and everything there that was ever below a mark is durable: a prefix of whole blocks.
// What is kept is written again before it is synced: where a sync failed, and its process died before it could cut the segment, the
// kernel may hold bytes as clean that never reached the disk; a second sync of them alone would report success.
//
// Threads: the caller holds the partition's lock for all but settle(). Limits: reads at most one segment, in pieces of about 1 MiB.
// Fails:   kCorrupt when synced bytes are missing (a segment gone, or shorter than its mark): never guessed over; kInvalid for a newer
//          format; kNotFound when the topic is gone; kIo, kLimit from the disk, and then the mark has not moved.
#pragma once

#include "log/partition_files.h"

namespace playhead::log {

// Does the mark fit the files exactly, so that appending can go on behind it?
Result<bool> is_settled(const PartitionFiles& files, const std::optional<Mark>& mark);
// Repairs, and returns the new mark, which is in its file.
Result<Mark> recover(const PartitionFiles& files, const std::optional<Mark>& mark);
// For readers: takes the lock and recovers if that is needed. Without it, records that a power loss left behind an old mark would stay
// hidden until the next append. kSkip: where somebody holds the lock, it is left to him. kWait: his commit is waited for.
enum class WhenLocked { kSkip, kWait };
Status settle(const PartitionFiles& files, WhenLocked when_locked);

}  // namespace playhead::log
