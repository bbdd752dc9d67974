// cli/simulate_scenario.h: a scenario: one commented TOML file that says what a simulated service is like.
//
//   [listeners]
//   count = 10_000        # the key is listeners.count, as --nusers
//   [[spike]]             # tables that may stand there several times: spike, outage, farm
//   start = "+2h"
//
// Names of files in a scenario are relative to the scenario's own folder. A few scenarios are part of the program.
//
// Limits:  1 MiB. Threads: pure; any thread. Memory: values.
// Fails:   each fault goes to `faults` with file, line, key and what is allowed; TOML that can not be read ends it at the first.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/simulate_plan.h"

namespace playhead::cli {

// `name` is the file's, for messages and for names of files beside it.
GivenValues read_scenario(std::string_view toml, const std::string& name, Faults& faults);

struct ReadyScenario {
  std::string_view name;
  std::string_view toml;  // its first line is a comment that says what it is
  std::string_view summary() const;
};
std::span<const ReadyScenario> ready_scenarios();
// Null: there is none.
const ReadyScenario* ready_scenario(std::string_view name);

}  // namespace playhead::cli
