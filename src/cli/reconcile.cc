#include "cli/reconcile.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/flags.h"
#include "cli/lake_place.h"
#include "cli/stream_job.h"

namespace playhead::cli {
namespace {

using Json = nlohmann::ordered_json;
using pipeline::HourCounts;
using pipeline::Reconciliation;

constexpr std::size_t kHoursNamedMax = 5;

struct Flags {
  std::string job;
};

std::string hour_text(Timestamp hour) { return hour == kNever ? "(before any)" : format_plain(hour).substr(0, 13); }

Json json_of(const HourCounts& counts, bool has_lake) {
  Json object = {{"records", counts.records()}};
  object["on_time"] = has_lake ? Json(counts.on_time) : Json(nullptr);
  object["restated"] = has_lake ? Json(counts.restated) : Json(nullptr);
  object["late"] = counts.late;
  object["duplicates"] = counts.duplicates;
  object["dead_letters"] = counts.dead_letters;
  object["missing"] = counts.missing;
  object["twice"] = counts.twice;
  object["late_listed"] = counts.late_listed;
  object["holds"] = counts.holds();
  return object;
}

Json with_place(const JobState& state, std::uint32_t partition, Timestamp hour, Json counts) {
  Json object = {{"job", state.identity.job}, {"topic", state.identity.topic}, {"partition", partition}};
  object["hour"] = hour == kNever ? Json(nullptr) : Json(format_iso(hour));
  object.update(counts);
  return object;
}

// Before resets of the job.
Json earlier_of(const pipeline::PartitionCounts& partition) {
  Json ranges = Json::array();
  for (const OffsetRange& range : partition.earlier)
    ranges.push_back({{"first_offset", range.start.value}, {"next_offset", range.end.value}});
  return ranges;
}

Json summary_of(const JobState& state, const Reconciliation& found) {
  const pipeline::WindowSums& windows = found.windows;
  Json object = {{"job", state.identity.job},
                 {"topic", state.identity.topic},
                 {"reconciles", found.holds()},
                 {"lake", found.has_lake},
                 {"lost", found.lost},
                 {"total", json_of(found.total(), found.has_lake)},
                 {"skipped", windows.ledger.tally().skipped},
                 {"resets", windows.ledger.tally().resets},
                 {"partitions", Json::array()},
                 {"watermark", format_iso(windows.ledger.job_watermark)},
                 {"lag", state.lag()},
                 {"windows",
                  {{"compared", windows.compared},
                   {"sum_of_rows", windows.rows},
                   {"published_plays", windows.ledger.published_plays},
                   {"open_plays", windows.ledger.open_plays},
                   {"recomputed_plays", windows.ledger.recomputed_plays},
                   {"counted_plays", windows.ledger.tally().plays_counted()},
                   {"plays_in_lake", windows.plays ? Json(*windows.plays) : Json(nullptr)}}}};
  for (std::uint32_t i = 0; i < found.partitions.size(); ++i) {
    const pipeline::PartitionCounts& partition = found.partitions[i];
    object["partitions"].push_back({{"partition", i},
                                    {"first_offset", partition.checked.start.value},
                                    {"next_offset", partition.checked.end.value},
                                    {"earlier", earlier_of(partition)},
                                    {"gaps", partition.gaps},
                                    {"rows_at_gaps", partition.rows_at_gaps},
                                    {"watermark", format_iso(state.partitions[i].watermark)},
                                    {"lag", state.partitions[i].lag}});
  }
  return object;
}

std::string line_of(std::string_view partition, std::string_view hour, const HourCounts& counts, bool has_lake) {
  const std::string on_time = has_lake ? grouped(counts.on_time) : "?";
  const std::string restated = has_lake ? grouped(counts.restated) : "?";
  const std::string wrong = counts.holds() ? "" : fmt::format("  {} missing, {} twice", grouped(counts.missing), grouped(counts.twice));
  return fmt::format("{:>9}  {:<13} {:>12} {:>12} {:>10} {:>10} {:>10} {:>10}{}", partition, hour, grouped(counts.records()), on_time,
                     restated, grouped(counts.late), grouped(counts.duplicates), grouped(counts.dead_letters), wrong);
}

void say_windows(const pipeline::WindowSums& windows, Output& output) {
  const std::uint64_t counted = windows.ledger.tally().plays_counted();
  output.line(fmt::format("windows: {} plays in rows, {} published and {} open of {} counted{}",
                          windows.compared ? grouped(windows.rows) : "?", grouped(windows.ledger.published_plays),
                          grouped(windows.ledger.open_plays), grouped(counted),
                          windows.plays ? fmt::format(", {} in the lake", grouped(*windows.plays)) : ""));
  if (!windows.compared) output.line("the rows of the windows were not added up: the table changed while it was read");
  if (windows.ledger.recomputed_plays != 0)
    output.line(fmt::format("recomputed windows differ by {} plays from what was counted", windows.ledger.recomputed_plays));
}

void say(const JobState& state, const Reconciliation& found, Output& output) {
  output.line(fmt::format("job {}, topic {}: rows by hour of ingest time (UTC)", state.identity.job, state.identity.topic));
  output.line(fmt::format("{:>9}  {:<13} {:>12} {:>12} {:>10} {:>10} {:>10} {:>10}", "partition", "hour", "records", "on time", "restated",
                          "late", "duplicates", "dead"));
  for (std::size_t i = 0; i < found.partitions.size(); ++i) {
    for (const auto& [hour, counts] : found.partitions[i].hours)
      output.line(line_of(std::to_string(i), hour_text(hour), counts, found.has_lake));
  }
  output.line(line_of("all", "", found.total(), found.has_lake));
  for (std::size_t i = 0; i < found.partitions.size(); ++i) {
    const OffsetRange& checked = found.partitions[i].checked;
    const std::uint64_t gaps = found.partitions[i].gaps;
    std::string earlier;
    for (const OffsetRange& range : found.partitions[i].earlier)
      earlier += fmt::format("{} to {}, then ", range.start.value, range.end.value);
    output.line(fmt::format("partition {}: offsets {}{} to {}{}, watermark {}, lag {}", i, earlier, checked.start.value, checked.end.value,
                            gaps > 0 ? fmt::format(" ({} without a record)", grouped(gaps)) : "", format_iso(state.partitions[i].watermark),
                            state.topic_missing ? "unknown" : grouped(state.partitions[i].lag)));
  }
  if (const stream::Tally tally = found.windows.ledger.tally(); tally.resets > 0)
    output.line(fmt::format("{} offsets were lost and skipped, in {} resets", grouped(tally.skipped), grouped(tally.resets)));
  say_windows(found.windows, output);
  for (const std::string& folder : found.lost) output.line(folder + " is not there");
  if (!found.has_lake)
    output.line("the job has no lake, so its records on time can't be counted: only that no other record is there twice");
  if (found.unnamed > 0) {
    output.line(fmt::format("committed files that wait for their names: {}; the next start, or 'playhead doctor --repair', gives them",
                            found.unnamed));
  }
  if (found.holds()) output.line("reconciles");
}

Status reconcile_job(const std::string& checkpoint, Context& context) {
  TRY_ASSIGN(const JobState state, state_of(context.workspace, checkpoint));
  TRY_ASSIGN(const pipeline::ReconcileOptions options, tables_of(context.workspace, state));
  TRY_ASSIGN(const Reconciliation found, pipeline::reconcile(context.workspace.files(), options));
  if (context.output.json()) {
    for (std::uint32_t i = 0; i < found.partitions.size(); ++i) {
      for (const auto& [hour, counts] : found.partitions[i].hours)
        context.output.object(with_place(state, i, hour, json_of(counts, found.has_lake)));
    }
    context.output.object(summary_of(state, found));
  } else {
    say(state, found, context.output);
  }
  if (found.holds()) return {};
  return fail(ErrorKind::kCorrupt,
              "job " + state.identity.job + " does not reconcile: " + what_fails(found) + ". 'playhead doctor' looks for the cause");
}

Status run(const Flags& flags, Context& context) {
  std::vector<std::string> checkpoints;
  if (flags.job.empty()) {
    TRY_ASSIGN(const auto names, jobs_in(context.workspace));
    for (const std::string& name : names) checkpoints.push_back(context.workspace.folder() + "/checkpoints/" + name);
    if (names.empty()) context.output.note("no jobs in " + context.workspace.folder() + " yet: 'playhead stream' starts one");
  } else {
    TRY_ASSIGN(const JobPlace place, place_of(context.workspace, flags.job, "", ""));
    checkpoints.push_back(place.checkpoint);
  }
  Status done{};
  for (const std::string& checkpoint : checkpoints) {
    const Status reconciled = reconcile_job(checkpoint, context);
    if (reconciled) continue;
    if (!done) context.output.error(done.error());  // the last one is said when the program ends
    done = reconciled;
  }
  return done;
}

}  // namespace

Result<pipeline::ReconcileOptions> tables_of(Workspace& workspace, const JobState& state) {
  TRY_ASSIGN(std::string lake, lake_folder_of(workspace, state));
  return pipeline::ReconcileOptions{.partitions = state.identity.partitions,
                                    .lake = std::move(lake),
                                    .rejects = rejects_folder(workspace, state.identity.job),
                                    .windows = state.output,
                                    .provisional = state.identity.provisional};
}

std::string what_fails(const Reconciliation& found) {
  std::string said;
  for (const std::string& folder : found.lost) said += fmt::format("{}{} is not there", said.empty() ? "" : "; ", folder);
  std::size_t hours = 0;
  for (std::size_t i = 0; i < found.partitions.size(); ++i) {
    for (const auto& [hour, counts] : found.partitions[i].hours) {
      if (counts.holds() || ++hours > kHoursNamedMax) continue;
      said += fmt::format("{}partition {}, hour {}: ", said.empty() ? "" : "; ", i, hour_text(hour));
      said += counts.missing + counts.twice > 0 ? fmt::format("{} records missing, {} twice", counts.missing, counts.twice)
                                                : fmt::format("{} late in the lake, {} in the late table", counts.late, counts.late_listed);
    }
  }
  for (std::size_t i = 0; i < found.partitions.size(); ++i) {
    const pipeline::PartitionCounts& partition = found.partitions[i];
    if (partition.rows_at_gaps == 0) continue;
    said += fmt::format("{}partition {}: {} of the {} offsets that held no record have a row", said.empty() ? "" : "; ", i,
                        grouped(partition.rows_at_gaps), grouped(partition.gaps));
  }
  if (hours > kHoursNamedMax) said += fmt::format("; and {} hours more", hours - kHoursNamedMax);
  const pipeline::WindowSums& windows = found.windows;
  if (!windows.holds()) {
    said += fmt::format("{}windows: {} plays in rows, {} published, {} open, {} counted", said.empty() ? "" : "; ", windows.rows,
                        windows.ledger.published_plays, windows.ledger.open_plays, windows.ledger.tally().plays_counted());
    if (windows.plays) said += fmt::format(", {} in the lake", *windows.plays);
  }
  return said;
}

void add_reconcile(CLI::App& program, Commands& commands) {
  CLI::App* app = program.add_subcommand("reconcile", "Whether every record read is in exactly one place, by partition and hour");
  const auto flags = std::make_shared<Flags>();
  name_flag(*app, "--job", flags->job, "Only this job; else all in the data folder", "job");
  app->footer(
      "Counts the rows of the lake, of late events and duplicates, and of dead letters. For each hour of ingest time\n"
      "records read = on time + restated + late + duplicates + dead letters, each offset once; then the windows.\n"
      "Changes nothing; works beside a running stream. Exits with 1 where it does not hold, and names the hours.\n"
      "\nExamples:\n  playhead reconcile\n  playhead reconcile --job plays --json");
  commands.push_back({app, {}, [flags](Context& context) { return run(*flags, context); }});
}

}  // namespace playhead::cli
