#include "cli/status.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/flags.h"
#include "cli/job_report.h"
#include "cli/job_state.h"
#include "cli/stream_job.h"

namespace playhead::cli {
namespace {

struct StatusFlags {
  std::string job;
};

using Json = nlohmann::ordered_json;

struct Tables {
  std::optional<RowTable> lake;
  std::optional<RowTable> rejects;
};

Json object_of(const std::optional<RowTable>& table) {
  if (!table) return nullptr;
  return {{"folder", table->folder},
          {"missing", table->missing},
          {"commit", table->commit},
          {"records", table->records},
          {"behind", table->behind}};
}

Json object_of(const JobState& state, const Tables& tables) {
  Json object = {{"job", state.identity.job},
                 {"topic", state.identity.topic},
                 {"running", state.running ? Json(*state.running) : Json(nullptr)},
                 {"output", state.output},
                 {"records", json_of(state.tally)},
                 {"plays_counted", state.tally.plays_counted()},
                 {"plays_published", state.published.published_plays},
                 {"published_through", format_iso(state.published.published_through)},
                 {"topic_missing", state.topic_missing},
                 {"lag", state.lag()},
                 {"lake", object_of(tables.lake)},
                 {"rejected", object_of(tables.rejects)},
                 {"partitions", Json::array()}};
  for (const JobPartition& partition : state.partitions) {
    object["partitions"].push_back({{"partition", partition.partition.value},
                                    {"epoch", partition.epoch.value},
                                    {"next_offset", partition.next.value},
                                    {"lag", partition.lag},
                                    {"watermark", format_iso(partition.watermark)},
                                    {"idle", partition.idle}});
  }
  return object;
}

void say_partitions(const JobState& state, Output& output) {
  for (const JobPartition& partition : state.partitions) {
    output.line(fmt::format("  partition {}: epoch {}, next offset {}, watermark {}{}, lag {}", partition.partition.value,
                            partition.epoch.value, partition.next.value, format_iso(partition.watermark), partition.idle ? " (idle)" : "",
                            state.topic_missing ? "unknown: the topic was deleted" : grouped(partition.lag)));
  }
}

std::string reach_of(const RowTable& table) {
  if (table.missing) return "gone, though the job has written it: 'playhead doctor' says what to do";
  return fmt::format("{} records in by commit {}, {} behind", grouped(table.records), table.commit, grouped(table.behind));
}

void say_tables(const JobState& state, const Tables& tables, Output& output) {
  using stream::Disposition;
  const stream::Tally& tally = state.tally;
  output.line(fmt::format("  windows: {}/*.parquet", state.output));
  output.line(tables.lake ? fmt::format("  lake: {}/**/*.parquet, {}", tables.lake->folder, reach_of(*tables.lake))
                          : "  lake: none of this job");
  if (!tables.rejects) return;
  const std::string& folder = tables.rejects->folder;
  output.line(fmt::format("  late: {}/late/*.parquet, {} late and {} duplicates", folder, grouped(tally.of(Disposition::kLate)),
                          grouped(tally.of(Disposition::kDuplicate))));
  output.line(fmt::format("  dead letters: {}/dead_letters/*.parquet, {}", folder, grouped(tally.of(Disposition::kDeadLetter))));
  if (tables.rejects->behind > 0) output.line("  late and dead letters: " + reach_of(*tables.rejects));
}

void say(const JobState& state, const Tables& tables, Output& output) {
  const auto& tally = state.tally;
  output.line(fmt::format("job {}: topic {}, {}", state.identity.job, state.identity.topic, state.activity()));
  const std::string gaps = tally.gaps > 0 ? fmt::format(" ({} offsets held none)", grouped(tally.gaps)) : "";
  output.line(fmt::format("  {} records read{}: {} on time, {} restated, {} late, {} duplicates, {} dead letters", grouped(tally.total()),
                          gaps, grouped(tally.of(stream::Disposition::kOnTime)), grouped(tally.of(stream::Disposition::kRestated)),
                          grouped(tally.of(stream::Disposition::kLate)), grouped(tally.of(stream::Disposition::kDuplicate)),
                          grouped(tally.of(stream::Disposition::kDeadLetter))));
  if (tally.resets > 0)
    output.line(fmt::format("  {} offsets were lost and skipped, in {} resets", grouped(tally.skipped), grouped(tally.resets)));
  output.line(fmt::format("  {} plays counted, {} published, through {}", grouped(tally.plays_counted()),
                          grouped(state.published.published_plays), format_iso(state.published.published_through)));
  say_partitions(state, output);
  say_tables(state, tables, output);
}

Status run(const StatusFlags& flags, Context& context) {
  std::vector<std::string> checkpoints;
  if (flags.job.empty()) {
    TRY_ASSIGN(const auto names, jobs_in(context.workspace));
    for (const std::string& name : names) checkpoints.push_back(context.workspace.folder() + "/checkpoints/" + name);
  } else {
    TRY_ASSIGN(const JobPlace place, place_of(context.workspace, flags.job, "", ""));
    checkpoints.push_back(place.checkpoint);
  }
  if (checkpoints.empty()) context.output.note("no jobs in " + context.workspace.folder() + " yet: 'playhead stream' starts one");
  for (const std::string& checkpoint : checkpoints) {
    TRY_ASSIGN(const JobState state, state_of(context.workspace, checkpoint));
    Tables tables;
    TRY_ASSIGN(tables.lake, lake_of(context.workspace, state));
    TRY_ASSIGN(tables.rejects, rejects_of(context.workspace, state));
    if (context.output.json()) {
      context.output.object(object_of(state, tables));
    } else {
      say(state, tables, context.output);
    }
  }
  return {};
}

}  // namespace

void add_status(CLI::App& program, Commands& commands) {
  CLI::App* app = program.add_subcommand("status", "What each job has counted, how far it is, and how much waits");
  const auto flags = std::make_shared<StatusFlags>();
  name_flag(*app, "--job", flags->job, "Only this job; else all in the data folder", "job");
  app->footer("Changes nothing; works beside a running stream.\n\nExamples:\n  playhead status\n  playhead status --job plays --json");
  commands.push_back({app, [] { return Status{}; }, [flags](Context& context) { return run(*flags, context); }});
}

}  // namespace playhead::cli
