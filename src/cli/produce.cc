#include "cli/produce.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/event_source.h"
#include "cli/flags.h"
#include "cli/pace.h"
#include "cli/progress.h"
#include "cli/sender.h"

namespace playhead::cli {
namespace {

constexpr std::uint64_t kListenersMax = 10'000'000;

struct ProduceFlags {
  CLI::App* app = nullptr;
  std::string topic = "music-plays";
  std::uint64_t partitions = 1;
  std::uint64_t seed = 1;
  double rate = 1;
  std::uint64_t total = 100;
  std::uint64_t listeners = ServicePlays::Options{}.listeners;
  std::uint64_t tracks = ServicePlays::Options{}.tracks;
  bool uniform = false;
  std::optional<Timestamp> start_time;
  std::vector<std::string> from;
  double speed = 0;  // 0: not given
  Duration jitter{0};
  bool shuffle = false;
  bool whole_files = false;

  bool given(const char* flag) const { return app->get_option(flag)->count() > 0; }
};

void declare(CLI::App& app, ProduceFlags& flags) {
  flags.app = &app;
  name_flag(app, "--topic", flags.topic, "The topic to send to; made if it is absent, with the record's clock", "topic");
  count_flag(app, "--partitions", flags.partitions, "Partitions of the topic, if it is made now", 1, 4'096);
  count_flag(app, "--seed", flags.seed, "Same seed, same plays (or the same jitter and shuffle)");
  const std::string simulation = "A simulation";
  rate_flag(app, "--rate", flags.rate, "Plays per second; 0 or max: as fast as possible")->group(simulation);
  count_flag(app, "--total", flags.total, "Plays to send; 0: until stopped")->group(simulation);
  count_flag(app, "--listeners", flags.listeners, "Listeners of the simulated service; none of them pauses", 1, kListenersMax)
      ->group(simulation);
  count_flag(app, "--tracks", flags.tracks, "Tracks, of which a few are popular", 1, simulate::kPopularityCountMax)->group(simulation);
  switch_flag(app, "--uniform", flags.uniform, "TuneTracker's chance: all ids and genres equally likely")->group(simulation);
  instant_flag(app, "--start-time", flags.start_time, "Time of the first play, the next ones 1/rate later (1 ms at max); else now")
      ->group(simulation);
  const std::string replay = "A replay";
  app.add_option("--from", flags.from, "Newline-delimited JSON to send instead, plain, .gz or .zst; -: standard input")
      ->type_name("FILE...")
      ->envname(environment_name("--from"))
      ->group(replay);
  factor_flag(app, "--speed", flags.speed, "Recorded seconds per second; else as fast as possible")->group(replay);
  span_flag(app, "--jitter", flags.jitter, "Delay each event by a chance of up to this, and send in that order")->group(replay);
  switch_flag(app, "--shuffle", flags.shuffle, "Send in an order that has nothing to do with time")->group(replay);
  switch_flag(app, "--whole-files", flags.whole_files, "Each file is one record, byte for byte, instead of a line each")->group(replay);
}

// The flags of the other mode are refused: they would do nothing.
Status check(const ProduceFlags& flags) {
  constexpr std::array kSimulation = {"--rate", "--total", "--listeners", "--tracks", "--uniform", "--start-time"};
  constexpr std::array kReplay = {"--speed", "--jitter", "--shuffle", "--whole-files"};
  const bool replay = flags.given("--from");
  const auto misplaced = [&](const auto& names) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const char* name) { return flags.given(name); });
    return found == names.end() ? std::string() : std::string(*found);
  };
  const std::string name = replay ? misplaced(kSimulation) : misplaced(kReplay);
  if (!name.empty() && replay) return fail(ErrorKind::kInvalid, name + " is of a simulation, and --from replays files: leave one out");
  if (!name.empty()) return fail(ErrorKind::kInvalid, name + " is of a replay: name its files with --from");
  if (flags.given("--shuffle") && flags.given("--jitter"))
    return fail(ErrorKind::kInvalid, "--shuffle leaves no order for --jitter to disturb: leave one out");
  if (flags.given("--shuffle") && flags.given("--speed"))
    return fail(ErrorKind::kInvalid, "--shuffle leaves no order for --speed to keep: leave one out");
  if (flags.whole_files && (flags.given("--speed") || flags.given("--jitter") || flags.given("--shuffle")))
    return fail(ErrorKind::kInvalid,
                "--whole-files sends the files in the order given, at once: leave out --speed, --jitter and --shuffle");
  if (flags.whole_files && std::ranges::find(flags.from, "-") != flags.from.end())
    return fail(ErrorKind::kInvalid, "--whole-files reads files by name: leave out --from - (standard input)");
  if (flags.uniform && (flags.given("--listeners") || flags.given("--tracks"))) {
    return fail(ErrorKind::kInvalid, "--uniform has TuneTracker's 9,000 listeners and 900,000 tracks: leave out --listeners and --tracks");
  }
  return {};
}

Result<std::unique_ptr<Recording>> open_recording(const ProduceFlags& flags, io::FileSystem& files, const Clock& clock) {
  std::vector<std::unique_ptr<Lines>> inputs;
  for (const std::string& path : flags.from) {
    TRY_ASSIGN(auto bytes, open_bytes(files, path));
    inputs.push_back(std::make_unique<Lines>(path == "-" ? "standard input" : path, std::move(bytes)));
  }
  TRY_ASSIGN(auto replay, Replay::make(std::move(inputs), {.seed = flags.seed, .jitter = flags.jitter, .shuffle = flags.shuffle}));
  return std::make_unique<Recording>(std::move(replay), flags.speed > 0 ? std::optional(flags.speed) : std::nullopt, clock);
}

Result<std::unique_ptr<Simulation>> open_simulation(const ProduceFlags& flags, const Clock& clock) {
  return Simulation::make({.service = {.seed = flags.seed,
                                       .listeners = static_cast<std::uint32_t>(flags.listeners),
                                       .tracks = static_cast<std::uint32_t>(flags.tracks)},
                           .uniform = flags.uniform,
                           .per_second = flags.rate,
                           .total = flags.total,
                           .start_time = flags.start_time},
                          clock);
}

struct Source {
  std::unique_ptr<EventSource> events;
  const Recording* recording = nullptr;  // the same, where it is one
};

Status open_source(const ProduceFlags& flags, io::FileSystem& files, const Clock& clock, Source& source) {
  if (flags.whole_files) {
    source.events = std::make_unique<WholeFiles>(files, flags.from, clock);
  } else if (flags.given("--from")) {
    TRY_ASSIGN(auto recording, open_recording(flags, files, clock));
    source.recording = recording.get();
    source.events = std::move(recording);
  } else {
    TRY_ASSIGN(source.events, open_simulation(flags, clock));
  }
  return {};
}

// Sends until the source ends or an end is asked for. Whatever was gathered is made durable before each sleep.
Status send_all(EventSource& source, Sender& sender, const Clock& clock, const Interrupt& interrupt, Progress& progress) {
  EventSource::Event event;
  for (std::uint64_t count = 0; !interrupt.requested(); ++count) {
    TRY_ASSIGN(const bool found, source.next(event));
    if (!found) break;
    if (event.due != kNever && event.due > clock.now()) TRY(sender.flush());
    for (Timestamp now = clock.now(); event.due > now && !interrupt.requested(); now = clock.now()) {
      progress.show(count, now);
      interrupt.sleep(event.due - now);
    }
    if (interrupt.requested()) break;
    if (count % 1'024 == 0) progress.show(count, clock.now());
    const std::string_view key = event.key.empty() ? std::string_view() : std::string_view(event.key);
    TRY(sender.send(key, event.value, event.time));
  }
  return sender.flush();
}

// A rate is a promise about time as well: N plays at rate R take N / R seconds, so the last one's share is waited out too (but
// no more than a second: all is durable by then).
void wait_out(const ProduceFlags& flags, Timestamp start, const Clock& clock, const Interrupt& interrupt) {
  if (flags.rate <= 0 || flags.given("--from")) return;
  constexpr Duration kLongest = std::chrono::seconds{1};
  const Timestamp end = Pace{start, flags.rate}.time_of(flags.total);
  const Timestamp last = clock.now() + kLongest;
  for (Timestamp now = clock.now(); now < std::min(end, last) && !interrupt.requested(); now = clock.now()) {
    interrupt.sleep(std::min(end, last) - now);
  }
}

void summarize(const ProduceFlags& flags, const Sender& sender, const Recording* recording, double seconds, Context& context) {
  const bool interrupted = context.interrupt.requested();
  const std::uint64_t without_time = recording ? recording->replay().events_without_time() : 0;
  if (context.output.json()) {
    nlohmann::ordered_json summary = {{"topic", flags.topic}, {"sent", sender.sent()}, {"seconds", seconds}, {"interrupted", interrupted}};
    if (recording) summary["without_time"] = without_time;
    context.output.object(summary);
    return;
  }
  std::string text = fmt::format("{} {} sent to {} in {}", grouped(sender.sent()), flags.given("--from") ? "events" : "plays", flags.topic,
                                 seconds_text(seconds));
  if (without_time > 0) text += fmt::format(", {} of them without a readable time", grouped(without_time));
  if (interrupted) text += " (stopped early)";
  context.output.line(text);
}

Status run(const ProduceFlags& flags, Context& context) {
  const SteadyClock clock;
  Source source;
  TRY(open_source(flags, context.workspace.files(), clock, source));
  TRY_ASSIGN(log::Log* const log, context.workspace.log());
  log::TopicOptions topic{
      .name = flags.topic, .partitions = static_cast<std::uint32_t>(flags.partitions), .clock = log::ClockSource::kRecord};
  TRY_ASSIGN(const auto sender, open_sender(*log, topic, flags.given("--partitions")));
  const Timestamp start = clock.now();
  {
    const bool files = flags.given("--from");
    Progress progress(files ? "events" : "plays", files ? 0 : flags.total, context.output.json());
    const Status sent = send_all(*source.events, *sender, clock, context.interrupt, progress);
    if (!sent)
      return fail(sent.error().kind,
                  fmt::format("{} (after {} were sent to {})", sent.error().message, grouped(sender->sent()), flags.topic));
    wait_out(flags, start, clock, context.interrupt);
  }
  summarize(flags, *sender, source.recording, static_cast<double>((clock.now() - start).count()) / 1e6, context);
  return {};
}

}  // namespace

void add_produce(CLI::App& program, Commands& commands) {
  CLI::App* app = program.add_subcommand("produce", "Send simulated plays, or recorded events, to a topic");
  const auto flags = std::make_shared<ProduceFlags>();
  declare(*app, *flags);
  app->footer(
      "Ends when all are sent (or at Ctrl-C), with everything sent made durable. Records are keyed by the listener's id.\n"
      "\nExamples:\n"
      "  playhead produce --rate 200 --total 2000\n"
      "  playhead produce --topic load --rate max --total 1000000 --start-time 2026-03-01T00:00:00Z\n"
      "  playhead produce --topic events --from november/*.json.gz --jitter 30m\n"
      "  zcat events.json.gz | playhead produce --topic events --from - --speed 60\n"
      "  playhead produce --topic events --from odd/* --whole-files");
  commands.push_back({app, [flags] { return check(*flags); }, [flags](Context& context) { return run(*flags, context); }});
}

}  // namespace playhead::cli
