#include "cli/recompute.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/flags.h"
#include "cli/job_state.h"
#include "cli/lake_place.h"
#include "cli/stream_job.h"

namespace playhead::cli {
namespace {

struct RecomputeFlags {
  std::string job = "plays";
  std::string checkpoint;
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;
  bool late = false;
  bool dead_letters = false;
  bool dry_run = false;
};

Status check_boundary(const char* flag, Timestamp time, Duration window) {
  if (floor_to(time, window) == time) return {};
  return fail(ErrorKind::kInvalid, fmt::format("{} {} is inside a window of {}: give the start of one, such as {}", flag, format_iso(time),
                                               format_duration(window), format_iso(floor_to(time, window))));
}

void say(const std::vector<pipeline::Recounted>& rows, const std::string& key_name, Output& output) {
  for (const pipeline::Recounted& row : rows) {
    if (output.json()) {
      output.object(
          {{"window_start", format_iso(row.window_start)}, {key_name, row.key}, {"count_before", row.before}, {"count_after", row.after}});
    } else {
      output.line(fmt::format("{}  {}: {} -> {}", format_iso(row.window_start), row.key, grouped(row.before), grouped(row.after)));
    }
  }
}

void say_end(const std::vector<pipeline::Recounted>& rows, bool applied, Output& output) {
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  for (const pipeline::Recounted& row : rows) {
    before += row.before;
    after += row.after;
  }
  if (output.json()) {
    output.object({{"rows_changed", rows.size()}, {"plays_before", before}, {"plays_after", after}, {"applied", applied}});
  } else {
    output.line(fmt::format("{} rows {}: {} plays in them before, {} after", grouped(rows.size()), applied ? "replaced" : "would change",
                            grouped(before), grouped(after)));
  }
}

Status run(const RecomputeFlags& flags, Context& context) {
  Workspace& workspace = context.workspace;
  TRY_ASSIGN(JobPlace place, place_of(workspace, flags.job, flags.checkpoint, ""));
  TRY_ASSIGN(const JobState state, state_of(workspace, place.checkpoint));
  const Duration window = state.identity.window;
  TRY(check_boundary("--from", *flags.from, window));
  TRY(check_boundary("--to", *flags.to, window));
  place.output = state.output;
  TRY_ASSIGN(const auto job, hold_stopped(workspace, place));
  pipeline::Options options;
  options.identity = state.identity;
  options.program = "playhead " PLAYHEAD_VERSION;
  TRY_ASSIGN(const LakeChoice lake, choose_lake(workspace, state.identity.topic, flags.job, LakeWish::kOn));
  options.lake = lake.folder;
  options.lake_layout = lake.layout;
  TRY_ASSIGN(const auto pipeline, job->open_pipeline(options));
  std::unique_ptr<event::Decoder> decoder;
  if (flags.dead_letters) {
    TRY_ASSIGN(decoder, event::Decoder::make({.projection = {state.identity.key, event::Field::kEventId}}));
  }
  TRY_ASSIGN(const auto rows,
             pipeline->recompute({.from = *flags.from, .to = *flags.to, .late = flags.late, .decoder = decoder.get()}, !flags.dry_run));
  say(rows, std::string(event::name_of(state.identity.key)), context.output);
  say_end(rows, !flags.dry_run, context.output);
  return {};
}

}  // namespace

void add_recompute(CLI::App& program, Commands& commands) {
  CLI::App* app = program.add_subcommand("recompute", "Count published windows anew from the raw lake, by another rule");
  const auto flags = std::make_shared<RecomputeFlags>();
  name_flag(*app, "--job", flags->job, "Name of the job", "job");
  text_flag(*app, "--checkpoint-location", flags->checkpoint, "Folder of the job's state, if it was given to stream", "DIR");
  instant_flag(*app, "--from", flags->from, "Start of the first window");
  instant_flag(*app, "--to", flags->to, "End of the last window");
  switch_flag(*app, "--late", flags->late, "Plays that came too late for their window count as well (not those of the future)");
  switch_flag(*app, "--dead-letters", flags->dead_letters, "Dead letters that this version can read as plays count as well");
  switch_flag(*app, "--dry-run", flags->dry_run, "Show what would change, and change nothing");
  app->footer(
      "Works on windows that are published, with the records that they hold; the stream must be stopped. Without --late and\n"
      "--dead-letters it counts by the stream's own rule, which undoes an earlier recompute. Rows are replaced in one step.\n"
      "\nExamples:\n"
      "  playhead recompute --job plays --from 2026-03-01T00:00:00Z --to 2026-03-02T00:00:00Z --late --dry-run\n"
      "  playhead recompute --job plays --from 2026-03-01T00:00:00Z --to 2026-03-02T00:00:00Z --late");
  commands.push_back({app,
                      [flags]() -> Status {
                        if (!flags->from || !flags->to) return fail(ErrorKind::kInvalid, "--from and --to are both needed");
                        if (*flags->from >= *flags->to) return fail(ErrorKind::kInvalid, "--from must be before --to");
                        return {};
                      },
                      [flags](Context& context) { return run(*flags, context); }});
}

}  // namespace playhead::cli
