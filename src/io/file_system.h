// io/file_system.h: the one door to files.
//
// Everything durable goes through a FileSystem: the system's own (io/posix.h) or a twin in memory that loses what was not synced
// (io/simulated.h). The rules are those of a careful POSIX program:
//   - bytes of a file are durable after File::sync(); a name (created, renamed or removed) after sync_folder() of each folder it touches;
//   - until then a crash may keep or lose any part of them, in any order. A rename or an exchange is kept or lost whole.
// Paths are relative or absolute, '/' between parts, bytes otherwise.
//
// Threads: a FileSystem may be used by any thread; a File, a FileLock and a Watch by one at a time.
// Memory:  handles close their file when destroyed; a handle may outlive the name of its file.
// Fails:   kNotFound, kExists, kBusy where named; kLimit when the disk or a quota is full; kIo otherwise. Messages carry the path.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace playhead::io {

class File {
 public:
  virtual ~File() = default;

  // Up to `length` bytes from `position` into `into` (replaced). Fewer only at the end of the file.
  virtual Status read_at(std::uint64_t position, std::size_t length, std::string& into) = 0;
  // All of `bytes` at `position`; the file grows as needed. After a failure the range may hold anything.
  virtual Status write_at(std::uint64_t position, std::string_view bytes) = 0;
  virtual Status truncate(std::uint64_t size_bytes) = 0;
  virtual Result<std::uint64_t> size() = 0;
  // All bytes written before are durable. After a failure nothing written since the last sync can be trusted: abandon the file.
  virtual Status sync() = 0;
};

// A lock between processes, and between FileLocks of one process. The kernel frees it when its process ends, however it ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
  virtual Result<bool> try_acquire() = 0;  // false: somebody holds it
  virtual Status acquire() = 0;            // waits; holders promise to be short
  virtual void release() = 0;
};

// Waits until a watched file is written, without spinning.
class Watch {
 public:
  virtual ~Watch() = default;
  // Returns after a write since the last wait (true), after wake(), a signal or `timeout` (false). May return early: look again.
  virtual Result<bool> wait(Duration timeout) = 0;
  // Ends a wait from another thread or a signal handler (async-signal-safe).
  virtual void wake() = 0;
};

enum class Open {
  kRead,       // must exist
  kWrite,      // read and write; must exist
  kCreate,     // read and write; made empty if absent
  kCreateNew,  // read and write; kExists if it is there
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::unique_ptr<File>> open(const std::string& path, Open mode) = 0;
  virtual Result<std::unique_ptr<FileLock>> open_lock(const std::string& path) = 0;  // made if absent
  virtual Result<std::unique_ptr<Watch>> watch(const std::vector<std::string>& paths) = 0;

  // Makes the folder and its missing parents, and syncs each parent that it adds to. Present already: fine.
  virtual Status make_folders(const std::string& path) = 0;
  // Names in the folder, sorted; without "." and "..". kNotFound if it is absent.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  // Replaces `to` in one step. kNotFound if `from` is absent. Files, or a folder to a free name.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  // The compare-and-swap of names: gives `from` the name `to` only if `to` is free, in one step; else kExists.
  virtual Status rename_if_absent(const std::string& from, const std::string& to) = 0;
  // Each takes the place of the other, in one step: two files, or two folders with all below. kNotFound if either is absent; kInvalid where
  // it is not possible: a mount point, a symbolic link, or a file system that does not know it.
  virtual Status exchange(const std::string& first, const std::string& second) = 0;
  // A second name for a file. kExists if `to` is taken; kInvalid where it is not possible: another file system, or one without links.
  virtual Status link(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;      // a file or an empty folder; kNotFound if absent
  virtual Status remove_all(const std::string& path) = 0;  // a folder and all below; absent: fine
  virtual Status sync_folder(const std::string& path) = 0;
  virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;
};

// folder + "/" + name.
std::string join(std::string_view folder, std::string_view name);

// The whole file, at most `bytes_max` (kLimit beyond).
Result<std::string> read_file(FileSystem& files, const std::string& path, std::uint64_t bytes_max);
// A new file with these bytes, synced (its name is not: sync the folder). An older file of that name is emptied first.
Status write_file_synced(FileSystem& files, const std::string& path, std::string_view bytes);
// Publishes `bytes` under `path`, replacing it in one step, durable on return: temporary file beside it, sync, rename, folder sync.
Status replace_file(FileSystem& files, const std::string& path, std::string_view bytes);
// As replace_file, but kExists (and nothing changed) if `path` is taken. `temporary` is a name that no other writer uses.
Status create_file(FileSystem& files, const std::string& path, const std::string& temporary, std::string_view bytes);

}  // namespace playhead::io
