#include "table/backup.h"

#include <set>
#include <string_view>
#include <utility>

#include "table/folder_layout.h"

namespace playhead::table {
namespace {

constexpr std::string_view kMark = "_backup_";
constexpr std::string_view kUnfinished = ".unfinished";
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr int kTriesMax = 60;

Result<std::string> name_of_folder(const std::string& folder) {
  const std::string_view name = last_part_of(folder);
  if (!name.empty() && name != "." && name != "..") return std::string(name);
  return fail(ErrorKind::kInvalid, folder + " does not end in a name, so there is none for a backup beside it");
}

Status remove_unfinished(io::FileSystem& files, const std::string& parent, const std::string& prefix) {
  TRY_ASSIGN(const auto names, files.list(parent));
  for (const std::string& name : names) {
    if (name.starts_with("." + prefix) && name.ends_with(kUnfinished)) TRY(files.remove_all(io::join(parent, name)));
  }
  return {};
}

Status fill(io::FileSystem& files, const std::string& folder, const std::vector<std::string>& names, const std::string& into) {
  TRY(files.make_folders(into));
  std::set<std::string> folders{into};
  for (const std::string& name : names) {
    const std::string target = io::join(into, name);
    if (folders.insert(folder_of(target)).second) TRY(files.make_folders(folder_of(target)));
    TRY(link_or_copy(files, io::join(folder, name), target));
  }
  for (const std::string& path : folders) TRY(files.sync_folder(path));
  return {};
}

}  // namespace

Status link_or_copy(io::FileSystem& files, const std::string& from, const std::string& to) {
  auto linked = files.link(from, to);
  if (linked || linked.error().kind != ErrorKind::kInvalid) return linked;
  TRY_ASSIGN(const auto source, files.open(from, io::Open::kRead));
  TRY_ASSIGN(const auto target, files.open(to, io::Open::kCreateNew));
  TRY_ASSIGN(const std::uint64_t size, source->size());
  std::string piece;
  for (std::uint64_t at = 0; at < size; at += piece.size()) {
    TRY(source->read_at(at, kPieceBytes, piece));
    if (piece.empty()) return fail(ErrorKind::kIo, from + " became shorter while it was copied");
    TRY(target->write_at(at, piece));
  }
  return target->sync();
}

Result<std::string> make_backup(io::FileSystem& files, const std::string& folder, const std::vector<std::string>& names, Timestamp now) {
  TRY_ASSIGN(const std::string name, name_of_folder(folder));
  const std::string parent = folder_of(folder);
  const std::string prefix = name + std::string(kMark);
  TRY(remove_unfinished(files, parent, prefix));
  const std::string unfinished = io::join(parent, "." + prefix + format_compact(now) + std::string(kUnfinished));
  auto status = fill(files, folder, names, unfinished);
  for (int attempt = 0; status && attempt < kTriesMax; ++attempt) {
    std::string path = io::join(parent, prefix + format_compact(now + std::chrono::seconds{attempt}));
    const auto named = files.rename_if_absent(unfinished, path);
    if (named) {
      TRY(files.sync_folder(parent));
      return path;
    }
    if (named.error().kind != ErrorKind::kExists) status = named;
  }
  static_cast<void>(files.remove_all(unfinished));
  if (status) status = fail(ErrorKind::kBusy, "too many backups of " + folder + " in one minute; try again");
  return std::unexpected(std::move(status.error()));
}

Result<std::vector<Backup>> list_backups(io::FileSystem& files, const std::string& folder) {
  TRY_ASSIGN(const std::string name, name_of_folder(folder));
  const std::string parent = folder_of(folder);
  const std::string prefix = name + std::string(kMark);
  TRY_ASSIGN(const auto names, files.list(parent));
  std::vector<Backup> backups;
  for (const std::string& entry : names) {
    if (!entry.starts_with(prefix)) continue;
    if (const auto made = compact_time(std::string_view(entry).substr(prefix.size()))) backups.push_back({io::join(parent, entry), *made});
  }
  return backups;
}

Result<std::vector<Backup>> prune_backups(io::FileSystem& files, const std::string& folder, Timestamp before) {
  TRY_ASSIGN(auto backups, list_backups(files, folder));
  std::erase_if(backups, [before](const Backup& backup) { return backup.made >= before; });
  for (const Backup& backup : backups) TRY(files.remove_all(backup.path));
  if (!backups.empty()) TRY(files.sync_folder(folder_of(folder)));
  return backups;
}

}  // namespace playhead::table
