// pipeline/row_sinks.h: the tables that get a row for a record: the raw lake, and the tables of late events and of dead letters.
//
// Each lane (partition) collects rows in a buffer of its own; commit() writes all of them and moves both ledgers on. A table that
// is claimed for the first time begins with the next epoch of each partition. A job may run without a lake; it always has the others.
//
// Limits:  the buffers grow until commit(): the caller commits when bytes() passes what it allows.
// Threads: lanes may fill their buffers at the same time; everything else by one thread, while no lane does.
// Fails:   kFenced when another writer has taken over; kInvalid when a table belongs to another job, or lost rows that the checkpoint has
//          left behind; kCorrupt, kLimit, kIo as the tables.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/epoch.h"
#include "pipeline/row_ledger.h"
#include "sink/event_rows.h"
#include "sink/lake.h"
#include "sink/reject_tables.h"

namespace playhead::pipeline {

class RowSinks {
 public:
  struct Options {
    std::string lake;  // folder of the topic's lake; empty: none
    sink::LakeLayout layout = sink::LakeLayout::kPadded;
    std::string rejects;  // folder of the tables of late events and dead letters
    std::string topic;
    std::string owner;  // identity of the job, as JSON text
    std::uint32_t partitions = 1;
    std::function<Status()> may_claim = {};
  };
  // What one lane has collected since the last commit, and how many offsets it found without a record meanwhile.
  struct LaneRows {
    sink::EventRows events;
    sink::RejectRows rejects;
    std::uint64_t lake_gaps = 0;
    std::uint64_t reject_gaps = 0;
  };

  static Result<std::unique_ptr<RowSinks>> claim(io::FileSystem& files, Options options);

  // Sets a table that begins now to begin after `snapshot`, and holds the ledgers against the checkpoint, which goes from `snapshot` to
  // `last`. Once per partition, before anything is added.
  Status begin(Partition partition, const Snapshot& snapshot, Epoch last);
  // Whether the rows of an epoch are still to be collected.
  bool lake_lacks(Partition partition, Epoch epoch) const { return lake_ && lake_ledger_[partition.value].epoch < epoch; }
  bool rejects_lack(Partition partition, Epoch epoch) const { return reject_ledger_[partition.value].epoch < epoch; }
  LaneRows& lane(Partition partition) { return *lanes_[partition.value]; }

  // All rows up to this epoch are collected: the next commit says so.
  void advance(Partition partition, Epoch epoch, Offset next, WriterEpoch writer);
  std::uint64_t bytes() const;
  // Durable and visible on return. Nothing new: no commit.
  Status commit();

  // Merges the small files of some hours of the lake that had ended by `before`.
  Status merge_cold_hours(Timestamp before, Timestamp now);

  sink::Lake* lake() { return lake_.get(); }  // null: none
  sink::RejectTables& rejects() { return *rejects_; }

 private:
  RowSinks(io::FileSystem& files, Options options) : files_(files), options_(std::move(options)) {}
  Status open();
  void take_gaps();
  Status begin_table(const std::string& what, RowLedger& ledger, Partition partition, const Snapshot& snapshot, Epoch last) const;

  io::FileSystem& files_;
  Options options_;
  std::unique_ptr<sink::Lake> lake_;
  std::unique_ptr<sink::RejectTables> rejects_;
  std::vector<std::unique_ptr<LaneRows>> lanes_;
  RowLedger lake_ledger_;  // with what the lanes have collected
  RowLedger reject_ledger_;
};

}  // namespace playhead::pipeline
