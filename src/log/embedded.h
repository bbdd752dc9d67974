// log/embedded.h: the log that needs no broker: segment files in a folder, for many processes at once.
//
//   <root>/<topic>/...        see log/partition_files.h; docs/log-format.md is the page about the bytes
//   <root>/+lock              held while a topic is made or deleted; counts the topics ever made, for their ids
//   <root>/+new-<id>, +deleted-<id>   a topic on its way in or out ('+' is in no topic's name)
//
// Any number of processes may append to and read the same topics. kill -9 of any of them at any instant loses nothing that was
// acknowledged; a power loss neither. Readers sleep in the kernel until a mark moves.
// Limits:  4096 partitions a topic; a Reader keeps two descriptors and up to 1 MiB for each partition it has read (16 MiB in all, and
//          64 KiB a partition beyond 256 of them); an Appender one descriptor and its buffers for each partition it has written.
// Threads: as log/log.h. Memory: FileSystem and Clock outlive the Log and all it made; Appenders and Readers may outlive the Log.
// Fails:   as log/log.h; also kInvalid for names and options outside the rules, and for a folder written by a newer format.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "io/file_system.h"
#include "log/codec.h"
#include "log/log.h"

namespace playhead::log {

struct EmbeddedOptions {
  std::string root;           // made with the first topic
  std::uint64_t id_seed = 0;  // of topic ids: from a true source of chance in production, fixed in a simulation
  Codec codec = Codec::kLz4;  // of the blocks this Log appends; reading knows them all
};

Result<std::unique_ptr<Log>> make_embedded(io::FileSystem& files, const Clock& clock, EmbeddedOptions options);

}  // namespace playhead::log
