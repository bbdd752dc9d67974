#include "table/folder_exchange.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "table/folder_layout.h"
#include "table/published_folder.h"

namespace playhead::table {
namespace {

constexpr std::string_view kStagedMark = ".staged-";
constexpr std::string_view kDeadMark = ".dead-";
constexpr std::string_view kNote = "exchange";
constexpr std::string_view kNewRoot = "root";
constexpr std::string_view kProbe = "probe";
constexpr std::uint64_t kNoteBytesMax = 4096;
// A claim that raced into the old folder has a number a little above the last one there. It must not look like the newest in the new one.
constexpr std::uint64_t kNumbersSkipped = 1'000'000;

std::unexpected<Error> no_way(const std::string& folder, const std::string& why) {
  return fail(ErrorKind::kInvalid,
              folder + " can not be replaced in one step: " + why +
                  ". Nothing was changed; put the output into a folder of its own on a local file system, beneath a mount "
                  "point and not at one, or stop its writer and copy the files");
}

// An exchange may have happened that nobody synced. What it took out may be deleted only when that can not come back.
Status make_durable(io::FileSystem& files, const std::string& folder, const std::string& dead) {
  TRY(ignore(ErrorKind::kNotFound, files.sync_folder(dead)));
  const auto visible = io::read_file(files, io::join(dead, kNote), kNoteBytesMax);
  if (!visible && visible.error().kind == ErrorKind::kNotFound) return {};
  if (!visible) return std::unexpected(visible.error());
  if (!is_visible_folder(*visible)) return {};  // the note was cut short, so no exchange followed
  return ignore(ErrorKind::kNotFound, files.sync_folder(folder_of(io::join(folder, *visible))));
}

// Each file's bytes, then their names.
Status sync_files(io::FileSystem& files, const std::string& folder) {
  TRY_ASSIGN(const auto names, files.list(folder));
  for (const std::string& name : names) {
    if (!name.ends_with(kEnding)) continue;
    TRY_ASSIGN(const auto file, files.open(io::join(folder, name), io::Open::kWrite));
    TRY(file->sync());
  }
  return files.sync_folder(folder);
}

}  // namespace

Result<std::string> exchange_place(const std::string& folder, WriterEpoch writer) {
  const std::string_view name = last_part_of(folder);
  if (name.empty() || name == "." || name == "..") return no_way(folder, "its path does not end in its name");
  return io::join(folder_of(folder), "." + std::string(name) + std::string(kStagedMark) + std::to_string(writer.value));
}

Status try_exchange(io::FileSystem& files, const std::string& folder, const std::string& place) {
  const std::string inside = io::join(io::join(folder, kStaging), kProbe);
  const std::string beside = io::join(place, kProbe);
  TRY(files.make_folders(inside));
  TRY(files.make_folders(beside));
  auto status = files.exchange(folder, folder);  // changes nothing, but refuses a link
  if (status) status = files.exchange(inside, beside);
  TRY(ignore(ErrorKind::kNotFound, files.remove(inside)));
  TRY(ignore(ErrorKind::kNotFound, files.remove(beside)));
  if (!status && status.error().kind == ErrorKind::kInvalid) return no_way(folder, status.error().message);
  return status;
}

Status note_exchange(io::FileSystem& files, const std::string& place, const std::string& visible_folder) {
  TRY(io::write_file_synced(files, io::join(place, kNote), visible_folder));
  return files.sync_folder(place);
}

Status bury_exchanges(io::FileSystem& files, const std::string& folder, WriterEpoch own, std::uint64_t number) {
  const std::string parent = folder_of(folder);
  const std::string prefix = "." + std::string(last_part_of(folder));
  TRY_ASSIGN(const auto names, files.list(parent));
  std::vector<std::string> dead;
  for (const std::string& name : names) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view mark = std::string_view(name).substr(prefix.size());
    const auto epoch = mark.starts_with(kStagedMark) ? number_of(mark.substr(kStagedMark.size())) : std::nullopt;
    if (epoch && *epoch < own.value) {
      dead.push_back(io::join(parent, prefix + std::string(kDeadMark) + std::to_string(*epoch) + "-" + std::to_string(number)));
      TRY(ignore(ErrorKind::kNotFound, files.rename(io::join(parent, name), dead.back())));
    } else if (mark.starts_with(kDeadMark)) {
      dead.push_back(io::join(parent, name));
    }
  }
  if (dead.empty()) return {};
  TRY(files.sync_folder(parent));
  for (const std::string& path : dead) TRY(make_durable(files, folder, path));
  for (const std::string& path : dead) TRY(files.remove_all(path));
  return {};
}

Result<std::string> PublishedFolder::make_exchange_place(std::string_view inner) {
  if (stopped_) return std::unexpected(*stopped_);
  TRY_ASSIGN(const std::string place, exchange_place(folder_, newest_.writer_epoch));
  TRY(files_.make_folders(place));
  if (auto status = try_exchange(files_, folder_, place); !status) {
    static_cast<void>(files_.remove(place));
    return std::unexpected(explained(std::move(status.error())));
  }
  std::string path = io::join(place, inner);
  TRY(files_.remove_all(path));
  TRY(files_.make_folders(path));
  return path;
}

Result<std::string> PublishedFolder::stage_folder() { return make_exchange_place(digits_of(++staged_files_)); }

Result<std::string> PublishedFolder::stage_root() {
  TRY_ASSIGN(std::string path, make_exchange_place(kNewRoot));
  TRY(files_.make_folders(io::join(path, kManifests)));
  TRY(files_.make_folders(io::join(path, root())));
  return path;
}

// After a doubt the old content may be what the disk comes back with: a claim makes sure, then deletes.
void PublishedFolder::discard_folders() {
  if (stopped_) return;
  const auto place = exchange_place(folder_, newest_.writer_epoch);
  if (place) static_cast<void>(files_.remove_all(*place));
}

// A newer claim buries the place after it took its number, so either it finds what is in it, and the exchange fails, or the exchange was
// before: that is why the check must come after the last call that could have made the place anew, and before the exchange.
Status PublishedFolder::exchange(const std::string& visible_folder, const std::string& staged_folder) {
  if (!is_visible_folder(visible_folder)) return fail(ErrorKind::kInvalid, "'" + visible_folder + "' is no folder to be exchanged");
  TRY(settle());
  const std::string visible = path_of(visible_folder);
  auto status = sync_files(files_, staged_folder);
  if (status) status = note_exchange(files_, folder_of(staged_folder), visible_folder);
  if (status) status = check_newest();
  if (!status) return std::unexpected(explained(std::move(status.error())));
  TRY(change_places(visible, staged_folder));
  status = files_.sync_folder(folder_of(visible));
  if (status) status = files_.sync_folder(folder_of(staged_folder));
  if (!status) return doubt(std::move(status.error()));
  discard_folders();
  return {};
}

Status PublishedFolder::exchange_root(std::string ledger) {
  if (!added_.empty()) return fail(ErrorKind::kInvalid, folder_ + " can not be replaced while files wait for their commit");
  TRY(settle());
  TRY(check_only_ours());
  TRY_ASSIGN(const std::string place, exchange_place(folder_, newest_.writer_epoch));
  const std::string new_root = io::join(place, kNewRoot);
  Manifest next = plan({}, {}, std::move(ledger));
  next.number += kNumbersSkipped;
  next.format = kManifestFormat;
  auto status = write_new_root(new_root, next);
  if (status) status = check_newest();
  if (!status) return std::unexpected(explained(std::move(status.error())));
  TRY(change_places(folder_, new_root));
  newest_ = std::move(next);
  known_folders_.clear();
  status = files_.sync_folder(folder_of(folder_));
  if (status) status = files_.sync_folder(place);
  if (status) status = check_newest();
  if (!status) return doubt(std::move(status.error()));
  discard_folders();
  return {};
}

Status PublishedFolder::change_places(const std::string& visible, const std::string& staged) {
  auto status = files_.exchange(visible, staged);
  if (status) return {};
  if (status.error().kind == ErrorKind::kIo) return doubt(std::move(status.error()));
  if (status.error().kind == ErrorKind::kInvalid) return no_way(visible, status.error().message);
  return std::unexpected(explained(std::move(status.error())));
}

// All of it durable: once the exchange is, nothing of it may be lost.
Status PublishedFolder::write_new_root(const std::string& new_root, const Manifest& next) {
  TRY_ASSIGN(const std::string bytes, encode_manifest(next));
  const std::string manifests = io::join(new_root, kManifests);
  TRY(io::write_file_synced(files_, io::join(manifests, digits_of(next.number)), bytes));
  TRY(files_.sync_folder(manifests));
  TRY(sync_files(files_, new_root));
  return files_.sync_folder(folder_of(new_root));
}

// What is not the writer's would be thrown away with the old root.
Status PublishedFolder::check_only_ours() {
  TRY_ASSIGN(const auto names, files_.list(folder_));
  const auto stranger = std::ranges::find_if(names, [](const std::string& name) {
    return name != kManifests && name != kStaging && !(is_visible_part(name) && name.ends_with(kEnding));
  });
  if (stranger == names.end()) return {};
  return fail(ErrorKind::kInvalid, folder_ + " holds " + *stranger + ", which Playhead did not put there; move it away first");
}

}  // namespace playhead::table
