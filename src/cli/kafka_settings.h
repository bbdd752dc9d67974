// cli/kafka_settings.h: where Kafka is and how it is talked to: the flags --bootstrap-servers and --kafka-config.
//
// The file has one `property=value` of librdkafka a line; blank lines and lines that begin with # are passed over. Passwords belong
// there and nowhere else: a command line is seen by every user of the machine. A value that is wholly ${env:NAME} is that variable of
// the environment. No value of the file is ever repeated in a message; a file with a secret that every user may read is warned of, once.
// Limits:  a file of 1 MiB. Threads: main thread. Fails: kInvalid with file and line; kNotFound, kIo.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "io/file_system.h"
#include "log/kafka.h"

namespace playhead::cli {

Result<std::map<std::string, std::string>> parse_properties(const std::string& text, const std::string& path);

// Without servers: no flag names Kafka, so the log is the embedded one. They may stand in the file too (bootstrap.servers).
Result<log::KafkaOptions> kafka_options(io::FileSystem& files, const std::string& servers, const std::string& path);

}  // namespace playhead::cli
