#include "cli/stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "cli/consolidate.h"
#include "cli/consolidate_request.h"
#include "cli/flags.h"
#include "cli/job_log.h"
#include "cli/job_report.h"
#include "cli/lake_place.h"
#include "cli/pace.h"
#include "cli/progress.h"
#include "cli/stream_job.h"
#include "cli/stream_loop.h"

namespace playhead::cli {
namespace {

struct StreamFlags {
  std::string topic = "music-plays";
  std::string output;
  std::string checkpoint;
  std::string key = "genre";
  std::string emit = "closed";
  std::string dialect = "auto";
  std::string lake = "auto";
  std::string layout = "auto";
  std::string dedup = "on";
  Duration lake_interval = std::chrono::minutes{2};
  std::uint64_t workers = std::max(1u, std::thread::hardware_concurrency());
  bool take_over = false;
  std::string reset_to;
  std::string group;
  std::string member;
  LoopOptions loop;
  pipeline::Options pipeline;
};

std::vector<std::string> dialect_names() {
  std::vector<std::string> names;
  names.reserve(event::kDialectCount);
  for (std::size_t i = 0; i < event::kDialectCount; ++i) names.emplace_back(event::name_of(static_cast<event::Dialect>(i)));
  return names;
}

std::vector<std::string> key_names() {
  std::vector<std::string> names;
  names.reserve(event::kFieldCount);
  for (std::size_t i = 0; i < event::kFieldCount; ++i) names.emplace_back(event::name_of(static_cast<event::Field>(i)));
  return names;
}

void declare(CLI::App& app, StreamFlags& flags) {
  pipeline::Options& options = flags.pipeline;
  name_flag(app, "--input-topic", flags.topic, "The topic to read", "topic");
  name_flag(app, "--job", options.identity.job, "Name of the job, under which it goes on where it stopped", "job");
  text_flag(app, "--output-path", flags.output, "Folder of the published windows; else windows/<job> in the data folder", "DIR");
  text_flag(app, "--checkpoint-location", flags.checkpoint, "Folder of the job's state; else checkpoints/<job> in the data folder", "DIR");
  const std::string counting = "What is counted";
  choice_flag(app, "--key", flags.key, "Plays are counted per value of this field", key_names())->group(counting);
  span_flag(app, "--window", options.identity.window, "Length of a window of event time")->group(counting);
  choice_flag(app, "--emit", flags.emit, "closed: windows that have ended; updates: open ones too, marked provisional",
              {"closed", "updates"})
      ->group(counting);
  choice_flag(app, "--dialect", flags.dialect, "The form of the events; auto: told from each record", dialect_names())->group(counting);
  text_flag(app, "--time-zone", options.stream.time_zone, "IANA zone of times that are written without one", "ZONE")->group(counting);
  const std::string time = "Event time";
  span_flag(app, "--allowed-disorder", options.stream.disorder, "How far the watermark stays behind the newest event")->group(time);
  span_flag(app, "--allowed-lateness", options.stream.lateness, "How long after its end a window is still restated")->group(time);
  span_flag(app, "--future-bound", options.stream.future, "How far ahead of its ingest time an event may be")->group(time);
  span_flag(app, "--idle-after", options.idle_after, "Silence after which a partition no longer holds the others up")->group(time);
  const std::string rows = "Rows";
  choice_flag(app, "--lake", flags.lake,
              "Keep every event in the raw lake, lake/<topic> in the data folder; auto: unless it is another job's", {"auto", "on", "off"})
      ->group(rows);
  span_flag(app, "--lake-interval", flags.lake_interval, "How often rows of the lake, late events and dead letters are published")
      ->group(rows);
  choice_flag(app, "--layout", flags.layout,
              "Folders of the lake: month=03 (padded) or month=3 (streamify); auto: as it is, padded for a new one",
              {"auto", "padded", "streamify"})
      ->group(rows);
  choice_flag(app, "--dedup", flags.dedup, "off: look up no event id; what a producer sends twice counts twice", {"on", "off"})
      ->group(rows);
  bytes_flag(app, "--dedup-memory", options.dedup_bytes_max, "Memory for finding event ids seen before; beyond it the disk is asked")
      ->group(rows);
  const std::string running = "Running";
  span_flag(app, "--trigger", flags.loop.trigger, "At most one epoch per partition in this time, unless records wait")->group(running);
  switch_flag(app, "--until-idle", flags.loop.until_idle, "Stop when all is read, and publish the open windows too")->group(running);
  switch_flag(app, "--take-over", flags.take_over, "Stream the job even if another process does: that one can publish nothing more")
      ->group(running);
  text_flag(app, "--reset-to", flags.reset_to,
            "After a loss of records: go on at earliest, latest, a time, or offsets:0=123,1=456; what is passed over is recorded", "PLACE")
      ->group(running);
  name_flag(app, "--group", flags.group, "Share the job with the other processes of this Kafka consumer group", "group")->group(running);
  name_flag(app, "--group-instance", flags.member, "A lasting name for this process in the group: back soon, it gets the same partitions",
            "member")
      ->group(running);
  count_flag(app, "--workers", flags.workers, "Threads for partitions", 1, 1024)->group(running);
  count_flag(app, "--epoch-records-max", options.epoch_records_max, "Records of a partition in one epoch", 1, stream::kRecordsMax)
      ->group(running);
  count_flag(app, "--open-windows-max", options.open_windows_max, "(window, key) pairs held open, about 100 bytes each", 1)->group(running);
}

Status check(const StreamFlags& flags) {
  if (flags.pipeline.identity.window < std::chrono::seconds{1}) return fail(ErrorKind::kInvalid, "--window must be at least 1s");
  if (flags.pipeline.identity.window > std::chrono::days{366}) return fail(ErrorKind::kInvalid, "--window must be at most 366d");
  if (!flags.reset_to.empty()) {
    if (const auto parsed = pipeline::parse_reset(flags.reset_to); !parsed)
      return fail(ErrorKind::kInvalid, "--reset-to " + parsed.error().message);
  }
  if (flags.lake_interval < std::chrono::milliseconds{100}) return fail(ErrorKind::kInvalid, "--lake-interval must be at least 100ms");
  if (!flags.group.empty() && !flags.reset_to.empty()) {
    return fail(ErrorKind::kInvalid, "--reset-to is for one process: stop those of the group, and run it once without --group");
  }
  if (flags.group.empty() && !flags.member.empty()) return fail(ErrorKind::kInvalid, "--group-instance needs --group");
  return {};
}

// Looked at first, so that a wrong name leaves no job behind.
Status check_topic(const std::string& topic, Context& context) {
  TRY_ASSIGN(log::Log* const log, context.workspace.log());
  const auto found = log->topic(topic);
  if (found) return {};
  if (found.error().kind != ErrorKind::kNotFound) return std::unexpected(found.error());
  return fail(ErrorKind::kNotFound,
              fmt::format("{}: make it with 'playhead topics create {}', or send plays with 'playhead produce --topic {}'",
                          found.error().message, topic, topic));
}

// A topic whose records are not keyed by listener is told of once: what is asked of one partition is then not the whole answer.
bool tell_of_other_keys(const pipeline::Pipeline& pipeline, Output& output) {
  const std::uint64_t events = pipeline.ledger().tally().not_keyed_by_user;
  if (events == 0 || pipeline.ledger().partitions.size() == 1) return false;
  output.note(
      fmt::format("{} events so far have another key than their listener, in a topic of several partitions: an event that is sent again "
                  "to another partition is not found as a duplicate. Key the topic by user",
                  grouped(events)));
  return true;
}

bool is_same_folder(const std::string& one, const std::string& other) {
  const auto real = [](const std::string& path) {
    const std::unique_ptr<char, decltype(&std::free)> found(::realpath(path.c_str(), nullptr), &std::free);
    return found ? std::string(found.get()) : path;
  };
  return real(one) == real(other);
}

// What other commands ask of the stream, because only it may do so while it runs.
Status serve(pipeline::Pipeline& pipeline, const JobPlace& place, const std::string& lake, Context& context) {
  Workspace& workspace = context.workspace;
  return serve_requests(workspace.files(), place.checkpoint, [&](const ConsolidateRequest& request) -> Result<table::ConsolidationReport> {
    const table::ConsolidationOptions options = consolidation_options(workspace, request.target_bytes);
    if (is_same_folder(request.output, place.output)) return pipeline.consolidate_windows(options);
    if (!lake.empty() && is_same_folder(request.output, lake)) return pipeline.consolidate_lake(options);
    if (is_same_folder(request.output, place.rejects)) return pipeline.consolidate_rejects(options);
    return fail(ErrorKind::kInvalid, request.output + " is not written by this stream");
  });
}

LakeWish wish_of(const std::string& lake) {
  if (lake == "on") return LakeWish::kOn;
  return lake == "off" ? LakeWish::kOff : LakeWish::kAuto;
}

std::optional<sink::LakeLayout> layout_of(const std::string& layout) {
  if (layout == "padded") return sink::LakeLayout::kPadded;
  return layout == "streamify" ? std::optional(sink::LakeLayout::kStreamify) : std::nullopt;
}

// Opens the pipeline with a lake where the job may have one. Of two jobs that begin one lake at the same time, the later goes without.
Result<std::unique_ptr<pipeline::Pipeline>> open_with_lake(StreamJob& job, const StreamFlags& flags, pipeline::Options& options,
                                                           Context& context) {
  for (bool raced = false;; raced = true) {
    TRY_ASSIGN(const LakeChoice lake,
               choose_lake(context.workspace, flags.topic, options.identity.job, wish_of(flags.lake), layout_of(flags.layout)));
    options.lake = lake.folder;
    options.lake_layout = lake.layout;
    auto pipeline = flags.group.empty() ? job.open_pipeline(options) : job.join_pipeline(options);
    if (pipeline && !lake.note.empty()) context.output.note(lake.note);
    if (pipeline || pipeline.error().kind != ErrorKind::kInvalid || lake.folder.empty() || raced) return pipeline;
    TRY_ASSIGN(const auto owner, lake_owner(context.workspace, flags.topic));
    if (!owner || owner->job == options.identity.job) return pipeline;
  }
}

// Steps until the end, alone or with the others of the group.
Result<LoopReport> work(std::unique_ptr<pipeline::Pipeline>& pipeline, StreamJob& job, const StreamFlags& flags,
                        const pipeline::Options& options, Context& context, const std::function<bool(const pipeline::Progress&)>& stepped) {
  if (flags.group.empty()) return run_loop(*pipeline, flags.loop, context.interrupt, stepped);
  TRY_ASSIGN(log::Log* const log, context.workspace.log());
  TRY_ASSIGN(const auto group, log->join({.topic = flags.topic, .group = flags.group, .member = flags.member}));
  const SharedJob shared{.group = *group,
                         .join = [&] { return job.join_pipeline(options); },
                         .note = [&](const std::string& text) { context.output.note(text); }};
  return run_shared_loop(pipeline, shared, flags.loop, context.interrupt, stepped);
}

Status run(StreamFlags& flags, Context& context) {
  pipeline::Options options = flags.pipeline;
  options.identity.topic = flags.topic;
  options.identity.key = *event::field_named(flags.key);
  options.identity.provisional = flags.emit == "updates";
  options.stream.dedup = flags.dedup == "on";
  options.stream.dialect = *event::dialect_named(flags.dialect);
  options.program = "playhead " PLAYHEAD_VERSION;
  options.checkpoint_interval = flags.lake_interval;
  if (!flags.reset_to.empty()) {
    TRY_ASSIGN(options.reset_to, pipeline::parse_reset(flags.reset_to));
  }
  TRY_ASSIGN(const JobPlace place, place_of(context.workspace, options.identity.job, flags.checkpoint, flags.output));
  TRY(check_job_log(context.workspace, options.identity.job, place.checkpoint));
  TRY(check_topic(flags.topic, context));
  TRY_ASSIGN(const auto job, StreamJob::make(context.workspace, place, flags.take_over, flags.group, static_cast<unsigned>(flags.workers)));
  TRY_ASSIGN(auto pipeline, open_with_lake(*job, flags, options, context));
  const SteadyClock clock;
  std::uint64_t records = 0;
  Result<LoopReport> report = LoopReport{};
  Status serving;
  bool remembered = flags.group.empty();
  {
    Progress progress("records", 0, context.output.json());
    bool told = false;
    std::set<std::string> noticed;  // a process that shares the job may make several pipelines
    report = work(pipeline, *job, flags, options, context, [&](const pipeline::Progress& step) {
      told = told || tell_of_other_keys(*pipeline, context.output);
      for (const std::string& notice : pipeline->notices()) {
        if (noticed.insert(notice).second) context.output.note(notice);
      }
      progress.show(records += step.records, clock.now());
      job->hold_lock();
      if (!pipeline->commits()) return true;
      serving = remembered ? Status{} : job->remember_tables({.lake = !options.lake.empty(), .topic = flags.topic});
      remembered = true;
      if (serving) serving = serve(*pipeline, place, options.lake, context);
      return serving.has_value();
    });
  }
  TRY(serving);
  if (!report) return std::unexpected(report.error());
  return say_counted({.job = options.identity.job,
                      .topic = flags.topic,
                      .output = place.output,
                      .lake = options.lake,
                      .rejects = place.rejects,
                      .records = report->records,
                      .seconds = report->seconds},
                     *pipeline, context);
}

}  // namespace

void add_stream(CLI::App& program, Commands& commands) {
  CLI::App* app = program.add_subcommand("stream", "Count a topic's plays per window and key into Parquet, exactly once");
  const auto flags = std::make_shared<StreamFlags>();
  declare(*app, *flags);
  app->footer(
      "Runs until stopped (Ctrl-C finishes the epoch and exits with 0) or, with --until-idle, until all is read. Started again, it goes "
      "on\n"
      "where it stopped; nothing is counted twice or lost, however it stopped.\n"
      "\nExamples:\n"
      "  playhead stream --input-topic music-plays --until-idle\n"
      "  playhead stream --input-topic music-plays --emit updates --trigger 100ms\n"
      "  playhead stream --input-topic listens --job by-artist --key artist --window 1h --allowed-lateness 60d");
  commands.push_back({app, [flags] { return check(*flags); }, [flags](Context& context) { return run(*flags, context); }});
}

}  // namespace playhead::cli
