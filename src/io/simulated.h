// io/simulated.h: the twin of the disk in memory, which loses what was not synced.
//
// A test runs the real code on it, cuts the power at any operation, lets crash() lose a random part of all that no sync covered, and
// runs the recovery on what is left. What may be lost, and what may not, is told in io/simulated_disk.h. Same calls and same
// Random, same losses: a failing run is replayed by its seed.
//
//   SimulatedFileSystem files;
//   files.crash_after(17);    // the 18th operation from here on fails, perhaps half done, and so does every call after it
//   ...                       // the code under test runs until it meets kIo "simulated power loss" and gives up
//   files.crash(random);      // the machine is on again: locks are free, old handles are dead
//
// Paths:   one tree; relative paths start at its root. ".." is refused (kInvalid).
// Threads: one thread. So a wait can not end: Watch::wait returns at once, FileLock::acquire of a held lock is kBusy.
// Memory:  up to three times the bytes in the files. Handles keep the disk alive.
// Fails:   as io/file_system.h; kIo for a handle from before the last crash; kLimit over the capacity (a write then does what fits).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "io/file_system.h"

namespace playhead::io {

class SimulatedDisk;

class SimulatedFileSystem final : public FileSystem {
 public:
  SimulatedFileSystem();
  ~SimulatedFileSystem() override;

  // The power fails at operation n + 1 from now. Until crash() every call fails.
  void crash_after(std::uint64_t operations);
  // The power failed, if it had not yet, and is back.
  void crash(Random& random);
  // Calls so far that changed something or synced; for a test that visits every one of them.
  std::uint64_t operations() const;
  // How many bytes all files may have together; 1 GiB at first. Below what is used: no file can grow.
  void limit_capacity(std::uint64_t bytes);

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
  std::shared_ptr<SimulatedDisk> disk_;
};

}  // namespace playhead::io
