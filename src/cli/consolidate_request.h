// cli/consolidate_request.h: how `playhead consolidate` asks a running stream to do the work.
//
// Only the holder of an output may exchange its files, and a command must not take the output from a running stream. So it leaves a request
// in the job's checkpoint folder, which the stream looks for between two steps, serves with its own claim, and answers beside it:
//   <checkpoint>/requests/consolidate.json          {"id", "output", "target_bytes"}
//   <checkpoint>/requests/consolidate-answer.json   {"id", and "report" or "error"}
// Both are replaced in one step. The answer names the request's id, so that an old answer is never taken for that of a new request. The
// stream removes the request when it has answered; the command removes the answer, and its request when it gives up.
//
// Limits:  64 KiB each. One request at a time: a second command replaces the first one's, which then is not answered.
// Threads: main thread. Memory: both texts.
// Fails:   as the file system. A request that can not be read is removed and answered with kInvalid.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "io/file_system.h"
#include "table/consolidation.h"

namespace playhead::cli {

struct ConsolidateRequest {
  std::string id;
  std::string output;  // the folder, as the stream knows it
  std::uint64_t target_bytes = 0;

  bool operator==(const ConsolidateRequest&) const = default;
};

// For the stream, between two steps: costs one look-up where there is no request. A failure of `serve` goes into the answer, not to the
// caller, unless it is kFenced: then the stream itself must end.
Status serve_requests(io::FileSystem& files, const std::string& checkpoint,
                      const std::function<Result<table::ConsolidationReport>(const ConsolidateRequest&)>& serve);

// Whether a request lies there that no stream has answered yet.
Result<bool> request_waits(io::FileSystem& files, const std::string& checkpoint);

// For the command. `waiting` is called again and again until there is an answer; it sleeps, and its Error ends the wait.
Result<table::ConsolidationReport> ask_stream(io::FileSystem& files, const std::string& checkpoint, const ConsolidateRequest& request,
                                              const std::function<Status()>& waiting);

}  // namespace playhead::cli
