// cli/simulate_destination.h: where simulated events go: a folder of newline-delimited JSON, standard output, or the log.
//
//   <folder>/<topic>.json[.gz|.zst]   one file a topic; files of these names that are there are replaced
//   -                                 all topics' events in the order in which they are sent
//   log                               one topic each, keyed by the user id, stamped with the time of sending, header `event-id`
//
// A run that goes on (cli/simulate_state.h) opens a destination with what save() gave: a folder's files are cut back to the sizes they
// had then, and records that the log got since then are known by their header `event-id` and are not sent again.
//
// Limits:  1 MiB a file, or what Sender holds for each partition; of a run that goes on, 16 bytes for each record since the last save().
// Threads: one owner at a time. Memory: borrows FileSystem and Log; views are only read during the call.
// Fails:   as files and the log do; kCorrupt where a file is shorter, or a topic another, than it was at save().
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/simulate_plan.h"
#include "io/file_system.h"
#include "log/log.h"
#include "simulate/form.h"
#include "simulate/transport.h"

namespace playhead::cli {

class Destination {
 public:
  virtual ~Destination() = default;
  virtual Status write(std::span<const simulate::Arrival> arrivals) = 0;
  virtual Status flush() = 0;                    // nothing that was written is held back, but for what a packer holds
  virtual Result<std::string> save() = 0;        // durable up to here; what a later run needs to go on
  virtual Status finish() = 0;                   // durable; nothing follows
  virtual bool closed() const { return false; }  // nobody reads any more
};

struct DestinationOptions {
  std::string place;  // a folder, "-" or "log"
  std::vector<simulate::Topic> topics;
  TopicNames names = default_topic_names();
  Packing packing = Packing::kNone;
  std::uint32_t partitions = 1;
  bool event_id_header = false;
};

// `log` is asked for only where it is the destination. `saved` is null at a start.
Result<std::unique_ptr<Destination>> open_destination(DestinationOptions options, io::FileSystem& files, log::Log* log,
                                                      const std::string* saved);
// In simulate_log.cc.
Result<std::unique_ptr<Destination>> open_log_destination(const DestinationOptions& options, log::Log& log, const std::string* saved);

}  // namespace playhead::cli
