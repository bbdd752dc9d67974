// pipeline/row_sinks.h: the tables that get a row for a record: the raw lake, and the tables of late events and of dead letters.
//
// Each lane (partition) collects rows of its own; commit() writes all of them and moves both ledgers on. A table that
// is claimed for the first time begins with the next epoch of each partition. A job may run without a lake; it always has the others.
// What other processes have collected comes as bundles: adopt() takes their rows into the next commit.
//
// Limits:  the rows in memory are those of the lanes; a bundle is held whole while it is taken.
// Threads: one at a time.
// Fails:   kFenced when another writer has taken over; kInvalid when a table belongs to another job, or lost rows that the checkpoint has
//          left behind; kCorrupt, kLimit, kIo as the tables.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/epoch.h"
#include "pipeline/lane_rows.h"
#include "pipeline/row_ledger.h"
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
  static Result<std::unique_ptr<RowSinks>> claim(io::FileSystem& files, Options options);

  // Sets a table that begins now to begin after `snapshot`, or with the first of the bundles, and holds the ledgers against the checkpoint,
  // which goes from there to `last`. For a partition of this process, before any of its rows are committed.
  Status begin(Partition partition, const Snapshot& snapshot, const std::vector<Bundle>& bundles, Epoch last);
  // Up to which epoch a table has all rows, or will have with the next commit.
  Epoch lake_has(Partition partition) const { return lake_ ? lake_ledger_[partition.value].epoch : Epoch{0}; }
  Epoch rejects_have(Partition partition) const { return reject_ledger_[partition.value].epoch; }

  // All rows of this epoch are collected, in these rows of its lane: the next commit says so.
  void advance(Partition partition, const Outcome& outcome, const LaneRows& rows, WriterEpoch writer);
  // Takes the rows of a bundle, whose files are in `folder`, into the next commit, as far as the tables do not have them; not in one commit
  // with rows of a lane of the same partition. kNotFound: the files are somewhere else now, and nothing was taken.
  Status adopt(Partition partition, const Bundle& bundle, const std::string& folder, WriterEpoch writer);
  // Publishes the rows of these lanes (one a partition, at its place; null: none) and what was adopted. Durable and visible on return.
  // Nothing new: no commit.
  Status commit(const std::vector<LaneRows*>& lanes);

  // Merges the small files of some hours of the lake that had ended by `before`.
  Status merge_cold_hours(Timestamp before, Timestamp now);

  sink::Lake* lake() { return lake_.get(); }  // null: none
  sink::RejectTables& rejects() { return *rejects_; }

 private:
  RowSinks(io::FileSystem& files, Options options) : files_(files), options_(std::move(options)) {}
  Status open();
  static Status begin_table(const std::string& what, RowLedgerPartition& entry, Partition partition, const RowLedgerPartition& oldest,
                            Epoch last);

  io::FileSystem& files_;
  Options options_;
  std::unique_ptr<sink::Lake> lake_;
  std::unique_ptr<sink::RejectTables> rejects_;
  RowLedger lake_ledger_;  // with what the lanes have collected, and what was adopted
  RowLedger reject_ledger_;
};

}  // namespace playhead::pipeline
