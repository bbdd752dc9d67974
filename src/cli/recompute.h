// cli/recompute.h: `playhead recompute`: published windows counted anew from the lake.
//
// Threads: main thread. Fails: kBusy while a process streams the job; as pipeline/recompute.h.
#pragma once

#include "cli/command.h"

namespace playhead::cli {

void add_recompute(CLI::App& program, Commands& commands);

}  // namespace playhead::cli
