// cli/demo.h: the command `demo`: a simulated service, counted live, and a report of what came of it.
//
// One process does both: a thread sends a simulated service's plays to the topic at a fixed rate (cli/event_source.h), the main thread
// streams the topic. At the end (or at Ctrl-C) the sending stops, what was sent is counted, and open windows are published.
#pragma once

#include <CLI/App.hpp>

#include "cli/command.h"

namespace playhead::cli {

void add_demo(CLI::App& program, Commands& commands);

}  // namespace playhead::cli
