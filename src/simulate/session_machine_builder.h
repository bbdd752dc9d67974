// simulate/session_machine_builder.h: puts a SessionMachine together, a state and a transition after another.
//
// Used by what reads eventsim's configurations and by Playhead's own table. Auths and levels that only states name are known too, with
// the weight 0: nobody is in them at the start.
//
// Limits:  those of SessionMachine. Threads: one owner at a time.
// Fails:   build() adds to the faults whatever breaks a rule: a sum of chances above 1, no level, no state in which a session can begin.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "simulate/faults.h"
#include "simulate/session_machine.h"

namespace playhead::simulate {

struct StateKey {
  std::string page;
  std::string auth;
  std::string method;
  std::uint16_t status;
  std::string level;

  auto operator<=>(const StateKey&) const = default;
};

class SessionMachineBuilder {
 public:
  void add_level(const std::string& name, double weight);
  void add_auth(const std::string& name, double weight);
  void show_user(const std::string& auth, bool shown) { shown_[auth] = shown; }
  void set_churned(const std::string& auth) { churned_ = auth; }
  void set_new_user(std::optional<std::string> auth, std::optional<std::string> level);
  // The number of this state, which is new or known; kNoState when there are too many.
  StateNumber state(const StateKey& key);
  void add_start(StateNumber state, double weight);
  void add_step(StateNumber from, StateNumber to, double chance, double time_factor);

  // nullopt, and at least one fault, where the parts make no machine. The faults use the key words of eventsim's configurations.
  std::optional<SessionMachine> build(Faults& faults);

 private:
  struct Transition {
    StateNumber from, to;
    double chance, time_factor;
  };

  std::uint8_t number_of(std::vector<std::string>& names, std::vector<double>& weights, const std::string& name);
  void finish_states();
  void finish_steps(Faults& faults);
  void finish_starts(Faults& faults);
  void finish_newcomers(Faults& faults);

  SessionMachine machine_;
  std::map<StateKey, StateNumber> numbers_;
  std::map<std::string, bool> shown_;
  std::string churned_;
  std::optional<std::string> new_auth_, new_level_;
  std::vector<Transition> transitions_;
  std::vector<std::pair<StateNumber, double>> starts_;
  bool too_many_ = false;
};

// "(NextSong, Logged In, PUT, 200, free)"
std::string text_of(const State& state);

}  // namespace playhead::simulate
