// log/retention.h: which old segments of a partition go.
//
// Runs when a segment is closed, under the partition's lock. Whole segments, the oldest first, never the active one, never one with a
// record that a hold still needs. By bytes: as long as the rest still has retention_bytes. By age: when the newest record of the segment
// was APPENDED longer ago than retention_age (a replay of last year's events is not old the moment it arrives).
// Each removal is durable before the next, so that a crash leaves no hole in the middle. A hold that cannot be read holds everything.
// Readers that have the file open keep it (POSIX).
#pragma once

#include "log/log.h"
#include "log/partition_files.h"

namespace playhead::log {

Status apply_retention(const PartitionFiles& files, const TopicOptions& options, Timestamp now);

// The file name of a hold, and all holds of a topic: per holder the offsets by partition.
std::string hold_file(std::string_view holder);
// The lowest offset that any hold needs of the partition; nullopt: none.
Result<std::optional<Offset>> lowest_hold(const PartitionFiles& files);

}  // namespace playhead::log
