#include "sink/event_rows.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <string>

namespace playhead::sink {
namespace {

using event::Field;
using event::FieldType;
using stream::Disposition;
using table::ColumnType;
using table::Values;

ColumnType column_type(FieldType type) {
  switch (type) {
    case FieldType::kText: return ColumnType::kText;
    case FieldType::kInteger: return ColumnType::kInteger;
    case FieldType::kReal: return ColumnType::kReal;
    case FieldType::kFlag: return ColumnType::kFlag;
  }
  return ColumnType::kText;
}

std::vector<Field> fields_of_a_lake() {
  std::vector<Field> fields;
  for (std::size_t i = 0; i < event::kFieldCount; ++i) {
    const Field field{static_cast<std::uint8_t>(i)};
    if (field != Field::kEventId) fields.push_back(field);
  }
  return fields;
}

const std::vector<Field>& lake_fields() {
  static const std::vector<Field> fields = fields_of_a_lake();
  return fields;
}

table::Schema make_schema() {
  table::Schema schema = {{"topic", ColumnType::kText},
                          {"partition", ColumnType::kInteger},
                          {"offset", ColumnType::kInteger},
                          {"ingest_time", ColumnType::kTimestamp},
                          {"event_time", ColumnType::kTimestamp},
                          {"event_id", ColumnType::kId},
                          {"kind", ColumnType::kText},
                          {"disposition", ColumnType::kText},
                          {"is_play", ColumnType::kFlag}};
  for (const Field field : lake_fields()) {
    schema.push_back({std::string(event::name_of(field)), column_type(event::type_of(field)), true});
  }
  schema.push_back({"extra", ColumnType::kText, true});
  return schema;
}

// Adds the kept rows of a column. Nulls are added a run at a time, so that a column without a value stays a count.
template <typename Column, typename IsNull, typename Add>
void add_column(const Column& column, std::span<const std::uint32_t> kept, Values& into, IsNull is_null, Add add) {
  if (column.empty()) return into.add_nulls(kept.size());
  std::size_t nulls = 0;
  for (const std::uint32_t row : kept) {
    if (is_null(column[row])) {
      ++nulls;
      continue;
    }
    if (nulls != 0) into.add_nulls(std::exchange(nulls, 0));
    add(column[row]);
  }
  if (nulls != 0) into.add_nulls(nulls);
}

void add_texts(const std::vector<std::string_view>& column, std::span<const std::uint32_t> kept, Values& into) {
  add_column(
      column, kept, into, [](std::string_view text) { return text.data() == nullptr; },
      [&into](std::string_view text) { into.add_text(text); });
}

// Rows mostly arrive in the order of time, so those of an hour mostly stand together, and their bytes can be taken at once.
void take(const Values& from, std::span<const std::uint32_t> rows, Values& into) {
  if (rows.empty()) return;
  if (rows.back() - rows.front() + 1 == rows.size()) return into.append(from, rows.front(), rows.size());
  into.gather(from, rows);
}

// Row numbers by hour: those of hour i are from starts[i] to starts[i + 1], in ascending order.
struct ByHour {
  std::vector<std::int32_t> hours;  // ascending
  std::vector<std::uint32_t> rows;
  std::vector<std::size_t> starts;
};

// A counting sort: rows of the same hour mostly stand together, so the hour of the row before is tried first.
ByHour group(std::span<const std::int32_t> hour_of) {
  ByHour by_hour;
  by_hour.hours.assign(hour_of.begin(), hour_of.end());
  by_hour.hours.erase(std::unique(by_hour.hours.begin(), by_hour.hours.end()), by_hour.hours.end());
  std::ranges::sort(by_hour.hours);
  by_hour.hours.erase(std::unique(by_hour.hours.begin(), by_hour.hours.end()), by_hour.hours.end());

  const auto each_row = [&](auto take) {
    std::size_t place = 0;
    for (std::uint32_t row = 0; row < hour_of.size(); ++row) {
      if (by_hour.hours[place] != hour_of[row])
        place = static_cast<std::size_t>(std::ranges::lower_bound(by_hour.hours, hour_of[row]) - by_hour.hours.begin());
      take(row, place);
    }
  };
  by_hour.starts.assign(by_hour.hours.size() + 1, 0);
  each_row([&](std::uint32_t, std::size_t place) { ++by_hour.starts[place + 1]; });
  std::partial_sum(by_hour.starts.begin(), by_hour.starts.end(), by_hour.starts.begin());
  by_hour.rows.resize(hour_of.size());
  std::vector<std::size_t> ends(by_hour.starts.begin(), by_hour.starts.end() - 1);
  each_row([&](std::uint32_t row, std::size_t place) { by_hour.rows[ends[place]++] = row; });
  return by_hour;
}

}  // namespace

EventRows::EventRows() {
  for (const Field field : lake_fields()) fields_.emplace_back(column_type(event::type_of(field)));
}

const table::Schema& EventRows::schema() {
  static const table::Schema schema = make_schema();
  return schema;
}

void EventRows::add(const event::EventBatch& events, std::span<const Offset> offsets, std::span<const Timestamp> ingest_times,
                    std::span<const event::EventId> ids, std::span<const Disposition> dispositions) {
  kept_.clear();
  for (std::uint32_t row = 0; row < events.size(); ++row) {
    if (dispositions[row] != Disposition::kDuplicate) kept_.push_back(row);
  }
  add_places(events, offsets, ingest_times, ids, dispositions);
  add_fields(events);
}

void EventRows::add_places(const event::EventBatch& events, std::span<const Offset> offsets, std::span<const Timestamp> ingest_times,
                           std::span<const event::EventId> ids, std::span<const Disposition> dispositions) {
  for (const std::uint32_t row : kept_) offsets_.add_number(static_cast<std::int64_t>(offsets[events.record[row]].value));
  for (const std::uint32_t row : kept_) ingest_times_.add_number(to_micros(ingest_times[events.record[row]]));
  for (const std::uint32_t row : kept_) event_times_.add_number(to_micros(events.time[row]));
  for (const std::uint32_t row : kept_) {
    const auto hour = std::chrono::floor<std::chrono::hours>(events.time[row]).time_since_epoch().count();
    hours_.push_back(static_cast<std::int32_t>(hour));
  }
  for (const std::uint32_t row : kept_) ids_.add_id(ids[row].bytes);
  for (const std::uint32_t row : kept_) kinds_.push_back(events.kind[row]);
  for (const std::uint32_t row : kept_) dispositions_.push_back(dispositions[row]);
  for (const std::uint32_t row : kept_) plays_.push_back(events.is_play[row]);
}

void EventRows::add_fields(const event::EventBatch& events) {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const auto field = static_cast<std::size_t>(lake_fields()[i]);
    Values& into = fields_[i];
    if (into.type() == ColumnType::kText) {
      add_texts(events.text[field], kept_, into);
    } else if (into.type() == ColumnType::kReal) {
      add_column(
          events.real[field], kept_, into, [](double real) { return std::isnan(real); }, [&into](double real) { into.add_real(real); });
    } else {
      add_column(
          events.integer[field], kept_, into, [](std::int64_t number) { return number == event::kNullInteger; },
          [&into](std::int64_t number) { into.add_number(number); });
    }
  }
  add_texts(events.extra, kept_, extra_);
}

std::uint64_t EventRows::bytes() const {
  std::uint64_t bytes = offsets_.bytes() + ingest_times_.bytes() + event_times_.bytes() + ids_.bytes() + extra_.bytes();
  for (const Values& field : fields_) bytes += field.bytes();
  return bytes + size() * (sizeof hours_[0] + sizeof kinds_[0] + sizeof dispositions_[0] + sizeof plays_[0]);
}

void EventRows::clear() {
  hours_.clear();
  for (Values* values : {&offsets_, &ingest_times_, &event_times_, &ids_, &extra_}) values->clear();
  kinds_.clear();
  dispositions_.clear();
  plays_.clear();
  for (Values& field : fields_) field.clear();
}

Status EventRows::each_hour(std::string_view topic, Partition partition, table::Rows& scratch, const TakeHour& take) const {
  const ByHour by_hour = group(hours_);
  if (scratch.schema != schema()) scratch = table::Rows(schema());
  for (std::size_t i = 0; i < by_hour.hours.size(); ++i) {
    const std::span rows(by_hour.rows.data() + by_hour.starts[i], by_hour.starts[i + 1] - by_hour.starts[i]);
    gather(topic, partition, rows, scratch);
    const Offset first{static_cast<std::uint64_t>(offsets_.number(rows.front()))};
    TRY(take(Timestamp{std::chrono::hours{by_hour.hours[i]}}, first, scratch));
  }
  scratch.clear();
  return {};
}

void EventRows::gather(std::string_view topic, Partition partition, std::span<const std::uint32_t> rows, table::Rows& into) const {
  into.clear();
  auto column = into.columns.begin();
  Values& topics = *column++;
  for (std::size_t i = 0; i < rows.size(); ++i) topics.add_text(topic);
  Values& partitions = *column++;
  for (std::size_t i = 0; i < rows.size(); ++i) partitions.add_number(partition.value);
  for (const Values* from : {&offsets_, &ingest_times_, &event_times_, &ids_}) take(*from, rows, *column++);
  Values& kinds = *column++;
  for (const std::uint32_t row : rows) kinds.add_text(event::name_of(kinds_[row]));
  Values& dispositions = *column++;
  for (const std::uint32_t row : rows) dispositions.add_text(stream::name_of(dispositions_[row]));
  Values& plays = *column++;
  for (const std::uint32_t row : rows) plays.add_number(plays_[row]);
  for (const Values& field : fields_) take(field, rows, *column++);
  take(extra_, rows, *column);
}

}  // namespace playhead::sink
