// cli/deadletters.h: the command `deadletters`: show the records of a job that are in no window, and send dead letters again.
//
// `show` prints rows of the job's table of dead letters, or with --late those of its table of late events and duplicates, and how many
// there are for each reason. `retry` appends the bytes of dead letters to their topic again, each to its partition, with key, headers
// and the header `playhead-retry-of: <partition>/<offset>`. What is retried twice is there twice; once it decodes, the second one
// is found as a duplicate by its event id, as long as that is remembered.
//
// Limits:  what is retried is appended in pieces of about 4 MiB. Dead letters that come in after the command began are left out.
// Threads: main thread. Memory: a few rows at a time.
// Fails:   kNotFound for a job without tables; as sink/reject_tables.h and log::Appender.
#pragma once

#include "cli/command.h"

namespace playhead::cli {

void add_deadletters(CLI::App& program, Commands& commands);

}  // namespace playhead::cli
