#include "simulate/session_machine_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace playhead::simulate {
namespace {

constexpr double kSumTolerance = 1e-6;  // decimal fractions don't add up to 1 exactly
constexpr double kCertain = 2;          // a cumulative chance that no draw reaches

PageKind kind_of(std::string_view page) {
  struct Named {
    std::string_view page;
    PageKind kind;
  };
  static constexpr std::array kKinds = {
      Named{"NextSong", PageKind::kNextSong},
      Named{"Login", PageKind::kLogin},
      Named{"Logout", PageKind::kLogout},
      Named{"Register", PageKind::kRegister},
      Named{"Submit Registration", PageKind::kSubmitRegistration},
      Named{"Submit Upgrade", PageKind::kSubmitUpgrade},
      Named{"Submit Downgrade", PageKind::kSubmitDowngrade},
      Named{"Thumbs Up", PageKind::kThumbsUp},
      Named{"Thumbs Down", PageKind::kThumbsDown},
      Named{"Cancellation Confirmation", PageKind::kCancellation},
  };
  const auto* const found = std::ranges::find(kKinds, page, &Named::page);
  return found == kKinds.end() ? PageKind::kOther : found->kind;
}

bool has_weight(const std::vector<double>& weights) {
  return std::ranges::any_of(weights, [](double weight) { return weight > 0; });
}

std::string list_of(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

}  // namespace

std::string text_of(const State& state) {
  return fmt::format("({}, {}, {}, {}, {})", state.page, state.auth, state.method, state.status, state.level);
}

void SessionMachineBuilder::add_level(const std::string& name, double weight) {
  const std::uint8_t number = number_of(machine_.levels_, machine_.level_weights_, name);
  if (!too_many_) machine_.level_weights_[number] += weight;
}

void SessionMachineBuilder::add_auth(const std::string& name, double weight) {
  const std::uint8_t number = number_of(machine_.auths_, machine_.auth_weights_, name);
  if (!too_many_) machine_.auth_weights_[number] += weight;
}

void SessionMachineBuilder::set_new_user(std::optional<std::string> auth, std::optional<std::string> level) {
  new_auth_ = std::move(auth);
  new_level_ = std::move(level);
}

std::uint8_t SessionMachineBuilder::number_of(std::vector<std::string>& names, std::vector<double>& weights, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  const auto number = static_cast<std::size_t>(found - names.begin());
  if (number == kNamesMax) {
    too_many_ = true;
    return 0;
  }
  if (found == names.end()) {
    names.push_back(name);
    weights.push_back(0);
  }
  return static_cast<std::uint8_t>(number);
}

StateNumber SessionMachineBuilder::state(const StateKey& key) {
  if (const auto known = numbers_.find(key); known != numbers_.end()) return known->second;
  if (machine_.states_.size() == kStatesMax) {
    too_many_ = true;
    return kNoState;
  }
  const auto number = static_cast<StateNumber>(machine_.states_.size());
  numbers_.emplace(key, number);
  machine_.states_.push_back(State{.page = key.page,
                                   .auth = key.auth,
                                   .method = key.method,
                                   .status = key.status,
                                   .level = key.level,
                                   .kind = kind_of(key.page),
                                   .shows_user = false,
                                   .churned = false,
                                   .redirect = key.status >= 300 && key.status <= 399});
  return number;
}

void SessionMachineBuilder::add_start(StateNumber state, double weight) {
  if (state != kNoState) starts_.emplace_back(state, weight);
}

void SessionMachineBuilder::add_step(StateNumber from, StateNumber to, double chance, double time_factor) {
  if (from == kNoState || to == kNoState) return;
  if (transitions_.size() == kStepsMax) {
    too_many_ = true;
    return;
  }
  transitions_.push_back({from, to, chance, time_factor});
}

std::optional<SessionMachine> SessionMachineBuilder::build(Faults& faults) {
  finish_states();
  if (too_many_) {
    faults.add(fmt::format("too many parts; allowed are at most {} states, {} transitions, {} auths and {} levels", kStatesMax, kStepsMax,
                           kNamesMax, kNamesMax));
    return std::nullopt;
  }
  const std::size_t before = faults.count();
  if (!has_weight(machine_.level_weights_)) faults.add("levels: none has a weight above 0; at least one must");
  if (!has_weight(machine_.auth_weights_)) faults.add("auths: none has a weight above 0; at least one must");
  finish_steps(faults);
  if (faults.empty()) {  // else these would complain of what a fault took away
    finish_newcomers(faults);
    finish_starts(faults);
  }
  if (faults.count() > before) return std::nullopt;
  return std::move(machine_);
}

void SessionMachineBuilder::finish_states() {
  for (State& state : machine_.states_) {
    const auto shown = shown_.find(state.auth);
    state.shows_user = shown != shown_.end() && shown->second;
    state.churned = !churned_.empty() && state.auth == churned_;
    machine_.auth_of_.push_back(number_of(machine_.auths_, machine_.auth_weights_, state.auth));
    machine_.level_of_.push_back(number_of(machine_.levels_, machine_.level_weights_, state.level));
  }
}

void SessionMachineBuilder::finish_newcomers(Faults& faults) {
  // eventsim's own defaults; a configuration that has no such auth or level takes its first.
  const auto find = [&faults](const char* key, const std::optional<std::string>& asked, const char* usual, const auto& names) {
    const auto found = std::ranges::find(names, asked.value_or(usual));
    if (found != names.end()) return static_cast<std::uint8_t>(found - names.begin());
    if (asked) faults.add(fmt::format("{}: \"{}\" is not known; allowed are {}", key, *asked, list_of(names)));
    return std::uint8_t{0};
  };
  machine_.new_auth_ = find("new-user-auth", new_auth_, "Guest", machine_.auths_);
  machine_.new_level_ = find("new-user-level", new_level_, "free", machine_.levels_);
}

void SessionMachineBuilder::finish_steps(Faults& faults) {
  // The likely ones first: see place_of() of session_machine.cc.
  const auto rank_of = [](const Transition& step) { return std::tuple(step.from, -step.chance, step.to, step.time_factor); };
  std::ranges::sort(transitions_, {}, rank_of);
  machine_.rows_.resize(machine_.states_.size());
  for (const Transition& transition : transitions_) {
    SessionMachine::Row& row = machine_.rows_[transition.from];
    if (row.count == 0) row.first = static_cast<std::uint32_t>(machine_.steps_.size());
    const double before = row.count == 0 ? 0 : machine_.cumulative_.back();
    ++row.count;
    machine_.steps_.push_back({.to = transition.to, .time_factor = static_cast<float>(transition.time_factor)});
    machine_.cumulative_.push_back(before + transition.chance);
  }
  for (std::size_t number = 0; number < machine_.states_.size(); ++number) {
    const SessionMachine::Row& row = machine_.rows_[number];
    if (row.count == 0) continue;
    double& sum = machine_.cumulative_[row.first + row.count - 1];
    if (sum > 1 + kSumTolerance) {
      faults.add(
          fmt::format("transitions: the \"p\" of {} add up to {:.6g}; allowed is at most 1", text_of(machine_.states_[number]), sum));
    }
    if (sum > 1 - kSumTolerance) sum = kCertain;
  }
}

void SessionMachineBuilder::finish_starts(Faults& faults) {
  const std::size_t levels = machine_.levels_.size();
  std::vector<std::vector<std::pair<StateNumber, double>>> groups(machine_.auths_.size() * levels);
  const auto group_of = [&](StateNumber state) { return machine_.auth_of_[state] * levels + machine_.level_of_[state]; };
  for (const auto& [state, weight] : starts_) {
    if (weight > 0) groups[group_of(state)].emplace_back(state, weight);
  }
  machine_.start_rows_.resize(groups.size());
  for (std::size_t group = 0; group < groups.size(); ++group) {
    machine_.start_rows_[group] = {.first = static_cast<std::uint32_t>(machine_.starts_.size()),
                                   .count = static_cast<std::uint32_t>(groups[group].size())};
    double sum = 0;
    for (const auto& [state, weight] : groups[group]) sum += weight;
    double below = 0;
    for (const auto& [state, weight] : groups[group]) {
      machine_.starts_.push_back(state);
      machine_.start_cumulative_.push_back((below += weight) / sum);
    }
    if (!groups[group].empty()) machine_.start_cumulative_.back() = kCertain;
  }
  std::vector<bool> needed(groups.size());
  for (std::size_t state = 0; state < machine_.states_.size(); ++state) {
    if (!machine_.states_[state].churned) needed[group_of(static_cast<StateNumber>(state))] = true;
  }
  needed[machine_.new_auth_ * levels + machine_.new_level_] = true;
  for (std::size_t auth = 0; auth < machine_.auths_.size(); ++auth) {
    for (std::size_t level = 0; level < levels; ++level) {
      const bool drawn = machine_.auth_weights_[auth] > 0 && machine_.level_weights_[level] > 0;
      if (!groups[auth * levels + level].empty() || (!drawn && !needed[auth * levels + level])) continue;
      faults.add(fmt::format("new-session: no page with a weight above 0 for auth \"{}\" and level \"{}\", in which listeners can be",
                             machine_.auths_[auth], machine_.levels_[level]));
    }
  }
}

}  // namespace playhead::simulate
