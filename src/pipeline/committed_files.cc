#include "pipeline/committed_files.h"

#include <map>

#include "table/published_folder.h"

namespace playhead::pipeline {
namespace {

constexpr int kFoldersDeep = 8;

// Visible names, relative to `root`. What is neither *.parquet nor a folder of ours is somebody else's.
Status add_visible(io::FileSystem& files, const std::string& root, const std::string& below, int depth,
                   std::map<std::string, std::string>& found) {
  const auto names = files.list(below.empty() ? root : io::join(root, below));
  if (!names && names.error().kind == ErrorKind::kNotFound) return {};
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (name.starts_with('.') || name.starts_with('_')) continue;
    const std::string relative = below.empty() ? name : io::join(below, name);
    if (name.ends_with(".parquet")) {
      found[relative] = io::join(root, relative);
    } else if (depth < kFoldersDeep && name.find('.') == std::string::npos) {
      TRY(add_visible(files, root, relative, depth + 1, found));
    }
  }
  return {};
}

}  // namespace

Result<CommittedFiles> committed_files(io::FileSystem& files, const std::string& folder) {
  CommittedFiles committed;
  TRY_ASSIGN(committed.manifest, table::PublishedFolder::newest(files, folder));
  std::map<std::string, std::string> found;
  TRY(add_visible(files, folder, "", 0, found));
  if (committed.manifest) {
    for (const table::PendingRemoval& removal : committed.manifest->removed) found.erase(removal.name);
    for (const table::PendingFile& file : committed.manifest->files) {
      const std::string staged = io::join(folder, file.staged);
      TRY_ASSIGN(const bool waits, files.exists(staged));
      if (waits) {
        found[file.name] = staged;
        committed.unnamed.push_back(file.name);
      } else if (!found.contains(file.name)) {
        committed.lost.push_back(file.name);
      }
    }
  }
  for (auto& [name, path] : found) committed.files.push_back({name, std::move(path)});
  return committed;
}

}  // namespace playhead::pipeline
