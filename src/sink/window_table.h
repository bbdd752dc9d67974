// sink/window_table.h: published windows as Parquet files that any reader of *.parquet may list.
//
// Columns: window_start, window_end (timestamps, UTC), the key's name (text), count (integer), and `provisional` (flag) where open windows
// are published too. One file holds the windows of one span of event time, named after its start, so a window is in one file only; a change
// replaces the whole file (table/published_folder.h). Rows are ordered by window and key.
//
// Limits:  a file's rows are held in memory while it changes, and those of the last few files between changes.
// Threads: one owner at a time.
// Fails:   kFenced when another writer has taken over; kInvalid when the folder belongs to another job; kCorrupt for a damaged file;
// kLimit, kIo.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "stream/window.h"
#include "table/published_folder.h"

namespace playhead::sink {

// What a commit changes. Each list is by window and key.
struct WindowChanges {
  std::vector<stream::Increase> closed{};       // whole counts of windows published now; they replace provisional rows
  std::vector<stream::Increase> restated{};     // added to the counts of published windows
  std::vector<stream::Increase> provisional{};  // whole counts so far of open windows; they replace the provisional rows before

  bool empty() const { return closed.empty() && restated.empty() && provisional.empty(); }
};

class WindowTable {
 public:
  struct Options {
    std::string folder;
    std::string key_name = "genre";  // the name of the key column
    Duration window = std::chrono::minutes{1};
    Duration file_span = std::chrono::hours{1};  // of event time in a file; rounded up to whole windows
    bool provisional = false;                    // whether rows have the column `provisional`
    std::string owner;                           // identity of the job, as text; another's folder is refused
    std::function<Status()> may_claim{};         // asked before each try to claim; its Error ends the claim
  };

  // Takes the folder over: raises its writer epoch and finishes what the writer before had committed.
  static Result<std::unique_ptr<WindowTable>> claim(io::FileSystem& files, Options options);

  const std::string& ledger() const { return folder_->ledger(); }  // of the newest commit; "null" before the first
  WriterEpoch writer() const { return folder_->writer_epoch(); }

  // Works out the new files. What it returns is the change of the sum of the published (not provisional) counts.
  Result<std::int64_t> prepare(const WindowChanges& changes);
  // Publishes what was prepared, with the ledger, in one step: all of it is durable and visible on return.
  Status commit(std::string_view ledger);

  // Makes the names of the last commit durable now, not with the next.
  Status settle() { return folder_->settle(); }

  // All rows that are published, not provisional, as a reader of the files sees them. For tests and checks.
  static Result<std::vector<stream::Increase>> read_published(io::FileSystem& files, const std::string& folder);

 private:
  struct Row {
    Timestamp window_start;
    std::string key;
    std::uint64_t count;
    bool provisional;
  };
  using FileRows = std::vector<Row>;  // by window and key
  using Changes = std::span<const stream::Increase>;
  enum class Change { kClose, kRestate, kProvision };

  WindowTable(io::FileSystem& files, Options options, std::unique_ptr<table::PublishedFolder> folder);
  std::string file_of(Timestamp window_start) const;
  Result<std::int64_t> apply(Changes changes, Change change);
  Result<FileRows*> rows_of(const std::string& name);
  Result<std::string> encode(const FileRows& rows) const;
  void forget_cold_files();

  io::FileSystem& files_;
  Options options_;
  std::unique_ptr<table::PublishedFolder> folder_;
  std::map<std::string, FileRows> cached_;  // by file name: those in change, and the last few
  std::set<std::string> changed_;           // names to publish with the next commit
};

}  // namespace playhead::sink
