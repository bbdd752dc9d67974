// table/backup.h: copies of published files beside their folder, made before something replaces them.
//
// A backup of "windows/plays" is the folder "windows/plays_backup_20261121T130000Z" with the files under their own names. Files are hard
// links where the file system has them (published files are never changed in place), else copies. It gets its name when it is whole and
// durable; what a killed process left unfinished is removed by the next make().
//
// Limits:  one backup a second, and 60 in a row.
// Threads: one at a time for one folder. Memory: 1 MiB while copying.
// Fails:   as the file system: nothing is left of a backup that failed. kInvalid for a folder without a name of its own (".").
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/file_system.h"

namespace playhead::table {

struct Backup {
  std::string path;
  Timestamp made{};
};

// Of these files, given by their names relative to the folder. Returns its path.
Result<std::string> make_backup(io::FileSystem& files, const std::string& folder, const std::vector<std::string>& names, Timestamp now);

// Those beside the folder, oldest first.
Result<std::vector<Backup>> list_backups(io::FileSystem& files, const std::string& folder);

// Deletes those made before `before`. Returns them.
Result<std::vector<Backup>> prune_backups(io::FileSystem& files, const std::string& folder, Timestamp before);

// A second name for the file, or a synced copy where that is not possible. Its name is durable once the folder is synced.
Status link_or_copy(io::FileSystem& files, const std::string& from, const std::string& to);

}  // namespace playhead::table
