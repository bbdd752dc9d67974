// table/folder_exchange.h: where a published folder keeps what is to take the place of one of its folders, or of itself, in one step.
//
// A writer prepares such folders beside the published folder, in "<parent>/.<name>.staged-<writer epoch>": not beneath it, since a reader's
// recursive glob may look into hidden folders, and must not find the same rows twice. PublishedFolder::exchange() and exchange_root() then
// let two folders change places. The argument is in docs/table-format.md, "An exchange".
//
// Threads: as the file system. Memory: none.
// Fails:   as the file system; kInvalid where the file system, or the place of the folder in it, forbids an exchange.
#pragma once

#include <string>

#include "base/result.h"
#include "base/strong.h"
#include "io/file_system.h"

namespace playhead::table {

// The folder beside `folder` for what the writer prepares. kInvalid for a path that does not end in a name, such as "..".
Result<std::string> exchange_place(const std::string& folder, WriterEpoch writer);

// Says before any work is done whether `folder` and what lies in `place` can be exchanged. Both are there.
Status try_exchange(io::FileSystem& files, const std::string& folder, const std::string& place);

// Written down before an exchange of a visible folder: whoever buries the place makes durable what its writer may have done last.
Status note_exchange(io::FileSystem& files, const std::string& place, const std::string& visible_folder);

// The end of what writers below `own` prepare: their paths no longer lead anywhere. `number` is that of the caller's claim, so that no
// other uses the same name for the dead.
Status bury_exchanges(io::FileSystem& files, const std::string& folder, WriterEpoch own, std::uint64_t number);

}  // namespace playhead::table
