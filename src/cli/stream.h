// cli/stream.h: the command `stream`: counts a topic's plays per window and key into Parquet, exactly once.
//
// Flags become pipeline::Options here and nowhere else; cli/stream_loop.h runs it. Ctrl-C finishes the epoch and is no failure.
// Threads: main thread; partitions are processed on --workers threads. Fails: as pipeline::Pipeline; kBusy beside a running process.
#pragma once

#include <CLI/App.hpp>

#include "cli/command.h"

namespace playhead::cli {

void add_stream(CLI::App& program, Commands& commands);

}  // namespace playhead::cli
