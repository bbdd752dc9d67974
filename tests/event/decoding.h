// tests/event/decoding.h: records in, outcomes out, as text that tests compare.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "event/decoder.h"
#include "event/record_scan.h"

namespace playhead::event {

inline std::string joined(const auto&... parts) {
  std::string whole;
  (whole.append(parts), ...);
  return whole;
}

inline const Timestamp kIngest = parse_iso("2026-01-02T00:00:00Z")->time;

inline constexpr Dialect kDialects[] = {Dialect::kAuto, Dialect::kTuneTracker, Dialect::kEventsim, Dialect::kMusicStreams,
                                        Dialect::kStreamingEvents};

inline std::vector<Field> all_fields() {
  std::vector<Field> fields;
  for (std::size_t i = 0; i < kFieldCount; ++i) fields.push_back(Field{static_cast<std::uint8_t>(i)});
  return fields;
}

// Records in one buffer, with the readable bytes behind each that the decoder asks for, and hostile ones at that: an unread quote.
class Records {
 public:
  explicit Records(const std::vector<std::string>& records) {
    for (const std::string& record : records) {
      places_.emplace_back(bytes_.size(), record.size());
      bytes_ += record;
      bytes_.append(kReadableBehind, '"');
    }
    for (const auto& [at, length] : places_) values.emplace_back(bytes_.data() + at, length);
    ingest_times.assign(values.size(), kIngest);
  }
  Records(const Records&) = delete;

  std::vector<std::string_view> values;
  std::vector<Timestamp> ingest_times;

 private:
  std::string bytes_;
  std::vector<std::pair<std::size_t, std::size_t>> places_;
};

inline std::unique_ptr<Decoder> decoder_of(Decoder::Options options) { return Decoder::make(std::move(options)).value(); }

// A row as a person would write it down, by field name, so that batches and expectations compare as text. Null: no cell.
using Row = std::map<std::string, std::string>;

inline std::string in_quotes(std::string_view text) { return nlohmann::json(std::string(text)).dump(); }

inline Row row_of(const EventBatch& batch, std::size_t row) {
  Row cells{{"kind", std::string(name_of(batch.kind[row]))},
            {"play", batch.is_play[row] != 0 ? "yes" : "no"},
            {"time", format_iso(batch.time[row])}};
  for (const Field field : all_fields()) {
    const auto at = static_cast<std::size_t>(field);
    if (batch.text[at].empty() || batch.text[at][row].data() == nullptr) continue;
    std::string cell = in_quotes(batch.text[at][row]);
    if (!batch.integer[at].empty()) cell += joined(" ", std::to_string(batch.integer[at][row]));
    if (!batch.real[at].empty()) cell += joined(" ", std::to_string(batch.real[at][row]));
    cells[std::string(name_of(field))] = cell;
  }
  if (!batch.extra.empty() && batch.extra[row].data() != nullptr) cells["extra"] = batch.extra[row];
  return cells;
}

// By record: its row, or {"reject": reason}.
inline std::vector<Row> outcomes_of(const EventBatch& batch, std::size_t records) {
  std::vector<Row> outcomes(records);
  for (std::size_t row = 0; row < batch.size(); ++row) outcomes.at(batch.record[row]) = row_of(batch, row);
  for (const Rejected& rejected : batch.rejected) {
    EXPECT_TRUE(outcomes.at(rejected.record).empty());
    outcomes.at(rejected.record) = {{"reject", std::string(name_of(rejected.reason))}};
  }
  EXPECT_EQ(batch.size() + batch.rejected.size(), records);
  return outcomes;
}

inline std::vector<Row> decode_all(const std::vector<std::string>& records, Decoder::Options options) {
  const Records kept(records);
  EventBatch batch;
  decoder_of(std::move(options))->decode(kept.values, kept.ingest_times, batch);
  return outcomes_of(batch, records.size());
}

inline Row decode_one(const std::string& record, Decoder::Options options = {.projection = all_fields(), .extra = true}) {
  return decode_all({record}, std::move(options)).front();
}

inline std::string reason_of(const std::string& record, Decoder::Options options = {}) {
  const auto outcome = decode_one(record, std::move(options));
  return outcome.contains("reject") ? outcome.at("reject") : "accepted";
}

struct Case {
  const char* record;
  const char* reason;
};

inline void expect_reasons(const std::vector<Case>& cases) {
  for (const Case& one : cases) EXPECT_EQ(reason_of(one.record), one.reason) << one.record;
}

// A play, a page, and events of the other kinds, with room for more fields.
#define PLAY(fields) R"({"user_id":"u1","track_id":"t1","timestamp":"2025-08-04T16:17:36")" fields "}"

#define PAGE(fields) R"({"ts":1541106106796,"page":"Home")" fields "}"

#define AUTH(fields) R"({"ts":1541106106796,"success":true)" fields "}"

#define MUSIC(fields) R"({"user_id":"u1","title":"a","timestamp":1744000000)" fields "}"

#define STREAMING(fields) R"({"user_id":1,"track_id":2,"event_timestamp":"2025-08-04T16:17:36")" fields "}"

// Larger data that is not part of the project, where it is at hand.
inline std::filesystem::path shared_folder() {
  const char* named = std::getenv("PLAYHEAD_SHARED");
  return named != nullptr ? std::filesystem::path(named)
                          : std::filesystem::path(TEST_DATA_FOLDER).parent_path().parent_path() / ".." / "shared";
}

}  // namespace playhead::event
