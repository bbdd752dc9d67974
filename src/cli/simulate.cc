#include "cli/simulate.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <cstdlib>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/flags.h"
#include "cli/nearest.h"
#include "cli/simulate_plan.h"
#include "cli/simulate_run.h"
#include "cli/simulate_scenario.h"
#include "cli/simulate_settings.h"
#include "cli/simulate_state.h"
#include "cli/zone_files.h"
#include "io/posix.h"

namespace playhead::cli {
namespace {

constexpr std::uint64_t kScenarioBytesMax = 1 << 20;

struct SimulateFlags {
  std::vector<std::pair<const Setting*, std::vector<std::string>>> given;
  std::string scenario;
  std::string print;
  bool list = false;
  std::string destination = "output";
};

// What check() has made for run(). The zones outlive the world.
struct Prepared {
  std::unique_ptr<io::FileSystem> files = io::make_posix();
  ZoneFiles zones{*files};
  SimulatePlan plan;
  std::unique_ptr<simulate::World> world;
};

GivenValues scenario_of(const std::string& name, io::FileSystem& files, Faults& faults) {
  if (name.empty()) return {};
  if (const ReadyScenario* const ready = ready_scenario(name)) return read_scenario(ready->toml, "scenario " + name, faults);
  if (!name.ends_with(".toml") && name.find('/') == std::string::npos) {
    std::string all;
    for (const ReadyScenario& ready : ready_scenarios()) all += (all.empty() ? "" : ", ") + std::string(ready.name);
    faults.add("--scenario: '" + name + "' is not one of " + all + ", and no name of a .toml file");
    return {};
  }
  const auto toml = io::read_file(files, name, kScenarioBytesMax);
  if (toml) return read_scenario(*toml, name, faults);
  faults.add("--scenario: " + toml.error().message);
  return {};
}

GivenValues values_of(const SimulateFlags& flags, Faults& faults) {
  GivenValues values;
  for (const auto& [setting, texts] : flags.given) {
    const std::string flag = setting->flags.substr(setting->flags.find("--"), setting->flags.find(",!") - setting->flags.find("--"));
    const std::string where = flag.substr(0, flag.find(','));
    for (const std::string& text : texts) {
      if (!is_repeated_table(setting->key)) {
        values.push_back({setting->key, text, where});
        continue;
      }
      const GivenValues parts = parts_of(setting->key, text, where, faults);
      values.insert(values.end(), parts.begin(), parts.end());
    }
  }
  return values;
}

// A run that goes on has the times that it began with, and as many threads.
void take_over(const GivenValues& values, io::FileSystem& files, PlanRequest& request, std::optional<SimulateState>& state,
               Faults& faults) {
  for (const Given& given : values) {
    if (given.key != "output.state") continue;
    auto found = read_state(files, given.text);
    if (!found) return faults.add(given, found.error().message);
    state = std::move(*found);
  }
  if (!state) return;
  request.start = state->start;
  request.end = state->end;
}

// Made of wrong settings too, to see what else is wrong; but not of another catalogue than was asked for.
void make_world(Prepared& prepared, Faults& faults) {
  SimulatePlan& plan = prepared.plan;
  if (!plan.catalogue.empty() && !plan.world.imported) return;
  auto world = simulate::World::make(std::move(plan.world), [&prepared](const std::string& name) { return prepared.zones.named(name); });
  if (!world) return faults.add_lines("", world.error().message);
  prepared.world = std::move(*world);
}

Status prepare(const SimulateFlags& flags, Prepared& prepared) {
  Faults faults;
  PlanRequest request{.scenario = scenario_of(flags.scenario, *prepared.files, faults),
                      .flags = values_of(flags, faults),
                      .destination = flags.destination,
                      .now = SystemClock{}.now(),
                      .start = std::nullopt,
                      .end = std::nullopt};
  std::optional<SimulateState> state;
  take_over(request.scenario, *prepared.files, request, state, faults);
  take_over(request.flags, *prepared.files, request, state, faults);
  prepared.plan = make_plan(request, *prepared.files, faults);
  SimulatePlan& plan = prepared.plan;
  if (state) compare_keys(*state, plan, faults);
  if (state && plan.threads != 0 && plan.threads != state->services.size()) {
    faults.add(fmt::format("output.threads: the state in {} is of {} threads: leave out --threads", plan.state, state->services.size()));
  }
  make_world(prepared, faults);
  return faults.status();
}

void say_scenarios(Output& output) {
  for (const ReadyScenario& ready : ready_scenarios()) {
    if (output.json()) {
      output.object({{"scenario", ready.name}, {"about", ready.summary()}});
    } else {
      output.line(fmt::format("{:<16} {}", ready.name, ready.summary()));
    }
  }
}

nlohmann::ordered_json events_of(const SimulatePlan& plan, const SentCounts& sent) {
  nlohmann::ordered_json events = nlohmann::ordered_json::object();
  for (const simulate::Topic topic : simulate::told_topics(plan.form)) {
    events[plan.topic_names[static_cast<std::size_t>(topic)]] = sent.by_topic[static_cast<std::size_t>(topic)];
  }
  return events;
}

std::string sentence_of(const SimulatePlan& plan, const SimulateReport& report) {
  const double rate = report.seconds > 0 ? static_cast<double>(report.sent_now) / report.seconds : 0;
  std::string text = fmt::format("{} events to {} in {} ({:.0f}/s): {} plays of {} listeners, until {}", grouped(report.sent_now),
                                 plan.destination, seconds_text(report.seconds), rate, grouped(report.counts.plays),
                                 grouped(report.counts.arrived), format_iso(report.reached));
  if (report.interrupted) text += " (stopped early)";
  return text;
}

// Where events go to standard output, the report is for standard error.
void say_report(const SimulatePlan& plan, const SimulateReport& report, Output& output) {
  const bool beside = plan.destination == "-";
  if (!output.json()) return beside ? output.note(sentence_of(plan, report)) : output.line(sentence_of(plan, report));
  const nlohmann::ordered_json object = {{"destination", plan.destination},
                                         {"sent", report.sent_now},
                                         {"events", events_of(plan, report.sent)},
                                         {"duplicates", report.sent.duplicates},
                                         {"malformed", report.sent.malformed},
                                         {"delayed", report.sent.delayed},
                                         {"listeners", report.counts.listeners},
                                         {"arrived", report.counts.arrived},
                                         {"left", report.counts.left},
                                         {"sessions", report.counts.sessions},
                                         {"plays", report.counts.plays},
                                         {"reached", format_iso(report.reached)},
                                         {"seconds", report.seconds},
                                         {"interrupted", report.interrupted}};
  if (beside) {
    output.aside(object.dump());
  } else {
    output.object(object);
  }
}

Status run(const SimulateFlags& flags, Prepared& prepared, Context& context) {
  if (flags.list) {
    say_scenarios(context.output);
    return {};
  }
  if (!flags.print.empty()) {
    context.output.line(ready_scenario(flags.print)->toml);
    return {};
  }
  for (const std::string& note : prepared.plan.notes) context.output.note("playhead: " + note);
  if (!prepared.plan.kafka.empty()) context.workspace.use_brokers(prepared.plan.kafka);
  TRY_ASSIGN(const SimulateReport report, run_simulation(prepared.plan, *prepared.world, context));
  say_report(prepared.plan, report, context.output);
  return {};
}

Status check(const SimulateFlags& flags, Prepared& prepared) {
  if (flags.list) return {};
  if (flags.print.empty()) return prepare(flags, prepared);
  if (ready_scenario(flags.print)) return {};
  return fail(ErrorKind::kInvalid, "--print-scenario: there is no scenario '" + flags.print + "': see --list-scenarios");
}

void declare(CLI::App& app, const Setting& setting, SimulateFlags& flags) {
  if (setting.flags.empty()) return;
  const auto take = [&flags, &setting](const CLI::results_t& texts) {
    flags.given.emplace_back(&setting, texts);
    return true;
  };
  const std::string longest = setting.flags.substr(setting.flags.find("--"));
  const std::string environment = setting.key == "sessions.config" ? "PLAYHEAD_SIMULATE_CONFIG"  // --config is the whole program's, too
                                                                   : environment_name(longest.substr(0, longest.find(',')));
  const auto toggle = [&flags, &setting](std::int64_t count) {
    flags.given.emplace_back(&setting, CLI::results_t{count > 0 ? "true" : "false"});
  };
  CLI::Option* const option = setting.value.empty() ? app.add_flag_function(setting.flags, toggle, setting.help)
                                                    : app.add_option(setting.flags, take, setting.help);
  option->group(setting.group)->envname(environment);
  if (setting.value.empty()) return;
  option->type_name(setting.value)->default_str(setting.standard);
  if (is_repeated_table(setting.key)) option->take_all();
}

}  // namespace

void add_simulate(CLI::App& program, Commands& commands) {
  CLI::App* const app = program.add_subcommand("simulate", "A whole music service, its listeners and what they do, told as events");
  const auto flags = std::make_shared<SimulateFlags>();
  const auto prepared = std::make_shared<Prepared>();
  app->add_option("DEST", flags->destination, "A folder for files of JSON, - for standard output, or log")->default_str(flags->destination);
  text_flag(*app, "--scenario", flags->scenario, "A scenario by its name, or a .toml file; flags go before what it says", "NAME|FILE");
  switch_flag(*app, "--list-scenarios", flags->list, "Name the scenarios that are part of the program");
  text_flag(*app, "--print-scenario", flags->print, "Print one of them, as a start for one of your own", "NAME");
  for (const Setting& setting : simulate_settings()) declare(*app, setting, *flags);
  app->footer(
      "Same seed and options (with --start-time and --end-time): same events, byte for byte, whatever the number of threads.\n"
      "Ctrl-C ends it in good order. Files of the same names in DEST are replaced, unless --state says where to go on.\n"
      "\nExamples:\n"
      "  playhead simulate --nusers 10000 --from 2 --to 1 output\n"
      "  playhead simulate -c example-config.json --start-time 2026-03-01T00:00:00Z --end-time 2026-03-08T00:00:00Z output\n"
      "  playhead simulate --scenario friday-release --dialect tunetracker,eventsim --truth truth log\n"
      "  playhead simulate --nusers 10000 --continuous --speed 60 --state state log\n"
      "  playhead simulate --bootstrap-servers localhost:9092 --topic-names listen_events=plays log\n"
      "  playhead simulate --print-scenario quiet-evening > my.toml");
  commands.push_back({app, [flags, prepared] { return check(*flags, *prepared); },
                      [flags, prepared](Context& context) { return run(*flags, *prepared, context); }});
}

}  // namespace playhead::cli
