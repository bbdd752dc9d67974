// table/published_folder.h: a folder of plain Parquet that any glob may read, written exactly once.
//
// A reader that lists <folder>/*.parquet gets whole files, one version per name, or 'no such file': never a torn file, and never
// anything that a stopped writer left or does later. A writer claims the folder, then commits: files that appear or are replaced,
// names that go, and its ledger, all at one instant: when the next numbered manifest comes to be (docs/table-format.md has the
// protocol and the argument). Layout:
//   <folder>/<name>.parquet                      visible; a name may have folders in front, as "hour=15/a.parquet"
//   <folder>/.manifests/<20 digits>              the commits; the largest number is the truth
//   <folder>/.staging/<writer epoch>/...         a writer's own root; files there do not end in .parquet
//
// The names of one commit appear one after another, so a commit must not move rows from one name to another; what a name may hold
// is fixed by its writer (a window file's name says which hour).
//
// Limits:  names as is_visible_name() in table/manifest.h says; 16 older manifests are kept.
// Threads: one at a time. Any number of processes may hold one folder: all but the newest claim are fenced.
// Memory:  the ledger and the list of pending files; a commit's bytes are the caller's, and staged or extended files are never held whole.
//          `files` must outlive the folder.
// Fails:   kFenced: a newer writer claimed the folder; stop. kInvalid: the folder is somebody else's, a bad name.
//          kCorrupt: damage on disk. kLimit, kIo: the commit did not happen and may be tried again, unless the message says that it
//          is in doubt: then every later commit is refused, and a new claim finds out (its ledger() is the truth).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "io/file_system.h"
#include "table/manifest.h"

namespace playhead::table {

struct NewFile {
  std::string name;
  std::string bytes;
};

// A file that is being written in its writer's own staging root.
struct Staged {
  std::string name;  // visible, once it is committed
  std::string path;
  std::unique_ptr<io::File> file;
};

class PublishedFolder {
 public:
  // Takes the folder over from whoever wrote it before, and finishes what they had committed. `owner` is a JSON text that names the
  // job; another owner's folder is refused (kInvalid), and so is one that holds *.parquet files (also in folders like year=2026) but no
  // manifests. Absent or empty: it is made. kBusy after 100 lost races with other writers; kFenced when one of them took over during this
  // claim.
  //
  // `may_claim`, where given, is asked before each try, and its Error ends the claim: a writer that was paused on its way here, and has
  // lost its right elsewhere meanwhile, must not take the folder from its successor.
  static Result<std::unique_ptr<PublishedFolder>> claim(io::FileSystem& files, std::string folder, std::string owner,
                                                        const std::function<Status()>& may_claim = {});

  // The newest manifest, for a reader that does not write; nullopt when the folder has none or is absent.
  static Result<std::optional<Manifest>> newest(io::FileSystem& files, const std::string& folder);

  // A new, empty file for the caller to write, however large; add() makes it part of the next commit.
  Result<Staged> stage(std::string name);
  // `bytes` and `checksum` (base/bytes.h) are those of what was written. Syncs the file; it is not read again. What is added stays added
  // until a commit succeeds; a file added under the same name takes its place. After a failure the staged file is gone.
  Status add(Staged staged, std::uint64_t bytes, std::uint64_t checksum);
  // Not to be added after all.
  void discard(Staged staged);
  // Adds a new version of the visible file `name`: its first `kept_bytes`, then `tail`. kNotFound if it is not there.
  Status extend(const std::string& name, std::uint64_t kept_bytes, std::string_view tail);

  // Makes the files visible, and those added (an older one of that name is replaced whole), takes the `removed` names away (absent ones are
  // fine), and keeps `ledger`, a JSON text. Durable when it returns ok, and visible to every reader. Nothing to publish but the ledger:
  // fine.
  Status commit(const std::vector<NewFile>& published, const std::vector<std::string>& removed, std::string ledger);

  // Makes the last commit's visible names durable now (the next commit, or the next claim, would do it). Call it before ending.
  Status settle();

  // An empty folder beside the published one, for the caller to write into; exchange() gives it the place of a visible folder. kInvalid
  // where the file system, or the place of this folder in it (a mount point), does not allow that; nothing is changed then.
  Result<std::string> stage_folder();
  // Replaces a folder beneath the root, such as "hour=15", in one step, and durably; what was there is deleted. Its rows must be the same
  // rows: readers see either. Takes its file names from the staged folder. Other staged folders of this writer are gone afterwards.
  Status exchange(const std::string& visible_folder, const std::string& staged_folder);
  // The same for the root itself: all files directly in it are replaced by those that the caller writes into the staged one, and the ledger
  // by `ledger`. kInvalid if the root holds anything that is not the writer's.
  Result<std::string> stage_root();
  Status exchange_root(std::string ledger);
  // Deletes what was staged for an exchange that will not be.
  void discard_folders();

  const std::string& folder() const { return folder_; }
  const std::string& ledger() const { return newest_.ledger; }  // of the newest commit; "null" when there was none
  WriterEpoch writer_epoch() const { return newest_.writer_epoch; }
  std::uint64_t number() const { return newest_.number; }  // of the newest manifest

 private:
  PublishedFolder(io::FileSystem& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  Status take_number(const std::string& owner, const std::function<Status()>& may_claim);
  Result<std::optional<Manifest>> newest_or_none_of_ours();
  Status create_claim(const Manifest& next);
  Status sweep_temporaries();
  Status finish_predecessor();
  Status bury_lower_roots();
  Status make_root();

  std::string staged_as(std::string_view name, std::string_view mark);
  static Status check_size(const Staged& staged, std::uint64_t bytes);
  Manifest plan(const std::vector<NewFile>& published, const std::vector<std::string>& removed, std::string ledger);
  Status write_staged(const std::vector<NewFile>& published, const Manifest& next);
  void drop_staged(const std::vector<NewFile>& published, const Manifest& next);
  Status make_visible_folder(const std::string& name);
  Status create_commit(const Manifest& next, const std::string& bytes);
  Status publish();
  Result<std::string> make_exchange_place(std::string_view inner);
  Status change_places(const std::string& visible, const std::string& staged);
  Status write_new_root(const std::string& new_root, const Manifest& next);
  Status check_only_ours();
  Status check_newest();
  void drop_old_manifests();
  Error explained(Error error);
  std::unexpected<Error> doubt(Error error);

  std::string path_of(std::string_view relative) const { return io::join(folder_, relative); }
  std::string manifest_path(std::uint64_t number) const;
  std::string root() const;  // of this writer, relative to the folder

  io::FileSystem& files_;
  std::string folder_;
  Manifest newest_{};
  bool settled_ = true;  // newest_'s pending names are durable
  std::vector<PendingFile> added_{};
  std::uint64_t staged_files_ = 0;         // by this writer: makes their paths unique
  std::set<std::string> known_folders_{};  // made and durable; bounded
  std::optional<Error> stopped_{};         // why nothing more may be committed: fenced, or a manifest or a name is in doubt
};

}  // namespace playhead::table
