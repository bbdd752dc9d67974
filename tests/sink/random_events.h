// tests/sink/random_events.h: random batches of events, the rows that a lake must have for them, and the rows that a folder holds.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "event/batch.h"
#include "event/event_id.h"
#include "io/file_system.h"
#include "sink/event_rows.h"
#include "stream/disposition.h"
#include "table/parquet_reader.h"

namespace playhead::sink {

using Cells = std::vector<std::optional<std::string>>;  // of one row; a null is nullopt

inline std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

inline std::string text_of(double real) { return std::to_string(std::bit_cast<std::int64_t>(real)); }

inline std::optional<std::string> cell(const table::Values& values, std::size_t row) {
  using table::ColumnType;
  if (values.is_null(row)) return std::nullopt;
  switch (values.type()) {
    case ColumnType::kText:
    case ColumnType::kBytes: return std::string(values.text(row));
    case ColumnType::kId: return hex(values.text(row));
    case ColumnType::kReal: return text_of(values.real(row));
    default: return std::to_string(values.number(row));
  }
}

inline std::vector<Cells> cells_of(const table::Rows& rows) {
  std::vector<Cells> all(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (const table::Values& column : rows.columns) all[row].push_back(cell(column, row));
  }
  return all;
}

// Of one file, in its order.
inline std::vector<Cells> read_cells(io::FileSystem& files, const std::string& path, const table::Schema& schema) {
  std::vector<Cells> all;
  const auto reader = table::ParquetReader::open(files, path, {});
  EXPECT_TRUE(reader) << path << ": " << reader.error().message;
  if (!reader) return all;
  EXPECT_EQ((*reader)->schema(), schema) << path;
  table::Rows rows;
  for (;;) {
    const auto more = (*reader)->next(rows);
    EXPECT_TRUE(more) << path << ": " << more.error().message;
    if (!more || !*more) return all;
    for (Cells& cells : cells_of(rows)) all.push_back(std::move(cells));
  }
}

// What a recursive glob of *.parquet finds: names relative to the folder.
inline std::vector<std::string> visible_files(io::FileSystem& files, const std::string& folder, const std::string& place = "") {
  std::vector<std::string> found;
  const auto names = files.list(place.empty() ? folder : io::join(folder, place));
  if (!names) return found;
  for (const std::string& name : *names) {
    if (name.starts_with('.')) continue;
    const std::string inner = place.empty() ? name : io::join(place, name);
    if (name.ends_with(".parquet")) found.push_back(inner);
    for (std::string& deeper : visible_files(files, folder, inner)) found.push_back(std::move(deeper));
  }
  return found;
}

// The rows of each file.
inline std::map<std::string, std::vector<Cells>> read_folder(io::FileSystem& files, const std::string& folder,
                                                             const table::Schema& schema) {
  std::map<std::string, std::vector<Cells>> by_file;
  for (const std::string& name : visible_files(files, folder)) by_file[name] = read_cells(files, io::join(folder, name), schema);
  return by_file;
}

inline std::vector<Cells> sorted_rows(const std::map<std::string, std::vector<Cells>>& by_file) {
  std::vector<Cells> all;
  for (const auto& [name, rows] : by_file) all.insert(all.end(), rows.begin(), rows.end());
  std::ranges::sort(all);
  return all;
}

// A batch, and what the lake must have of it: rows in the order of columns that sink/event_rows.h names.
struct Arrival {
  event::EventBatch events;
  std::vector<Offset> offsets;  // of records, as are ingest times
  std::vector<Timestamp> ingest_times;
  std::vector<event::EventId> ids;
  std::vector<stream::Disposition> dispositions;
  std::deque<std::string> texts;  // what the views of `events` point to
  std::vector<Cells> expected;

  void add_to(EventRows& rows) const { rows.add(events, offsets, ingest_times, ids, dispositions); }
};

class Arrivals {
 public:
  struct Options {
    Partition partition{};
    std::size_t records_max = 40;
    Timestamp from = from_micros(1'541'073'600'000'000);  // 2018-11-01T12:00:00Z
    Duration span = std::chrono::hours{3};                // of event times
    double duplicates = 0.1;
  };
  Arrivals(std::uint64_t seed, Options options) : random_(seed), options_(options) {}

  // Some fields are in the batch, the others are not projected.
  Arrival next() {
    Arrival arrival;
    for (std::size_t field = 0; field < event::kFieldCount; ++field) projected_[field] = random_.chance(0.7);
    with_extra_ = random_.chance(0.5);
    const std::uint64_t records = random_.below(options_.records_max + 1);
    for (std::uint32_t record = 0; record < records; ++record) {
      arrival.offsets.push_back(offset_);
      offset_.value += 1 + random_.below(3);
      arrival.ingest_times.push_back(options_.from + Duration{static_cast<std::int64_t>(random_.below(1'000'000'000))});
      if (!random_.chance(0.1)) add_event(arrival, record);  // the others are dead letters
    }
    return arrival;
  }

 private:
  void add_event(Arrival& arrival, std::uint32_t record) {
    using stream::Disposition;
    event::EventBatch& events = arrival.events;
    const event::Kind kind{static_cast<std::uint8_t>(random_.below(event::kKindCount))};
    const auto time = options_.from + Duration{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(options_.span.count())))};
    event::EventId id;
    for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(random_.below(256));
    constexpr Disposition kKept[] = {Disposition::kLate, Disposition::kRestated, Disposition::kOnTime};
    const bool duplicate = random_.chance(options_.duplicates);
    const Disposition disposition = duplicate ? Disposition::kDuplicate : kKept[random_.below(3)];
    const std::uint8_t play = random_.chance(0.5) ? 1 : 0;
    events.record.push_back(record);
    events.kind.push_back(kind);
    events.is_play.push_back(play);
    events.time.push_back(time);
    arrival.ids.push_back(id);
    arrival.dispositions.push_back(disposition);
    Cells cells = {"plays",
                   std::to_string(options_.partition.value),
                   std::to_string(arrival.offsets[record].value),
                   std::to_string(to_micros(arrival.ingest_times[record])),
                   std::to_string(to_micros(time)),
                   to_text(id),
                   std::string(event::name_of(kind)),
                   std::string(stream::name_of(disposition)),
                   std::to_string(play)};
    for (std::size_t i = 0; i < event::kFieldCount; ++i) {
      const event::Field field{static_cast<std::uint8_t>(i)};
      auto value = add_field(arrival, field);
      if (field != event::Field::kEventId) cells.push_back(std::move(value));
    }
    cells.push_back(with_extra_ ? add_text(arrival, events.extra) : std::nullopt);
    if (!duplicate) arrival.expected.push_back(std::move(cells));
  }

  std::optional<std::string> add_field(Arrival& arrival, event::Field field) {
    const auto i = static_cast<std::size_t>(field);
    event::EventBatch& events = arrival.events;
    if (!projected_[i]) return std::nullopt;
    const bool null = random_.chance(0.3);
    switch (event::type_of(field)) {
      case event::FieldType::kText: return add_text(arrival, events.text[i]);
      case event::FieldType::kReal:
        events.real[i].push_back(null ? std::nan("") : random_.unit() * 1000 - 500);
        return null ? std::nullopt : std::optional(text_of(events.real[i].back()));
      default: {
        const bool flag = event::type_of(field) == event::FieldType::kFlag;
        const auto number = static_cast<std::int64_t>(flag ? random_.below(2) : random_.next() >> 1);
        events.integer[i].push_back(null ? event::kNullInteger : number);
        return null ? std::nullopt : std::optional(std::to_string(number));
      }
    }
  }

  std::optional<std::string> add_text(Arrival& arrival, std::vector<std::string_view>& column) {
    if (random_.chance(0.3)) {
      column.push_back({});
      return std::nullopt;
    }
    std::string text = "caf\xC3\xA9 ";
    text.resize(random_.below(2) * text.size());  // often empty, which is not null
    text.append(random_.below(20), static_cast<char>('a' + random_.below(26)));
    arrival.texts.push_back(text);
    column.push_back(std::string_view(arrival.texts.back()));
    return text;
  }

  Random random_;
  Options options_;
  Offset offset_{7};
  std::array<bool, event::kFieldCount> projected_{};
  bool with_extra_ = false;
};

}  // namespace playhead::sink
