#include "cli/event_source.h"

#include <algorithm>
#include <utility>

#include "log/record.h"

namespace playhead::cli {

Result<std::unique_ptr<Simulation>> Simulation::make(const SimulationOptions& options, const Clock& clock) {
  std::unique_ptr<Simulation> simulation(new Simulation(options, clock));
  if (options.uniform) return simulation;
  TRY_ASSIGN(simulation->service_, ServicePlays::make(options.service));
  return simulation;
}

Simulation::Simulation(const SimulationOptions& options, const Clock& clock)
    : options_(options), clock_(clock), uniform_(options.service.seed) {
  constexpr double kUnpacedPerSecond = 1'000;
  if (options_.start_time) event_pace_.emplace(*options_.start_time, options_.per_second > 0 ? options_.per_second : kUnpacedPerSecond);
}

Result<bool> Simulation::next(Event& event) {
  if (options_.total > 0 && made_ == options_.total) return false;
  const Timestamp now = clock_.now();
  if (options_.per_second > 0 && !pace_) pace_.emplace(now, options_.per_second);
  event.due = pace_ ? pace_->time_of(made_) : kNever;
  event.time = event_pace_ ? event_pace_->time_of(made_) : std::max({event.due, now, last_ + Duration{1}});
  last_ = event.time;
  if (service_) {
    TRY(service_->next(event.time, event.key, event.value));
  } else {
    uniform_.next(event.time, event.key, event.value);
  }
  ++made_;
  return true;
}

Result<bool> Recording::next(Event& event) {
  read_.user.swap(event.key);  // last round's strings, to be filled again
  read_.line.swap(event.value);
  TRY_ASSIGN(const bool found, replay_->next(read_));
  if (!found) return false;
  if (speed_ && !pace_) pace_.emplace(clock_.now(), *speed_);
  event.due = pace_ ? pace_->time_of(read_.time) : kNever;
  event.time = read_.time == kNever ? from_micros(0) : read_.time;
  event.key.swap(read_.user);
  event.value.swap(read_.line);
  return true;
}

Result<bool> WholeFiles::next(Event& event) {
  if (next_ == paths_.size()) return false;
  TRY_ASSIGN(event.value, io::read_file(files_, paths_[next_++], log::kRecordBytesMax));
  event.key.clear();
  event.due = kNever;
  event.time = clock_.now();
  return true;
}

}  // namespace playhead::cli
