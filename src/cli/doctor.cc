#include "cli/doctor.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/flags.h"
#include "cli/job_log.h"
#include "cli/pace.h"
#include "cli/progress.h"
#include "cli/reconcile.h"
#include "cli/stream_job.h"
#include "pipeline/diagnosis.h"

namespace playhead::cli {
namespace {

using pipeline::Finding;
using pipeline::Findings;

struct Flags {
  std::string job;
  bool repair = false;
  std::uint64_t free_min = 512u << 20;
};

const char* const kTrial = ".playhead-doctor";  // written and removed again, to see whether that is possible

// Shows what each check came to, and counts.
class Report {
 public:
  explicit Report(Output& output) : output_(output) {}

  // All that one check has to say of one subject. `sound` is the sentence for no findings.
  void add(const std::string& sound, const Findings& findings) {
    if (findings.empty()) {
      if (!output_.json()) output_.line("ok      " + sound);
      ++sound_;
    }
    for (const Finding& finding : findings) {
      if (!finding.harmless) ++problems_;
      notes_ += finding.harmless ? 1 : 0;
      if (output_.json()) {
        output_.object({{"problem", !finding.harmless},
                        {"check", finding.check},
                        {"subject", finding.subject},
                        {"message", finding.message},
                        {"remedy", finding.remedy}});
        continue;
      }
      const bool named = finding.message.find(finding.subject) != std::string::npos;
      output_.line(fmt::format("{}  {}{}", finding.harmless ? "note  " : "WRONG ", named ? "" : finding.subject + ": ", finding.message));
      if (!finding.remedy.empty()) output_.line("        -> " + finding.remedy);
    }
    output_.flush();
  }

  void repaired(const std::string& what) {
    if (output_.json()) {
      output_.object({{"repaired", what}});
    } else {
      output_.line("done    " + what);
    }
  }

  Status finish() {
    if (output_.json())
      output_.object({{"sound", problems_ == 0}, {"problems", problems_}, {"notes", notes_}, {"checks_without_findings", sound_}});
    if (problems_ == 0) return {};
    return fail(ErrorKind::kCorrupt, fmt::format("{} problem{} found", problems_, problems_ == 1 ? "" : "s"));
  }

 private:
  Output& output_;
  std::uint64_t problems_ = 0;
  std::uint64_t notes_ = 0;
  std::uint64_t sound_ = 0;
};

// ---- the data folder, the clock and the log

void check_data_folder(const Flags& flags, Context& context, Report& report) {
  io::FileSystem& files = context.workspace.files();
  const std::string& folder = context.workspace.folder();
  Findings findings;
  const std::string trial = io::join(folder, kTrial);
  Status written = io::write_file_synced(files, trial, "playhead");
  const Status removed = files.remove(trial);  // also where the disk was too full for what is in it
  if (written) written = removed;
  if (!written) findings.push_back({"data", folder, written.error().message, "", false});
  report.add("the data folder can be written: " + folder, findings);
  const auto free = files.free_bytes(folder);
  findings.clear();
  if (!free) {
    findings.push_back({"space", folder, free.error().message, "", false});
  } else if (*free < flags.free_min) {
    findings.push_back({"space", folder, fmt::format("only {} MiB are free", *free >> 20),
                        "free some space: a full disk stops producers and streams, though nothing that was acknowledged is lost", false});
  }
  report.add(fmt::format("{} GiB are free", free.value_or(0) >> 30), findings);
}

void check_clock(Timestamp now, Report& report) {
  Findings findings;
  const Timestamp past = parse_iso("2020-01-01T00:00:00Z")->time;
  if (now < past) {
    findings.push_back({"clock", "the clock", "this machine's clock says " + format_iso(now),
                        "set it right: events would look as if they came from the future", false});
  }
  report.add("the clock says " + format_plain(now) + " UTC", findings);
}

// Topics of the jobs that are looked at; all, where no job is named.
Status check_log(const std::vector<std::string>& only, Context& context, Report& report) {
  TRY_ASSIGN(const bool present, context.workspace.files().exists(io::join(context.workspace.folder(), "log")));
  if (!present) return {};
  TRY_ASSIGN(log::Log* const log, context.workspace.log());
  const auto topics = log->topics();
  if (!topics) report.add("", {{"log", "log", topics.error().message, "restore the data folder from a backup", false}});
  if (!topics) return {};
  const SteadyClock clock;
  for (const log::TopicDescription& topic : *topics) {
    const std::string& name = topic.options.name;
    if (!only.empty() && std::ranges::find(only, name) == only.end()) continue;
    std::uint64_t records = 0;
    Findings findings;
    {
      Progress progress("records of " + name + " checked", 0, context.output.json());
      findings = pipeline::diagnose_topic(*log, name, context.workspace.clock().now(), [&](std::uint64_t more) {
        progress.show(records += more, clock.now());
        return !context.interrupt.requested();
      });
    }
    report.add(fmt::format("topic {}: {} records, all checksums right", name, grouped(records)), findings);
    if (context.interrupt.requested()) return fail(ErrorKind::kInvalid, "stopped before all was checked");
  }
  return {};
}

// ---- a job

std::vector<std::string> folders_of(const pipeline::ReconcileOptions& tables) {
  std::vector<std::string> folders = {tables.windows, tables.rejects};
  if (!tables.lake.empty()) folders.push_back(tables.lake);
  return folders;
}

Findings reconciliation_of(const JobState& state, const pipeline::ReconcileOptions& tables, Workspace& workspace) {
  const auto found = pipeline::reconcile(workspace.files(), tables);
  if (!found) return {{"reconcile", state.identity.job, found.error().message, "restore the data folder from a backup", false}};
  if (found->holds()) return {};
  const char* const remedy = found->lost.empty()
                                 ? "'playhead reconcile' shows it hour by hour"
                                 : "restore the data folder from one backup, or count the topic anew with 'playhead jobs reset'";
  return {{"reconcile", "job " + state.identity.job, what_fails(*found), remedy, false}};
}

void check_job(const JobState& state, const pipeline::ReconcileOptions& tables, log::Log& log, Context& context, Report& report) {
  Workspace& workspace = context.workspace;
  const std::string job = "job " + state.identity.job;
  const pipeline::JobFolders folders{
      .checkpoint = state.checkpoint, .windows = tables.windows, .rejects = tables.rejects, .lake = tables.lake};
  report.add(job + ": checkpoint, ledgers and log agree",
             pipeline::diagnose_job(workspace.files(), log, state.identity, folders, workspace.clock().now()));
  bool sound = true;
  for (const std::string& folder : folders_of(tables)) {
    const Findings findings = pipeline::diagnose_folder(workspace.files(), folder);
    sound = sound && std::ranges::all_of(findings, &Finding::harmless);
    report.add(folder + ": the files of its last commit are there, and can be read", findings);
  }
  if (sound) report.add(job + ": reconciles", reconciliation_of(state, tables, workspace));
}

// ---- repair

Status remove_begun_files(io::FileSystem& files, const std::string& folder, Report& report) {
  const auto names = files.list(folder);
  if (!names) return {};
  for (const std::string& name : *names) {
    if (!name.ends_with(".new")) continue;
    TRY(files.remove(io::join(folder, name)));
    report.repaired("removed " + io::join(folder, name) + ", which a stopped writer had begun");
  }
  return {};
}

Status repair_job(const JobState& state, const pipeline::ReconcileOptions& tables, Context& context, Report& report) {
  io::FileSystem& files = context.workspace.files();
  TRY_ASSIGN(const JobPlace place, place_of(context.workspace, state.identity.job, state.checkpoint, state.output));
  TRY_ASSIGN(const auto lock, hold_stopped(context.workspace, place));
  for (const std::string& folder : folders_of(tables)) {
    const Findings findings = pipeline::diagnose_folder(files, folder);
    if (findings.empty() || !std::ranges::all_of(findings, &Finding::harmless)) continue;  // damage is not for us to tidy
    TRY(pipeline::finish_folder(files, folder));
    for (const Finding& finding : findings) report.repaired(folder + ": " + finding.message + ": done");
  }
  TRY(remove_begun_files(files, state.checkpoint, report));
  for (std::uint32_t i = 0; i < state.identity.partitions; ++i)
    TRY(remove_begun_files(files, io::join(state.checkpoint, "p" + std::to_string(i)), report));
  return {};
}

// ---- all of it

// What can be said of a job whose own description can't be read.
Finding unreadable(const std::string& job, const Error& error) { return {"journal", "job " + job, error.message, "", false}; }

Result<std::vector<std::string>> jobs_to_check(const Flags& flags, Context& context) {
  if (flags.job.empty()) return jobs_in(context.workspace);
  return std::vector<std::string>{flags.job};
}

// Journals that can not be read are for diagnose_job() to name, so only the identity has to be sound.
Result<JobState> described(Workspace& workspace, const std::string& checkpoint) {
  auto state = state_of(workspace, checkpoint);
  if (state) return state;
  const auto text = io::read_file(workspace.files(), io::join(checkpoint, "job"), 1u << 20);
  if (!text) return state;
  JobState known;
  known.checkpoint = checkpoint;
  TRY_ASSIGN(known.identity, pipeline::identity_from(*text));
  TRY_ASSIGN(known.output, windows_of(workspace, known.identity.job, checkpoint));
  return known;
}

Status run(const Flags& flags, Context& context) {
  Workspace& workspace = context.workspace;
  TRY_ASSIGN(const bool present, workspace.files().exists(workspace.folder()));
  if (!present) {
    context.output.note("there is no data folder " + workspace.folder() + " yet: nothing to check");
    return {};
  }
  TRY_ASSIGN(const auto jobs, jobs_to_check(flags, context));
  Report report(context.output);
  check_data_folder(flags, context, report);
  check_clock(workspace.clock().now(), report);
  std::vector<JobState> states;
  std::vector<std::string> topics;
  for (const std::string& job : jobs) {
    TRY_ASSIGN(const JobPlace place, place_of(workspace, job, "", ""));
    auto state = described(workspace, place.checkpoint);
    if (!state) report.add("", {unreadable(job, state.error())});
    if (!state) continue;
    topics.push_back(state->identity.topic);
    states.push_back(std::move(*state));
  }
  TRY(check_log(flags.job.empty() ? std::vector<std::string>{} : topics, context, report));
  for (const JobState& state : states) {
    const auto tables = tables_of(workspace, state);
    if (!tables) report.add("", {unreadable(state.identity.job, tables.error())});
    if (!tables) continue;
    if (flags.repair) TRY(repair_job(state, *tables, context, report));
    TRY_ASSIGN(log::Log* const log, log_of_job(workspace, state.checkpoint));
    check_job(state, *tables, *log, context, report);
  }
  return report.finish();
}

}  // namespace

void add_doctor(CLI::App& program, Commands& commands) {
  CLI::App* app = program.add_subcommand("doctor", "Whether everything in the data folder is sound, and what to do if not");
  const auto flags = std::make_shared<Flags>();
  name_flag(*app, "--job", flags->job, "Only this job and its topic; else all in the data folder", "job");
  switch_flag(*app, "--repair", flags->repair, "First do what is always safe; never deletes data");
  bytes_flag(*app, "--free-min", flags->free_min, "Less free space than this is a problem");
  app->footer(
      "Reads the whole log once, every checksum, and the tables. Without --repair it changes nothing (it writes a small file and removes\n"
      "it, to see whether that is possible), and works beside a running stream.\n"
      "--repair gives files of a commit that was cut short their names, and clears away what stopped writers left; it is refused for a\n"
      "job that is running. Exits with 1 where it finds a problem.\n"
      "\nExamples:\n  playhead doctor\n  playhead doctor --job plays --json\n  playhead doctor --repair");
  commands.push_back({app, {}, [flags](Context& context) { return run(*flags, context); }});
}

}  // namespace playhead::cli
