#include "cli/program.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/consolidate.h"
#include "cli/deadletters.h"
#include "cli/demo.h"
#include "cli/doctor.h"
#include "cli/flags.h"
#include "cli/help.h"
#include "cli/jobs.h"
#include "cli/kafka_settings.h"
#include "cli/pace.h"
#include "cli/produce.h"
#include "cli/recompute.h"
#include "cli/reconcile.h"
#include "cli/settings_file.h"
#include "cli/simulate.h"
#include "cli/status.h"
#include "cli/stream.h"
#include "cli/topics.h"
#include "cli/usage.h"

namespace playhead::cli {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

struct GlobalFlags {
  std::string data = "./playhead-data";
  std::string bootstrap_servers;
  std::string kafka_config;
  Duration kafka_timeout = log::KafkaOptions{}.timeout;
  std::string log_level = "info";
  bool json = false;
};

std::string environment_value(const std::string& flag) {
  const char* value = std::getenv(environment_name(flag).c_str());
  return value ? value : "";
}

void declare(CLI::App& program, GlobalFlags& flags) {
  program.fallthrough();  // so that global flags may stand after the command, too
  program.require_subcommand(1);
  program.formatter(make_help_formatter());
  program.set_version_flag("--version", "playhead " PLAYHEAD_VERSION, "Print the version");
  text_flag(program, "--data", flags.data, "The data folder", "DIR");
  text_flag(program, "--bootstrap-servers", flags.bootstrap_servers, "Topics are Kafka's, at these brokers; else the data folder's own",
            "HOST:PORT,...");
  text_flag(program, "--kafka-config", flags.kafka_config, "Properties of librdkafka, one name=value a line; the place for passwords",
            "FILE");
  span_flag(program, "--kafka-timeout", flags.kafka_timeout, "Give up if Kafka has never answered for so long; 0s: wait for ever");
  // CLI11 looks at the environment after the file, so the file's own name is looked up here.
  const std::string settings = environment_value("--config");
  program.set_config("--config", settings, "Read flags from a TOML file", !settings.empty())->type_name("FILE");
  program.config_formatter(make_settings_reader(program));
  program.allow_config_extras(CLI::config_extras_mode::error);
  switch_flag(program, "--json", flags.json, "Answer in JSON, one object per line");
  choice_flag(program, "--log-level", flags.log_level, "What is told on standard error", {"debug", "info", "warning", "error", "off"});
  program.footer(
      "Each flag can also be set by the environment (--start-time by PLAYHEAD_START_TIME) and by the --config file\n"
      "(in the table of its command). The command line goes first, then the environment, then the file.\n"
      "\nExamples:\n"
      "  playhead simulate --scenario quiet-evening log\n"
      "  playhead produce --rate 200 --total 2000\n"
      "  playhead stream --input-topic music-plays --until-idle\n"
      "  playhead topics read music-plays --max-messages 10\n"
      "  playhead produce --help");
}

// One place per command: its file, and its line here.
void add_commands(CLI::App& program, Commands& commands) {
  add_demo(program, commands);
  add_simulate(program, commands);
  add_produce(program, commands);
  add_stream(program, commands);
  add_status(program, commands);
  add_consolidate(program, commands);
  add_topics(program, commands);
  add_jobs(program, commands);
  add_deadletters(program, commands);
  add_reconcile(program, commands);
  add_doctor(program, commands);
  add_recompute(program, commands);
}

void set_up_logging(const std::string& level) {
  spdlog::set_default_logger(spdlog::stderr_color_st("playhead"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %l %v", spdlog::pattern_time_type::utc);
  spdlog::set_level(spdlog::level::from_str(level));
}

// Known before the command line is understood, so that what is wrong with it is said in the right form.
bool json_wanted(int argc, char** argv) {
  return !environment_value("--json").empty() ||
         std::any_of(argv + 1, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
}

int run_command(const Command& command, const GlobalFlags& flags) {
  Output output{flags.json};
  const auto failed = [&output](const Error& error, int code) {
    output.error(error);
    return code;
  };
  if (command.check) {
    if (const Status status = command.check(); !status) return failed(status.error(), kWrongUsage);
  }
  set_up_logging(flags.log_level);
  const auto interrupt = Interrupt::make();
  if (!interrupt) return failed(interrupt.error(), kFailed);
  const auto workspace = Workspace::make(flags.data);
  if (!workspace) return failed(workspace.error(), kFailed);
  auto kafka = kafka_options((*workspace)->files(), flags.bootstrap_servers, flags.kafka_config);
  if (!kafka) return failed(kafka.error(), kWrongUsage);
  kafka->timeout = flags.kafka_timeout > Duration::zero() ? flags.kafka_timeout : Duration::max();
  kafka->clock = std::make_shared<SteadyClock>();
  kafka->notice = [](const std::string& notice) { spdlog::warn("{}", notice); };
  kafka->cancelled = [&interrupt] { return (*interrupt)->requested(); };
  (*workspace)->use_kafka(*std::move(kafka), flags.kafka_config);
  Context context{**workspace, output, **interrupt};
  const Status status = command.run(context);
  output.flush();
  return status ? kDone : failed(status.error(), kFailed);
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App program("Real-time analytics of music streaming: plays in, exact counts out.", "playhead");
  GlobalFlags flags;
  Commands commands;
  declare(program, flags);
  add_commands(program, commands);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    return program.exit(help_or_version);
  } catch (const CLI::ParseError& error) {
    Output output{json_wanted(argc, argv)};
    output.error({ErrorKind::kInvalid, usage_message(program, error)});
    return kWrongUsage;
  }
  const auto chosen = std::find_if(commands.begin(), commands.end(), [](const Command& command) { return command.app->parsed(); });
  return run_command(*chosen, flags);  // require_subcommand leaves exactly one
}

}  // namespace playhead::cli
