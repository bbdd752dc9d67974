// pipeline/environment.h: what a pipeline is given: the world it runs in, and what it shall do.
//
// Values; an Environment borrows what it names, which must outlive the pipeline.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.h"
#include "io/file_system.h"
#include "log/log.h"
#include "pipeline/job.h"
#include "pipeline/reset.h"
#include "sink/lake.h"

namespace playhead::pipeline {

// The world as the pipeline sees it. Borrowed: outlives the pipeline.
struct Environment {
  io::FileSystem& files;
  log::Log& log;
  const Clock& clock;
  // Finds an IANA time zone by name.
  std::function<Result<const TimeZone*>(const std::string&)> zone_named;
  // Calls work(0) to work(count - 1), each once, possibly on several threads, and returns when all are done.
  std::function<void(std::size_t count, const std::function<void(std::size_t)>& work)> run_each;
};

struct Options {
  JobIdentity identity;  // topic_id and partitions are filled in from the topic
  StreamOptions stream;
  std::optional<ResetTo> reset_to = {};  // go on there where records are lost; without, that is refused
  std::string former_topic_id = {};      // of the topic when the job last ran; filled in
  std::string checkpoint;                // folder of the job's journals and saved state
  std::string output;                    // folder of the published windows
  std::string rejects;                   // folder of the tables of late events and dead letters
  std::string lake;                      // folder of the topic's raw lake; empty: none
  sink::LakeLayout lake_layout = sink::LakeLayout::kPadded;
  std::string program = "playhead";                         // name and version, recorded in cuts
  std::uint64_t epoch_records_max = 500'000;                // per partition; more records wait for the next step
  std::uint64_t open_windows_max = 5'000'000;               // (window, key) pairs
  std::uint64_t journal_bytes_max = 16u << 20;              // a checkpoint is made when the journals together are larger,
  std::uint64_t row_bytes_max = 96u << 20;                  // when the rows collected for lake and tables are,
  std::uint64_t recent_ids_max = 750'000;                   // when more ids than these are remembered since the last one,
  Duration checkpoint_interval = std::chrono::seconds{30};  // and at least this often while there are new epochs
  Duration idle_after = std::chrono::seconds{30};           // of silence at the end of a partition
  std::uint64_t dedup_bytes_max = 256u << 20;               // memory of the filters over remembered ids, all partitions together
  std::uint64_t dedup_seed = 1;  // drawn by a live program, so that nobody can aim at its tables; changes no outcome
};

// The folder of a partition's journal.
inline std::string partition_folder(const Options& options, Partition partition) {
  return io::join(options.checkpoint, "p" + std::to_string(partition.value));
}

}  // namespace playhead::pipeline
