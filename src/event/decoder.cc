#include "event/decoder.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>

#include "event/json_scalar.h"
#include "event/record_scan.h"
#include "event/shape.h"

namespace playhead::event {
namespace {

constexpr Duration kAheadMax = std::chrono::hours{24};

bool is_text(const Value& value) { return value.token == Token::kText || value.token == Token::kEscapedText; }
bool is_number(const Value& value) { return value.token == Token::kInteger || value.token == Token::kReal; }

// The largest integer at or below a number; nullopt where int64 does not hold it.
std::optional<std::int64_t> read_floor(const Value& value, double scale) {
  constexpr double kLimit = 0x1p63;
  const auto real = read_real(value.bytes);
  if (!real) return std::nullopt;
  const double scaled = std::floor(*real * scale);
  if (!(scaled > -kLimit && scaled < kLimit)) return std::nullopt;
  return static_cast<std::int64_t>(scaled);
}

std::optional<std::int64_t> read_millis(const Value& value) {
  return value.token == Token::kInteger ? read_integer(value.bytes) : read_floor(value, 1);
}

// Whether the value is of a type that the form takes. Times are read later, and judged then.
bool fits(Form form, const Value& value) {
  switch (form) {
    case Form::kText:
    case Form::kFilledText:
    case Form::kTimeText: return is_text(value);
    case Form::kId: return is_text(value) || value.token == Token::kInteger;
    case Form::kInteger: return value.token == Token::kInteger && integer_in_range(value.bytes);
    case Form::kReal: return is_number(value) && real_in_range(value.bytes);
    case Form::kMillis:
      return value.token == Token::kInteger ? integer_in_range(value.bytes)
                                            : value.token == Token::kReal && read_floor(value, 1).has_value();
    case Form::kFlag: return value.token == Token::kFlag;
    case Form::kObject: return value.token == Token::kObject;
    case Form::kTimeSeconds:
    case Form::kTimeMillis: return is_number(value);
  }
  return false;
}

// The instant that a number of units since 1970 stands for.
std::optional<Timestamp> read_epoch_time(const Value& value, std::int64_t micros_a_unit) {
  std::optional<std::int64_t> micros;
  if (value.token == Token::kInteger) {
    micros = read_integer(value.bytes);
    if (micros && __builtin_mul_overflow(*micros, micros_a_unit, &*micros)) return std::nullopt;
  } else {
    micros = read_floor(value, static_cast<double>(micros_a_unit));
  }
  return micros ? std::optional(from_micros(*micros)) : std::nullopt;
}

bool text_is(const Value& value, std::string_view expected) {
  if (value.token != Token::kEscapedText) return value.bytes == expected;
  std::array<char, 256> plain;
  if (value.bytes.size() > plain.size()) return false;  // too long even if each letter was written \uXXXX
  return std::string_view(plain.data(), unescape(value.bytes, plain.data())) == expected;
}

// The kind of a record of `shape`; nothing where it says itself that it is of one we do not know.
std::optional<Kind> kind_of(const Shape& shape, const ScannedRecord& scanned) {
  if (shape.kind != Kind::kStreaming || !is_text(scanned[Key::kEventType])) return shape.kind;
  if (text_is(scanned[Key::kEventType], "streaming")) return Kind::kStreaming;
  if (text_is(scanned[Key::kEventType], "like")) return Kind::kLike;
  return std::nullopt;
}

bool is_play(Kind kind, const ScannedRecord& scanned) {
  switch (kind) {
    case Kind::kTrackPlay:
    case Kind::kListen:
    case Kind::kMusicStream:
    case Kind::kStreaming: return true;
    case Kind::kPageView: return text_is(scanned[Key::kPage], "NextSong");
    case Kind::kAuth:
    case Kind::kStatusChange:
    case Kind::kLike: return false;
  }
  return false;
}

std::string_view plain_text(const Value& value, TextArena& scratch) {
  if (value.token != Token::kEscapedText) return value.bytes;
  char* room = scratch.take(value.bytes.size());
  const std::size_t length = unescape(value.bytes, room);
  scratch.give_back(value.bytes.size() - length);
  return {room, length};
}

// What `shape` does not know of a record, as one JSON object; null where it knows all. Never longer than the record.
std::string_view extra_of(const ScannedRecord& scanned, const Shape& shape, TextArena& scratch) {
  KeySet taken = shape.keys->known;
  if (scanned.unknown_keys_in_place) taken &= ~set_of(Key::kLocation);  // kept whole, with the keys that were taken from it
  if (!scanned.unknown_keys && (scanned.present & ~kPlaceKeySet & ~taken) == 0) return {};
  std::size_t length = 1;
  for (const Member& member : scanned.members) length += (member.meaning & taken) == 0 ? member.bytes.size() + 1 : 0;
  char* const room = scratch.take(length);
  char* end = room;
  for (const Member& member : scanned.members) {
    if ((member.meaning & taken) != 0) continue;
    *end = end == room ? '{' : ',';
    end = std::ranges::copy(member.bytes, end + 1).out;
  }
  *end = '}';
  return {room, length};
}

// One record that passed: what to write of it.
struct Event {
  const Shape* shape = nullptr;
  Kind kind{};
  KeySet filled = 0;  // the keys whose values are not null
  Timestamp time{};
};

class JsonDecoder final : public Decoder {
 public:
  JsonDecoder(Options options, std::unique_ptr<RecordScanner> scanner) : options_(std::move(options)), scanner_(std::move(scanner)) {
    for (const Field field : options_.projection) {
      for (std::size_t i = 0; i < kShapeCount; ++i) {
        if (const auto key = key_of(shapes()[i], field)) projected_[i] |= set_of(*key);
      }
    }
  }

  void decode(std::span<const std::string_view> values, std::span<const Timestamp> ingest_times, EventBatch& batch) override {
    assert(values.size() == ingest_times.size());
    batch.clear();
    for (const Field field : options_.projection) resize(batch, field, values.size());
    if (options_.extra) batch.extra.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      Event event;
      const auto reject = judge(values[i], ingest_times[i], event);
      if (reject) [[unlikely]] {
        batch.rejected.push_back({static_cast<std::uint32_t>(i), *reject});
        continue;
      }
      batch.record.push_back(static_cast<std::uint32_t>(i));
      append(event, batch);
    }
    for (const Field field : options_.projection) resize(batch, field, batch.size());
    if (options_.extra) batch.extra.resize(batch.size());
  }

 private:
  // Gives the columns of `field` so many rows; new ones are null.
  static void resize(EventBatch& batch, Field field, std::size_t rows) {
    const auto at = static_cast<std::size_t>(field);
    batch.text[at].resize(rows);
    switch (type_of(field)) {
      case FieldType::kText: break;
      case FieldType::kInteger:
      case FieldType::kFlag: batch.integer[at].resize(rows, kNullInteger); break;
      case FieldType::kReal: batch.real[at].resize(rows, std::numeric_limits<double>::quiet_NaN()); break;
    }
  }

  // The reason why a record is no event, or nothing and the event. The order of the checks is the order of the reasons: it is stated
  // in docs/events.md, and does not depend on the projection.
  std::optional<Reject> judge(std::string_view record, Timestamp ingest_time, Event& event) {
    if (const auto reject = scanner_->scan(record)) return reject;
    const ScannedRecord& scanned = scanner_->scanned();
    const bool text_time = (scanned.present & set_of(Key::kTimestamp)) != 0 && is_text(scanned[Key::kTimestamp]);
    event.shape = shape_of(scanned.present | (text_time ? kTimestampIsText : 0), options_.dialect);
    if (event.shape == nullptr) return Reject::kUnknownShape;
    const auto kind = kind_of(*event.shape, scanned);
    if (!kind) return Reject::kUnknownShape;
    event.kind = *kind;
    if (const auto reject = check_values(scanned, event)) return reject;
    const auto time = read_time(scanned[event.shape->time], event.shape->keys->rule_of(event.shape->time).form);
    if (!time || *time < Timestamp{} || *time > latest(ingest_time)) return Reject::kBadTime;
    event.time = *time;
    return std::nullopt;
  }

  static std::optional<Reject> check_values(const ScannedRecord& scanned, Event& event) {
    const Shape& shape = *event.shape;
    KeySet rest = scanned.present & shape.keys->known;
    event.filled = rest;
    bool types_fit = true;
    while (rest != 0) {
      const Key key = first_of(rest);
      rest &= rest - 1;
      const Value& value = scanned[key];
      const Form form = shape.keys->rule_of(key).form;
      const bool empty = value.token == Token::kText && value.bytes.empty() && (form == Form::kId || form == Form::kFilledText);
      if (value.token == Token::kNull || empty) {
        event.filled &= ~set_of(key);
      } else if (!fits(form, value)) {
        types_fit = false;
      }
    }
    if ((event.filled & shape.required) != shape.required) return Reject::kMissingField;
    return types_fit ? std::nullopt : std::optional(Reject::kWrongType);
  }

  static Timestamp latest(Timestamp ingest_time) {
    return ingest_time > Timestamp::max() - kAheadMax ? Timestamp::max() : ingest_time + kAheadMax;
  }

  std::optional<Timestamp> read_time(const Value& value, Form form) const {
    if (form == Form::kTimeMillis) return read_epoch_time(value, 1'000);
    if (form == Form::kTimeSeconds) return read_epoch_time(value, 1'000'000);
    std::array<char, 256> plain;
    std::string_view text = value.bytes;
    if (value.token == Token::kEscapedText) {
      if (text.size() > plain.size()) return std::nullopt;
      text = {plain.data(), unescape(text, plain.data())};
    }
    const auto parsed = parse_iso(text);
    if (!parsed) return std::nullopt;
    return parsed->zoneless && options_.zone != nullptr ? options_.zone->to_utc(parsed->time) : parsed->time;
  }

  // Writes the row behind the last. Its cells are null before, so only what the record has is written.
  void append(const Event& event, EventBatch& batch) {
    const ScannedRecord& scanned = scanner_->scanned();
    const std::size_t row = batch.size();
    batch.kind.push_back(event.kind);
    batch.is_play.push_back(is_play(event.kind, scanned) ? 1 : 0);
    batch.time.push_back(event.time);
    if (options_.extra) batch.extra[row] = extra_of(scanned, *event.shape, batch.scratch);
    KeySet rest = event.filled & projected_[static_cast<std::size_t>(event.shape - shapes().data())];
    while (rest != 0) {
      const Key key = first_of(rest);
      rest &= rest - 1;
      write(scanned[key], *event.shape->keys->rule_of(key).field, row, batch);
    }
  }

  static void write(const Value& value, Field field, std::size_t row, EventBatch& batch) {
    const auto at = static_cast<std::size_t>(field);
    batch.text[at][row] = plain_text(value, batch.scratch);
    switch (type_of(field)) {
      case FieldType::kText: break;
      case FieldType::kInteger: batch.integer[at][row] = *read_millis(value); break;
      case FieldType::kFlag: batch.integer[at][row] = value.bytes.front() == 't' ? 1 : 0; break;
      case FieldType::kReal: batch.real[at][row] = *read_real(value.bytes); break;
    }
  }

  const Options options_;
  const std::unique_ptr<RecordScanner> scanner_;
  std::array<KeySet, kShapeCount> projected_{};  // by shape: the keys that fill the fields asked for
};

constexpr std::array<std::string_view, kDialectCount> kDialects{"auto", "tunetracker", "eventsim", "music-streams", "streaming-events"};

}  // namespace

std::optional<Dialect> dialect_named(std::string_view name) {
  for (std::size_t i = 0; i < kDialectCount; ++i) {
    if (kDialects[i] == name) return Dialect{static_cast<std::uint8_t>(i)};
  }
  return std::nullopt;
}

std::string_view name_of(Dialect dialect) { return kDialects[static_cast<std::size_t>(dialect)]; }

Result<std::unique_ptr<Decoder>> Decoder::make(Options options) {
  TRY_ASSIGN(auto scanner, RecordScanner::make({.members = options.extra}));
  return std::make_unique<JsonDecoder>(std::move(options), std::move(scanner));
}

}  // namespace playhead::event
