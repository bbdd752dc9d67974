#include "cli/topics.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/flags.h"
#include "cli/topics_read.h"

namespace playhead::cli {
namespace {

using Json = nlohmann::ordered_json;

struct CreateFlags {
  std::string name;
  std::uint64_t partitions = 1;
  std::string clock = "append";
  std::uint64_t retention_bytes = 0;
  Duration retention_age{0};
  std::uint64_t segment_bytes = log::TopicOptions{}.segment_bytes;
};

std::string_view name_of(log::ClockSource clock) { return clock == log::ClockSource::kAppend ? "append" : "record"; }

std::string retention_text(const log::TopicOptions& options) {
  const std::string bytes = options.retention_bytes ? format_bytes(options.retention_bytes) + " per partition" : "";
  const std::string age = options.retention_age > Duration::zero() ? format_duration(options.retention_age) : "";
  if (bytes.empty() && age.empty()) return "everything";
  return bytes + (bytes.empty() || age.empty() ? "" : ", ") + age;
}

Json json_of(const log::TopicDescription& topic) {
  const log::TopicOptions& options = topic.options;
  return {{"name", options.name},
          {"id", topic.id},
          {"partitions", options.partitions},
          {"clock", name_of(options.clock)},
          {"retention_bytes", options.retention_bytes},
          {"retention_age_seconds", static_cast<double>(options.retention_age.count()) / 1e6},
          {"segment_bytes", options.segment_bytes}};
}

Status create(const CreateFlags& flags, Context& context) {
  const log::TopicOptions options{.name = flags.name,
                                  .partitions = static_cast<std::uint32_t>(flags.partitions),
                                  .clock = flags.clock == "record" ? log::ClockSource::kRecord : log::ClockSource::kAppend,
                                  .retention_bytes = flags.retention_bytes,
                                  .retention_age = flags.retention_age,
                                  .segment_bytes = flags.segment_bytes};
  TRY_ASSIGN(log::Log* const log, context.workspace.log());
  TRY_ASSIGN(const log::TopicDescription topic, log->create_topic(options));
  if (context.output.json()) {
    context.output.object(json_of(topic));
  } else {
    context.output.line(fmt::format("topic {} made: {} partition{}, clock {}", flags.name, flags.partitions,
                                    flags.partitions == 1 ? "" : "s", flags.clock));
  }
  return {};
}

Status remove(const std::string& name, Context& context) {
  TRY_ASSIGN(log::Log* const log, context.workspace.log());
  Status deleted = log->delete_topic(name);
  if (!deleted && deleted.error().kind == ErrorKind::kNotFound) deleted.error().message += kWhichTopics;
  TRY(deleted);
  if (context.output.json()) {
    context.output.object({{"deleted", name}});
  } else {
    context.output.line("topic " + name + " deleted");
  }
  return {};
}

Status list(Context& context) {
  TRY_ASSIGN(log::Log* const log, context.workspace.log());
  TRY_ASSIGN(const auto topics, log->topics());
  for (const log::TopicDescription& topic : topics) {
    if (context.output.json()) {
      context.output.object(json_of(topic));
    } else {
      context.output.line(topic.options.name);
    }
  }
  if (topics.empty()) context.output.note("there are no topics in " + context.workspace.log_place());
  return {};
}

void print(const log::TopicDescription& topic, const std::vector<OffsetRange>& ranges, Output& output) {
  const log::TopicOptions& options = topic.options;
  output.line(fmt::format("{}  id {}", options.name, topic.id));
  output.line(fmt::format("clock {}, keeps {}, segments of {}", name_of(options.clock), retention_text(options),
                          format_bytes(options.segment_bytes)));
  output.line(fmt::format("{:>9} {:>15} {:>15} {:>15}", "partition", "first kept", "end", "records"));
  std::uint64_t total = 0;
  for (std::size_t partition = 0; partition < ranges.size(); ++partition) {
    const OffsetRange& range = ranges[partition];
    total += range.count();
    output.line(fmt::format("{:>9} {:>15} {:>15} {:>15}", partition, range.start.value, range.end.value, range.count()));
  }
  if (ranges.size() > 1) output.line(fmt::format("{:>9} {:>15} {:>15} {:>15}", "all", "", "", total));
}

Status describe(const std::string& name, Context& context) {
  TRY_ASSIGN(log::Log* const log, context.workspace.log());
  TRY_ASSIGN(const auto reader, reader_of(*log, name));
  const log::TopicDescription& topic = reader->topic();
  std::vector<OffsetRange> ranges;
  for (std::uint32_t partition = 0; partition < topic.options.partitions; ++partition) {
    TRY_ASSIGN(ranges.emplace_back(), reader->range(Partition{partition}));
  }
  if (!context.output.json()) {
    print(topic, ranges, context.output);
    return {};
  }
  Json object = json_of(topic);
  object["by_partition"] = Json::array();
  for (std::uint32_t partition = 0; partition < ranges.size(); ++partition) {
    const OffsetRange& range = ranges[partition];
    object["by_partition"].push_back(
        {{"partition", partition}, {"first_kept", range.start.value}, {"end", range.end.value}, {"records", range.count()}});
  }
  context.output.object(object);
  return {};
}

void add_create(CLI::App& topics, Commands& commands) {
  CLI::App* app = topics.add_subcommand("create", "Make a topic");
  const auto flags = std::make_shared<CreateFlags>();
  name_argument(*app, flags->name);
  count_flag(*app, "--partitions", flags->partitions, "How many parts the topic has; a key stays in one", 1, 4'096);
  choice_flag(*app, "--clock", flags->clock, "Whose time records carry: the log's, or the producer's", {"append", "record"});
  bytes_flag(*app, "--retention-bytes", flags->retention_bytes, "Keep about this much per partition; 0: all");
  span_flag(*app, "--retention-age", flags->retention_age, "Keep records about this long; 0s: for ever");
  bytes_flag(*app, "--segment-bytes", flags->segment_bytes, "Size of the files that are deleted as a whole");
  app->footer(
      "Examples:\n  playhead topics create music-plays --partitions 4\n  playhead topics create clicks --retention-age 7d "
      "--retention-bytes 10GiB");
  commands.push_back({app, {}, [flags](Context& context) { return create(*flags, context); }});
}

// The three commands whose only argument is a name, or nothing.
template <typename Run>
void add_named(CLI::App& topics, Commands& commands, const std::string& command, const std::string& about, const std::string& examples,
               Run run) {
  CLI::App* app = topics.add_subcommand(command, about);
  const auto name = std::make_shared<std::string>();
  name_argument(*app, *name);
  app->footer(examples);
  commands.push_back({app, {}, [name, run](Context& context) { return run(*name, context); }});
}

}  // namespace

void add_topics(CLI::App& program, Commands& commands) {
  CLI::App* topics = program.add_subcommand("topics", "Make, list, describe, delete and read topics");
  topics->require_subcommand(1);
  topics->footer("Examples:\n  playhead topics list\n  playhead topics read music-plays --max-messages 10");
  add_create(*topics, commands);
  add_named(*topics, commands, "delete", "Delete a topic and its records", "Example:\n  playhead topics delete load", remove);
  CLI::App* list_app = topics->add_subcommand("list", "Names of all topics");
  list_app->footer("Examples:\n  playhead topics list\n  playhead topics list --json");
  commands.push_back({list_app, {}, list});
  add_named(*topics, commands, "describe", "Options of a topic, and the offsets of its partitions",
            "Examples:\n  playhead topics describe music-plays\n  playhead topics describe music-plays --json", describe);
  add_topics_read(*topics, commands);
}

}  // namespace playhead::cli
