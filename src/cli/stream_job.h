// cli/stream_job.h: where a job lives in the data folder, and the world its pipeline runs in.
//
//   <data>/checkpoints/<job>/   journals, saved state, `output` (the path of the published windows), `lake` (there is one), `log` (which)
//   <data>/windows/<job>/       the published windows
//   <data>/rejected/<job>/      its tables of late events and dead letters
// A job's folder is locked while a process streams it. The lock is for people: it stops a second process with a sentence. Who may publish
// is decided by writer epochs (pipeline/pipeline.h), which is why `take_over` may pass the lock by.
//
// Threads: main thread; run_each of the environment uses `workers` threads.
// Fails:   kBusy where another process streams the job; kInvalid for a bad name; kNotFound for an unknown time zone.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/workspace.h"
#include "cli/zone_files.h"
#include "pipeline/pipeline.h"

namespace playhead::cli {

struct JobPlace {
  std::string checkpoint;
  std::string output;
  std::string rejects;
};

// kInvalid unless `job` is 1 to 100 of [A-Za-z0-9._-] and does not begin with a dot.
Status check_job_name(const std::string& job);
// The defaults, where the given paths are empty. Fails as check_job_name().
Result<JobPlace> place_of(const Workspace& workspace, const std::string& job, const std::string& checkpoint, const std::string& output);
// Takes the lock of a job if it is free, or soon is: `status` takes it for a moment to look.
Result<bool> acquire_soon(io::FileLock& lock);
// The names of the jobs that have a checkpoint in the data folder.
Result<std::vector<std::string>> jobs_in(Workspace& workspace);
// Where the job publishes, as its checkpoint remembers.
Result<std::string> output_of(Workspace& workspace, const std::string& checkpoint);
// Whether the job has written a lake: if none is there, it was lost.
Result<bool> has_written_lake(Workspace& workspace, const std::string& checkpoint);

class StreamJob {
 public:
  // Locks the job's folder. Holds the lock until it is destroyed. Processes of one `group` (empty: none) share it.
  static Result<std::unique_ptr<StreamJob>> make(Workspace& workspace, const JobPlace& place, bool take_over, const std::string& group,
                                                 unsigned workers);

  // kInvalid also where the job's lake or its rejects are gone: new ones would lack, without a word, all that the old ones had.
  Result<std::unique_ptr<pipeline::Pipeline>> open_pipeline(pipeline::Options options);
  // Of a process of a group: without partitions. Once it commits, remember_tables().
  Result<std::unique_ptr<pipeline::Pipeline>> join_pipeline(pipeline::Options options);
  // Writes down which tables the job has, so that a lost one is missed.
  struct TableMarks {
    bool lake = false;
    std::string topic;
  };
  Status remember_tables(const TableMarks& marks);
  // Takes the lock if the process that was taken over has ended meanwhile; call it now and then, it costs a system call until it is held.
  void hold_lock();

 private:
  StreamJob(Workspace& workspace, JobPlace place, unsigned workers)
      : workspace_(workspace), place_(std::move(place)), workers_(workers), zones_(workspace.files()) {}
  Status lock(bool take_over, const std::string& group);
  Result<std::unique_ptr<io::FileLock>> take_turn();
  Result<std::unique_ptr<pipeline::Pipeline>> open(pipeline::Options options, decltype(&pipeline::Pipeline::make) begin);
  Status check_lake(const std::string& lake, const std::string& topic);
  Status check_rejects();
  Status remember_lake(bool writes, const std::string& topic);
  Result<const TimeZone*> zone_named(const std::string& name);
  void run_each(std::size_t count, const std::function<void(std::size_t)>& work) const;

  Workspace& workspace_;
  JobPlace place_;
  unsigned workers_;
  std::unique_ptr<io::FileLock> lock_;
  bool locked_ = false;
  ZoneFiles zones_;
};

}  // namespace playhead::cli
