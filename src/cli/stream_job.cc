#include "cli/stream_job.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "cli/job_log.h"
#include "cli/lake_place.h"

namespace playhead::cli {
namespace {

constexpr std::uint64_t kPathBytesMax = 64u << 10;
constexpr std::size_t kJobNameMax = 100;
constexpr const char* kLakeMark = "lake";         // holds the name of the topic
constexpr const char* kRejectsMark = "rejected";  // holds the folder of its late events and dead letters; a job of 0.1 had none
constexpr const char* kGroupMark = "group";       // holds the name of the group whose processes share the job
constexpr std::uint64_t kNameBytesMax = 1024;
constexpr int kLockTries = 10;
constexpr std::chrono::milliseconds kLockPause{20};

bool is_name(const std::string& name, const char* also) {
  return std::all_of(name.begin(), name.end(), [&](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           std::string_view(also).find(letter) != std::string_view::npos;
  });
}

}  // namespace

Status check_job_name(const std::string& job) {
  if (!job.empty() && job.size() <= kJobNameMax && job.front() != '.' && is_name(job, "._-")) return {};
  return fail(ErrorKind::kInvalid,
              "'" + job + "' is not a job name: use 1 to 100 letters, digits, '.', '_' and '-', and do not begin with '.'");
}

Result<JobPlace> place_of(const Workspace& workspace, const std::string& job, const std::string& checkpoint, const std::string& output) {
  TRY(check_job_name(job));
  return JobPlace{.checkpoint = checkpoint.empty() ? workspace.folder() + "/checkpoints/" + job : checkpoint,
                  .output = output.empty() ? workspace.folder() + "/windows/" + job : output,
                  .rejects = rejects_folder(workspace, job)};
}

Result<bool> acquire_soon(io::FileLock& lock) {
  TRY_ASSIGN(bool acquired, lock.try_acquire());
  for (int attempt = 0; attempt < kLockTries && !acquired; ++attempt) {
    std::this_thread::sleep_for(kLockPause);
    TRY_ASSIGN(acquired, lock.try_acquire());
  }
  return acquired;
}

Result<std::vector<std::string>> jobs_in(Workspace& workspace) {
  auto names = workspace.files().list(workspace.folder() + "/checkpoints");
  if (!names && names.error().kind == ErrorKind::kNotFound) return std::vector<std::string>{};
  if (!names) return names;
  std::vector<std::string> jobs;
  for (std::string& name : *names) {
    // A process that was stopped before it had written down which job this is has left a folder and nothing else.
    TRY_ASSIGN(const bool known, workspace.files().exists(workspace.folder() + "/checkpoints/" + name + "/job"));
    if (known) jobs.push_back(std::move(name));
  }
  return jobs;
}

Result<std::string> output_of(Workspace& workspace, const std::string& checkpoint) {
  return io::read_file(workspace.files(), io::join(checkpoint, "output"), kPathBytesMax);
}

Result<bool> has_written_lake(Workspace& workspace, const std::string& checkpoint) {
  return workspace.files().exists(io::join(checkpoint, kLakeMark));
}

Result<std::unique_ptr<StreamJob>> StreamJob::make(Workspace& workspace, const JobPlace& place, bool take_over, const std::string& group,
                                                   unsigned workers) {
  auto job = std::unique_ptr<StreamJob>(new StreamJob(workspace, place, workers));
  TRY(workspace.files().make_folders(place.checkpoint));
  TRY(job->lock(take_over, group));
  return job;
}

// The lock is one process's; a file beside it names the group whose processes may work beside its holder.
Status StreamJob::lock(bool take_over, const std::string& group) {
  io::FileSystem& files = workspace_.files();
  TRY_ASSIGN(const auto turn, take_turn());
  const std::string mark = io::join(place_.checkpoint, kGroupMark);
  TRY_ASSIGN(lock_, files.open_lock(io::join(place_.checkpoint, "lock")));
  TRY_ASSIGN(locked_, take_over ? lock_->try_acquire() : acquire_soon(*lock_));
  const auto sharing = io::read_file(files, mark, kNameBytesMax);
  if (!locked_ && !take_over && (group.empty() || !sharing || *sharing != group)) {
    return fail(ErrorKind::kBusy,
                sharing ? "the processes of the group '" + *sharing + "' stream the job in " + place_.checkpoint +
                              ": join them with --group, stop them, or take over from them with --take-over"
                        : "another process streams the job in " + place_.checkpoint + ": stop it, or take over from it with --take-over");
  }
  if (!group.empty()) return sharing && *sharing == group ? Status{} : io::replace_file(files, mark, group);
  return sharing ? files.remove(mark) : Status{};
}

// Processes of a group start at the same time, and write the same small files: one after the other, until what is returned goes.
Result<std::unique_ptr<io::FileLock>> StreamJob::take_turn() {
  TRY_ASSIGN(auto turn, workspace_.files().open_lock(io::join(place_.checkpoint, "start-lock")));
  TRY(turn->acquire());
  return turn;
}

void StreamJob::hold_lock() {
  if (!locked_) locked_ = lock_->try_acquire().value_or(false);
}

Result<std::unique_ptr<pipeline::Pipeline>> StreamJob::open_pipeline(pipeline::Options options) {
  const TableMarks marks{.lake = !options.lake.empty(), .topic = options.identity.topic};
  TRY_ASSIGN(auto pipeline, open(std::move(options), &pipeline::Pipeline::make));
  TRY(remember_tables(marks));
  return pipeline;
}

Result<std::unique_ptr<pipeline::Pipeline>> StreamJob::join_pipeline(pipeline::Options options) {
  TRY_ASSIGN(const auto turn, take_turn());
  return open(std::move(options), &pipeline::Pipeline::join);
}

Result<std::unique_ptr<pipeline::Pipeline>> StreamJob::open(pipeline::Options options, decltype(&pipeline::Pipeline::make) begin) {
  options.checkpoint = place_.checkpoint;
  options.output = place_.output;
  options.rejects = place_.rejects;
  TRY(check_lake(options.lake, options.identity.topic));
  TRY(check_rejects());
  std::random_device chance;
  options.dedup_seed = (std::uint64_t{chance()} << 32) | chance();
  TRY(check_job_log(workspace_, options.identity.job, place_.checkpoint));
  TRY_ASSIGN(log::Log* const log, workspace_.log());
  TRY_ASSIGN(auto pipeline, begin({.files = workspace_.files(),
                                   .log = *log,
                                   .clock = workspace_.clock(),
                                   .zone_named = [this](const std::string& name) { return zone_named(name); },
                                   .run_each = [this](std::size_t count, const auto& work) { run_each(count, work); }},
                                  std::move(options)));
  TRY(remember_job_log(workspace_, place_.checkpoint));
  return pipeline;
}

Status StreamJob::remember_tables(const TableMarks& marks) {
  TRY(io::replace_file(workspace_.files(), io::join(place_.checkpoint, "output"), place_.output));
  TRY(io::replace_file(workspace_.files(), io::join(place_.checkpoint, kRejectsMark), place_.rejects));
  return remember_lake(marks.lake, marks.topic);
}

// A job that goes on without the lake it had, of which nothing is left, has given it up.
Status StreamJob::remember_lake(bool writes, const std::string& topic) {
  const std::string mark = io::join(place_.checkpoint, kLakeMark);
  if (writes) return io::replace_file(workspace_.files(), mark, topic);
  TRY_ASSIGN(const bool written, has_written_lake(workspace_, place_.checkpoint));
  TRY_ASSIGN(const bool left, workspace_.files().exists(lake_folder(workspace_, topic)));
  if (!written || left) return {};
  TRY(workspace_.files().remove(mark));
  return workspace_.files().sync_folder(place_.checkpoint);
}

// The mark of another topic is another job's, whose checkpoint the pipeline refuses by itself.
Status StreamJob::check_lake(const std::string& lake, const std::string& topic) {
  if (lake.empty()) return {};
  TRY_ASSIGN(const bool written, has_written_lake(workspace_, place_.checkpoint));
  if (!written) return {};
  TRY_ASSIGN(const std::string written_of, io::read_file(workspace_.files(), io::join(place_.checkpoint, kLakeMark), kNameBytesMax));
  TRY_ASSIGN(const bool there, workspace_.files().exists(io::join(lake, ".manifests")));
  if (written_of != topic || there) return {};
  return fail(ErrorKind::kInvalid, "the job has written a lake, and " + lake +
                                       " is gone: restore it from a backup, start over with 'playhead jobs reset', or go on without "
                                       "one (--lake off)");
}

// The mark of another folder is another job's, or of a data folder that was moved.
Status StreamJob::check_rejects() {
  const std::string mark = io::join(place_.checkpoint, kRejectsMark);
  TRY_ASSIGN(const bool written, workspace_.files().exists(mark));
  if (!written) return {};
  TRY_ASSIGN(const std::string folder, io::read_file(workspace_.files(), mark, kPathBytesMax));
  TRY_ASSIGN(const bool there, workspace_.files().exists(io::join(place_.rejects, ".manifests")));
  if (there || folder != place_.rejects) return {};
  return fail(ErrorKind::kInvalid, "the job has kept late events and dead letters, and " + place_.rejects +
                                       " is gone: restore it from a backup, start over with 'playhead jobs reset', or remove " + mark +
                                       " to begin them anew");
}

// UTC needs no file.
Result<const TimeZone*> StreamJob::zone_named(const std::string& name) {
  if (name == "UTC") return nullptr;
  if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos || !is_name(name, "/_+-")) {
    return fail(ErrorKind::kInvalid, "--time-zone '" + name + "': write an IANA name such as Europe/Berlin");
  }
  auto zone = zones_.named(name);
  if (!zone) zone.error().message.insert(0, "--time-zone: ");
  return zone;
}

void StreamJob::run_each(std::size_t count, const std::function<void(std::size_t)>& work) const {
  const std::size_t threads = std::min<std::size_t>(count, workers_);
  std::atomic<std::size_t> next = 0;
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back(take);
  take();
}

}  // namespace playhead::cli
