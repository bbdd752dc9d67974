// fuzz/decoder_target.h: what has to hold of the decoder for any bytes; the part that the targets of all dialects share.
//
// The bytes are records, one a line. Whatever they are, each record becomes one row or one dead letter, the same one whatever is
// projected and kept, and the same in its named dialect as when its dialect is told from its keys.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "event/decoder.h"
#include "event/record_scan.h"

namespace playhead::event {

class DecoderTarget {
 public:
  explicit DecoderTarget(Dialect dialect) : dialect_(dialect) {
    for (std::size_t i = 0; i < kFieldCount; ++i) fields_.push_back(Field{static_cast<std::uint8_t>(i)});
    told_ = Decoder::make({.projection = fields_, .extra = true}).value();
    told_bare_ = Decoder::make({}).value();
    named_ = Decoder::make({.dialect = dialect, .projection = fields_, .extra = true}).value();
    named_bare_ = Decoder::make({.dialect = dialect, .projection = {Field::kGenre}}).value();
  }

  void run(const std::uint8_t* data, std::size_t size) {
    const std::vector<Record> records = records_of({reinterpret_cast<const char*>(data), size});
    std::vector<std::string_view> values;
    for (const Record& record : records) values.push_back(record.value);
    const std::vector<Timestamp> ingest_times(values.size(), from_micros(1'800'000'000'000'000));
    told_->decode(values, ingest_times, whole_);
    check(whole_, values);
    told_bare_->decode(values, ingest_times, bare_);
    require(same_judgement(whole_, bare_));
    named_->decode(values, ingest_times, own_);
    check(own_, values);
    named_bare_->decode(values, ingest_times, bare_);
    require(same_judgement(own_, bare_));
    check_told_as_named(whole_, own_);
  }

 private:
  // Each record in memory of its own, with the readable bytes behind it and not one more, so that a sanitizer sees a read past them.
  struct Record {
    explicit Record(std::string_view text)
        : bytes(std::make_unique<char[]>(text.size() + kReadableBehind)), value(bytes.get(), text.size()) {
      if (!text.empty()) std::memcpy(bytes.get(), text.data(), text.size());
      std::memset(bytes.get() + text.size(), '"', kReadableBehind);
    }

    std::unique_ptr<char[]> bytes;
    std::string_view value;
  };

  static void require(bool holds) {
    if (!holds) std::abort();
  }

  static std::vector<Record> records_of(std::string_view lines) {
    std::vector<Record> records;
    while (true) {
      const std::size_t end = lines.find('\n');
      records.emplace_back(lines.substr(0, end));
      if (end == std::string_view::npos) return records;
      lines.remove_prefix(end + 1);
    }
  }

  // Reads every byte of the text, so that a sanitizer sees a view that leads nowhere.
  static void check_text(std::string_view text, std::string_view record) {
    unsigned sum = 0;
    for (const char byte : text) sum += static_cast<unsigned char>(byte);
    require(sum <= 255 * text.size());
    require(text.size() <= record.size());
  }

  void check(const EventBatch& batch, const std::vector<std::string_view>& values) {
    require(batch.size() + batch.rejected.size() == values.size());
    require(batch.record.size() == batch.size() && batch.kind.size() == batch.size() && batch.is_play.size() == batch.size());
    require(batch.extra.size() == batch.size());
    for (std::size_t field = 0; field < kFieldCount; ++field) {
      require(batch.text[field].size() == batch.size());
      for (std::size_t row = 0; row < batch.size(); ++row) check_cell(batch, field, row, values[batch.record[row]]);
    }
    for (std::size_t row = 0; row < batch.size(); ++row) {
      require(batch.time[row] >= Timestamp{});
      check_text(batch.extra[row], values[batch.record[row]]);
      if (batch.extra[row].data() != nullptr) check_object(batch.extra[row]);
    }
  }

  static void check_cell(const EventBatch& batch, std::size_t field, std::size_t row, std::string_view record) {
    const std::string_view text = batch.text[field][row];
    check_text(text, record);
    const bool null = text.data() == nullptr;
    if (!batch.integer[field].empty()) require(null == (batch.integer[field][row] == kNullInteger));
    if (!batch.real[field].empty()) require(null == std::isnan(batch.real[field][row]));
    if (type_of(Field{static_cast<std::uint8_t>(field)}) == FieldType::kFlag && !null) {
      require(text == (batch.integer[field][row] == 1 ? "true" : "false"));
    }
  }

  // What is kept of a record is an object again.
  void check_object(std::string_view text) {
    const Record record(text);
    const Timestamp ingest_time = from_micros(1'800'000'000'000'000);
    told_bare_->decode({&record.value, 1}, {&ingest_time, 1}, bare_);
    require(bare_.rejected.empty() || is_of_an_object(bare_.rejected.front().reason));
  }

  static bool is_of_an_object(Reject reason) {
    return reason == Reject::kUnknownShape || reason == Reject::kMissingField || reason == Reject::kWrongType || reason == Reject::kBadTime;
  }

  static bool same_judgement(const EventBatch& one, const EventBatch& other) {
    const auto same = [](const Rejected& left, const Rejected& right) {
      return left.record == right.record && left.reason == right.reason;
    };
    return one.record == other.record && one.time == other.time && one.is_play == other.is_play && one.kind == other.kind &&
           std::ranges::equal(one.rejected, other.rejected, same);
  }

  static Dialect dialect_of(Kind kind) {
    switch (kind) {
      case Kind::kTrackPlay: return Dialect::kTuneTracker;
      case Kind::kMusicStream: return Dialect::kMusicStreams;
      case Kind::kStreaming:
      case Kind::kLike: return Dialect::kStreamingEvents;
      case Kind::kListen:
      case Kind::kPageView:
      case Kind::kAuth:
      case Kind::kStatusChange: return Dialect::kEventsim;
    }
    std::abort();
  }

  // An event that is told to be of the dialect is the same event where the dialect is named; what is no JSON object is so in both.
  void check_told_as_named(const EventBatch& told, const EventBatch& named) {
    std::map<std::uint32_t, std::size_t> rows;
    for (std::size_t row = 0; row < named.size(); ++row) {
      require(dialect_of(named.kind[row]) == dialect_);
      rows[named.record[row]] = row;
    }
    for (std::size_t row = 0; row < told.size(); ++row) {
      if (dialect_of(told.kind[row]) != dialect_) continue;
      const auto found = rows.find(told.record[row]);
      require(found != rows.end() && same_row(told, row, named, found->second));
    }
    for (const Rejected& rejected : told.rejected) {
      require(is_of_an_object(rejected.reason) || !rows.contains(rejected.record));
    }
  }

  static bool same_row(const EventBatch& one, std::size_t row, const EventBatch& other, std::size_t other_row) {
    bool same = one.kind[row] == other.kind[other_row] && one.time[row] == other.time[other_row] &&
                one.extra[row] == other.extra[other_row] && one.is_play[row] == other.is_play[other_row];
    for (std::size_t field = 0; field < kFieldCount; ++field) {
      const std::string_view text = one.text[field][row];
      const std::string_view other_text = other.text[field][other_row];
      same = same && text == other_text && (text.data() == nullptr) == (other_text.data() == nullptr);
    }
    return same;
  }

  const Dialect dialect_;
  std::vector<Field> fields_;
  // The decoders keep what they learnt from earlier inputs.
  std::unique_ptr<Decoder> told_;
  std::unique_ptr<Decoder> told_bare_;
  std::unique_ptr<Decoder> named_;
  std::unique_ptr<Decoder> named_bare_;
  EventBatch whole_;
  EventBatch own_;
  EventBatch bare_;
};

}  // namespace playhead::event
