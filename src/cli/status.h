// cli/status.h: the command `status`: what each job has counted, how far it is, and how much waits.
//
// Only looks (cli/job_state.h), so it works beside a running stream, which may be a step further by the time it is read.
// Threads: main thread. Fails: kNotFound for an unknown --job; else as what it reads.
#pragma once

#include <CLI/App.hpp>

#include "cli/command.h"

namespace playhead::cli {

void add_status(CLI::App& program, Commands& commands);

}  // namespace playhead::cli
