// cli/doctor.h: the command `doctor`: is everything in the data folder sound, and if not, what to do?
//
// Looks at the data folder (writable, room on the disk), the clock, every record of the log, and for each job its checkpoint, its
// tables, and whether it reconciles. Each finding is one line with what to do. With --repair it first does what is always safe, for jobs
// that nobody streams: finish the renames of committed files, and clear away what stopped writers left. It never deletes data.
//
// Threads: main thread. Fails: kCorrupt at the end, where it has found a problem.
#pragma once

#include "cli/command.h"

namespace playhead::cli {

void add_doctor(CLI::App& program, Commands& commands);

}  // namespace playhead::cli
