// cli/job_log.h: which log a job was begun on: the embedded one, or a Kafka.
//
//   <checkpoint>/log   "embedded", or "kafka <host:port,...>" and, in a second line, the path of the file of --kafka-config, if any
// So status, reconcile, doctor and jobs find the log without the flags again. Nothing of the file of properties is kept, only where it is.
// Flags that name a Kafka win over the servers that are kept, since brokers move; but a job of the embedded log stays one.
//
// Threads: main thread. Fails: as the files that are read; kInvalid for a job of another log.
#pragma once

#include <optional>
#include <string>

#include "cli/workspace.h"

namespace playhead::cli {

// nullopt: it was begun before this was kept.
Result<std::optional<LogPlace>> log_place_of(Workspace& workspace, const std::string& checkpoint);
// The log that a job reads.
Result<log::Log*> log_of_job(Workspace& workspace, const std::string& checkpoint);
// Whether the job may be streamed from the log that the flags name: kInvalid says which it was begun on.
Status check_job_log(Workspace& workspace, const std::string& job, const std::string& checkpoint);
Status remember_job_log(Workspace& workspace, const std::string& checkpoint);

}  // namespace playhead::cli
