// The commits of table/published_folder.h.
#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "table/folder_layout.h"
#include "table/published_folder.h"

namespace playhead::table {
namespace {

constexpr std::uint64_t kOlderKept = 16;
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::size_t kKnownFoldersMax = 10'000;

Status check_name(const std::string& name) {
  if (is_visible_name(name)) return {};
  return fail(ErrorKind::kInvalid, "'" + name + "' can not be published: it must end in .parquet, with at most 7 folders in front, " +
                                       "and no part of it may start with '.' or '_'");
}

Status check_names(const std::vector<PendingFile>& added, const std::vector<NewFile>& published, const std::vector<std::string>& removed) {
  std::set<std::string_view> names;
  const auto check = [&names](const std::string& name) -> Status {
    TRY(check_name(name));
    if (!names.insert(name).second) return fail(ErrorKind::kInvalid, "one commit names " + name + " twice");
    return {};
  };
  for (const PendingFile& file : added) TRY(check(file.name));
  for (const NewFile& file : published) TRY(check(file.name));
  for (const std::string& name : removed) TRY(check(name));
  return {};
}

struct Copied {
  std::uint64_t bytes = 0;
  Checksum sum{};

  Status add(io::File& to, std::string_view piece) {
    TRY(to.write_at(bytes, piece));
    sum.add(piece);
    bytes += piece.size();
    return {};
  }
};

Status copy_start(io::File& from, std::uint64_t length, io::File& to, Copied& copied) {
  std::string piece;
  while (copied.bytes < length) {
    TRY(from.read_at(copied.bytes, static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, length - copied.bytes)), piece));
    if (piece.empty()) return fail(ErrorKind::kInvalid, "a file can not be extended after more bytes than it has");
    TRY(copied.add(to, piece));
  }
  return {};
}

}  // namespace

Result<Staged> PublishedFolder::stage(std::string name) {
  if (stopped_) return std::unexpected(*stopped_);
  TRY(check_name(name));
  std::string path = path_of(staged_as(name, "-"));
  auto file = files_.open(path, io::Open::kCreateNew);
  if (!file) return std::unexpected(explained(std::move(file.error())));
  return Staged{std::move(name), std::move(path), std::move(*file)};
}

Status PublishedFolder::add(Staged staged, std::uint64_t bytes, std::uint64_t checksum) {
  auto status = stopped_ ? Status{std::unexpected(*stopped_)} : check_size(staged, bytes);
  if (status) status = staged.file->sync();
  staged.file.reset();
  if (!status) {
    discard(std::move(staged));
    return std::unexpected(explained(std::move(status.error())));
  }
  PendingFile pending{staged.name, staged.path.substr(folder_.size() + 1), bytes, checksum};
  const auto earlier = std::ranges::find(added_, staged.name, &PendingFile::name);
  if (earlier == added_.end()) {
    added_.push_back(std::move(pending));
  } else {
    static_cast<void>(files_.remove(path_of(std::exchange(*earlier, std::move(pending)).staged)));
  }
  return {};
}

Status PublishedFolder::check_size(const Staged& staged, std::uint64_t bytes) {
  TRY_ASSIGN(const std::uint64_t size, staged.file->size());
  if (size == bytes) return {};
  return fail(ErrorKind::kInvalid,
              staged.name + " is staged with " + std::to_string(size) + " bytes, not " + std::to_string(bytes) + " as its writer says");
}

void PublishedFolder::discard(Staged staged) { static_cast<void>(files_.remove(staged.path)); }

Status PublishedFolder::extend(const std::string& name, std::uint64_t kept_bytes, std::string_view tail) {
  TRY(check_name(name));
  const auto visible = files_.open(path_of(name), io::Open::kRead);
  if (!visible) return std::unexpected(explained(visible.error()));
  TRY_ASSIGN(Staged staged, stage(name));
  Copied copied;
  auto status = copy_start(**visible, kept_bytes, *staged.file, copied);
  if (status) status = copied.add(*staged.file, tail);
  if (status) return add(std::move(staged), copied.bytes, copied.sum.value());
  discard(std::move(staged));
  return std::unexpected(explained(std::move(status.error())));
}

Status PublishedFolder::commit(const std::vector<NewFile>& published, const std::vector<std::string>& removed, std::string ledger) {
  if (stopped_) return std::unexpected(*stopped_);
  TRY(check_names(added_, published, removed));
  const bool names = !added_.empty() || !published.empty() || !removed.empty();
  if (names) TRY(settle());
  Manifest next = plan(published, removed, std::move(ledger));
  TRY_ASSIGN(const std::string bytes, encode_manifest(next));
  auto status = write_staged(published, next);
  if (status) status = create_commit(next, bytes);
  if (!status) {
    if (!stopped_) drop_staged(published, next);
    return std::unexpected(explained(std::move(status.error())));
  }
  newest_ = std::move(next);
  added_.clear();
  settled_ = settled_ && !names;
  if (auto held = check_newest(); !held) return doubt(std::move(held.error()));
  if (names) TRY(publish());
  drop_old_manifests();
  return {};
}

Status PublishedFolder::settle() {
  if (stopped_) return std::unexpected(*stopped_);
  if (settled_) return {};
  for (const std::string& folder : touched_folders(newest_)) {
    // A folder that somebody took away whole has no names left to keep.
    if (auto status = ignore(ErrorKind::kNotFound, files_.sync_folder(path_of(folder))); !status) return doubt(std::move(status.error()));
  }
  if (auto status = files_.sync_folder(path_of(root())); !status) return doubt(std::move(status.error()));
  settled_ = true;
  return {};
}

// A path in this writer's root that it has not used before, whatever became of earlier tries. The folders in front of the name do not go
// into it: the root is flat.
std::string PublishedFolder::staged_as(std::string_view name, std::string_view mark) {
  const std::string_view last = last_part_of(name);
  return io::join(root(), digits_of(++staged_files_) + std::string(mark) + std::string(last.substr(0, last.size() - kEnding.size())));
}

Manifest PublishedFolder::plan(const std::vector<NewFile>& published, const std::vector<std::string>& removed, std::string ledger) {
  Manifest next = newest_;
  next.number += 1;
  next.kind = ManifestKind::kCommit;
  next.ledger = std::move(ledger);
  if (settled_) {
    next.files.clear();
    next.removed.clear();
  }
  next.files.insert(next.files.end(), added_.begin(), added_.end());
  for (const NewFile& file : published)
    next.files.push_back({file.name, staged_as(file.name, "-"), file.bytes.size(), checksum(file.bytes)});
  for (const std::string& name : removed) next.removed.push_back({name, staged_as(name, "+removed-")});
  return next;
}

// All that must be durable before the manifest says so: the files, their names in the root, and the folders that they will go to.
Status PublishedFolder::write_staged(const std::vector<NewFile>& published, const Manifest& next) {
  if (added_.empty() && published.empty()) return {};
  for (std::size_t index = 0; index < published.size(); ++index) {
    TRY(io::write_file_synced(files_, path_of(next.files[added_.size() + index].staged), published[index].bytes));
  }
  TRY(files_.sync_folder(path_of(root())));
  for (const PendingFile& file : next.files) TRY(make_visible_folder(file.name));
  return {};
}

Status PublishedFolder::make_visible_folder(const std::string& name) {
  const auto slash = name.rfind('/');
  if (slash == std::string::npos) return {};
  const std::string folder = name.substr(0, slash);
  if (known_folders_.contains(folder)) return {};
  TRY(files_.make_folders(path_of(folder)));
  if (known_folders_.size() >= kKnownFoldersMax) known_folders_.clear();
  known_folders_.insert(folder);
  return {};
}

// After a failure, as far as possible: a full disk should not stay full because of them. What was added stays for the next try.
void PublishedFolder::drop_staged(const std::vector<NewFile>& published, const Manifest& next) {
  for (std::size_t index = 0; index < published.size(); ++index)
    static_cast<void>(files_.remove(path_of(next.files[added_.size() + index].staged)));
}

// The commit point. The temporary name is this writer's alone, and in the same folder, so that one sync makes the manifest durable.
Status PublishedFolder::create_commit(const Manifest& next, const std::string& bytes) {
  const std::string path = manifest_path(next.number);
  auto status = io::create_file(files_, path, path + "." + std::to_string(next.writer_epoch.value), bytes);
  if (status) return {};
  Error error = explained(std::move(status.error()));
  if (error.kind == ErrorKind::kFenced) return std::unexpected(std::move(error));
  const auto there = files_.exists(path);
  if (there && !*there) return std::unexpected(std::move(error));
  return doubt(std::move(error));
}

// Gives the committed files their visible names. All sources and targets of these renames lead through this writer's own root, so
// they fail once a newer writer has buried it.
Status PublishedFolder::publish() {
  for (const PendingRemoval& removal : newest_.removed) {
    auto status = files_.rename(path_of(removal.name), path_of(removal.staged));
    if (status) status = files_.remove(path_of(removal.staged));
    if (status) continue;
    const auto rooted = files_.exists(path_of(root()));
    if (status.error().kind != ErrorKind::kNotFound || !rooted || !*rooted) return doubt(std::move(status.error()));
  }
  for (const PendingFile& file : newest_.files) {
    if (auto status = files_.rename(path_of(file.staged), path_of(file.name)); !status) return doubt(std::move(status.error()));
  }
  return {};
}

// Every manifest is complete, so old ones only serve the curious. One that can not be removed now is removed by a later commit.
void PublishedFolder::drop_old_manifests() {
  const auto numbers = manifest_numbers(files_, folder_);
  if (!numbers) return;
  for (const std::uint64_t number : *numbers) {
    if (number + kOlderKept < newest_.number) static_cast<void>(files_.remove(manifest_path(number)));
  }
}

}  // namespace playhead::table
