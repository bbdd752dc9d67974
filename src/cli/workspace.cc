#include "cli/workspace.h"

#include <cstdlib>
#include <random>

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
    // Topic ids are never used twice, also where two machines make topics of one name: so no clock or process id, but chance.
    std::random_device chance;
    const std::uint64_t id_seed = (std::uint64_t{chance()} << 32) | chance();
    TRY_ASSIGN(log_, log::make_embedded(*files_, clock_, {.root = io::join(folder_, "log"), .id_seed = id_seed}));
  }
  return log_.get();
}

}  // namespace playhead::cli
