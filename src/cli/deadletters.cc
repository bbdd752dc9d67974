#include "cli/deadletters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "cli/flags.h"
#include "cli/pretty.h"
#include "cli/raw_text.h"
#include "cli/stream_job.h"
#include "pipeline/row_ledger.h"
#include "sink/reject_tables.h"
#include "stream/disposition.h"

namespace playhead::cli {
namespace {

using Json = nlohmann::ordered_json;
using table::Rows;

constexpr std::string_view kRetryHeader = "playhead-retry-of";
constexpr std::uint64_t kRetryBytes = 4u << 20;
constexpr std::size_t kRetryRecords = 4'000;
constexpr std::size_t kValueWidth = 100;

struct Flags {
  CLI::App* app = nullptr;
  std::string job = "plays";
  std::string reason;
  std::uint64_t partition = 0;
  std::uint64_t offset = 0;
  std::uint64_t limit = 20;
  bool late = false;
  bool all = false;
  bool dry_run = false;

  bool given(const char* flag) const { return app->get_option(flag)->count() > 0; }
};

std::uint64_t number(const Rows& rows, std::string_view name, std::size_t row) {
  return static_cast<std::uint64_t>(rows.column(name).number(row));
}

Timestamp time_in(const Rows& rows, std::string_view name, std::size_t row) { return from_micros(rows.column(name).number(row)); }

std::optional<std::string_view> bytes_in(const Rows& rows, std::string_view name, std::size_t row) {
  const table::Values& values = rows.column(name);
  return values.is_null(row) ? std::nullopt : std::optional(values.text(row));
}

std::string position_of(const Rows& rows, std::size_t row) {
  return fmt::format("{}/{}", number(rows, "partition", row), number(rows, "offset", row));
}

bool matches(const Flags& flags, const Rows& rows, std::size_t row) {
  if (!flags.reason.empty() && rows.column("reason").text(row) != flags.reason) return false;
  if (flags.given("--partition") && number(rows, "partition", row) != flags.partition) return false;
  return !flags.given("--offset") || number(rows, "offset", row) == flags.offset;
}

// The tables of a job that has any, and how far they go.
struct Tables {
  std::string folder;
  pipeline::RowLedger ledger;
};

Result<Tables> tables_of(const Flags& flags, Workspace& workspace) {
  TRY_ASSIGN(JobPlace place, place_of(workspace, flags.job, "", ""));
  TRY_ASSIGN(const auto manifest, table::PublishedFolder::newest(workspace.files(), place.rejects));
  if (!manifest) {
    return fail(ErrorKind::kNotFound, "job " + flags.job + " has no table of dead letters in " + place.rejects +
                                          ": 'playhead jobs list' shows the jobs, and --job chooses one");
  }
  TRY_ASSIGN(pipeline::RowLedger ledger, pipeline::row_ledger_from(manifest->ledger));
  if (flags.given("--partition") && flags.partition >= ledger.size() && !ledger.empty()) {
    return fail(ErrorKind::kNotFound,
                fmt::format("--partition {}: the tables of job {} have partitions 0 to {}", flags.partition, flags.job, ledger.size() - 1));
  }
  return Tables{std::move(place.rejects), std::move(ledger)};
}

Status read_table(const Flags& flags, const Tables& tables, Context& context, const sink::TakeRows& take) {
  io::FileSystem& files = context.workspace.files();
  return flags.late ? sink::read_late(files, tables.folder, take) : sink::read_dead_letters(files, tables.folder, take);
}

// ---- show

Json json_of_row(const Rows& rows, std::size_t row, bool late) {
  Json object = {{"topic", rows.column("topic").text(row)},
                 {"partition", number(rows, "partition", row)},
                 {"offset", number(rows, "offset", row)},
                 {"ingest_time", format_iso(time_in(rows, "ingest_time", row))},
                 {"reason", rows.column("reason").text(row)}};
  if (late) {
    object["event_time"] = format_iso(time_in(rows, "event_time", row));
    object["kind"] = rows.column("kind").text(row);
    object["is_play"] = rows.column("is_play").number(row) != 0;
    const table::Values& late_by = rows.column("late_by_ms");
    object["late_by_ms"] = late_by.is_null(row) ? Json(nullptr) : Json(late_by.number(row));
    put_bytes(object, "user", bytes_in(rows, "user", row));
    return object;
  }
  put_bytes(object, "key", bytes_in(rows, "key", row));
  put_bytes(object, "value", bytes_in(rows, "value", row));
  Json& headers = object["headers"] = Json::array();
  for (const log::Header& header : log::headers_of(bytes_in(rows, "headers", row).value_or(""))) {
    Json one;
    put_bytes(one, "name", header.name);
    put_bytes(one, "value", header.value.data() ? std::optional(header.value) : std::nullopt);
    headers.push_back(std::move(one));
  }
  return object;
}

std::string line_of_row(const Rows& rows, std::size_t row, bool late) {
  const std::string start = fitted(position_of(rows, row), 14) + "  " + format_plain(time_in(rows, "ingest_time", row)) + "  " +
                            fitted(rows.column("reason").text(row), 13) + "  ";
  if (!late) return start + printable(bytes_in(rows, "value", row).value_or("-").substr(0, kValueWidth));
  const table::Values& late_by = rows.column("late_by_ms");
  const std::string by = late_by.is_null(row) ? "" : ", late by " + format_duration(std::chrono::milliseconds{late_by.number(row)});
  return start + fmt::format("{} of {}{}", rows.column("kind").text(row), format_plain(time_in(rows, "event_time", row)), by);
}

struct Counts {
  std::map<std::string, std::uint64_t, std::less<>> by_reason;
  std::uint64_t total = 0;
  std::uint64_t shown = 0;
};

void say_counts(const Flags& flags, const Counts& counts, Output& output) {
  if (output.json()) {
    output.object({{"rows", counts.total}, {"shown", counts.shown}, {"reasons", counts.by_reason}});
    return;
  }
  std::string reasons;
  for (const auto& [reason, count] : counts.by_reason) reasons += (reasons.empty() ? ": " : ", ") + grouped(count) + " " + reason;
  output.line(fmt::format("{} {} of job {}{}{}", grouped(counts.total), flags.late ? "late events and duplicates" : "dead letters",
                          flags.job, reasons,
                          counts.shown < counts.total ? fmt::format(" ({} shown: --limit)", grouped(counts.shown)) : ""));
}

Status show(const Flags& flags, Context& context) {
  TRY_ASSIGN(const Tables tables, tables_of(flags, context.workspace));
  Counts counts;
  TRY(read_table(flags, tables, context, [&](const Rows& rows) -> Result<bool> {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (!matches(flags, rows, row)) continue;
      ++counts.total;
      ++counts.by_reason[std::string(rows.column("reason").text(row))];
      if (flags.limit > 0 && counts.shown >= flags.limit) continue;
      ++counts.shown;
      if (context.output.json()) {
        context.output.object(json_of_row(rows, row, flags.late));
      } else {
        context.output.line(line_of_row(rows, row, flags.late));
      }
    }
    return !context.interrupt.requested() && !context.output.closed();
  }));
  say_counts(flags, counts, context.output);
  return {};
}

// ---- retry

// Appends records to one partition of one topic after another, in pieces.
class Retrier {
 public:
  explicit Retrier(log::Log& log) : log_(log) {}

  Status add(const Rows& rows, std::size_t row) {
    const std::string topic(rows.column("topic").text(row));
    const Partition partition{static_cast<std::uint32_t>(number(rows, "partition", row))};
    if (topic != topic_ || partition != partition_ || bytes_ >= kRetryBytes || letters_.size() >= kRetryRecords) TRY(flush());
    if (topic != topic_ || !appender_) {
      TRY_ASSIGN(appender_, log_.appender(topic));
      topic_ = topic;
    }
    partition_ = partition;
    Letter& letter = letters_.emplace_back();
    letter.key = copy_of(bytes_in(rows, "key", row));
    letter.value = copy_of(bytes_in(rows, "value", row));
    letter.headers = copy_of(bytes_in(rows, "headers", row)).value_or("");
    letter.position = position_of(rows, row);
    letter.ingest_time = time_in(rows, "ingest_time", row);
    bytes_ += letter.headers.size() + (letter.key ? letter.key->size() : 0) + (letter.value ? letter.value->size() : 0);
    return {};
  }

  Status flush() {
    if (letters_.empty()) return {};
    const std::uint32_t partitions = appender_->topic().options.partitions;
    if (partition_.value >= partitions) {
      return fail(ErrorKind::kNotFound, fmt::format("topic {} has no partition {} any more: it was made anew", topic_, partition_.value));
    }
    std::vector<log::Record> records;
    records.reserve(letters_.size());
    for (const Letter& letter : letters_) records.push_back(record_of(letter));
    TRY(appender_->append(partition_, records));
    sent_ += letters_.size();
    letters_.clear();
    bytes_ = 0;
    return {};
  }

  std::uint64_t sent() const { return sent_; }

 private:
  struct Letter {
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::string headers;
    std::string position;
    Timestamp ingest_time;
  };

  static std::optional<std::string> copy_of(std::optional<std::string_view> bytes) {
    return bytes ? std::optional(std::string(*bytes)) : std::nullopt;
  }
  static std::string_view view_of(const std::optional<std::string>& bytes) { return bytes ? std::string_view(*bytes) : std::string_view(); }

  // What was a retry before says of which it is now.
  static log::Record record_of(const Letter& letter) {
    log::Record record{.key = view_of(letter.key), .value = view_of(letter.value), .timestamp = letter.ingest_time};
    for (const log::Header& header : log::headers_of(letter.headers)) {
      if (header.name != kRetryHeader) record.headers.push_back(header);
    }
    record.headers.push_back({kRetryHeader, letter.position});
    return record;
  }

  log::Log& log_;
  std::string topic_;
  Partition partition_;
  std::unique_ptr<log::Appender> appender_;
  std::vector<Letter> letters_;
  std::uint64_t bytes_ = 0;
  std::uint64_t sent_ = 0;
};

// Whether the table held the row when the command began: what a running stream adds meanwhile may be the retried ones.
bool was_there(const Tables& tables, const Rows& rows, std::size_t row) {
  const std::uint64_t partition = number(rows, "partition", row);
  return partition < tables.ledger.size() && number(rows, "offset", row) < tables.ledger[partition].next.value;
}

void say_retried(const Flags& flags, std::uint64_t matched, std::uint64_t sent, Output& output) {
  if (output.json()) {
    output.object({{"job", flags.job}, {"dead_letters", matched}, {"sent", sent}, {"dry_run", flags.dry_run}});
  } else if (flags.dry_run) {
    output.line(fmt::format("{} of job {} would be sent again", counted(matched, "dead letter"), flags.job));
  } else {
    output.line(fmt::format("{} of job {} sent again", counted(sent, "dead letter"), flags.job));
    if (sent > 0)
      output.note("They stay in the table. What is sent again twice is found as a duplicate by its event id, once it can be read.");
  }
}

Status retry(const Flags& flags, Context& context) {
  TRY_ASSIGN(const Tables tables, tables_of(flags, context.workspace));
  TRY_ASSIGN(log::Log* const log, context.workspace.log());
  Retrier retrier(*log);
  std::uint64_t matched = 0;
  const auto send = [&](const Rows& rows) -> Result<bool> {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (!matches(flags, rows, row) || !was_there(tables, rows, row)) continue;
      ++matched;
      if (!flags.dry_run) TRY(retrier.add(rows, row));
    }
    return !context.interrupt.requested();
  };
  Status done = read_table(flags, tables, context, send);
  if (done) done = retrier.flush();
  say_retried(flags, matched, retrier.sent(), context.output);
  return done;
}

// A reason that no row can have is a slip of the pen, not a question with the answer 0.
Status check_reason(const Flags& flags) {
  constexpr std::array kLate = {stream::RejectReason::kLate, stream::RejectReason::kFuture, stream::RejectReason::kDuplicate};
  std::vector<std::string_view> known;
  if (flags.late) {
    for (const stream::RejectReason reason : kLate) known.push_back(stream::reason_named(stream::code_of(reason)));
  } else {
    for (std::uint8_t code = 0; code < event::kRejectCount; ++code) known.push_back(stream::reason_named(code));
  }
  if (flags.reason.empty() || std::ranges::find(known, flags.reason) != known.end()) return {};
  return fail(ErrorKind::kInvalid, fmt::format("--reason '{}': the reasons of {} are {}", flags.reason,
                                               flags.late ? "late events" : "dead letters", fmt::join(known, ", ")));
}

Status check_retry(const Flags& flags) {
  TRY(check_reason(flags));
  const bool filtered = !flags.reason.empty() || flags.given("--partition") || flags.given("--offset");
  if (!filtered && !flags.all) return fail(ErrorKind::kInvalid, "say which ones with --reason, --partition or --offset, or --all of them");
  if (flags.given("--offset") && !flags.given("--partition"))
    return fail(ErrorKind::kInvalid, "--offset is of one partition: name it with --partition");
  return {};
}

std::shared_ptr<Flags> declare(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  flags->app = &app;
  name_flag(app, "--job", flags->job, "The job", "job");
  text_flag(app, "--reason", flags->reason, "Only those with this reason", "REASON")->default_str("");
  count_flag(app, "--partition", flags->partition, "Only those of this partition")->default_str("");
  count_flag(app, "--offset", flags->offset, "Only the one at this offset")->default_str("");
  return flags;
}

void add_show(CLI::App& group, Commands& commands) {
  CLI::App* app = group.add_subcommand("show", "Print the dead letters of a job, or its late events");
  const auto flags = declare(*app);
  count_flag(*app, "--limit", flags->limit, "Print so many; 0: all");
  switch_flag(*app, "--late", flags->late, "Late events and duplicates instead");
  app->footer(
      "Columns: partition/offset, ingest time, reason, value. With --json, bytes that are not UTF-8 are in base64 (value_base64).\n"
      "\nExamples:\n"
      "  playhead deadletters show\n"
      "  playhead deadletters show --reason bad_time --limit 0 --json\n"
      "  playhead deadletters show --late --reason duplicate");
  commands.push_back({app, [flags] { return check_reason(*flags); }, [flags](Context& context) { return show(*flags, context); }});
}

void add_retry(CLI::App& group, Commands& commands) {
  CLI::App* app = group.add_subcommand("retry", "Send dead letters to their topic again, byte for byte");
  const auto flags = declare(*app);
  switch_flag(*app, "--all", flags->all, "All dead letters of the job");
  switch_flag(*app, "--dry-run", flags->dry_run, "Only say how many");
  app->footer(
      "For when the cause is gone: a newer program, another --dialect. Each goes to its own partition, with its key and headers and the\n"
      "header playhead-retry-of: <partition>/<offset>. The rows stay in the table. What is sent again twice is found as a duplicate by\n"
      "its event id, once it can be read.\n"
      "\nExamples:\n"
      "  playhead deadletters retry --reason unknown_shape --dry-run\n"
      "  playhead deadletters retry --partition 0 --offset 42\n"
      "  playhead deadletters retry --all");
  commands.push_back({app, [flags] { return check_retry(*flags); }, [flags](Context& context) { return retry(*flags, context); }});
}

}  // namespace

void add_deadletters(CLI::App& program, Commands& commands) {
  CLI::App* app = program.add_subcommand("deadletters", "Show the records that are in no window, and send dead letters again");
  app->require_subcommand(1);
  app->footer("Examples:\n  playhead deadletters show\n  playhead deadletters retry --reason unknown_shape --dry-run");
  add_show(*app, commands);
  add_retry(*app, commands);
}

}  // namespace playhead::cli
