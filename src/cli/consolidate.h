// cli/consolidate.h: `playhead consolidate`, and the same at the end of the demo.
//
// Beside a running stream the stream does the work (cli/consolidate_request.h); else the command claims the output itself, and keeps the
// job's lock while it does, so that no stream starts in between.
//
// Threads: main thread. Fails: as table/consolidation.h; kNotFound where nothing was published; kBusy where the stream does not answer.
#pragma once

#include <cstdint>
#include <string>

#include "cli/command.h"
#include "table/consolidation.h"

namespace playhead::cli {

inline constexpr std::uint64_t kConsolidationTargetBytes = std::uint64_t{1} << 30;

// `checkpoint` is the folder of the job's state; empty: where the job named by the output's owner has it in the data folder.
Result<table::ConsolidationReport> consolidate_output(Context& context, const std::string& output, const std::string& checkpoint,
                                                      std::uint64_t target_bytes);

// In words, or as an object.
void say_consolidated(const std::string& output, const table::ConsolidationReport& report, Output& to);

void add_consolidate(CLI::App& program, Commands& commands);

}  // namespace playhead::cli
