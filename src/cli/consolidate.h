// cli/consolidate.h: `playhead consolidate`, and the same at the end of the demo.
//
// Beside a running stream the stream does the work (cli/consolidate_request.h); else the command claims the output itself, and keeps the
// job's lock while it does, so that no stream starts in between.
//
// Threads: main thread. Fails: as table/consolidation.h; kNotFound where nothing was published, or the job has no state; kBusy where the
// stream does not answer.
#pragma once

#include <cstdint>
#include <string>

#include "cli/command.h"
#include "table/consolidation.h"

namespace playhead::cli {

inline constexpr std::uint64_t kConsolidationTargetBytes = std::uint64_t{1} << 30;

// With each step in the log.
table::ConsolidationOptions consolidation_options(const Workspace& workspace, std::uint64_t target_bytes = kConsolidationTargetBytes);

// `checkpoint` is the folder of the job's state; empty: where the job named by the output's owner has it in the data folder. Only there can
// be seen whether a stream writes the output, so what has no such state is refused. Nothing is claimed before the output was looked at.
Result<table::ConsolidationReport> consolidate_output(Context& context, const std::string& output, const std::string& checkpoint,
                                                      std::uint64_t target_bytes);

// In words, or as an object.
void say_consolidated(const std::string& output, const table::ConsolidationReport& report, Output& to);

void add_consolidate(CLI::App& program, Commands& commands);

}  // namespace playhead::cli
