#include "sink/reject_tables.h"

#include "table/parquet_reader.h"

namespace playhead::sink {
namespace {

using table::ColumnType;

constexpr const char* kLate = "late";
constexpr const char* kDeadLetters = "dead_letters";
// A dead letter may have 16 MiB.
constexpr std::size_t kReadRows = 64;

Offset first_offset(const table::Rows& rows) { return Offset{static_cast<std::uint64_t>(rows.columns[2].number(0))}; }

void add_nullable(table::Values& into, std::string_view text) {
  if (text.data() == nullptr) return into.add_null();
  into.add_text(text);
}

Status read_files(io::FileSystem& files, const std::string& folder, const table::Schema& schema, const TakeRows& take) {
  const auto names = files.list(folder);
  if (!names && names.error().kind == ErrorKind::kNotFound) return {};
  if (!names) return std::unexpected(names.error());
  table::Rows rows;
  for (const std::string& name : *names) {
    if (!name.ends_with(".parquet")) continue;
    const std::string path = io::join(folder, name);
    TRY_ASSIGN(const auto reader, table::ParquetReader::open(files, path, {.batch_rows = kReadRows}));
    if (reader->schema() != schema) return fail(ErrorKind::kInvalid, path + " does not have the columns of this table");
    for (;;) {
      TRY_ASSIGN(const bool more, reader->next(rows));
      if (!more) break;
      TRY_ASSIGN(const bool wanted, take(rows));
      if (!wanted) return {};
    }
  }
  return {};
}

}  // namespace

const table::Schema& late_schema() {
  static const table::Schema schema = {{"topic", ColumnType::kText},           {"partition", ColumnType::kInteger},
                                       {"offset", ColumnType::kInteger},       {"ingest_time", ColumnType::kTimestamp},
                                       {"event_time", ColumnType::kTimestamp}, {"event_id", ColumnType::kId},
                                       {"reason", ColumnType::kText},          {"kind", ColumnType::kText},
                                       {"is_play", ColumnType::kFlag},         {"late_by_ms", ColumnType::kInteger, true},
                                       {"user", ColumnType::kText, true}};
  return schema;
}

const table::Schema& dead_letter_schema() {
  static const table::Schema schema = {{"topic", ColumnType::kText},        {"partition", ColumnType::kInteger},
                                       {"offset", ColumnType::kInteger},    {"ingest_time", ColumnType::kTimestamp},
                                       {"reason", ColumnType::kText},       {"key", ColumnType::kBytes, true},
                                       {"value", ColumnType::kBytes, true}, {"headers", ColumnType::kBytes, true}};
  return schema;
}

RejectRows::RejectRows(std::string topic, Partition partition)
    : topic_(std::move(topic)), partition_(partition), late_(late_schema()), dead_letters_(dead_letter_schema()) {}

void RejectRows::add_late(const LateEvent& event) {
  auto column = late_.columns.begin();
  (column++)->add_text(topic_);
  (column++)->add_number(partition_.value);
  (column++)->add_number(static_cast<std::int64_t>(event.offset.value));
  (column++)->add_number(to_micros(event.ingest_time));
  (column++)->add_number(to_micros(event.event_time));
  (column++)->add_id(event.id.bytes);
  (column++)->add_text(stream::reason_named(stream::code_of(event.reason)));
  (column++)->add_text(event::name_of(event.kind));
  (column++)->add_number(event.is_play ? 1 : 0);
  if (event.late_by_ms) {
    column->add_number(*event.late_by_ms);
  } else {
    column->add_null();
  }
  add_nullable(*++column, event.user);
}

void RejectRows::add_dead_letter(const DeadLetter& letter) {
  auto column = dead_letters_.columns.begin();
  (column++)->add_text(topic_);
  (column++)->add_number(partition_.value);
  (column++)->add_number(static_cast<std::int64_t>(letter.offset.value));
  (column++)->add_number(to_micros(letter.ingest_time));
  (column++)->add_text(event::name_of(letter.reason));
  add_nullable(*column++, letter.key);
  add_nullable(*column++, letter.value);
  add_nullable(*column, letter.headers.empty() ? std::string_view{} : letter.headers);
}

void RejectRows::clear() {
  late_.clear();
  dead_letters_.clear();
}

RejectTables::RejectTables(io::FileSystem& files, const Options& options, std::unique_ptr<table::PublishedFolder> folder)
    : files_(files),
      folder_(std::move(folder)),
      growing_(files, options.folder, *folder_, {.file_bytes_target = options.file_bytes_target}) {}

Result<std::unique_ptr<RejectTables>> RejectTables::claim(io::FileSystem& files, Options options) {
  const std::string owner = R"({"rejects_of":)" + options.owner + "}";
  TRY_ASSIGN(auto folder, table::PublishedFolder::claim(files, options.folder, owner, options.may_claim));
  return std::unique_ptr<RejectTables>(new RejectTables(files, options, std::move(folder)));
}

Status RejectTables::commit(std::span<RejectRows* const> lanes, std::string ledger) {
  Status status{};
  for (std::size_t i = 0; status && i < lanes.size(); ++i) {
    if (lanes[i] != nullptr) status = add(*lanes[i]);
  }
  if (status) status = folder_->commit({}, {}, std::move(ledger));
  to_be_repeated_ = !status;
  if (!status) {
    growing_.forget();
    return status;
  }
  for (RejectRows* lane : lanes) {
    if (lane != nullptr) lane->clear();
  }
  return {};
}

Status RejectTables::add(const RejectRows& lane) {
  if (lane.late().size() != 0) TRY(growing_.add(kLate, lane.partition(), first_offset(lane.late()), lane.late()));
  if (lane.dead_letters().size() == 0) return {};
  return growing_.add(kDeadLetters, lane.partition(), first_offset(lane.dead_letters()), lane.dead_letters());
}

Status RejectTables::adopt(RowTable table, Partition partition, const RowFileBytes& rows) {
  return growing_.add_file(table == RowTable::kLate ? kLate : kDeadLetters, partition, rows.first, rows.bytes);
}

Result<table::ConsolidationReport> RejectTables::consolidate(const table::ConsolidationOptions& options) {
  if (to_be_repeated_) return fail(ErrorKind::kBusy, "a commit of " + folder_->folder() + " is to be repeated first");
  growing_.forget();
  return table::consolidate(files_, *folder_, options);
}

Status read_late(io::FileSystem& files, const std::string& folder, const TakeRows& take) {
  return read_files(files, io::join(folder, kLate), late_schema(), take);
}

Status read_dead_letters(io::FileSystem& files, const std::string& folder, const TakeRows& take) {
  return read_files(files, io::join(folder, kDeadLetters), dead_letter_schema(), take);
}

}  // namespace playhead::sink
