// sink/lake.h: every event of a topic in Parquet, in folders by the hour of its event time (docs/lake.md).
//
// The rows of EventRows, one file or a few per hour and partition (sink/growing_files.h), in a published folder that any glob may read
// with Hive partitions: <folder>/year=2018/month=11/day=02/hour=05/p0-00000000000000000007.parquet. A late event goes to its own hour.
// One commit holds all hours and partitions with one ledger, so that a row is in the lake exactly once. In a file, the rows are in the
// order of their offsets.
//
// A lake belongs to one job and keeps the layout of its first claim.
//
// Limits:  hours of the years 1970 to 9999; some 100,000 files in one commit.
// Threads: one owner at a time.
// Memory:  the rows of one hour and partition, however many hours are open, a few hundred bytes for each file of a commit, and some 100 for
//          each hour that waits to be merged.
// Fails:   kFenced when another writer has taken over; kInvalid when the folder belongs to another job or has the other layout;
//          kCorrupt for a damaged file; kLimit, kIo. After a failed commit the lanes keep their rows, and it may be tried again with
//          them, or with more, unless the message says that it is in doubt: then only a new claim tells what is committed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "sink/event_rows.h"
#include "sink/growing_files.h"
#include "sink/row_file.h"
#include "table/consolidation.h"
#include "table/published_folder.h"

namespace playhead::sink {

enum class LakeLayout : std::uint8_t {
  kPadded,     // year=2018/month=11/day=02/hour=05: names sort as times do
  kStreamify,  // year=2018/month=11/day=2/hour=5: as Streamify's Spark job writes them
};
std::string_view name_of(LakeLayout layout);  // "padded", "streamify"

// The folder of the hour that holds this time, relative to the lake.
std::string hour_folder(Timestamp time, LakeLayout layout);

class Lake {
 public:
  struct Options {
    std::string folder;
    std::string topic;
    LakeLayout layout = LakeLayout::kPadded;
    std::string owner;                                          // identity of the job, a JSON text; another's lake is refused
    std::function<Status()> may_claim{};                        // asked before each try to claim; its Error ends the claim
    std::uint64_t file_bytes_target = std::uint64_t{16} << 20;  // as GrowingFiles::Options
  };

  // Takes the lake over: raises its writer epoch and finishes what the writer before had committed.
  static Result<std::unique_ptr<Lake>> claim(io::FileSystem& files, Options options);

  const std::string& ledger() const { return folder_->ledger(); }  // of the newest commit; "null" before the first
  WriterEpoch writer() const { return folder_->writer_epoch(); }

  // Publishes the rows of all lanes, by partition, with the ledger, a JSON text, in one step, and clears the lanes. A lane may be null.
  Status commit(std::span<EventRows* const> lanes, std::string ledger);
  // Adds rows of a partition that another process has encoded to the next commit, as a file of their own. A commit in which a partition has
  // both such rows and a lane's may not be.
  Status adopt(Timestamp hour, Partition partition, const RowFileBytes& rows);
  // Makes the names of the last commit durable now, not with the next.
  Status settle() { return folder_->settle(); }

  // Few large files in each hour instead of many small ones, with the same rows (table/consolidation.h). kBusy between a commit that
  // failed and its repetition.
  Result<table::ConsolidationReport> consolidate(const table::ConsolidationOptions& options);
  // The same, without a backup, for the oldest hours that had ended by `before` and have two files under a sixteenth of the target size, or
  // eight under it: so many hours at most, and into files of up to 128 MiB. The first call looks through the whole lake, later ones where
  // commits were since. Returns how many hours it merged.
  Result<std::size_t> merge_cold_hours(Timestamp before, std::size_t hours_max, Timestamp now);

 private:
  Lake(io::FileSystem& files, Options options, std::unique_ptr<table::PublishedFolder> folder);
  Status add(const EventRows& lane, Partition partition);
  Status remember_all_hours();
  Result<bool> is_worth_merging(const std::string& hour) const;

  io::FileSystem& files_;
  Options options_;
  std::unique_ptr<table::PublishedFolder> folder_;
  GrowingFiles growing_;
  table::Rows rows_;             // of the file that is being written
  bool to_be_repeated_ = false;  // the last commit failed, and some of its files are waiting in the folder
  // Folders of hours by their start: all that may have several small files, and some that have not.
  std::map<Timestamp, std::string> unmerged_;
  bool all_remembered_ = false;  // those that were there before this writer are among them
};

}  // namespace playhead::sink
