// sink/window_table.h: published windows as Parquet files that any reader of *.parquet may list.
//
// Columns: window_start, window_end (timestamps, UTC), the key's name (text), count (integer), and `provisional` (flag) where open windows
// are published too. A file holds the windows of one span of event time and is named after its start ("windows-20181101T120000Z.parquet"),
// or of several, as consolidation makes them, and is named after its start and its end, which is not in it. So a window is in one file
// only. Rows are ordered by window and key.
//
// A change makes a new version of its file (table/published_folder.h): where all that is new comes behind all that is there, as windows
// mostly do, the file becomes longer; else old rows and changes are merged. Neither holds the rows of a file in memory.
//
// Limits:  a file of table/parquet_writer.h. Memory: some thousand rows of the old file, and a row group of the new one.
// Threads: one owner at a time.
// Fails:   kFenced when another writer has taken over; kInvalid when the folder belongs to another job, or two files hold one window;
// kCorrupt for a damaged file; kLimit, kIo. After a failure only a new claim goes on.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "stream/window.h"
#include "table/consolidation.h"
#include "table/published_folder.h"
#include "table/rows.h"

namespace playhead::sink {

// What a commit changes. Each list is by window and key.
struct WindowChanges {
  std::vector<stream::Increase> closed{};       // whole counts of windows; they replace the rows before, and 0 takes one away
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

  // Writes the new files, which nobody sees yet; once before each commit(). What it returns is the change of the sum of the published (not
  // provisional) counts.
  Result<std::int64_t> prepare(const WindowChanges& changes);
  // Publishes what was prepared, with the ledger, in one step: all of it is durable and visible on return.
  Status commit(std::string_view ledger);

  // Looks again which files there are: to be called when the holder of this claim has replaced some by others (a consolidation).
  Status look_again();

  // Few large files instead of many small ones, with the same rows (table/consolidation.h). Between commits.
  Result<table::ConsolidationReport> consolidate(const table::ConsolidationOptions& options);

  // Makes the names of the last commit durable now, not with the next.
  Status settle() { return folder_->settle(); }

  // All rows that are published, not provisional, as a reader of the files sees them. For tests and checks.
  static Result<std::vector<stream::Increase>> read_published(io::FileSystem& files, const std::string& folder);

 private:
  // Of a row: no two rows of a table have the same.
  struct Place {
    Timestamp window_start;
    std::string key;
  };
  struct WindowFile {
    Timestamp end;  // of its windows, exclusive
    std::string name;
    bool exists = false;
    std::optional<Place> last{};  // its last row, where this object has written it
  };
  using WindowFiles = std::map<Timestamp, WindowFile>;  // by the start of their windows
  class Merge;

  WindowTable(io::FileSystem& files, Options options, std::unique_ptr<table::PublishedFolder> folder);
  std::optional<WindowFiles::value_type> file_named(const std::string& name) const;
  WindowFile& file_of(Timestamp window_start);
  Result<std::int64_t> write_files(const WindowChanges& changes);
  Status extend(const WindowFile& file, Merge& merge);
  Status rewrite(const WindowFile& file, Merge& merge);

  io::FileSystem& files_;
  Options options_;
  table::Schema schema_;
  std::unique_ptr<table::PublishedFolder> folder_;
  WindowFiles window_files_{};
  std::optional<Error> stopped_{};  // after a failure some of the files may be prepared
};

}  // namespace playhead::sink
