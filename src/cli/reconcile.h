// cli/reconcile.h: the command `reconcile`: is every record accounted for, by partition and hour?
//
// Shows what pipeline/reconciliation.h counts from the rows of committed files, with watermark and lag. Changes nothing.
// Threads: main thread. Fails: kCorrupt, after all is said, where a job does not reconcile, naming the hours; as what it reads.
#pragma once

#include "cli/command.h"
#include "cli/job_state.h"
#include "pipeline/reconciliation.h"

namespace playhead::cli {

void add_reconcile(CLI::App& program, Commands& commands);

// The tables of a job, where they are now; a lake only if it is the job's own.
Result<pipeline::ReconcileOptions> tables_of(Workspace& workspace, const JobState& state);
// What does not hold, as a sentence; empty where all does.
std::string what_fails(const pipeline::Reconciliation& found);

}  // namespace playhead::cli
