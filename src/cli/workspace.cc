#include "cli/workspace.h"

#include <cstdlib>
#include <random>

#include "cli/kafka_settings.h"
#include "io/fault.h"
#include "io/posix.h"
#include "log/embedded.h"

namespace playhead::cli {

Result<std::unique_ptr<Workspace>> Workspace::make(std::string folder) {
  std::unique_ptr<io::FileSystem> files = io::make_posix();
  if (const char* rules = std::getenv("PLAYHEAD_FAULTS"); rules && *rules) {
    TRY_ASSIGN(files, io::FaultyFileSystem::make(std::move(files), rules));
  }
  return std::unique_ptr<Workspace>(new Workspace(std::move(folder), std::move(files)));
}

Result<log::Log*> Workspace::log() {
  if (!on_kafka() && !kafka_.properties.empty()) {
    return fail(ErrorKind::kInvalid, "the file of --kafka-config names no bootstrap.servers: add it there, or give --bootstrap-servers");
  }
  if (!log_ && on_kafka()) {
    TRY_ASSIGN(log_, log::make_kafka(kafka_));
  }
  if (!log_) {
    TRY_ASSIGN(log_, make_embedded_log());
  }
  return log_.get();
}

Result<log::Log*> Workspace::log_at(const LogPlace& place) {
  if (place.servers.empty() != on_kafka()) return log();
  std::unique_ptr<log::Log>& log = elsewhere_[place.servers];
  if (log) return log.get();
  if (place.servers.empty()) {
    TRY_ASSIGN(log, make_embedded_log());
    return log.get();
  }
  log::KafkaOptions options = kafka_;
  options.bootstrap_servers = place.servers;
  if (options.properties.empty() && !place.config.empty()) {
    TRY_ASSIGN(auto read, kafka_options(*files_, place.servers, place.config));
    options.properties = std::move(read.properties);
  }
  TRY_ASSIGN(log, log::make_kafka(std::move(options)));
  return log.get();
}

// Topic ids are never used twice, also where two machines make topics of one name: so no clock or process id, but chance.
Result<std::unique_ptr<log::Log>> Workspace::make_embedded_log() {
  std::random_device chance;
  const std::uint64_t id_seed = (std::uint64_t{chance()} << 32) | chance();
  return log::make_embedded(*files_, clock_, {.root = io::join(folder_, "log"), .id_seed = id_seed});
}

}  // namespace playhead::cli
