// pipeline/merger.h: one per job: adds up what the partitions' epochs come to, and publishes windows.
//
// absorb() takes the outcome of one epoch of one partition, in order per partition. A window is published once the job's watermark passes
// its end; its row is the sum of all increases so far. What comes for it later is added to the committed row. What is absorbed but not
// published is in memory only: after a crash the journals bring it back, and epochs that the committed ledger holds are not published
// twice.
//
// The open windows are saved by save(), so that journals can be cut short; the file is named after the writer epoch of the table, so a
// paused writer can not replace what its successor saved.
//
// Limits:  Options::open_windows_max. Threads: one owner at a time.
// Fails:   kFenced, kLimit, kIo as the table; kCorrupt when the counts do not reconcile or a saved file is damaged.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "pipeline/ledger.h"
#include "sink/window_table.h"
#include "stream/open_windows.h"

namespace playhead::pipeline {

enum class Emit {
  kClosed,   // windows that have ended
  kUpdates,  // open windows too, marked provisional
};

class Merger {
 public:
  struct Options {
    std::string folder;  // of the saved open windows
    std::uint32_t partitions = 1;
    Duration window = std::chrono::minutes{1};
    Emit emit = Emit::kClosed;
    std::uint64_t open_windows_max = 5'000'000;  // (window, key) pairs, about 100 bytes each
  };

  static Result<std::unique_ptr<Merger>> make(io::FileSystem& files, Options options, std::unique_ptr<sink::WindowTable> table);

  // The ledger as committed in the table.
  const Ledger& committed() const { return committed_; }
  // As it will be committed next.
  const Ledger& current() const { return current_; }
  std::uint64_t rows_published() const { return rows_published_; }  // by this object, restatements included

  std::vector<stream::Increase> newest_window() const { return open_.rows_of(open_.last_end() - options_.window); }

  // What the newest saved open windows in `folder` hold, by partition, where they are those of the writer of the table in `output`: what
  // they hold is needed from no journal any more. Empty: nothing is known.
  static Result<std::vector<Epoch>> saved(io::FileSystem& files, const std::string& folder, const std::string& output);

  // Up to which epoch the outcomes of a partition are in memory or published.
  Epoch absorbed(Partition partition) const { return absorbed_[partition.value]; }
  // Whether outcomes are missing that the ledger holds, so that the open windows are not whole: nothing may be published or saved.
  bool is_behind() const;

  // An outcome that is absorbed already changes nothing.
  Status absorb(Partition partition, WriterEpoch writer, const Outcome& outcome);

  // Publishes the windows that the watermark has passed, restatements and, where asked, open windows. Nothing to say: no commit.
  Status publish();
  // Publishes every open window as well; what comes for them later restates.
  Status drain();
  // Replaces counts of published windows on purpose: whole counts, by window and key; 0 takes a row away.
  Status replace(std::vector<stream::Increase> counts);
  // Few large files of windows instead of many small ones.
  Result<table::ConsolidationReport> consolidate(const table::ConsolidationOptions& options) { return table_->consolidate(options); }
  // Commits the ledger (even where no window changed) and saves the open windows; returns with committed() == current().
  Status save();

 private:
  Merger(io::FileSystem& files, Options options, std::unique_ptr<sink::WindowTable> table)
      : files_(files), options_(std::move(options)), table_(std::move(table)), open_(options_.window, options_.open_windows_max) {}
  Status load();
  Status absorb_increase(Epoch epoch, Partition partition, const stream::Increase& increase);
  sink::WindowChanges take_changes(Timestamp through);
  Status commit(Timestamp through, bool even_if_empty);

  io::FileSystem& files_;
  Options options_;
  std::unique_ptr<sink::WindowTable> table_;
  stream::OpenWindows open_;
  Ledger committed_;
  Ledger current_;
  std::vector<Epoch> absorbed_;                                          // by partition
  std::map<std::pair<Timestamp, std::string>, std::uint64_t> restated_;  // absorbed for published windows, not committed
  std::set<Timestamp> touched_;  // open windows that changed since they were published as provisional
  std::uint64_t sequence_ = 0;   // of this writer's saved files
  std::uint64_t rows_published_ = 0;
};

}  // namespace playhead::pipeline
