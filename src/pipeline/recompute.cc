#include "pipeline/recompute.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "event/event_id.h"
#include "sink/reject_tables.h"
#include "table/parquet_reader.h"

namespace playhead::pipeline {
namespace {

using Position = std::pair<std::uint32_t, std::uint64_t>;

class Recount {
 public:
  Recount(io::FileSystem& files, const JobIdentity& identity, const RecomputeRule& rule, const Ledger& windows)
      : files_(files), identity_(identity), rule_(rule), windows_(windows) {}

  Status lake(const RowFolders& folders) {
    TRY(require_rows(folders.lake));
    constexpr std::chrono::hours kHour{1};
    for (Timestamp hour = floor_to(rule_.from, kHour); hour < rule_.to; hour += kHour) {
      const std::string folder = io::join(folders.lake, sink::hour_folder(hour, folders.layout));
      const auto names = files_.list(folder);
      if (!names && names.error().kind != ErrorKind::kNotFound) return std::unexpected(names.error());
      if (!names) continue;
      for (const std::string& name : *names) {
        if (name.ends_with(".parquet")) TRY(events_of(io::join(folder, name)));
      }
    }
    return {};
  }

  Status find_future(const std::string& rejects) {
    return sink::read_late(files_, rejects, [this](const table::Rows& rows) -> Result<bool> {
      for (std::size_t row = 0; row < rows.size(); ++row) {
        if (rows.column("reason").text(row) == "future") future_.insert(position_of(rows.column("partition"), rows.column("offset"), row));
      }
      return true;
    });
  }

  Status dead_letters(const std::string& rejects) {
    return sink::read_dead_letters(files_, rejects, [this](const table::Rows& rows) -> Result<bool> {
      for (std::size_t row = 0; row < rows.size(); ++row) decode(rows, row);
      return true;
    });
  }

  WindowCountsByKey take() { return std::move(counts_); }

 private:
  static Position position_of(const table::Values& partition, const table::Values& offset, std::size_t row) {
    return {static_cast<std::uint32_t>(partition.number(row)), static_cast<std::uint64_t>(offset.number(row))};
  }

  // Where the job was reset, offsets do not tell: there the lake is exactly as far as the windows.
  bool merged(const Position& position) const {
    if (position.first >= windows_.partitions.size()) return false;
    const LedgerPartition& windows = windows_.partitions[position.first];
    return windows.tally.resets > 0 || Offset{position.second} < windows.next;
  }

  static bool holds_all(const RowLedgerPartition& lake, const LedgerPartition& windows) {
    const Offset first = lake.earlier.empty() ? lake.first : lake.earlier.front().start;
    if (windows.tally.resets > 0) return first == Offset{0} && lake.epoch == windows.epoch;
    return first == Offset{0} && lake.next >= windows.next;
  }

  // The lake has to hold what the windows hold.
  Status require_rows(const std::string& folder) const {
    TRY_ASSIGN(const RowLedger ledger, committed_row_ledger(files_, folder));
    for (std::size_t i = 0; i < windows_.partitions.size(); ++i) {
      if (i < ledger.size() && holds_all(ledger[i], windows_.partitions[i])) continue;
      return fail(ErrorKind::kInvalid, folder + " does not hold all that is in the windows (partition " + std::to_string(i) +
                                           "): it began later than the job, or is behind. Let the stream run to a stop first");
    }
    return {};
  }

  Status events_of(const std::string& path) {
    const std::string key(event::name_of(identity_.key));
    TRY_ASSIGN(const auto reader,
               table::ParquetReader::open(files_, path, {.columns = {"partition", "offset", "event_time", "disposition", "is_play", key}}));
    table::Rows rows;
    while (true) {
      TRY_ASSIGN(const bool more, reader->next(rows));
      if (!more) return {};
      count_all(rows, rows.column(key));
    }
  }

  void count_all(const table::Rows& rows, const table::Values& keys) {
    const table::Values& partitions = rows.column("partition");
    const table::Values& offsets = rows.column("offset");
    const table::Values& times = rows.column("event_time");
    const table::Values& dispositions = rows.column("disposition");
    const table::Values& plays = rows.column("is_play");
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const Position position = position_of(partitions, offsets, row);
      const bool counts = dispositions.text(row) != "late" || (rule_.late && !future_.contains(position));
      if (counts && plays.number(row) != 0 && merged(position)) count(from_micros(times.number(row)), key_of(keys, row));
    }
  }

  void decode(const table::Rows& rows, std::size_t row) {
    if (!merged(position_of(rows.column("partition"), rows.column("offset"), row))) return;
    std::string value(rows.column("value").text(row));
    const std::size_t length = value.size();
    value.resize(length + 64);  // readable bytes behind it, as the decoder asks for
    const std::string_view view(value.data(), length);
    const Timestamp ingest_time = from_micros(rows.column("ingest_time").number(row));
    rule_.decoder->decode({&view, 1}, {&ingest_time, 1}, batch_);
    if (batch_.size() == 0 || batch_.is_play[0] == 0) return;
    const std::string_view named = batch_.text_of(event::Field::kEventId)[0];
    const auto id = event::event_id({}, named.data() == nullptr ? std::nullopt : std::optional(named), identity_.topic,
                                    rows.column("key").text(row), view);
    if (!decoded_.insert(id).second) return;  // the same broken record, sent twice
    const std::string_view key = batch_.text_of(identity_.key)[0];
    count(batch_.time[0], key.data() == nullptr ? std::string(stream::kUnknownKey) : std::string(key));
  }

  static std::string key_of(const table::Values& values, std::size_t row) {
    if (values.is_null(row)) return std::string(stream::kUnknownKey);
    switch (values.type()) {
      case table::ColumnType::kText: return std::string(values.text(row));
      case table::ColumnType::kFlag: return values.number(row) != 0 ? "true" : "false";
      default: return std::to_string(values.number(row));
    }
  }

  void count(Timestamp time, std::string key) {
    if (time < rule_.from || time >= rule_.to) return;
    ++counts_[{floor_to(time, identity_.window), std::move(key)}];
  }

  io::FileSystem& files_;
  const JobIdentity& identity_;
  const RecomputeRule& rule_;
  const Ledger& windows_;
  std::set<Position> future_;
  std::set<event::EventId> decoded_;
  event::EventBatch batch_;
  WindowCountsByKey counts_;
};

}  // namespace

Result<WindowCountsByKey> recount(io::FileSystem& files, const RowFolders& folders, const JobIdentity& identity, const RecomputeRule& rule,
                                  const Ledger& windows) {
  if (event::type_of(identity.key) == event::FieldType::kReal) {
    return fail(ErrorKind::kInvalid, "the job counts per " + std::string(event::name_of(identity.key)) +
                                         ", a real number: the lake keeps its value, not the text that was counted");
  }
  Recount recount(files, identity, rule, windows);
  if (rule.late) TRY(recount.find_future(folders.rejects));
  TRY(recount.lake(folders));
  if (rule.decoder != nullptr) TRY(recount.dead_letters(folders.rejects));
  return recount.take();
}

}  // namespace playhead::pipeline
