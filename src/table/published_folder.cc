#include "table/published_folder.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "base/bytes.h"
#include "table/folder_exchange.h"
#include "table/folder_layout.h"

namespace playhead::table {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr int kFoldersDeep = 7;

// Also below, in folders that are named like those of a lake ("year=2026").
Result<bool> holds_parquet(io::FileSystem& files, const std::string& folder, int depth = 0) {
  TRY_ASSIGN(const auto names, files.list(folder));
  for (const std::string& name : names) {
    if (name.ends_with(kEnding)) return true;
    if (depth == kFoldersDeep || name.starts_with('.') || name.find('=') == std::string::npos) continue;
    const auto below = holds_parquet(files, io::join(folder, name), depth + 1);
    if (below && *below) return true;  // not listed: a file, or nothing of ours
  }
  return false;
}

// A staged file must still be what its manifest says before a claim gives it its visible name.
Status verify_staged(io::FileSystem& files, const std::string& path, const PendingFile& file) {
  TRY_ASSIGN(const auto staged, files.open(path, io::Open::kRead));
  TRY_ASSIGN(const std::uint64_t size, staged->size());
  Checksum sum;
  std::string piece;
  for (std::uint64_t at = 0; size == file.bytes && at < size; at += kPieceBytes) {
    TRY(staged->read_at(at, kPieceBytes, piece));
    sum.add(piece);
  }
  if (size == file.bytes && sum.value() == file.checksum) return {};
  return fail(ErrorKind::kCorrupt, "staged file " + path + " is not what its manifest says; restore the folder from a backup");
}

}  // namespace

Result<std::unique_ptr<PublishedFolder>> PublishedFolder::claim(io::FileSystem& files, std::string folder, std::string owner,
                                                                const std::function<Status()>& may_claim) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  auto claimed = std::unique_ptr<PublishedFolder>(new PublishedFolder(files, std::move(folder)));
  TRY(files.make_folders(claimed->path_of(kManifests)));
  TRY(files.make_folders(claimed->path_of(kStaging)));
  // Somebody who stopped between making these folders and syncing them would have left their names to chance.
  TRY(files.sync_folder(claimed->folder_));
  TRY(files.sync_folder(folder_of(claimed->folder_)));
  TRY(claimed->take_number(owner, may_claim));
  TRY(claimed->sweep_temporaries());
  TRY(claimed->finish_predecessor());
  TRY(claimed->bury_lower_roots());
  TRY(claimed->make_root());
  return claimed;
}

Result<std::optional<Manifest>> PublishedFolder::newest(io::FileSystem& files, const std::string& folder) {
  for (int attempt = 0; attempt < kRacesMax; ++attempt) {
    TRY_ASSIGN(const auto numbers, manifest_numbers(files, folder));
    if (numbers.empty()) return std::nullopt;
    const std::string path = io::join(io::join(folder, kManifests), digits_of(numbers.back()));
    auto bytes = io::read_file(files, path, kManifestBytesMax);
    if (!bytes && bytes.error().kind == ErrorKind::kNotFound) continue;  // many commits ago by now, and dropped: look again
    if (!bytes) return std::unexpected(std::move(bytes.error()));
    TRY_ASSIGN(Manifest manifest, decode_manifest(*bytes, path));
    if (manifest.number != numbers.back()) return fail(ErrorKind::kCorrupt, "manifest " + path + " holds another number than its name");
    return manifest;
  }
  return fail(ErrorKind::kBusy, folder + ": its manifests change faster than they can be read");
}

// The claim proper: a manifest with the next number and the next writer epoch.
Status PublishedFolder::take_number(const std::string& owner, const std::function<Status()>& may_claim) {
  for (int attempt = 0; attempt < kRacesMax; ++attempt) {
    TRY_ASSIGN(const auto current, newest_or_none_of_ours());
    if (current && current->owner != owner) {
      return fail(ErrorKind::kInvalid,
                  folder_ + " belongs to " + current->owner + ", not to " + owner + "; choose another folder, or drop that job first");
    }
    if (may_claim) TRY(may_claim());
    Manifest next = current.value_or(Manifest{.number = 0, .owner = owner, .ledger = "null"});
    next.number += 1;
    next.writer_epoch = next.writer_epoch.next();
    next.kind = ManifestKind::kClaim;
    const Status created = create_claim(next);
    if (!created && created.error().kind != ErrorKind::kExists && created.error().kind != ErrorKind::kNotFound) return created;
    if (!created) continue;
    newest_ = std::move(next);
    // Before the look whether it is the newest: until then an older writer could still put another folder, with another newest number,
    // here.
    TRY(bury_exchanges(files_, folder_, newest_.writer_epoch, newest_.number));
    // A number that was free only because the newest one is far beyond it is no claim.
    const Status held = check_newest();
    if (held || held.error().kind != ErrorKind::kFenced) return held;
  }
  return fail(ErrorKind::kBusy,
              folder_ + ": other writers claimed it " + std::to_string(kRacesMax) + " times first; stop them, then try again");
}

// nullopt: nobody has written here. A folder with files of a stranger is refused.
Result<std::optional<Manifest>> PublishedFolder::newest_or_none_of_ours() {
  TRY_ASSIGN(auto current, newest(files_, folder_));
  if (current) return current;
  TRY_ASSIGN(const bool has_files, holds_parquet(files_, folder_));
  if (!has_files) return current;
  // Looked at once more: a visible file had a manifest before, so another writer's first commit can not look like a stranger's.
  TRY_ASSIGN(current, newest(files_, folder_));
  if (current) return current;
  return fail(ErrorKind::kInvalid, folder_ + " holds Parquet files that Playhead did not write; choose an empty folder");
}

// A claimant has no name of its own yet, so it takes a temporary one that nobody else has. The number is in that name: a newer
// claim sweeps only names whose number is taken, so that no later claimant can mean a file by the name that an earlier one still does.
Status PublishedFolder::create_claim(const Manifest& next) {
  TRY_ASSIGN(const std::string bytes, encode_manifest(next));
  for (int attempt = 0; attempt < kRacesMax; ++attempt) {
    const std::string temporary = manifest_path(next.number) + ".claim-" + std::to_string(attempt);
    const auto reserved = files_.open(temporary, io::Open::kCreateNew);
    if (reserved) return io::create_file(files_, manifest_path(next.number), temporary, bytes);
    if (reserved.error().kind != ErrorKind::kExists) return std::unexpected(reserved.error());
  }
  return fail(ErrorKind::kBusy, folder_ + ": too many claims at once; try again");
}

// Temporary names in .manifests that stopped writers left, of numbers that are taken. A live writer whose file goes this way has
// lost its number already.
Status PublishedFolder::sweep_temporaries() {
  const std::string manifests = path_of(kManifests);
  TRY_ASSIGN(const auto names, files_.list(manifests));
  for (const std::string& name : names) {
    if (name.size() <= kNumberDigits) continue;
    const auto number = number_of(std::string_view(name).substr(0, kNumberDigits));
    if (number && *number <= newest_.number) TRY(ignore(ErrorKind::kNotFound, files_.remove(io::join(manifests, name))));
  }
  return {};
}

// Gives the names of the newest commit that named any to whatever of it is still staged. That commit is enough: before a manifest
// names files, its writer has synced all folders that the last one touched, so everything older is durably in place; and every manifest
// carries the pending names of its predecessor forward until then. What is no longer staged was moved by its writer, or by an earlier
// claim.
Status PublishedFolder::finish_predecessor() {
  std::set<std::string> roots;
  for (const PendingRemoval& removal : newest_.removed) {
    TRY(ignore(ErrorKind::kNotFound, files_.rename(path_of(removal.name), path_of(removal.staged))));
    roots.insert(folder_of(path_of(removal.staged)));
  }
  for (const PendingFile& file : newest_.files) {
    const std::string staged = path_of(file.staged);
    TRY(ignore(ErrorKind::kNotFound, verify_staged(files_, staged, file)));
    TRY(make_visible_folder(file.name));  // if somebody took it away, the file must not be taken for one that was moved already
    TRY(ignore(ErrorKind::kNotFound, files_.rename(staged, path_of(file.name))));
    roots.insert(folder_of(staged));
  }
  if (roots.empty()) return {};
  for (const std::string& folder : touched_folders(newest_)) TRY(ignore(ErrorKind::kNotFound, files_.sync_folder(path_of(folder))));
  for (const std::string& path : roots) TRY(ignore(ErrorKind::kNotFound, files_.sync_folder(path)));
  return {};
}

// The end of every older writer: its paths no longer lead anywhere, so it can neither stage, nor publish, nor take a name away.
Status PublishedFolder::bury_lower_roots() {
  const std::string staging = path_of(kStaging);
  TRY_ASSIGN(const auto names, files_.list(staging));
  std::vector<std::string> dead;
  for (const std::string& name : names) {
    const auto epoch = number_of(name);
    if (epoch && *epoch < newest_.writer_epoch.value) {
      dead.push_back(std::string(kDeadPrefix) + name + "-" + std::to_string(newest_.writer_epoch.value));
      TRY(ignore(ErrorKind::kNotFound, files_.rename(io::join(staging, name), io::join(staging, dead.back()))));
    } else if (name.starts_with(kDeadPrefix)) {
      dead.push_back(name);
    }
  }
  TRY(files_.sync_folder(staging));
  for (const std::string& name : dead) TRY(files_.remove_all(io::join(staging, name)));
  return {};
}

// Made once. A newer claim lists the roots after taking its number: either it sees this one, or the check here sees its number.
Status PublishedFolder::make_root() {
  TRY(files_.make_folders(path_of(root())));
  return check_newest();
}

// kFenced if a number above ours exists: only another writer can have made it.
Status PublishedFolder::check_newest() {
  TRY_ASSIGN(const auto numbers, manifest_numbers(files_, folder_));
  if (!numbers.empty() && numbers.back() == newest_.number) return {};
  return fail(ErrorKind::kFenced, folder_ + " was claimed by another writer; this one has stopped publishing");
}

// The error as it is, or kFenced where a newer claim is the reason for it.
Error PublishedFolder::explained(Error error) {
  const auto current = newest(files_, folder_);
  if (!current || !*current || (*current)->writer_epoch <= newest_.writer_epoch) return error;
  return {ErrorKind::kFenced, folder_ + " was claimed by another writer; this one has stopped publishing"};
}

// After this, only a new claim tells what is committed.
std::unexpected<Error> PublishedFolder::doubt(Error error) {
  stopped_ = explained(std::move(error));
  if (stopped_->kind != ErrorKind::kFenced) stopped_->message += "; the commit is in doubt: claim the folder again";
  return std::unexpected(*stopped_);
}

std::string PublishedFolder::manifest_path(std::uint64_t number) const { return io::join(path_of(kManifests), digits_of(number)); }

std::string PublishedFolder::root() const { return io::join(kStaging, std::to_string(newest_.writer_epoch.value)); }

}  // namespace playhead::table
