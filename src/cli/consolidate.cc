#include "cli/consolidate.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/consolidate_request.h"
#include "cli/flags.h"
#include "cli/output_owner.h"
#include "cli/result_csv.h"
#include "cli/stream_job.h"
#include "table/backup.h"
#include "table/published_folder.h"

namespace playhead::cli {
namespace {

constexpr std::chrono::milliseconds kPause{20};
constexpr std::uint64_t kIdentityBytesMax = 1u << 20;
constexpr double kGigabyte = 1ull << 30;
constexpr Duration kStreamStarts = std::chrono::seconds{30};  // for the stream to begin with the request; it then takes its time

struct ConsolidateFlags {
  std::string output;
  std::string checkpoint;
  std::string format = "parquet";
  double target_gb = 1.0;
  Duration keep_backups{};
  bool dry_run = false;
  bool list_backups = false;
};

// What lies beside the folder has its name, so the path must end with that.
std::string plain_path(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// Where the job that writes this output keeps its state. A stream is seen by that alone: without it, a claim could rob one.
Result<std::string> checkpoint_of(Workspace& workspace, const std::string& output, const OutputOwner& owner, const std::string& given) {
  TRY_ASSIGN(const JobPlace place, place_of(workspace, owner.job, given, ""));
  const auto text = io::read_file(workspace.files(), io::join(place.checkpoint, "job"), kIdentityBytesMax);
  if (!text && text.error().kind == ErrorKind::kNotFound) {
    return fail(ErrorKind::kNotFound, fmt::format("job {}, which writes {}, has no state in {}, so it can not be seen whether it runs: say "
                                                  "where its state is with --checkpoint-location",
                                                  owner.job, output, place.checkpoint));
  }
  if (!text) return std::unexpected(text.error());
  TRY_ASSIGN(const pipeline::JobIdentity identity, pipeline::identity_from(*text));
  if (identity.job == owner.job) return place.checkpoint;
  return fail(ErrorKind::kInvalid, fmt::format("--checkpoint-location {} is the state of job {}, but {} is written by {}", given,
                                               identity.job, output, owner.job));
}

Result<table::ConsolidationReport> ask(Context& context, const std::string& checkpoint, const std::string& output,
                                       std::uint64_t target_bytes) {
  io::FileSystem& files = context.workspace.files();
  const Timestamp start = context.workspace.clock().now();
  const std::string id = fmt::format("{}-{}", to_micros(start), ::getpid());
  spdlog::info("a stream writes {}: it is asked to consolidate between two of its steps", output);
  return ask_stream(files, checkpoint, {id, output, target_bytes}, [&]() -> Status {
    if (context.interrupt.requested()) return fail(ErrorKind::kBusy, "stopped while the stream was asked; it may still do it");
    std::this_thread::sleep_for(kPause);
    TRY_ASSIGN(const auto lock, files.open_lock(io::join(checkpoint, "lock")));
    TRY_ASSIGN(const bool ended, lock->try_acquire());
    if (ended) return fail(ErrorKind::kBusy, "the stream of " + output + " ended before it answered: run the command again");
    TRY_ASSIGN(const bool waiting, request_waits(files, checkpoint));
    if (!waiting || context.workspace.clock().now() - start < kStreamStarts) return {};
    return fail(ErrorKind::kBusy, "the stream of " + output + " has not answered within " + format_duration(kStreamStarts) +
                                      ": is it stopped, or waiting? Stop it, then run the command again");
  });
}

Result<table::Manifest> manifest_of(io::FileSystem& files, const std::string& output) {
  TRY_ASSIGN(const auto manifest, table::PublishedFolder::newest(files, output));
  if (manifest) return *manifest;
  return fail(ErrorKind::kNotFound, output +
                                        " is no folder that Playhead publishes to: give the folder of a job's windows, or of a "
                                        "topic in the lake");
}

void say_plan(const std::string& output, const table::ConsolidationPlan& plan, Output& to) {
  if (to.json()) {
    to.object({{"output", output},
               {"dry_run", true},
               {"files_before", plan.files_before},
               {"files_after", plan.files_after},
               {"bytes_before", plan.bytes_before},
               {"folders", plan.folders.size()}});
    return;
  }
  to.line(fmt::format("{}: {} of {} bytes would become {}, in {}; nothing was changed", output, counted(plan.files_before, "file"),
                      grouped(plan.bytes_before), grouped(plan.files_after), counted(plan.folders.size(), "folder")));
  for (const table::FolderPlan& folder : plan.folders) {
    for (const table::FileGroup& group : folder.groups) {
      if (group.size() == 1) continue;
      to.line(fmt::format("  {}{}{} ... {}: {} files into one", folder.folder, folder.folder.empty() ? "" : "/", group.front().name,
                          group.back().name, grouped(group.size())));
    }
  }
}

void say_backups(const std::vector<table::Backup>& backups, const char* what, Output& to) {
  for (const table::Backup& backup : backups) {
    if (to.json()) {
      to.object({{what, backup.path}, {"made", format_iso(backup.made)}});
    } else {
      to.line(fmt::format("{} {} (made {})", what, backup.path, format_plain(backup.made)));
    }
  }
}

Status write_csv(const std::string& output, Context& context) {
  io::FileSystem& files = context.workspace.files();
  TRY_ASSIGN(const auto found, table::published_files(files, output));
  const std::string path = output + ".csv";
  TRY_ASSIGN(const std::uint64_t rows, write_result_csv(files, found, path));
  spdlog::info("{} rows written to {}", rows, path);
  if (context.output.json()) {
    context.output.object({{"csv", path}, {"rows", rows}});
  } else {
    context.output.line(fmt::format("{} in {}", counted(rows, "row"), path));
  }
  return {};
}

Status run(const ConsolidateFlags& flags, Context& context) {
  io::FileSystem& files = context.workspace.files();
  const std::string output = plain_path(flags.output);
  if (flags.list_backups) {
    TRY_ASSIGN(const auto backups, table::list_backups(files, output));
    say_backups(backups, "backup", context.output);
    return {};
  }
  const auto target_bytes = static_cast<std::uint64_t>(flags.target_gb * kGigabyte);
  if (flags.dry_run) {
    TRY(manifest_of(files, output));
    TRY_ASSIGN(const auto plan, table::plan_consolidation(files, output, consolidation_options(context.workspace, target_bytes)));
    say_plan(output, plan, context.output);
    return {};
  }
  TRY_ASSIGN(const auto report, consolidate_output(context, output, flags.checkpoint, target_bytes));
  say_consolidated(output, report, context.output);
  if (flags.format == "csv") TRY(write_csv(output, context));
  if (flags.keep_backups == Duration{}) return {};
  TRY_ASSIGN(const auto pruned, table::prune_backups(files, output, context.workspace.clock().now() - flags.keep_backups));
  say_backups(pruned, "removed", context.output);
  return {};
}

}  // namespace

table::ConsolidationOptions consolidation_options(const Workspace& workspace, std::uint64_t target_bytes) {
  return {.target_bytes = target_bytes, .now = workspace.clock().now(), .tell = [](const std::string& step) { spdlog::info("{}", step); }};
}

Result<table::ConsolidationReport> consolidate_output(Context& context, const std::string& output, const std::string& checkpoint,
                                                      std::uint64_t target_bytes) {
  io::FileSystem& files = context.workspace.files();
  TRY_ASSIGN(const table::Manifest manifest, manifest_of(files, output));
  const auto owner = output_owner(manifest.owner);
  if (!owner) return fail(owner.error().kind, output + ": " + owner.error().message);
  TRY_ASSIGN(const std::string state, checkpoint_of(context.workspace, output, *owner, checkpoint));
  const table::ConsolidationOptions options = consolidation_options(context.workspace, target_bytes);
  TRY_ASSIGN(const auto lock, files.open_lock(io::join(state, "lock")));
  TRY_ASSIGN(const bool free, acquire_soon(*lock));
  if (!free) return ask(context, state, output, target_bytes);
  TRY(table::plan_consolidation(files, output, options));  // what can't be done is refused before anything is claimed
  TRY_ASSIGN(const auto published, table::PublishedFolder::claim(files, output, manifest.owner));
  return table::consolidate(files, *published, options);
}

void say_consolidated(const std::string& output, const table::ConsolidationReport& report, Output& to) {
  if (to.json()) {
    to.object({{"output", output},
               {"kind", table::name_of(report.kind)},
               {"changed", report.folders > 0},
               {"files_before", report.files_before},
               {"files_after", report.files_after},
               {"bytes_before", report.bytes_before},
               {"bytes_after", report.bytes_after},
               {"folders", report.folders},
               {"rows_copied", report.rows},
               {"content_sum", report.content_sum},
               {"backup", report.backup}});
  } else if (report.folders == 0) {
    to.line(
        fmt::format("{}: nothing to do for {} of {} bytes", output, counted(report.files_before, "file"), grouped(report.bytes_before)));
  } else {
    to.line(fmt::format("{}: {} of {} bytes are now {} of {} bytes; {} copied and found again; backup: {}", output,
                        counted(report.files_before, "file"), grouped(report.bytes_before), grouped(report.files_after),
                        grouped(report.bytes_after), counted(report.rows, "row"), report.backup));
  }
}

void add_consolidate(CLI::App& program, Commands& commands) {
  CLI::App* app = program.add_subcommand("consolidate", "Merge many small result files into few large ones");
  const auto flags = std::make_shared<ConsolidateFlags>();
  text_flag(*app, "--output-path", flags->output, "Folder of a job's windows, or of a topic in the lake", "DIR")->required();
  factor_flag(*app, "--target-file-size-gb", flags->target_gb, "Merge neighbours up to this size");
  switch_flag(*app, "--dry-run", flags->dry_run, "Say what would be done, and change nothing");
  choice_flag(*app, "--format", flags->format, "csv: write all rows to <output>.csv as well", {"parquet", "csv"});
  span_flag(*app, "--keep-backups", flags->keep_backups, "Afterwards remove backups older than this; 0: keep all");
  switch_flag(*app, "--list-backups", flags->list_backups, "List the backups of this folder, and do nothing else");
  text_flag(*app, "--checkpoint-location", flags->checkpoint, "Folder of the job's state, if it was given to stream", "DIR");
  app->footer(
      "Readers see the same rows at any instant. A backup is made first, beside the folder. Works beside a running stream.\n"
      "\nExamples:\n"
      "  playhead consolidate --output-path playhead-data/windows/plays --dry-run\n"
      "  playhead consolidate --output-path playhead-data/windows/plays --target-file-size-gb 0.5 --keep-backups 30d\n"
      "  playhead consolidate --output-path playhead-data/windows/plays --format csv");
  commands.push_back({app,
                      [flags] {
                        if (flags->target_gb * kGigabyte >= 1 && flags->target_gb <= 1e6) return Status{};
                        return Status{fail(ErrorKind::kInvalid, "--target-file-size-gb must be from 1e-9 to 1000000")};
                      },
                      [flags](Context& context) { return run(*flags, context); }});
}

}  // namespace playhead::cli
