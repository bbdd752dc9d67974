// What consolidation finds and means to do.
#include <algorithm>
#include <optional>
#include <string_view>

#include "table/consolidation.h"
#include "table/folder_layout.h"
#include "table/parquet_reader.h"

namespace playhead::table {
namespace {

constexpr std::string_view kWindows = "windows-";
constexpr std::size_t kStartLength = std::string_view("20181101T205710Z").size();
constexpr int kFoldersDeep = 7;

bool is_partition(const std::string& name) {
  return name.find('=') != std::string::npos && is_visible_part(name) && !name.ends_with(kEnding);
}

bool is_reject_table(const std::string& name) { return name == "late" || name == "dead_letters"; }

std::unexpected<Error> stranger(const std::string& path) {
  return fail(ErrorKind::kInvalid, path + " is not a file that Playhead put there; move it away, then consolidate again");
}

// The walk through an output.
class Finder {
 public:
  Finder(io::FileSystem& files, const std::string& root, const ConsolidationOptions& options)
      : files_(files), root_(root), options_(options) {}

  Result<ConsolidationPlan> find() {
    TRY_ASSIGN(const auto names, files_.list(root_));
    if (std::ranges::any_of(names, is_partition)) {
      plan_.kind = OutputKind::kLake;
    } else if (std::ranges::any_of(names, is_reject_table)) {
      plan_.kind = OutputKind::kRejects;
    }
    for (const std::string& folder : options_.only) TRY(visit(folder, 0));
    if (options_.only.empty()) TRY(visit("", kFoldersDeep));
    return std::move(plan_);
  }
  std::vector<std::string> take_paths() { return std::move(paths_); }

 private:
  Status visit(const std::string& folder, int depth) {
    TRY_ASSIGN(const auto names, files_.list(path_of(folder)));
    std::vector<FoundFile> found;
    for (const std::string& name : names) {
      const std::string path = folder.empty() ? name : io::join(folder, name);
      if (name.starts_with('.') && folder.empty()) continue;  // the writer's own
      if (depth > 0 && is_folder(name, folder)) {
        TRY(visit(path, depth - 1));
      } else if (!is_ours(name, folder)) {
        return stranger(path_of(path));
      } else {
        TRY_ASSIGN(const auto file, files_.open(path_of(path), io::Open::kRead));
        TRY_ASSIGN(const std::uint64_t bytes, file->size());
        found.push_back({name, bytes});
        paths_.push_back(path_of(path));
      }
    }
    return add(folder, std::move(found));
  }

  bool is_folder(const std::string& name, const std::string& within) const {
    if (plan_.kind == OutputKind::kLake) return is_partition(name);
    return plan_.kind == OutputKind::kRejects && within.empty() && is_reject_table(name);
  }

  bool is_ours(const std::string& name, const std::string& folder) const {
    if (!is_visible_part(name) || !name.ends_with(kEnding)) return false;
    return plan_.kind == OutputKind::kWindows ? span_in_name(name).has_value() : !folder.empty();
  }

  Status add(const std::string& folder, std::vector<FoundFile> found) {
    plan_.files_before += found.size();
    for (const FoundFile& file : found) plan_.bytes_before += file.bytes;
    FolderPlan planned{folder, groups_of(found)};
    const bool work = std::ranges::any_of(planned.groups, [](const FileGroup& group) { return group.size() > 1; });
    plan_.files_after += work ? planned.groups.size() : found.size();
    if (!work) return {};
    TRY(check_columns(planned));
    plan_.folders.push_back(std::move(planned));
    return {};
  }

  // A file that fits with neither of its neighbours stays as it is.
  std::vector<FileGroup> groups_of(const std::vector<FoundFile>& found) const {
    std::vector<FileGroup> groups;
    std::uint64_t bytes = 0;
    for (const FoundFile& file : found) {
      if (groups.empty() || bytes + file.bytes > options_.target_bytes) {
        groups.emplace_back();
        bytes = 0;
      }
      groups.back().push_back(file);
      bytes += file.bytes;
    }
    return groups;
  }

  // Before anything is copied: each file is whole enough to say its columns, and they are the same in all.
  Status check_columns(const FolderPlan& planned) {
    std::optional<Schema> schema;
    for (const FileGroup& group : planned.groups) {
      for (const FoundFile& file : group) {
        const std::string path = path_of(planned.folder.empty() ? file.name : io::join(planned.folder, file.name));
        const auto reader = ParquetReader::open(files_, path, {});
        if (!reader) return fail(reader.error().kind, path + " can not be consolidated: " + reader.error().message);
        if (!schema) schema = (*reader)->schema();
        if (*schema != (*reader)->schema())
          return fail(ErrorKind::kInvalid, path + " has other columns than the files beside it, so they can not be merged; move it away");
      }
    }
    return {};
  }

  std::string path_of(const std::string& relative) const { return relative.empty() ? root_ : io::join(root_, relative); }

  io::FileSystem& files_;
  const std::string& root_;
  const ConsolidationOptions& options_;
  ConsolidationPlan plan_{};
  std::vector<std::string> paths_{};
};

}  // namespace

std::string_view name_of(OutputKind kind) {
  switch (kind) {
    case OutputKind::kLake: return "lake";
    case OutputKind::kRejects: return "rejects";
    case OutputKind::kWindows: break;
  }
  return "windows";
}

std::optional<WindowSpan> span_in_name(std::string_view name) {
  if (!name.starts_with(kWindows) || !name.ends_with(kEnding) || name.size() < kWindows.size() + kEnding.size()) return std::nullopt;
  const std::string_view text = name.substr(kWindows.size(), name.size() - kWindows.size() - kEnding.size());
  const auto start = compact_time(text.substr(0, kStartLength));
  if (!start) return std::nullopt;
  if (text.size() == kStartLength) return WindowSpan{*start, std::nullopt};
  const auto end = compact_time(text.substr(kStartLength + 1));
  if (text[kStartLength] != '-' || !end || *end <= *start) return std::nullopt;
  return WindowSpan{*start, end};
}

Result<std::vector<std::string>> published_files(io::FileSystem& files, const std::string& folder) {
  const ConsolidationOptions only_look{.target_bytes = 0};
  Finder finder(files, folder, only_look);
  TRY(finder.find());
  return finder.take_paths();
}

Result<ConsolidationPlan> plan_consolidation(io::FileSystem& files, const std::string& folder, const ConsolidationOptions& options) {
  return Finder(files, folder, options).find();
}

}  // namespace playhead::table
