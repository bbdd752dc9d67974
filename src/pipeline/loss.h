// pipeline/loss.h: does the log still hold what a partition of a job goes on from?
//
// Offsets alone do not tell: a log that was made anew, or came back from an older backup, has other records at them. So a job keeps
// the id of the topic and a hash of the last record that it processed, and reads that record again when it starts. If that record is gone
// by retention or compaction, there is nothing to compare, which is no loss.
//
// Memory:  one record. Threads: as the Reader. Fails: as the Reader; that records are lost is an answer, not a failure.
#pragma once

#include <optional>
#include <string>

#include "log/log.h"
#include "pipeline/journal.h"

namespace playhead::pipeline {

// Where a partition of a job stands, by its journal.
struct Standing {
  std::string topic_id;  // empty: nothing was processed, or before ids were kept
  Offset needed;         // a replay begins there
  Offset next;           // the first offset not processed
  std::optional<LastRecord> last;
  bool begun = false;
};
Standing standing_of(const Snapshot& snapshot, const std::vector<Recorded>& epochs);

// Of the record at this index.
std::uint64_t hash_of(const log::RecordBatch& records, std::size_t index);

Result<Loss> find_loss(log::Reader& reader, Partition partition, const Standing& standing);
// A sentence without the ways out. `loss` is not kNone.
std::string describe(Loss loss, const log::TopicDescription& topic, Partition partition, const Standing& standing, const OffsetRange& kept);

}  // namespace playhead::pipeline
