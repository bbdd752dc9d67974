#include "table/consolidation.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "table/backup.h"
#include "table/content_sum.h"
#include "table/file_merger.h"
#include "table/folder_layout.h"
#include "table/parquet_reader.h"

namespace playhead::table {
namespace {

constexpr Duration kFileSpan = std::chrono::hours{1};

std::string counted(std::uint64_t count, const std::string& what) { return std::to_string(count) + " " + what + (count == 1 ? "" : "s"); }

// A file of one span does not say where that ends: an hour later, or so many whole windows that they are an hour or more.
Result<Timestamp> end_of_span(io::FileSystem& files, const std::string& path, Timestamp named) {
  TRY_ASSIGN(const auto reader, ParquetReader::open(files, path, {.columns = {"window_start", "window_end"}, .batch_rows = 1}));
  Rows row;
  TRY_ASSIGN(const bool any, reader->next(row));
  if (!any) return named + kFileSpan;
  const std::int64_t start = row.columns[0].number(0);
  const std::int64_t window = row.columns[1].number(0) - start;
  if (window <= 0) return fail(ErrorKind::kCorrupt, path + " holds a window that ends before it begins");
  const std::int64_t span = (kFileSpan.count() + window - 1) / window * window;
  const std::int64_t before = ((start % span) + span) % span;  // names have no fractions of a second, so the rows say where the span begins
  return from_micros(start - before + span);
}

class Consolidator {
 public:
  Consolidator(io::FileSystem& files, PublishedFolder& published, const ConsolidationOptions& options)
      : files_(files), published_(published), options_(options) {}

  Result<ConsolidationReport> run() {
    TRY_ASSIGN(const ConsolidationPlan plan, plan_consolidation(files_, published_.folder(), options_));
    report_.kind = plan.kind;
    report_.files_before = report_.files_after = plan.files_before;
    report_.bytes_before = report_.bytes_after = plan.bytes_before;
    tell(counted(plan.files_before, "file") + " of " + std::to_string(plan.bytes_before) + " bytes in " + published_.folder() + ": " +
         (plan.folders.empty() ? "nothing to do" : counted(plan.files_after, "file") + " afterwards"));
    if (plan.folders.empty()) return report_;
    if (options_.backup) TRY(back_up(plan));
    TRY(carry_out(plan));
    report_.rows = copied_.rows();
    report_.content_sum = copied_.text();
    TRY(go_on());
    tell(counted(report_.files_after, "file") + " of " + std::to_string(report_.bytes_after) + " bytes now; " +
         counted(report_.rows, "row") + " copied, all found again");
    return report_;
  }

 private:
  void tell(const std::string& step) const {
    if (options_.tell) options_.tell(step);
  }
  std::string path_of(const std::string& folder) const {
    return folder.empty() ? published_.folder() : io::join(published_.folder(), folder);
  }

  Status carry_out(const ConsolidationPlan& plan) {
    for (const FolderPlan& folder : plan.folders) {
      if (auto status = replace(folder, plan.kind); !status) {
        published_.discard_folders();
        return status;
      }
    }
    return {};
  }

  // What has become smaller by being merged may fit together again. Every round has fewer files, so there is a last one.
  Status go_on() {
    while (true) {
      TRY_ASSIGN(const ConsolidationPlan plan, plan_consolidation(files_, published_.folder(), options_));
      report_.files_after = plan.files_before;
      report_.bytes_after = plan.bytes_before;
      if (plan.folders.empty()) return {};
      TRY(carry_out(plan));
    }
  }

  Status back_up(const ConsolidationPlan& plan) {
    std::vector<std::string> names;
    for (const FolderPlan& folder : plan.folders) {
      for (const FileGroup& group : folder.groups) {
        for (const FoundFile& file : group) names.push_back(folder.folder.empty() ? file.name : io::join(folder.folder, file.name));
      }
    }
    auto backup = make_backup(files_, published_.folder(), names, options_.now);
    if (!backup) return fail(backup.error().kind, "no backup could be made, so nothing was changed: " + backup.error().message);
    report_.backup = std::move(*backup);
    tell("backup of " + counted(names.size(), "file") + " in " + report_.backup);
    return {};
  }

  Status replace(const FolderPlan& folder, OutputKind kind) {
    const bool root = kind == OutputKind::kWindows;
    TRY_ASSIGN(const std::string staged, root ? published_.stage_root() : published_.stage_folder());
    std::set<std::string> taken;
    for (const FileGroup& group : folder.groups) {
      for (const FoundFile& file : group) taken.insert(file.name);
    }
    for (const FileGroup& group : folder.groups) {
      if (group.size() == 1) {
        TRY(link_or_copy(files_, io::join(path_of(folder.folder), group.front().name), io::join(staged, group.front().name)));
      } else {
        TRY_ASSIGN(const std::string name, root ? window_name(group) : Result<std::string>(lake_name(taken)));
        TRY(merge(group, path_of(folder.folder), io::join(staged, name)));
      }
    }
    TRY(root ? published_.exchange_root(published_.ledger()) : published_.exchange(folder.folder, staged));
    ++report_.folders;
    tell(path_of(folder.folder) + " exchanged: " + counted(folder.groups.size(), "file") + " now");
    return {};
  }

  Status merge(const FileGroup& group, const std::string& from, const std::string& to) {
    FileMerger merger(files_, to);
    for (const FoundFile& file : group) TRY(merger.add(io::join(from, file.name)));
    TRY(merger.finish());
    copied_ += merger.sum();
    tell(counted(group.size(), "file") + " of " + from + " copied into " + std::string(last_part_of(to)) + ": " +
         counted(merger.sum().rows(), "row") + ", content " + merger.sum().text() + ", the same before and after");
    return {};
  }

  Result<std::string> window_name(const FileGroup& group) const {
    const auto last = span_in_name(group.back().name);
    Timestamp end = last->end.value_or(last->start);
    if (!last->end) {
      TRY_ASSIGN(end, end_of_span(files_, path_of(group.back().name), last->start));
    }
    return "windows-" + format_compact(span_in_name(group.front().name)->start) + "-" + format_compact(end) + ".parquet";
  }

  std::string lake_name(std::set<std::string>& taken) {
    while (true) {
      std::string name = "merged-" + format_compact(options_.now) + "-" + std::to_string(++merged_) + ".parquet";
      if (taken.insert(name).second) return name;
    }
  }

  io::FileSystem& files_;
  PublishedFolder& published_;
  const ConsolidationOptions& options_;
  ConsolidationReport report_{};
  ContentSum copied_{};
  int merged_ = 0;
};

}  // namespace

Result<ConsolidationReport> consolidate(io::FileSystem& files, PublishedFolder& published, const ConsolidationOptions& options) {
  return Consolidator(files, published, options).run();
}

}  // namespace playhead::table
