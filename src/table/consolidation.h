// table/consolidation.h: few large files instead of many small ones, with the same rows (docs/consolidation.md).
//
// Three outputs are known, told apart by looking:
//   - windows: all files in one folder, "windows-<start>.parquet" for a span of time. Neighbours become "windows-<start>-<end>.parquet"
//     (sink/window_table.h goes on with it); rows stay in their order. The whole folder is exchanged in one step.
//   - a lake: folders such as year=2026/month=3/day=1/hour=15. Files are merged within their hour, into "merged-<time>-<n>.parquet", and
//     each hour is exchanged in one step.
//   - the tables of late events and dead letters, in the folders late and dead_letters: each as an hour of a lake.
// Files next to each other by name are merged as long as they are within the target size together. One large file often takes less room
// than the small ones did, so this goes on until no two neighbours fit into one: a second run has nothing to do.
//
// A backup is made first. Of the rows that go in and of those that come out, read back from the new files, the count and the content sum
// must be equal, else nothing is exchanged. A process killed at any step leaves old or new, never both: the next claim clears up.
//
// Threads: one at a time. Memory: one row group, and the names of the files of one output; bounded whatever the size of the files.
// Fails:   kInvalid: something in the folder is not ours, or has other columns; or the folder can not be exchanged. kCorrupt: a damaged
// file,
//          or rows that differ. kFenced, kLimit, kIo. Nothing is changed, but for hours of a lake that were done before.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/file_system.h"
#include "table/published_folder.h"

namespace playhead::table {

enum class OutputKind : std::uint8_t { kWindows, kLake, kRejects };
std::string_view name_of(OutputKind kind);  // "windows", "lake", "rejects"

struct FoundFile {
  std::string name;  // in its folder
  std::uint64_t bytes = 0;
};

using FileGroup = std::vector<FoundFile>;  // neighbours by name: two or more are to become one

struct FolderPlan {
  std::string folder;  // relative to the output; empty: itself
  std::vector<FileGroup> groups{};
};

struct ConsolidationPlan {
  OutputKind kind = OutputKind::kWindows;
  std::vector<FolderPlan> folders{};  // those in which there is something to do
  std::uint64_t files_before = 0;     // of the whole output
  std::uint64_t files_after = 0;      // or fewer
  std::uint64_t bytes_before = 0;
};

struct ConsolidationOptions {
  std::uint64_t target_bytes = std::uint64_t{1} << 30;
  Timestamp now{};                                 // names the backup and the merged files
  std::vector<std::string> only{};                 // folders, relative to the output: no other is looked at; empty: all
  std::function<void(const std::string&)> tell{};  // each step, as a sentence
  bool backup = true;                              // false: for small files that are merged as a matter of course
};

struct ConsolidationReport {
  OutputKind kind = OutputKind::kWindows;
  std::uint64_t files_before = 0;
  std::uint64_t files_after = 0;  // counted afterwards, as are the bytes
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  std::uint64_t folders = 0;  // exchanged
  std::uint64_t rows = 0;     // copied, and found again
  std::string content_sum{};  // of these rows
  std::string backup{};       // empty: there was nothing to do
};

// What consolidate() would do. Reads footers only.
Result<ConsolidationPlan> plan_consolidation(io::FileSystem& files, const std::string& folder, const ConsolidationOptions& options);

// `published` is the caller's claim of the folder; its ledger stays as it is.
Result<ConsolidationReport> consolidate(io::FileSystem& files, PublishedFolder& published, const ConsolidationOptions& options);

// The paths of all files of the output, in the order of their names.
Result<std::vector<std::string>> published_files(io::FileSystem& files, const std::string& folder);

// "windows-<start>.parquet", and "windows-<start>-<end>.parquet" for several spans, whose end is not in it.
struct WindowSpan {
  Timestamp start;
  std::optional<Timestamp> end;

  bool operator==(const WindowSpan&) const = default;
};
std::optional<WindowSpan> span_in_name(std::string_view name);

}  // namespace playhead::table
