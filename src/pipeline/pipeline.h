// pipeline/pipeline.h: the corridor: one loop from the log to the windows, exactly once.
//
// step() decides a cut for each partition that has records, makes the cuts durable, processes them, and publishes what is due. Everything
// that happens in a step is decided by the log, the clock and the files handed in, so a simulation can drive it and crash it anywhere.
// Threads, sleeping and signals are outside: `cli` calls step() when there is something to do.
//
// Exactly once: a cut is durable before its epoch is processed, so a replay reads the same records and comes to the same outcome; the
// windows' table keeps the ledger (which epochs it holds) in the same commit as the rows. make() claims the partitions' journals, then the
// table, and only then reads; it replays what the journals have and the ledger lacks. docs/checkpoint-format.md tells the whole protocol.
//
// Several processes may share the partitions of a job: each joins and is assigned some, in any order and at any time, and a partition's
// state moves with it. Who has partition 0 also commits (pipeline/committer.h). Who is assigned what is a hint from outside: two processes
// that both take a partition for theirs do no harm, since the later claim fences the earlier one.
//
// Limits:  Options::epoch_records_max records per partition and step; one batch of about 1 MiB per partition in memory, the open windows,
//          rows for lake and tables up to Options::row_bytes_max, and three times Options::recent_ids_max ids.
// Threads: one owner at a time; partitions are processed by Environment::run_each, which may use threads.
// Fails:   kInvalid (another job's checkpoint or output; records lost: the message names the ways out), kFenced (another process took over:
//          stop), kCorrupt, kLimit (disk full, too many open windows), kIo. After a failure only make() a new one: nothing is lost or
//          doubled.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/committer.h"
#include "pipeline/environment.h"
#include "pipeline/lane.h"
#include "pipeline/recompute.h"

namespace playhead::pipeline {

// What one step did.
struct Progress {
  std::uint64_t records = 0;  // processed
  bool more = false;          // unread records wait
};

// A published count, before and after recompute().
struct Recounted {
  Timestamp window_start;
  std::string key;
  std::uint64_t before = 0;
  std::uint64_t after = 0;
};

class Pipeline {
 public:
  // With all partitions of the topic.
  static Result<std::unique_ptr<Pipeline>> make(Environment environment, Options options);
  // With none, for a process that shares the job with others.
  static Result<std::unique_ptr<Pipeline>> join(Environment environment, Options options);
  ~Pipeline();

  // From here on exactly these partitions are this process's. Those that go are left durable for their next owner; those that come are
  // claimed, and what their journals have is replayed. After kFenced make a new pipeline and look again what is assigned.
  Status assign(const std::vector<Partition>& partitions);
  std::vector<Partition> assigned() const;
  // The first offset of each of them that is not processed.
  std::vector<std::pair<Partition, Offset>> positions() const;
  // Whether all that its partitions have come to is in the tables, so that it is missed nowhere if this was the last process to work.
  bool is_taken() const;
  // Whether the tables have all that the topic holds now, of all partitions, and no window is open: as after drain() and checkpoint() of
  // the process that commits.
  Result<bool> is_finished();
  // Whether this process publishes windows and rows, those of other processes too.
  bool commits() const { return committer_ != nullptr; }

  Result<Progress> step();
  // Publishes all open windows; what comes for them later restates.
  Status drain();
  // Leaves everything durable, so that the next start has nothing to replay.
  Status checkpoint();

  // What published windows would count by another rule, where it differs; with `apply` they are replaced. Everything read so far is
  // committed first, so that the lake holds it.
  Result<std::vector<Recounted>> recompute(const RecomputeRule& rule, bool apply);

  // Few large files instead of many small ones, in the folder of the windows, the lake, or late events and dead letters. Between steps.
  Result<table::ConsolidationReport> consolidate_windows(const table::ConsolidationOptions& options);
  Result<table::ConsolidationReport> consolidate_lake(const table::ConsolidationOptions& options);
  Result<table::ConsolidationReport> consolidate_rejects(const table::ConsolidationOptions& options);

  // What will be in the ledger with the next commit; the table may be a little behind. Of a process that does not commit: its own
  // partitions only.
  const Ledger& ledger() const { return committer_ ? committer_->merger().current() : own_ledger_; }
  std::uint64_t rows_published() const { return committer_ ? committer_->merger().rows_published() : 0; }
  // The counts so far of the open window that ends last; empty where none is open.
  std::vector<stream::Increase> newest_window() const;
  std::uint64_t replayed_epochs() const { return replayed_epochs_; }  // by make() and assign()
  log::Reader& reader() { return *reader_; }
  // What a person should be told, in sentences, in the order they came: where it goes on after a loss, that the topic has grown.
  const std::vector<std::string>& notices() const { return notices_; }
  // Records that can be read now and are not processed, over the partitions of this process; where it commits, also those of others that
  // are not merged.
  Result<std::uint64_t> lag();

 private:
  Pipeline(Environment environment, Options options);
  static Result<std::unique_ptr<Pipeline>> open(Environment environment, Options options, bool all);
  Status confirm_lanes() const;
  Error cause_of(const Error& error) const;
  Result<Progress> try_step();
  bool checkpoint_is_due() const;
  Status try_checkpoint();
  Status checkpoint_shared();
  Status look_at_topic();
  Status begin_anew();
  Status begin();
  Status check_identity();
  Status take_up(const JobIdentity& found);
  Status save_identity(const JobIdentity& identity);
  Status check_reset() const;
  Status reset_lanes();
  Status try_assign(const std::vector<Partition>& partitions);
  Status claim_lanes(const std::vector<Partition>& partitions);
  Status take_role();
  Status replay();
  Status run_cuts(const std::vector<Lane*>& cut);
  Status absorb(Lane& lane, const Outcome& outcome);
  bool may_cut(const Lane& lane) const;
  Status hold_records();

  Environment environment_;
  Options options_;
  std::unique_ptr<log::Reader> reader_;  // of the owner of the pipeline; lanes have their own
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::unique_ptr<Committer> committer_;  // null: another process commits
  Ledger own_ledger_;                     // where it does
  Timestamp checkpointed_at_;
  bool shared_ = false;  // made by join()
  bool epochs_since_checkpoint_ = false;
  std::vector<std::string> notices_;
  std::uint64_t replayed_epochs_ = 0;
};

}  // namespace playhead::pipeline
