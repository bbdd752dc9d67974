// io/fault.h: a file system that fails where a test says.
//
// A decorator for tests of real processes: it kills, stops or fails at a named moment, which no signal from outside could hit.
// Rules are separated by ';', each of four words:
//
//   rules     = rule { ";" rule }
//   rule      = [ "after-" ] operation glob number [ "+" ] action
//   operation = open | write | truncate | sync | rename | create | exchange | link | remove | sync-folder
//   action    = kill | stop | no-space | io-error
//
// "rename *.parquet 3 kill" kills the process just before its third rename that has such a path; "after-rename ..." just after it
// succeeded. "write * 10+ no-space" fails every write from the tenth on. `create` is rename_if_absent, the commit of a numbered
// name; `remove` also counts remove_all, once. Operations on two paths match if either does. In a glob, '*' stands for any characters, '/'
// too, and '?' for one. `stop` waits for SIGCONT and then goes on; no-space is kLimit, io-error is kIo. All rules that match are counted;
// of those that act, the first named acts first, and an error ends the matter.
//
// Threads: as the inner file system; counters are shared by all threads. Not for production: each call compares its path with all rules.
// Memory:  it owns the inner file system; the files it opened may outlive it if those of the inner one may.
// Fails:   make: kInvalid for rules that can not be read, naming the rule. Others: as the inner file system, and as the rules say.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/file_system.h"

namespace playhead::io {

// The rules with their counters.
class FaultPlan;

class FaultyFileSystem final : public FileSystem {
 public:
  static Result<std::unique_ptr<FaultyFileSystem>> make(std::unique_ptr<FileSystem> inner, std::string_view rules);
  ~FaultyFileSystem() override;

  Result<std::unique_ptr<File>> open(const std::string& path, Open mode) override;
  Result<std::unique_ptr<FileLock>> open_lock(const std::string& path) override;
  Result<std::unique_ptr<Watch>> watch(const std::vector<std::string>& paths) override;
  Status make_folders(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status rename_if_absent(const std::string& from, const std::string& to) override;
  Status exchange(const std::string& first, const std::string& second) override;
  Status link(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status remove_all(const std::string& path) override;
  Status sync_folder(const std::string& path) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;

 private:
  FaultyFileSystem(std::unique_ptr<FileSystem> inner, std::shared_ptr<FaultPlan> plan);

  std::unique_ptr<FileSystem> inner_;
  std::shared_ptr<FaultPlan> plan_;
};

// Whether all of `text` fits the glob. Takes at most about their lengths multiplied.
bool matches_glob(std::string_view text, std::string_view glob);

}  // namespace playhead::io
