// cli/workspace.h: the data folder, and what lives in it.
//
//   <data>/log/   the embedded log, where Kafka is not named instead
// Where the environment variable PLAYHEAD_FAULTS is set, its rules (io/fault.h) decide which operations on files fail or end the
// process: that is how tests crash the real program at a named place.
//
// Threads: as what it gives out. Memory: owns all of it; keep it until the end.
// Fails:   kInvalid for rules that can not be read; log() as log::Log.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "io/file_system.h"
#include "log/kafka.h"
#include "log/log.h"

namespace playhead::cli {

// Where a log is.
struct LogPlace {
  std::string servers = {};  // of Kafka; empty: the embedded log of the data folder
  std::string config = {};   // path of the file with Kafka's properties; empty: none
};

class Workspace {
 public:
  // `folder` is made when something is first written to it.
  static Result<std::unique_ptr<Workspace>> make(std::string folder);
  // How Kafka is talked to. The log is there if the options name its brokers, or use_brokers() does. Call both before log().
  // `config` is the path of the file that they came from, if they did.
  void use_kafka(log::KafkaOptions options, std::string config) {
    kafka_ = std::move(options);
    kafka_config_ = std::move(config);
  }
  void use_brokers(std::string servers) { kafka_.bootstrap_servers = std::move(servers); }

  const std::string& folder() const { return folder_; }
  io::FileSystem& files() { return *files_; }
  const Clock& clock() const { return clock_; }
  // Opens the log the first time it is asked for.
  Result<log::Log*> log();
  // The log at another place. Where it is a Kafka, and log() is one too, it is log(): brokers move.
  Result<log::Log*> log_at(const LogPlace& place);
  // Where log() is.
  LogPlace named_log() const { return {.servers = kafka_.bootstrap_servers, .config = kafka_config_}; }
  // Where the log is, for a person: "./playhead-data" or "Kafka at host:9092".
  std::string log_place() const { return on_kafka() ? "Kafka at " + kafka_.bootstrap_servers : folder_; }

 private:
  Workspace(std::string folder, std::unique_ptr<io::FileSystem> files) : folder_(std::move(folder)), files_(std::move(files)) {}

  Result<std::unique_ptr<log::Log>> make_embedded_log();
  bool on_kafka() const { return !kafka_.bootstrap_servers.empty(); }

  std::string folder_;
  std::unique_ptr<io::FileSystem> files_;
  SystemClock clock_;
  log::KafkaOptions kafka_;
  std::string kafka_config_;
  std::unique_ptr<log::Log> log_;
  std::map<std::string, std::unique_ptr<log::Log>> elsewhere_;  // by Kafka's servers; "" for the embedded one
};

}  // namespace playhead::cli
