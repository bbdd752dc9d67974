#include "cli/jobs.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/flags.h"
#include "cli/job_log.h"
#include "cli/job_state.h"
#include "cli/lake_place.h"
#include "cli/stream_job.h"

namespace playhead::cli {
namespace {

struct JobsFlags {
  std::string job;
  std::string checkpoint;
  std::string output;
};

Status list(Context& context) {
  TRY_ASSIGN(const auto names, jobs_in(context.workspace));
  for (const std::string& name : names) {
    TRY_ASSIGN(const JobState state, state_of(context.workspace, context.workspace.folder() + "/checkpoints/" + name));
    if (context.output.json()) {
      context.output.object({{"job", state.identity.job},
                             {"topic", state.identity.topic},
                             {"key", event::name_of(state.identity.key)},
                             {"window", format_duration(state.identity.window)},
                             {"running", state.running ? nlohmann::ordered_json(*state.running) : nlohmann::ordered_json(nullptr)},
                             {"records", state.tally.total()},
                             {"lag", state.lag()},
                             {"output", state.output}});
    } else {
      context.output.line(fmt::format("{}: {} per {} and {}, {}, {} records read, lag {}", state.identity.job, state.identity.topic,
                                      format_duration(state.identity.window), event::name_of(state.identity.key), state.activity(),
                                      grouped(state.tally.total()), grouped(state.lag())));
    }
  }
  if (names.empty()) context.output.note("no jobs in " + context.workspace.folder() + " yet: 'playhead stream' starts one");
  return {};
}

// What a job publishes: its windows, and the folders of its lake and of its tables of late events and dead letters.
bool is_window_file(std::string_view name) { return name.starts_with("windows-") && name.ends_with(".parquet"); }
bool is_row_folder(std::string_view name) { return name.starts_with("year=") || name == "late" || name == "dead_letters"; }

// Where the manifests of a folder wait to be removed, after all else: they say that a removal was begun and is to be finished.
constexpr const char* kRemovedManifests = ".removed-manifests";

// Takes what the job published there, and only that, with what the writer keeps beside it. The manifests go first and in one
// step: without them no stream starts from here, so one that starts after this was cut short can not take what is left for the whole.
Status remove_output(io::FileSystem& files, const std::string& folder, bool data_too) {
  auto names = files.list(folder);
  if (!names && names.error().kind == ErrorKind::kNotFound) return {};
  if (!names) return std::unexpected(names.error());
  const std::string manifests = io::join(folder, ".manifests");
  const std::string removed = io::join(folder, kRemovedManifests);
  TRY_ASSIGN(const bool whole, files.exists(manifests));
  if (whole) {
    TRY(files.remove_all(removed));
    TRY(files.rename(manifests, removed));
    TRY(files.sync_folder(folder));
  }
  for (const std::string& name : *names) {
    if (data_too && is_window_file(name)) TRY(files.remove(io::join(folder, name)));
    if (data_too && is_row_folder(name)) TRY(files.remove_all(io::join(folder, name)));
  }
  TRY(files.remove_all(io::join(folder, ".staging")));
  TRY(files.sync_folder(folder));
  TRY(files.remove_all(removed));
  return files.sync_folder(folder);
}

// The lake of the job's topic, if it is the job's.
Status remove_lake(const JobState& state, bool data_too, Context& context) {
  io::FileSystem& files = context.workspace.files();
  const std::string folder = lake_folder(context.workspace, state.identity.topic);
  TRY_ASSIGN(const auto owner, lake_owner(context.workspace, state.identity.topic));
  TRY_ASSIGN(const bool begun, files.exists(io::join(folder, kRemovedManifests)));
  if (owner ? owner->job != state.identity.job : !begun) return {};
  return remove_output(files, folder, data_too);
}

// The output goes first: while the checkpoint is there, a start is refused and this command can be repeated.
Status remove_job(const JobsFlags& flags, bool data_too, Context& context) {
  io::FileSystem& files = context.workspace.files();
  TRY_ASSIGN(JobPlace place, place_of(context.workspace, flags.job, flags.checkpoint, flags.output));
  TRY_ASSIGN(const bool present, files.exists(io::join(place.checkpoint, "job")));
  if (!present && flags.output.empty()) {
    return fail(ErrorKind::kNotFound, "there is no job in " + place.checkpoint + ": 'playhead jobs list' shows those that are");
  }
  std::optional<JobState> state;
  if (present) {
    if (auto found = state_of(context.workspace, place.checkpoint)) state = std::move(*found);
  }
  if (state && !state->output.empty() && flags.output.empty()) place.output = state->output;
  {
    TRY_ASSIGN(const auto job, hold_stopped(context.workspace, place));
    if (state) TRY(remove_lake(*state, data_too, context));
    TRY(remove_output(files, place.rejects, data_too));
    TRY(remove_output(files, place.output, data_too));
  }
  if (state) {
    TRY_ASSIGN(log::Log* const log, log_of_job(context.workspace, place.checkpoint));
    if (const Status released = log->release(state->identity.topic, state->identity.job);
        !released && released.error().kind != ErrorKind::kNotFound)
      return released;
  }
  TRY(files.remove_all(place.checkpoint));
  const char* said = data_too ? "starts over: its state, windows, lake and tables are removed"
                              : "is forgotten: its windows, lake and tables stay as plain files";
  if (context.output.json()) {
    context.output.object({{"job", flags.job}, {"windows_removed", data_too}, {"output", place.output}});
  } else {
    context.output.line(fmt::format("job {} {} ({})", flags.job, said, place.output));
  }
  return {};
}

void add_removal(CLI::App& jobs, Commands& commands, const char* name, const char* help, bool data_too) {
  CLI::App* app = jobs.add_subcommand(name, help);
  const auto flags = std::make_shared<JobsFlags>();
  only_names(app->add_option("job", flags->job, "Name of the job")->required()->type_name("NAME"), "job");
  text_flag(*app, "--checkpoint-location", flags->checkpoint, "Folder of the job's state, if it was given to stream", "DIR");
  text_flag(*app, "--output-path", flags->output, "Folder of its windows, if the checkpoint no longer knows it", "DIR");
  app->footer(
      fmt::format("The topic and its records stay. Refused while a process streams the job.\n\nExamples:\n  playhead jobs {} plays", name));
  commands.push_back({app, [] { return Status{}; }, [flags, data_too](Context& context) { return remove_job(*flags, data_too, context); }});
}

}  // namespace

void add_jobs(CLI::App& program, Commands& commands) {
  CLI::App* app = program.add_subcommand("jobs", "List jobs, start one over, or forget it");
  app->require_subcommand(1);
  CLI::App* listing = app->add_subcommand("list", "The jobs in the data folder");
  listing->footer("Examples:\n  playhead jobs list\n  playhead jobs list --json");
  commands.push_back({listing, [] { return Status{}; }, [](Context& context) { return list(context); }});
  add_removal(*app, commands, "reset", "Remove a job's state, windows, lake and tables, so that it counts from the beginning", true);
  add_removal(*app, commands, "drop", "Forget a job; what it published stays as plain Parquet files", false);
}

}  // namespace playhead::cli
