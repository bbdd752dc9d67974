// io/posix.h: the files of the operating system.
//
// Plain positioned reads and writes, fdatasync for files (it also flushes the size that reading needs), fsync for folders,
// renameat2 for the compare-and-swap and the exchange of names, open-file-description locks, inotify for watches. Linux 3.15 or newer.
//
// Where a file system does not know renameat2's flag (some network ones), rename_if_absent is link + unlink: still a
// compare-and-swap, but a crash between the two leaves the file with both names, and folders can not be renamed so.
//
// Threads: any, as io/file_system.h says; it holds no state. wake() may be called from a signal handler.
// Memory:  one descriptor a File or FileLock, two a Watch. All are closed on exec, none on fork: a child that does not exec keeps
//          the locks of its parent alive.
// Fails:   kLimit when the disk, a quota, the file size limit (unless SIGXFSZ kills first) or the table of descriptors or watches
//          is full; kIo with the system's reason otherwise. remove of a folder that is not empty is kExists.
#pragma once

#include <memory>

#include "io/file_system.h"

namespace playhead::io {

std::unique_ptr<FileSystem> make_posix();

}  // namespace playhead::io
