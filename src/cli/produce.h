// cli/produce.h: the command `produce`: plays into a topic, simulated or from files.
//
// Sends what its EventSource (cli/event_source.h) gives, each event when it is due, and ends durable: nothing is gathered while it
// sleeps. Ctrl-C ends the sending, keeps what was sent and is no failure.
#pragma once

#include "cli/command.h"

namespace playhead::cli {

void add_produce(CLI::App& program, Commands& commands);

}  // namespace playhead::cli
