// cli/workspace.h: the data folder, and what lives in it.
//
//   <data>/log/   the embedded log, where Kafka is not named instead
// Where the environment variable PLAYHEAD_FAULTS is set, its rules (io/fault.h) decide which operations on files fail or end the
// process: that is how tests crash the real program at a named place.
//
// Threads: as what it gives out. Memory: owns all of it; keep it until the end.
// Fails:   kInvalid for rules that can not be read; log() as log::Log.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "io/file_system.h"
#include "log/kafka.h"
#include "log/log.h"

namespace playhead::cli {

class Workspace {
 public:
  // `folder` is made when something is first written to it.
  static Result<std::unique_ptr<Workspace>> make(std::string folder);
  // How Kafka is talked to. The log is there if the options name its brokers, or use_brokers() does. Call both before log().
  void use_kafka(log::KafkaOptions options) { kafka_ = std::move(options); }
  void use_brokers(std::string servers) { kafka_.bootstrap_servers = std::move(servers); }

  const std::string& folder() const { return folder_; }
  io::FileSystem& files() { return *files_; }
  const Clock& clock() const { return clock_; }
  // Opens the log the first time it is asked for.
  Result<log::Log*> log();
  // Where the log is, for a person: "./playhead-data" or "Kafka at host:9092".
  std::string log_place() const { return on_kafka() ? "Kafka at " + kafka_.bootstrap_servers : folder_; }

 private:
  Workspace(std::string folder, std::unique_ptr<io::FileSystem> files) : folder_(std::move(folder)), files_(std::move(files)) {}

  bool on_kafka() const { return !kafka_.bootstrap_servers.empty(); }

  std::string folder_;
  std::unique_ptr<io::FileSystem> files_;
  SystemClock clock_;
  log::KafkaOptions kafka_;
  std::unique_ptr<log::Log> log_;
};

}  // namespace playhead::cli
