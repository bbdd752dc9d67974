// cli/jobs.h: the command `jobs`: lists jobs, starts one over, or forgets it.
//
// `reset` removes a job's state and its windows, `drop` its state only; topics are left alone. Both can be repeated after a crash.
// Threads: main thread. Fails: kBusy while a process streams the job, kNotFound for an unknown one.
#pragma once

#include <CLI/App.hpp>

#include "cli/command.h"

namespace playhead::cli {

void add_jobs(CLI::App& program, Commands& commands);

}  // namespace playhead::cli
