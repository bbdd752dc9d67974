#include "cli/topics_read.h"

#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "cli/flags.h"
#include "cli/latest_records.h"
#include "cli/pretty.h"

namespace playhead::cli {
namespace {

constexpr std::uint64_t kLatestMax = 10'000;

struct ReadFlags {
  CLI::App* app = nullptr;
  std::string name;
  std::uint64_t partition = 0;
  bool from_beginning = false;
  std::uint64_t offset = 0;
  std::optional<Timestamp> from_time;
  std::uint64_t messages_max = 0;
  bool follow = false;
  std::uint64_t latest = 0;
  bool pretty = false;

  bool given(const char* flag) const { return app->get_option(flag)->count() > 0; }
};

// How far a partition is read, and how far it may be.
struct Cursor {
  Partition partition;
  Offset next;
  Offset end;
};

nlohmann::ordered_json text_or_null(std::string_view bytes) {
  return bytes.data() ? nlohmann::ordered_json(bytes) : nlohmann::ordered_json(nullptr);
}

void print_json(const log::RecordBatch& batch, std::size_t i, Partition partition, Output& output) {
  nlohmann::ordered_json object = {{"partition", partition.value},
                                   {"offset", batch.offsets[i].value},
                                   {"timestamp", format_iso(batch.timestamps[i])},
                                   {"key", text_or_null(batch.keys[i])},
                                   {"value", text_or_null(batch.values[i])}};
  auto& headers = object["headers"] = nlohmann::ordered_json::array();
  for (const log::Header& header : log::headers_of(batch.headers[i]))
    headers.push_back({{"name", header.name}, {"value", text_or_null(header.value)}});
  output.object(object);
}

// partition, offset, timestamp, key, value and the headers, with tabs between; a null is written "-".
void print_text(const log::RecordBatch& batch, std::size_t i, Partition partition, Output& output) {
  std::string line =
      std::to_string(partition.value) + '\t' + std::to_string(batch.offsets[i].value) + '\t' + format_iso(batch.timestamps[i]);
  for (const std::string_view field : {batch.keys[i], batch.values[i]}) line.append("\t").append(field.data() ? field : "-");
  for (const log::Header& header : log::headers_of(batch.headers[i]))
    line.append("\t").append(header.name).append("=").append(header.value);
  output.line(line);
}

class TopicPrinter {
 public:
  TopicPrinter(const ReadFlags& flags, log::Reader& reader, Context& context) : flags_(flags), reader_(reader), context_(context) {}

  Status run() {
    if (flags_.pretty) {
      TRY_ASSIGN(pretty_, PrettyPrinter::make());
    }
    TRY(place_cursors());
    if (flags_.latest > 0) TRY(print_latest());
    while (!finished()) {
      TRY_ASSIGN(const bool printed, print_round());
      if (printed) continue;
      if (!flags_.follow) break;
      context_.output.flush();
      TRY(reader_.wait(std::chrono::milliseconds{500}));  // bounded, so that a signal just before it is not slept through
      TRY(look_for_more());
    }
    context_.output.flush();
    return {};
  }

 private:
  bool finished() const {
    return context_.interrupt.requested() || context_.output.closed() || (flags_.messages_max > 0 && printed_ >= flags_.messages_max);
  }

  Status place_cursors() {
    const std::uint32_t partitions = reader_.topic().options.partitions;
    const bool one = flags_.given("--partition");
    if (one && flags_.partition >= partitions) {
      return fail(ErrorKind::kNotFound, "topic " + flags_.name + " has partitions 0 to " + std::to_string(partitions - 1) + ", not " +
                                            std::to_string(flags_.partition));
    }
    const auto first = one ? static_cast<std::uint32_t>(flags_.partition) : 0;
    const std::uint32_t after_last = one ? first + 1 : partitions;
    for (std::uint32_t partition = first; partition < after_last; ++partition) {
      TRY_ASSIGN(const OffsetRange range, reader_.range(Partition{partition}));
      TRY_ASSIGN(const Offset start, start_in(Partition{partition}, range));
      cursors_.push_back({Partition{partition}, start, range.end});
    }
    return {};
  }

  Result<Offset> start_in(Partition partition, const OffsetRange& range) const {
    if (flags_.from_time) return reader_.offset_at(partition, *flags_.from_time);
    if (flags_.latest > 0) return Offset{range.end.value - std::min(flags_.latest, range.count())};
    if (!flags_.given("--offset")) return flags_.follow && !flags_.from_beginning ? range.end : range.start;
    if (flags_.offset < range.start.value || flags_.offset > range.end.value) {
      return fail(ErrorKind::kNotFound, "offset " + std::to_string(flags_.offset) + " is outside what is kept: " +
                                            std::to_string(range.start.value) + " to " + std::to_string(range.end.value));
    }
    return Offset{flags_.offset};
  }

  // The newest records of all partitions, in order of time. No more of one partition is read than could be among them.
  Status print_latest() {
    LatestRecords latest{flags_.latest};
    for (Cursor& cursor : cursors_) {
      while (cursor.next < cursor.end && !finished()) {
        TRY(reader_.read(cursor.partition, cursor.next, cursor.end, batch_));
        latest.add(cursor.partition, batch_);
        cursor.next = batch_.next;
      }
    }
    std::vector<Partition> partitions;
    latest.take(batch_, partitions);
    print_batch([&partitions](std::size_t i) { return partitions[i]; });
    return {};
  }

  Result<bool> print_round() {
    bool printed = false;
    for (Cursor& cursor : cursors_) {
      if (cursor.next >= cursor.end || finished()) continue;
      TRY(reader_.read(cursor.partition, cursor.next, cursor.end, batch_));
      print_batch([&cursor](std::size_t) { return cursor.partition; });
      cursor.next = batch_.next;
      printed = true;
    }
    return printed;
  }

  template <typename PartitionOf>
  void print_batch(PartitionOf partition_of) {
    if (pretty_) pretty_->decode(batch_);
    for (std::size_t i = 0; i < batch_.size() && !finished(); ++i, ++printed_) {
      if (pretty_) {
        for (const std::string& line : pretty_->lines_of(i)) context_.output.line(line);
      } else if (context_.output.json()) {
        print_json(batch_, i, partition_of(i), context_.output);
      } else {
        print_text(batch_, i, partition_of(i), context_.output);
      }
    }
  }

  Status look_for_more() {
    for (Cursor& cursor : cursors_) {
      TRY_ASSIGN(const OffsetRange range, reader_.range(cursor.partition));
      cursor.next = std::max(cursor.next, range.start);  // retention may have overtaken us
      cursor.end = range.end;
    }
    return {};
  }

  const ReadFlags& flags_;
  log::Reader& reader_;
  Context& context_;
  std::vector<Cursor> cursors_;
  log::RecordBatch batch_;
  std::unique_ptr<PrettyPrinter> pretty_;
  std::uint64_t printed_ = 0;
};

Status check(const ReadFlags& flags) {
  if (flags.given("--offset") && !flags.given("--partition"))
    return fail(ErrorKind::kInvalid, "--offset is of one partition: name it with --partition");
  if (flags.given("--offset") && flags.from_beginning)
    return fail(ErrorKind::kInvalid, "--offset and --from-beginning are two starts: leave one out");
  if (flags.latest > 0 && (flags.given("--offset") || flags.from_beginning))
    return fail(ErrorKind::kInvalid, "--latest is a start of its own: leave out --offset and --from-beginning");
  if (flags.from_time && (flags.latest > 0 || flags.given("--offset") || flags.from_beginning))
    return fail(ErrorKind::kInvalid, "--from-time is a start of its own: leave out --latest, --offset and --from-beginning");
  const CLI::App* const program = flags.app->get_parent()->get_parent();
  if (flags.pretty && program->get_option("--json")->as<bool>())
    return fail(ErrorKind::kInvalid, "--pretty is for people and --json for scripts: leave one out");
  return {};
}

Status run(const ReadFlags& flags, Context& context) {
  TRY_ASSIGN(log::Log* const log, context.workspace.log());
  TRY_ASSIGN(const auto reader, reader_of(*log, flags.name));
  return TopicPrinter{flags, *reader, context}.run();
}

}  // namespace

void add_topics_read(CLI::App& topics, Commands& commands) {
  CLI::App* app = topics.add_subcommand("read", "Print the records of a topic");
  const auto flags = std::make_shared<ReadFlags>();
  flags->app = app;
  name_argument(*app, flags->name);
  count_flag(*app, "--partition", flags->partition, "Only this partition; else all")->default_str("");
  switch_flag(*app, "--from-beginning", flags->from_beginning, "Begin with the oldest record kept, also with --follow");
  count_flag(*app, "--offset", flags->offset, "Begin with this offset of the partition")->default_str("");
  instant_flag(*app, "--from-time", flags->from_time, "Begin with the first record of each partition that is of this time or later");
  count_flag(*app, "--max-messages", flags->messages_max, "End after so many; 0: no bound");
  switch_flag(*app, "--follow", flags->follow, "Wait for new records until stopped");
  count_flag(*app, "--latest", flags->latest, "Begin with the newest so many of all partitions, in order of time", 0, kLatestMax)
      ->default_str("");
  switch_flag(*app, "--pretty", flags->pretty, "Show the events in columns; safe on a terminal, whatever a title holds");
  app->footer(
      "Ends at the newest record unless told to --follow. Columns: partition, offset, timestamp, key, value, headers.\n"
      "\nExamples:\n"
      "  playhead topics read music-plays --max-messages 10\n"
      "  playhead topics read music-plays --follow --latest 50 --pretty\n"
      "  playhead topics read music-plays --follow --json\n"
      "  playhead topics read music-plays --from-time 2026-03-01T12:00:00Z\n"
      "  playhead topics read music-plays --partition 0 --offset 42 --max-messages 1");
  commands.push_back({app, [flags] { return check(*flags); }, [flags](Context& context) { return run(*flags, context); }});
}

Result<std::unique_ptr<log::Reader>> reader_of(log::Log& log, const std::string& topic) {
  auto reader = log.reader(topic);
  if (!reader && reader.error().kind == ErrorKind::kNotFound) reader.error().message += kWhichTopics;
  return reader;
}

void name_argument(CLI::App& app, std::string& target) {
  only_names(app.add_option("NAME", target, "The topic")->type_name("")->required()->configurable(false), "topic");
}

}  // namespace playhead::cli
