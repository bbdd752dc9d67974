// cli/job_report.h: what a job has counted, for a person or a script.
//
// The figures are those of the ledger; the sentence "records read = ..." is worked out from them, and says so if it does not hold.
// Threads: main thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/command.h"
#include "pipeline/pipeline.h"

namespace playhead::cli {

struct RunFacts {
  std::string job;
  std::string topic;
  std::string output;
  std::string lake;  // empty: none
  std::string rejects;
  std::uint64_t records = 0;  // processed in this run
  double seconds = 0;
};

nlohmann::ordered_json json_of(const stream::Tally& tally);
// The ledger's counts as lines for a person.
std::string text_of(const pipeline::Ledger& ledger);

// Says what a run of `stream` came to. kCorrupt if the counts do not reconcile.
Status say_counted(const RunFacts& facts, pipeline::Pipeline& pipeline, Context& context);

}  // namespace playhead::cli
