// pipeline/lane.h: one partition of a job: its journal, what it remembers, and the tools that turn a cut into an outcome.
//
// decide() says what the next epoch holds; process() reads, decodes, judges, finds duplicates, counts, and collects the rows that the
// lake and the tables are to get. What comes out depends on the cut, the state before and the records, and on nothing else.
//
// Where another process merges the job, a lane shares: what its epochs come to stays in the journal, and their rows in files beside it (a
// bundle), until that process has taken them in.
//
// Limits:  one batch of records (about 1 MiB) in memory, the ids remembered since the last checkpoint, and the rows collected: an epoch
//          holds fewer records than Options say where records are large or partitions many, so that its rows stay within a share of
//          row_bytes_max, and its ids within one of recent_ids_max.
// Threads: one at a time; lanes of one job may work at the same time.
// Fails:   kInvalid where records are lost; kFenced, kCorrupt, kLimit, kIo. After a failure the lane is of no more use.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/environment.h"
#include "pipeline/journal.h"
#include "pipeline/lane_rows.h"
#include "pipeline/reset.h"
#include "pipeline/seen_ids.h"

namespace playhead::pipeline {

// What the process that merges the job has taken in of a partition, durably: the rest is kept for it.
struct Taken {
  Epoch merged;  // of outcomes
  Epoch rows;    // of rows, by all tables
};

class Lane {
 public:
  // Claims the partition's journal, and finds what it remembers.
  static Result<std::unique_ptr<Lane>> claim(const Environment& environment, const Options& options, Partition partition);

  Partition partition() const { return partition_; }
  Journal& journal() { return *journal_; }
  const Journal& journal() const { return *journal_; }
  const Snapshot& state() const { return state_; }  // after the last processed epoch
  Epoch last_recorded() const;                      // the last epoch that the journal had when it was claimed
  std::uint64_t recent_ids() const { return ids_->recent(); }

  // What the log has lost of it, where Options say to pass over it: reset() comes before anything else is decided.
  Loss loss() const { return loss_; }
  // Decides to go on elsewhere; returns what to tell of it. The rows of all epochs before are committed, or in a bundle.
  std::string reset();

  // Decides the next cut, if there is something to cut. Returns whether records remain beyond it.
  Result<bool> decide();
  const std::optional<Cut>& cut() const { return cut_; }  // decided and not processed
  // Whether another process merges the job. Rows are collected of epochs above those that a table has.
  void share();
  void merge_here(Epoch lake, Epoch rejects);
  LaneRows& rows() { return rows_; }
  const Kept& kept() const { return kept_; }  // taken over with the journal, and since where the lane shares
  std::string folder_of(const Bundle& bundle) const;

  // Processes the cut.
  Result<Outcome> process();
  // Processes what the journal holds after its snapshot again, which brings back what is remembered. An outcome that was recorded by
  // this program has to come out equal, unless the log holds fewer of its records now: then the recorded one stands. Appends the one
  // outcome that may be missing. Call once, before the first decide().
  Result<std::vector<Outcome>> replay();
  // Seals what is remembered, and starts the journal anew from the state now. Everything is merged, all rows are in the tables.
  Status checkpoint();
  // The same for a lane that shares: what is not `taken` is kept, and the rows become a bundle.
  Status checkpoint_shared(const Taken& taken);
  // Records that can be read and are not processed.
  Result<std::uint64_t> lag();

 private:
  // The tools made for the options that a cut names.
  struct Machine {
    std::string options_text;
    stream::TimeRules rules;
    bool dedup;
    std::unique_ptr<event::Decoder> decoder;
    stream::PartitionStage stage;
  };

  Lane(const Environment& environment, const Options& options, Partition partition)
      : environment_(environment),
        options_(options),
        partition_(partition),
        options_text_(to_text(options.stream)),
        rows_{.rejects = sink::RejectRows(options.identity.topic, partition)} {}
  Status open();
  // How much of the records of an epoch that was recorded the log still has.
  enum class Reading : std::uint8_t { kAll, kWhatIsLeft, kNothing };

  Status check_log();
  std::vector<Reading> readings() const;
  Status check_range(const OffsetRange& range) const;
  std::unexpected<Error> lost(Loss loss, const Standing& standing, const OffsetRange& kept) const;
  Status read_records(Offset from, Offset end);
  std::uint64_t records_max() const;
  Result<Outcome> outcome_of(const Cut& cut, Reading reading = Reading::kAll);
  void begin_again(const Reset& reset, const std::string& topic_id, stream::PartitionStage& stage);
  Result<Offset> first_to_read(const OffsetRange& offsets, Reading reading);
  void adopt(const Outcome& outcome);
  Result<std::uint64_t> process_records(Machine& machine, const OffsetRange& offsets, bool lake, bool rejects);
  bool stands(const Recorded& recorded, const Outcome& again, Reading reading) const;
  Result<Machine*> machine_for(const std::string& options_text);
  Status process_batch(Machine& machine, bool lake, bool rejects);
  void identify();
  event::EventId id_of(std::size_t row, std::string_view named) const;
  Status find_duplicates();
  void collect_rejects(const stream::TimeRules& rules);
  Status bundle_rows();
  Status start_journal(const Kept& kept);
  Status remove_taken_bundles();

  const Environment& environment_;
  const Options& options_;
  Partition partition_;
  std::string options_text_;
  std::unique_ptr<Journal> journal_;
  std::vector<Recorded> recorded_;
  std::unique_ptr<log::Reader> reader_;
  std::unique_ptr<SeenIds> ids_;
  Snapshot state_;
  std::optional<Cut> cut_;
  Loss loss_ = Loss::kNone;
  ResetPlan plan_;  // for what is lost
  bool shares_ = false;
  Kept kept_;
  LaneRows rows_;
  Epoch lake_has_;  // rows of later epochs are collected
  Epoch rejects_have_;
  Epoch bundled_;  // the rows of later epochs are in rows_, where the lane shares
  Offset bundled_end_;
  std::optional<Machine> machine_;
  std::uint64_t epoch_records_ = 16'384;  // at most in the next epoch; grows while more records wait
  Timestamp last_record_at_;              // wall clock
  std::uint64_t row_bytes_ = 16u << 10;   // of a record in the last epoch that had any, as collected; a guess at first

  // Of the batch under way.
  log::RecordBatch records_;
  event::EventBatch events_;
  stream::Judged judged_;
  std::vector<event::EventId> event_ids_;
  std::vector<std::uint8_t> duplicates_;
};

}  // namespace playhead::pipeline
