// cli/simulate_plan.h: what a run of `simulate` is asked to be, out of flags, a scenario and a configuration of eventsim.
//
// Each setting has one key, whether it comes as a flag (--growth-rate 10), as a line of a scenario ([listeners] growth = 10) or from
// eventsim's configuration ("growth-rate": 10): cli/simulate_settings.h lists them. A flag goes before the scenario, the scenario before
// the configuration, and that before the default. All faults are gathered and told at once, each with its place, its key and what is
// allowed, before anything is made or written.
//
// Threads: main thread. Memory: values; a plan owns what was read from files.
// Fails:   kInvalid with every fault, one a line.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/file_system.h"
#include "simulate/form.h"
#include "simulate/message.h"
#include "simulate/transport.h"
#include "simulate/world.h"

namespace playhead::cli {

// One value, and where it was written: "--growth-rate", "friday.toml:12".
struct Given {
  std::string key;
  std::string text;
  std::string where;

  bool operator==(const Given&) const = default;
};
using GivenValues = std::vector<Given>;  // a later one of the same key goes before an earlier one

// What is wrong, gathered.
class Faults {
 public:
  void add(std::string text) { texts_.push_back(std::move(text)); }
  void add(const Given& given, const std::string& text) { add(given.where + ": " + given.key + ": " + text); }
  void add_lines(const std::string& where, std::string_view lines);  // each line is a fault
  bool none() const { return texts_.empty(); }
  Status status() const;  // kInvalid, one fault a line

 private:
  std::vector<std::string> texts_;
};

// A spike or an outage; its start is an instant, or a span after the start of the simulation ("+2h").
struct SpikeWish {
  std::string where;
  bool outage = false;
  std::optional<Timestamp> at = {};
  std::optional<Duration> after = {};
  std::optional<Duration> length = {};
  double factor = 5;
  std::uint32_t artist = 0;
  double artist_share = 0.25;
};

// What the topics (and a folder's files) are called, by simulate::Topic: as the systems name them, unless --topic-names says otherwise.
using TopicNames = std::array<std::string, simulate::kTopicCount>;
TopicNames default_topic_names();

enum class EventIdForm : std::uint8_t { kDefault, kHeader, kField, kNone };
enum class Packing : std::uint8_t { kNone, kGzip, kZstd };

struct SimulatePlan {
  simulate::WorldOptions world;
  simulate::FormOptions form;
  simulate::TransportOptions transport;
  std::vector<SpikeWish> spikes;
  std::vector<simulate::Spike> peaks;  // they and the outages, as in world.time

  std::optional<Timestamp> start, end;
  std::optional<Timestamp> end_of_config;  // --continuous does not end there
  double from_days = 15;                   // before now; eventsim's defaults
  double to_days = 1;
  bool continuous = false;
  std::optional<double> speed;  // simulated seconds a second; 0: as fast as possible
  double rate = 0;              // events a second; 0: no bound
  std::uint64_t total = 0;      // events; 0: no bound
  std::uint64_t concurrency = 0;

  std::string config;  // eventsim's file
  std::string catalogue;
  std::string columns;
  std::string kafka;  // of eventsim's --kafkaBrokerList: then the destination is the log, at these brokers

  EventIdForm event_id = EventIdForm::kDefault;
  Packing packing = Packing::kNone;
  std::uint64_t partitions = 1;
  TopicNames topic_names = default_topic_names();
  std::uint64_t threads = 0;  // 0: one a core, at most 16
  std::string truth;
  std::string report;
  std::string state;
  Duration save_every = std::chrono::minutes{1};
  bool verbose = false;
  std::string destination = "output";

  std::vector<std::string> notes;                        // for the person: keys of the configuration that mean nothing here
  std::vector<std::pair<std::string, std::string>> key;  // every setting that was made, and the contents of files: what makes two runs one
};

struct PlanRequest {
  GivenValues scenario;  // in the order of the file
  GivenValues flags;
  std::string destination;
  Timestamp now;                        // the wall clock's
  std::optional<Timestamp> start, end;  // of a run that goes on: instead of what follows from `now`
};

// Reads the files that the plan names. `faults` gets what is wrong; the plan is of use only if there is nothing.
SimulatePlan make_plan(const PlanRequest& request, io::FileSystem& files, Faults& faults);

}  // namespace playhead::cli
