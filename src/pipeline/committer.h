// pipeline/committer.h: what one process does for the whole job: it merges the partitions' outcomes, publishes windows, and commits rows.
//
// It is the process that has partition 0, by claims of its own on the tables. Outcomes and rows of the partitions of this process come
// from memory; those of the others are read from their journals, which they keep for it (pipeline/journal_tail.h), as far as they are
// there. After a change of hands it catches up before it publishes anything: the open windows must hold all that the ledger says.
//
// Limits:  Options::open_windows_max; the rows of one bundle. Threads: one at a time.
// Fails:   as pipeline/merger.h and pipeline/row_sinks.h; kInvalid where a table and a journal do not belong together.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "pipeline/environment.h"
#include "pipeline/journal_tail.h"
#include "pipeline/lane.h"
#include "pipeline/merger.h"
#include "pipeline/row_sinks.h"

namespace playhead::pipeline {

class Committer {
 public:
  // Claims the tables. `may_claim` is asked before each; its Error ends the claim. Both arguments are borrowed.
  static Result<std::unique_ptr<Committer>> claim(const Environment& environment, const Options& options,
                                                  const std::function<Status()>& may_claim);

  // These partitions are of this process, all others are read from their journals. Checks the new ones against the tables, and takes in
  // what they have kept. What a lane replays afterwards comes by absorb().
  Status own(const std::vector<std::unique_ptr<Lane>>& lanes);
  // The outcome of an epoch of a partition of this process, whose rows the lane holds.
  Status absorb(Lane& lane, const Outcome& outcome);

  // Takes in what other processes have come to, and publishes what is due.
  Status publish();
  // Publishes all open windows as well.
  Status drain();
  // Commits all rows, and all that is merged: afterwards nothing that these lanes have done so far needs to be kept. False: it has still to
  // catch up with what other processes have done, and only the rows are committed.
  Result<bool> commit(const std::vector<std::unique_ptr<Lane>>& lanes);
  // Merges the small files of a few hours of the lake.
  Status merge_cold_hours();

  // Whether all that the ledger holds is merged here, and the tables have the rows of it.
  bool has_all() const;

  Merger& merger() { return *merger_; }
  const Merger& merger() const { return *merger_; }
  RowSinks& rows() { return *rows_; }
  // Records of other processes' partitions that can be read now and are not merged.
  Result<std::uint64_t> lag_elsewhere(log::Reader& reader) const;

 private:
  Committer(const Environment& environment, const Options& options) : environment_(environment), options_(options) {}
  Status take_in(Lane& lane);
  Status follow(Partition partition);
  Status adopt_bundles();

  const Environment& environment_;
  const Options& options_;
  std::unique_ptr<Merger> merger_;
  std::unique_ptr<RowSinks> rows_;
  std::vector<std::unique_ptr<JournalTail>> tails_;  // by partition; null: of this process
};

// Of each partition, how much the process that commits has durably taken in, as its tables and files say; for those that do not.
Result<std::vector<Taken>> taken_by_committer(io::FileSystem& files, const Options& options);

}  // namespace playhead::pipeline
