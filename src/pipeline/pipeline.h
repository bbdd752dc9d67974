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
// Limits:  Options::epoch_records_max records per partition and step; one batch of about 1 MiB per partition in memory, and the open
// windows. Threads: one owner at a time; partitions are processed by Environment::run_each, which may use threads. Fails:   kInvalid
// (another job's checkpoint or output; records lost: the message names the ways out), kFenced (another process took over:
//          stop), kCorrupt, kLimit (disk full, too many open windows), kIo. After a failure only make() a new one: nothing is lost or
//          doubled.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "io/file_system.h"
#include "log/log.h"
#include "pipeline/job.h"
#include "pipeline/merger.h"

namespace playhead::pipeline {

// The world as the pipeline sees it. Borrowed: outlives the pipeline.
struct Environment {
  io::FileSystem& files;
  log::Log& log;
  const Clock& clock;
  // Finds an IANA time zone by name.
  std::function<Result<const TimeZone*>(const std::string&)> zone_named;
  // Calls work(0) to work(count - 1), each once, possibly on several threads, and returns when all are done.
  std::function<void(std::size_t count, const std::function<void(std::size_t)>& work)> run_each;
};

struct Options {
  JobIdentity identity;  // topic_id and partitions are filled in from the topic
  StreamOptions stream;
  std::string checkpoint;                                   // folder of the job's journals and saved state
  std::string output;                                       // folder of the published windows
  std::string program = "playhead";                         // name and version, recorded in cuts
  std::uint64_t epoch_records_max = 500'000;                // per partition; more records wait for the next step
  std::uint64_t open_windows_max = 5'000'000;               // (window, key) pairs
  std::uint64_t journal_bytes_max = 16u << 20;              // a checkpoint is made when the journals together are larger
  Duration checkpoint_interval = std::chrono::seconds{30};  // and at least this often while there are new epochs
  Duration idle_after = std::chrono::seconds{30};           // of silence at the end of a partition
  bool verify_replay = false;  // replay every recorded epoch at the start and compare: a test of determinism, slow
};

// What one step did.
struct Progress {
  std::uint64_t records = 0;  // processed
  bool more = false;          // unread records wait
};

class Pipeline {
 public:
  static Result<std::unique_ptr<Pipeline>> make(Environment environment, Options options);
  ~Pipeline();

  Result<Progress> step();
  // Publishes all open windows; what comes for them later restates.
  Status drain();
  // Leaves everything durable, so that the next start has nothing to replay.
  Status checkpoint();

  // What will be in the ledger with the next commit; the table may be a little behind.
  const Ledger& ledger() const { return merger_->current(); }
  std::uint64_t rows_published() const { return merger_->rows_published(); }
  // The counts so far of the open window that ends last; empty where none is open.
  std::vector<stream::Increase> newest_window() const { return merger_->newest_window(); }
  std::uint64_t replayed_epochs() const { return replayed_epochs_; }  // by make()
  log::Reader& reader() { return *reader_; }
  // Records that can be read now and are not processed, over all partitions.
  Result<std::uint64_t> lag();

 private:
  struct Lane;  // one partition: its journal, state, decoder and stage

  Pipeline(Environment environment, Options options);
  Status confirm_lanes() const;
  Error cause_of(const Error& error) const;
  Result<Progress> try_step();
  Status try_checkpoint();
  Status open();
  Status check_identity();
  Status make_lanes();
  Status recover(Lane& lane);
  Result<bool> decide(Lane& lane);
  Status process(Lane& lane);
  Result<Outcome> outcome_of(Lane& lane, const Cut& cut);
  Status run_cuts(std::vector<Lane*>& cut);
  Status hold_records();

  Environment environment_;
  Options options_;
  std::string options_text_;
  std::unique_ptr<log::Reader> reader_;  // of the owner of the pipeline; lanes have their own
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::unique_ptr<Merger> merger_;
  Timestamp checkpointed_at_;
  bool epochs_since_checkpoint_ = false;
  std::uint64_t replayed_epochs_ = 0;
};

}  // namespace playhead::pipeline
