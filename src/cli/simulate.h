// cli/simulate.h: the command `simulate`: a whole music service, told as events.
//
// Flags and scenarios: cli/simulate_settings.h. All that is wrong with them is told at once, and before anything is made: exit code 2.
#pragma once

#include "cli/command.h"

namespace playhead::cli {

void add_simulate(CLI::App& program, Commands& commands);

}  // namespace playhead::cli
