// cli/topics.h: the command `topics`: create, delete, list, describe; and read (cli/topics_read.h).
//
// Each is one call of log::Log and a way to show its answer; with --json, one object a line, in full. Nothing asks back: `delete`
// deletes.
// Threads: main thread. Memory: the commands own their flags. Fails: as log::Log.
#pragma once

#include "cli/command.h"

namespace playhead::cli {

void add_topics(CLI::App& program, Commands& commands);

}  // namespace playhead::cli
