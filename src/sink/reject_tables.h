// sink/reject_tables.h: the records that are in no window, for people to look at: late events and dead letters.
//
// Two tables in one published folder with one ledger, so that any glob may read <folder>/late/*.parquet and
// <folder>/dead_letters/*.parquet, and what they hold is exactly what the ledger says. Files grow as the lake's do
// (sink/growing_files.h). The bytes of a dead letter are kept as they came, so that it can be sent again.
//
// late:          topic, partition, offset, ingest_time, event_time, event_id, reason (late, future or duplicate), kind, is_play,
//                late_by_ms (nullable: how far the window's end was behind the watermark), user (nullable)
// dead_letters:  topic, partition, offset, ingest_time, reason, key, value, headers (nullable bytes; headers as the log encodes them)
//
// Limits:  of a lane 2 GiB of bytes in a column between two commits: the owner commits long before, when bytes() says so.
// Threads: one owner at a time. A reader may read while a writer commits: it sees each file as it was when it came to it.
// Memory:  a lane's rows, copied; a commit as much again. Reading: a few rows at a time.
// Fails:   as sink/lake.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "event/batch.h"
#include "event/event_id.h"
#include "io/file_system.h"
#include "sink/growing_files.h"
#include "sink/row_file.h"
#include "stream/disposition.h"
#include "table/consolidation.h"
#include "table/published_folder.h"
#include "table/rows.h"

namespace playhead::sink {

// An event that is late, from the future, or a duplicate.
struct LateEvent {
  Offset offset;
  Timestamp ingest_time;
  Timestamp event_time;
  event::EventId id;
  stream::RejectReason reason = stream::RejectReason::kLate;
  event::Kind kind = event::Kind::kTrackPlay;
  bool is_play = false;
  std::string_view user{};                   // null where data() is nullptr
  std::optional<std::int64_t> late_by_ms{};  // where it is known
};

// A record that is no event. Its views are null where data() is nullptr.
struct DeadLetter {
  Offset offset;
  Timestamp ingest_time;
  event::Reject reason = event::Reject::kNotJson;
  std::string_view key{};
  std::string_view value{};
  std::string_view headers{};  // empty: none, and null in the table
};

const table::Schema& late_schema();
const table::Schema& dead_letter_schema();

// What one partition has for the two tables since their last commit.
class RejectRows {
 public:
  RejectRows(std::string topic, Partition partition);

  void add_late(const LateEvent& event);  // in the order of offsets
  void add_dead_letter(const DeadLetter& letter);

  std::uint64_t bytes() const { return late_.bytes() + dead_letters_.bytes(); }  // of memory in use, about
  void clear();

  Partition partition() const { return partition_; }
  const table::Rows& late() const { return late_; }
  const table::Rows& dead_letters() const { return dead_letters_; }

 private:
  std::string topic_;
  Partition partition_;
  table::Rows late_;
  table::Rows dead_letters_;
};

class RejectTables {
 public:
  struct Options {
    std::string folder;
    std::string owner;                                          // identity of the job, a JSON text; another's folder is refused
    std::function<Status()> may_claim{};                        // asked before each try to claim; its Error ends the claim
    std::uint64_t file_bytes_target = std::uint64_t{16} << 20;  // as GrowingFiles::Options
  };

  static Result<std::unique_ptr<RejectTables>> claim(io::FileSystem& files, Options options);

  const std::string& ledger() const { return folder_->ledger(); }  // of the newest commit; "null" before the first
  WriterEpoch writer() const { return folder_->writer_epoch(); }

  // Publishes the rows of all lanes with the ledger, a JSON text, in one step, and clears the lanes. A lane may be null; two lanes are
  // of different partitions.
  Status commit(std::span<RejectRows* const> lanes, std::string ledger);
  // Adds rows of a partition that another process has encoded to the next commit, as a file of their own. `table` is not the lake. A commit
  // in which a partition has both such rows and a lane's may not be.
  Status adopt(RowTable table, Partition partition, const RowFileBytes& rows);
  Status settle() { return folder_->settle(); }
  // Few large files in each table instead of many small ones, with the same rows (table/consolidation.h). kBusy between a commit that
  // failed and its repetition.
  Result<table::ConsolidationReport> consolidate(const table::ConsolidationOptions& options);

 private:
  RejectTables(io::FileSystem& files, const Options& options, std::unique_ptr<table::PublishedFolder> folder);
  Status add(const RejectRows& lane);

  io::FileSystem& files_;
  std::unique_ptr<table::PublishedFolder> folder_;
  GrowingFiles growing_;
  bool to_be_repeated_ = false;  // the last commit failed, and some of its files are waiting in the folder
};

// Takes some rows in the table's schema; false: enough. The rows live during the call.
using TakeRows = std::function<Result<bool>(const table::Rows& rows)>;
// Reads a table by file, and in a file by offset; nothing for a folder that is not there.
Status read_late(io::FileSystem& files, const std::string& folder, const TakeRows& take);
Status read_dead_letters(io::FileSystem& files, const std::string& folder, const TakeRows& take);

}  // namespace playhead::sink
