#include "cli/demo.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "cli/consolidate.h"
#include "cli/event_source.h"
#include "cli/flags.h"
#include "cli/job_report.h"
#include "cli/lake_place.h"
#include "cli/live_view.h"
#include "cli/pace.h"
#include "cli/sender.h"
#include "cli/stream_job.h"
#include "cli/stream_loop.h"

namespace playhead::cli {
namespace {

struct DemoFlags {
  std::string topic = "demo-plays";
  std::string job = "demo";
  Duration duration = std::chrono::seconds{60};
  double rate = 200;
  std::uint64_t partitions = 2;
  std::uint64_t seed = 1;
};

// Sends plays from a thread of its own until it is stopped.
class Service {
 public:
  Service(std::unique_ptr<EventSource> plays, std::unique_ptr<Sender> sender, const Clock& clock)
      : plays_(std::move(plays)), sender_(std::move(sender)), clock_(clock), thread_([this] {
          status_ = send();
          done_ = true;
        }) {}

  // Ends the sending; all that was sent is durable. Its outcome.
  Status stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
    return status_;
  }
  bool done() const { return done_; }
  std::uint64_t sent() const { return sender_->sent(); }  // after stop()

 private:
  Status send() {
    constexpr Duration kLongestSleep = std::chrono::milliseconds{50};  // so that stop() is soon obeyed, and records go out in small lots
    EventSource::Event event;
    while (!stopped_) {
      TRY_ASSIGN(const bool found, plays_->next(event));
      if (!found) break;
      while (!stopped_ && event.due > clock_.now()) {
        TRY(sender_->flush());
        std::this_thread::sleep_for(std::min<Duration>(event.due - clock_.now(), kLongestSleep));
      }
      if (stopped_) break;
      TRY(sender_->send(event.key, event.value, event.time));
    }
    return sender_->flush();
  }

  std::unique_ptr<EventSource> plays_;
  std::unique_ptr<Sender> sender_;
  const Clock& clock_;
  Status status_;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> done_ = false;
  std::thread thread_;  // the last member: it starts when all others are there
};

// So many listeners that they play about as often as the rate asks for.
Result<std::unique_ptr<Simulation>> open_plays(const DemoFlags& flags, const Clock& clock) {
  const double listeners = std::clamp(std::ceil(flags.rate * ServicePlays::kSecondsBetweenPlays), 100.0, 1e6);
  return Simulation::make({.service = {.seed = flags.seed, .listeners = static_cast<std::uint32_t>(listeners)},
                           .per_second = flags.rate,
                           .total = 0,
                           .start_time = {}},
                          clock);
}

Result<std::unique_ptr<Service>> open_service(const DemoFlags& flags, std::unique_ptr<EventSource> plays, const Clock& clock,
                                              Context& context) {
  TRY_ASSIGN(log::Log* const log, context.workspace.log());
  TRY_ASSIGN(
      auto sender,
      open_sender(*log,
                  {.name = flags.topic, .partitions = static_cast<std::uint32_t>(flags.partitions), .clock = log::ClockSource::kRecord},
                  false));
  return std::make_unique<Service>(std::move(plays), std::move(sender), clock);
}

void say_next_steps(const std::string& output_folder, const std::string& lake, Output& output) {
  output.line("\nThe counts are plain Parquet. Try, in DuckDB:");
  const std::string from = "FROM '" + output_folder + "/*.parquet'";
  output.line("  SELECT genre, sum(count) AS plays " + from + " GROUP BY genre ORDER BY plays DESC;");
  output.line("  SELECT window_start, sum(count) AS plays " + from + " GROUP BY window_start ORDER BY window_start;");
  output.line("  SELECT window_start, arg_max(genre, count) AS top_genre " + from + " GROUP BY window_start ORDER BY window_start;");
  if (!lake.empty())
    output.line("  SELECT track, count(*) AS plays FROM '" + lake + "/**/*.parquet' GROUP BY track ORDER BY plays DESC LIMIT 5;");
  output.line("Run it again and it goes on counting; `playhead jobs reset demo` starts it over.");
}

// The demo ends as TuneTracker's does: with few large files.
Status consolidate(pipeline::Pipeline& pipeline, const std::string& windows, Context& context) {
  TRY_ASSIGN(const auto report, pipeline.consolidate_windows(consolidation_options(context.workspace)));
  say_consolidated(windows, report, context.output);
  return {};
}

Status run(const DemoFlags& flags, Context& context) {
  const SteadyClock clock;
  TRY_ASSIGN(auto plays, open_plays(flags, clock));
  const Timestamp end = clock.now() + flags.duration;
  pipeline::Options options;
  options.identity.job = flags.job;
  options.identity.topic = flags.topic;
  options.program = "playhead " PLAYHEAD_VERSION;
  TRY_ASSIGN(const JobPlace place, place_of(context.workspace, flags.job, "", ""));
  TRY_ASSIGN(const auto job, StreamJob::make(context.workspace, place, false, "", static_cast<unsigned>(flags.partitions)));
  TRY_ASSIGN(const auto service, open_service(flags, std::move(plays), clock, context));
  TRY_ASSIGN(const LakeChoice lake, choose_lake(context.workspace, flags.topic, flags.job, LakeWish::kAuto));
  options.lake = lake.folder;
  options.lake_layout = lake.layout;
  auto pipeline = job->open_pipeline(options);
  if (!pipeline) {
    (void)service->stop();  // the pipeline's Error is the one to tell
    return std::unexpected(pipeline.error());
  }
  LiveView view(context.output, clock.now(), end);
  // Two phases: live until the time is over or the user stops it; then, without an eye on signals, count what is left.
  const auto report = run_loop(**pipeline, {.trigger = std::chrono::milliseconds{250}}, context.interrupt, [&](const pipeline::Progress&) {
    const Timestamp now = clock.now();
    view.show(**pipeline, now);
    return now < end && !service->done();
  });
  TRY(service->stop());
  if (!report) return std::unexpected(report.error());
  for (bool more = true; more;) {
    TRY_ASSIGN(const pipeline::Progress progress, (*pipeline)->step());
    more = progress.more || progress.records > 0;
  }
  TRY((*pipeline)->drain());
  TRY((*pipeline)->checkpoint());
  view.show(**pipeline, clock.now(), true);
  if (!context.output.json()) context.output.line(fmt::format("\nThe service sent {} plays.", grouped(service->sent())));
  TRY(consolidate(**pipeline, place.output, context));
  TRY(say_counted({.job = flags.job,
                   .topic = flags.topic,
                   .output = place.output,
                   .lake = options.lake,
                   .rejects = place.rejects,
                   .records = (*pipeline)->ledger().tally().total(),
                   .seconds = report->seconds},
                  **pipeline, context));
  if (!context.output.json()) say_next_steps(place.output, options.lake, context.output);
  return {};
}

}  // namespace

void add_demo(CLI::App& program, Commands& commands) {
  CLI::App* app = program.add_subcommand("demo", "A simulated music service, counted live, with a report at the end");
  const auto flags = std::make_shared<DemoFlags>();
  span_flag(*app, "--duration", flags->duration, "How long the service runs");
  rate_flag(*app, "--rate", flags->rate, "Plays per second");
  name_flag(*app, "--topic", flags->topic, "The topic to use", "topic");
  name_flag(*app, "--job", flags->job, "Name of the job", "job");
  count_flag(*app, "--partitions", flags->partitions, "Partitions of the topic, if it is made now", 1, 64);
  count_flag(*app, "--seed", flags->seed, "Same seed, same listeners and tracks");
  app->footer(
      "Needs nothing but the data folder. Ctrl-C ends it early, with the same report.\n"
      "\nExamples:\n  playhead demo\n  playhead demo --duration 10s --rate 1000\n  playhead demo --json");
  commands.push_back({app,
                      [flags]() -> Status {
                        if (flags->rate <= 0)
                          return fail(ErrorKind::kInvalid, "--rate must be a number of plays per second: a demo is watched");
                        return {};
                      },
                      [flags](Context& context) { return run(*flags, context); }});
}

}  // namespace playhead::cli
