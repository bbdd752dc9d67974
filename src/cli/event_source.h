// cli/event_source.h: what `produce` sends, and when: a simulation, a replay or files as they are, behind one interface.
//
// Chance:  with a start time (or from files) the same options give the same events, byte for byte; only `due` depends on the clock.
// Threads: one owner at a time. Memory: an Event's strings keep their capacity.
// Fails:   next() as the files it reads; a simulation as ServicePlays.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/pace.h"
#include "cli/replay.h"
#include "cli/service_plays.h"
#include "io/file_system.h"
#include "simulate/plays.h"

namespace playhead::cli {

class EventSource {
 public:
  struct Event {
    Timestamp due = kNever;  // when to send it, by the clock given to make(); kNever: at once
    Timestamp time;          // the record's timestamp
    std::string key;         // empty: none
    std::string value;
  };

  virtual ~EventSource() = default;
  virtual Result<bool> next(Event& event) = 0;  // false: that was all
};

struct SimulationOptions {
  ServicePlays::Options service = {};
  bool uniform = false;                 // TuneTracker's own chance, by the service's seed: its listeners and tracks do not apply
  double per_second = 1;                // 0: as fast as possible
  std::uint64_t total = 100;            // 0: without end
  std::optional<Timestamp> start_time;  // the first play's time, later ones 1 / per_second apart (1 ms where that is 0); none: now
};

// The pace begins at the first call of next().
class Simulation final : public EventSource {
 public:
  static Result<std::unique_ptr<Simulation>> make(const SimulationOptions& options, const Clock& clock);
  Result<bool> next(Event& event) override;

 private:
  Simulation(const SimulationOptions& options, const Clock& clock);

  SimulationOptions options_;
  const Clock& clock_;
  std::unique_ptr<ServicePlays> service_;  // none: uniform
  simulate::UniformPlays uniform_;
  std::optional<Pace> pace_;        // of sending
  std::optional<Pace> event_pace_;  // of the event times, where a start time is given
  std::uint64_t made_ = 0;
  Timestamp last_{};  // no two plays share a microsecond, or a listener who skips at once would seem to be a duplicate
};

// Recorded events. One without a time is stamped with 1970: it is not an event that anything could count.
class Recording final : public EventSource {
 public:
  // `speed`: recorded seconds per second; none: as fast as possible.
  Recording(std::unique_ptr<Replay> replay, std::optional<double> speed, const Clock& clock)
      : replay_(std::move(replay)), speed_(speed), clock_(clock) {}
  Result<bool> next(Event& event) override;

  const Replay& replay() const { return *replay_; }

 private:
  std::unique_ptr<Replay> replay_;
  std::optional<double> speed_;
  const Clock& clock_;
  std::optional<ReplayPace> pace_;
  Replay::Event read_;
};

// Each file is one record, byte for byte, whatever it holds: without a key, and stamped with now. A file larger than any record may be is
// refused with its name.
class WholeFiles final : public EventSource {
 public:
  WholeFiles(io::FileSystem& files, std::vector<std::string> paths, const Clock& clock)
      : files_(files), paths_(std::move(paths)), clock_(clock) {}
  Result<bool> next(Event& event) override;

 private:
  io::FileSystem& files_;
  std::vector<std::string> paths_;
  const Clock& clock_;
  std::size_t next_ = 0;
};

}  // namespace playhead::cli
