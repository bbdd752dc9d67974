#include "table/published_folder.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>

#include "base/bytes.h"

namespace playhead::table {
namespace {

constexpr std::string_view kManifests = ".manifests";
constexpr std::string_view kStaging = ".staging";
constexpr std::string_view kEnding = ".parquet";
constexpr std::string_view kDeadPrefix = "dead-";
constexpr std::size_t kNumberDigits = 20;
constexpr std::uint64_t kOlderKept = 16;
constexpr int kRacesMax = 100;

std::string digits_of(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kNumberDigits - digits.size(), '0') + digits;
}

std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The manifests' numbers, ascending. Names that are no number of 20 digits are not ours.
Result<std::vector<std::uint64_t>> manifest_numbers(io::FileSystem& files, const std::string& folder) {
  auto names = files.list(io::join(folder, kManifests));
  std::vector<std::uint64_t> numbers;
  if (!names) {
    if (names.error().kind == ErrorKind::kNotFound) return numbers;
    return std::unexpected(std::move(names.error()));
  }
  for (const std::string& name : *names) {
    const auto number = number_of(name);
    if (number && name.size() == kNumberDigits) numbers.push_back(*number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

Status ignore(ErrorKind kind, Status status) {
  if (!status && status.error().kind == kind) return {};
  return status;
}

Result<bool> holds_parquet(io::FileSystem& files, const std::string& folder) {
  TRY_ASSIGN(const auto names, files.list(folder));
  return std::ranges::any_of(names, [](const std::string& name) { return name.ends_with(kEnding); });
}

Status check_names(const std::vector<NewFile>& published, const std::vector<std::string>& removed) {
  std::set<std::string_view> names;
  const auto check = [&names](const std::string& name) -> Status {
    if (!is_visible_name(name))
      return fail(ErrorKind::kInvalid,
                  "'" + name + "' can not be published: it must end in .parquet, without '/', and not start with '.' or '_'");
    if (!names.insert(name).second) return fail(ErrorKind::kInvalid, "one commit names " + name + " twice");
    return {};
  };
  for (const NewFile& file : published) TRY(check(file.name));
  for (const std::string& name : removed) TRY(check(name));
  return {};
}

// A staged file must still be what its manifest says before a claim gives it its visible name.
Status verify_staged(io::FileSystem& files, const std::string& path, const PendingFile& file) {
  const auto bytes = io::read_file(files, path, file.bytes);
  if (!bytes && bytes.error().kind != ErrorKind::kLimit) return std::unexpected(bytes.error());
  if (bytes && bytes->size() == file.bytes && checksum(*bytes) == file.checksum) return {};
  return fail(ErrorKind::kCorrupt, "staged file " + path + " is not what its manifest says; restore the folder from a backup");
}

}  // namespace

Result<std::unique_ptr<PublishedFolder>> PublishedFolder::claim(io::FileSystem& files, std::string folder, std::string owner,
                                                                const std::function<Status()>& may_claim) {
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
    // In this order: a visible file seen here had a manifest before, so another writer's first commit can not look like a stranger's.
    TRY_ASSIGN(const bool has_files, holds_parquet(files_, folder_));
    TRY_ASSIGN(const auto current, newest(files_, folder_));
    if (!current && has_files)
      return fail(ErrorKind::kInvalid, folder_ + " holds Parquet files that Playhead did not write; choose an empty folder");
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
    // A number that was free only because the newest one is far beyond it is no claim.
    const Status held = check_newest();
    if (held || held.error().kind != ErrorKind::kFenced) return held;
  }
  return fail(ErrorKind::kBusy,
              folder_ + ": other writers claimed it " + std::to_string(kRacesMax) + " times first; stop them, then try again");
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
// names files, its writer has synced both folders, so everything older is durably in place; and every manifest carries the pending
// names of its predecessor forward until then. What is no longer staged was moved by its writer, or by an earlier claim.
Status PublishedFolder::finish_predecessor() {
  std::set<std::string> roots;
  for (const PendingRemoval& removal : newest_.removed) {
    TRY(ignore(ErrorKind::kNotFound, files_.rename(path_of(removal.name), path_of(removal.staged))));
    roots.insert(folder_of(path_of(removal.staged)));
  }
  for (const PendingFile& file : newest_.files) {
    const std::string staged = path_of(file.staged);
    TRY(ignore(ErrorKind::kNotFound, verify_staged(files_, staged, file)));
    TRY(ignore(ErrorKind::kNotFound, files_.rename(staged, path_of(file.name))));
    roots.insert(folder_of(staged));
  }
  if (roots.empty()) return {};
  TRY(files_.sync_folder(folder_));
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

Status PublishedFolder::commit(const std::vector<NewFile>& published, const std::vector<std::string>& removed, std::string ledger) {
  if (stopped_) return std::unexpected(*stopped_);
  TRY(check_names(published, removed));
  const bool names = !published.empty() || !removed.empty();
  if (names) TRY(settle());
  TRY_ASSIGN(Manifest next, plan(published, removed, std::move(ledger)));
  TRY_ASSIGN(const std::string bytes, encode_manifest(next));
  if (auto staged = stage(published, next); !staged) return std::unexpected(explained(std::move(staged.error())));
  TRY(create_commit(next, bytes));
  newest_ = std::move(next);
  settled_ = settled_ && !names;
  if (auto status = check_newest(); !status) return doubt(std::move(status.error()));
  if (names) TRY(publish());
  drop_old_manifests();
  return {};
}

Status PublishedFolder::settle() {
  if (stopped_) return std::unexpected(*stopped_);
  if (settled_) return {};
  if (auto status = files_.sync_folder(folder_); !status) return doubt(std::move(status.error()));
  if (auto status = files_.sync_folder(path_of(root())); !status) return doubt(std::move(status.error()));
  settled_ = true;
  return {};
}

Result<Manifest> PublishedFolder::plan(const std::vector<NewFile>& published, const std::vector<std::string>& removed,
                                       std::string ledger) const {
  Manifest next = newest_;
  next.number += 1;
  next.kind = ManifestKind::kCommit;
  next.ledger = std::move(ledger);
  if (settled_) {
    next.files.clear();
    next.removed.clear();
  }
  const auto staged_as = [&](const std::string& name, std::string_view mark) {
    return io::join(root(), digits_of(next.number) + std::string(mark) + name.substr(0, name.size() - kEnding.size()));
  };
  for (const NewFile& file : published)
    next.files.push_back({file.name, staged_as(file.name, "-"), file.bytes.size(), checksum(file.bytes)});
  for (const std::string& name : removed) next.removed.push_back({name, staged_as(name, "+removed-")});
  return next;
}

// On failure the staged files are removed as far as possible: a full disk should not stay full because of them.
Status PublishedFolder::stage(const std::vector<NewFile>& published, const Manifest& next) {
  if (published.empty()) return {};
  Status status{};
  for (std::size_t index = 0; status && index < published.size(); ++index) {
    status = io::write_file_synced(files_, path_of(next.files[index].staged), published[index].bytes);
  }
  if (status) status = files_.sync_folder(path_of(root()));
  if (status) return {};
  for (const PendingFile& file : next.files) static_cast<void>(files_.remove(path_of(file.staged)));
  return status;
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

// kFenced if a number above ours exists: only another writer can have made it.
Status PublishedFolder::check_newest() {
  TRY_ASSIGN(const auto numbers, manifest_numbers(files_, folder_));
  if (!numbers.empty() && numbers.back() == newest_.number) return {};
  return fail(ErrorKind::kFenced, folder_ + " was claimed by another writer; this one has stopped publishing");
}

// Every manifest is complete, so old ones only serve the curious. One that can not be removed now is removed by a later commit.
void PublishedFolder::drop_old_manifests() {
  const auto numbers = manifest_numbers(files_, folder_);
  if (!numbers) return;
  for (const std::uint64_t number : *numbers) {
    if (number + kOlderKept < newest_.number) static_cast<void>(files_.remove(manifest_path(number)));
  }
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
