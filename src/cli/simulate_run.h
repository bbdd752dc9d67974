// cli/simulate_run.h: the run of a simulation, from its first event to its last.
//
// Slice after slice is made by a Generator, carried by the Transport and written to a Destination, as fast as possible, at a number of
// events a second, or so that simulated time keeps pace with the clock on the wall. A pace that was missed (the process was stopped, the
// machine asleep) is caught up with in order. Ctrl-C ends the run after the slice in hand. With a state folder it can go on later.
//
// Threads: main thread, and those of the Generator. Memory: two slices, and what the Transport holds back.
// Fails:   as its parts do.
#pragma once

#include "base/result.h"
#include "cli/command.h"
#include "cli/simulate_plan.h"
#include "cli/simulate_state.h"
#include "simulate/service.h"
#include "simulate/world.h"

namespace playhead::cli {

struct SimulateReport {
  SentCounts sent;             // since the very start
  std::uint64_t sent_now = 0;  // by this run
  simulate::ServiceCounts counts;
  Timestamp reached;
  double seconds = 0;
  bool interrupted = false;
};

Result<SimulateReport> run_simulation(const SimulatePlan& plan, const simulate::World& world, Context& context);

}  // namespace playhead::cli
