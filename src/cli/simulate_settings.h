// cli/simulate_settings.h: every setting of `simulate`, once: its key in a scenario, its flag, its limits and what it does to the plan.
//
// Threads: any; the list is immutable. Fails: a reader with a sentence that goes on after the setting's name and says what is allowed.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "cli/simulate_plan.h"

namespace playhead::cli {

struct Setting {
  std::string key;    // "listeners.growth"
  std::string flags;  // "--growth-rate,-g"; empty: in scenarios only
  std::string value;  // "N"; empty: a switch, whose text is true or false
  std::string help;
  std::string standard;  // the default, for the help; empty: none, or said by `help`
  std::string group;     // of the help
  std::function<Status(const std::string& text, SimulatePlan& plan)> read;
  bool of_events = true;  // false: how fast or how told; two runs that differ only there make the same events
};

std::span<const Setting> simulate_settings();
// Null: there is none.
const Setting* setting_named(std::string_view key);

// "start=+2h,length=1h,factor=8" of --spike (`table` is "spike"), --outage and --farm ("looper=50,artist=3") as values of their keys,
// led by one of the key "<table>" that begins a new one.
GivenValues parts_of(const std::string& table, const std::string& text, const std::string& where, Faults& faults);

// The tables that a scenario may have several times: spike, outage, farm.
bool is_repeated_table(std::string_view name);

}  // namespace playhead::cli
