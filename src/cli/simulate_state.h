// cli/simulate_state.h: where a simulation stopped, so that it can go on there.
//
//   <folder>/simulation   magic, version, all below, checksum; replaced in one step
//   <folder>/lock         held by the run, so that no second one sends the same events
//
// It is written each minute, each few million events and at the end, when all that was sent until then is durable. What was sent later
// is sent again by a run that goes on, and the destination takes it back or knows it (cli/simulate_destination.h).
//
// Limits:  4 GiB a thread. Threads: one owner at a time. Memory: values.
// Fails:   kBusy when another run holds the folder; kCorrupt with the file's name; kInvalid where options differ, naming each.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/simulate_plan.h"
#include "io/file_system.h"
#include "simulate/form.h"

namespace playhead::cli {

// What was sent, since the very start.
struct SentCounts {
  std::array<std::uint64_t, simulate::kTopicCount> by_topic{};
  std::uint64_t duplicates = 0;
  std::uint64_t malformed = 0;
  std::uint64_t delayed = 0;

  std::uint64_t total() const;
};

struct SimulateState {
  std::vector<std::pair<std::string, std::string>> key;  // of the plan
  Timestamp start, end;                                  // of the simulation
  Timestamp reached;                                     // all before it has happened
  Timestamp wall, simulated;                             // the two clocks when the pace began
  double speed = 0;
  bool finished = false;
  SentCounts sent;
  std::vector<std::string> services;  // one a thread
  std::string transport;
  std::string destination;
};

class StateFolder {
 public:
  static Result<std::unique_ptr<StateFolder>> open(io::FileSystem& files, const std::string& path);

  Status write(const SimulateState& state) const;

 private:
  StateFolder(io::FileSystem& files, std::string path, std::unique_ptr<io::FileLock> lock)
      : files_(files), path_(std::move(path)), lock_(std::move(lock)) {}

  io::FileSystem& files_;
  std::string path_;
  std::unique_ptr<io::FileLock> lock_;
};

// What `path` holds; nullopt: nothing yet.
Result<std::optional<SimulateState>> read_state(io::FileSystem& files, const std::string& path);

// Settings that were other ones when the state was saved.
void compare_keys(const SimulateState& state, const SimulatePlan& plan, Faults& faults);

}  // namespace playhead::cli
