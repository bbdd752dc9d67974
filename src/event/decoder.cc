#include "event/decoder.h"

#include <cassert>
#include <cmath>
#include <limits>

#include "event/json_scalar.h"
#include "event/record_scan.h"
#include "event/shape.h"

namespace playhead::event {
namespace {

constexpr Duration kAheadMax = std::chrono::hours{24};
constexpr std::size_t kKindCount = 3;

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
    case Form::kInteger: return value.token == Token::kInteger && read_integer(value.bytes).has_value();
    case Form::kReal: return is_number(value) && real_in_range(value.bytes);
    case Form::kMillis: return is_number(value) && read_millis(value).has_value();
    case Form::kTimeMillis: return is_number(value);
  }
  return false;
}

std::optional<Timestamp> read_time_millis(const Value& value) {
  std::optional<std::int64_t> micros;
  if (value.token == Token::kInteger) {
    micros = read_integer(value.bytes);
    if (micros && __builtin_mul_overflow(*micros, 1000, &*micros)) return std::nullopt;
  } else {
    micros = read_floor(value, 1000);
  }
  return micros ? std::optional(from_micros(*micros)) : std::nullopt;
}

bool text_is(const Value& value, std::string_view expected) {
  if (value.token != Token::kEscapedText) return value.bytes == expected;
  std::array<char, 256> plain;
  if (value.bytes.size() > plain.size()) return false;  // too long even if each letter was written \uXXXX
  return std::string_view(plain.data(), unescape(value.bytes, plain.data())) == expected;
}

// One record that passed: what to write of it.
struct Event {
  const Shape* shape = nullptr;
  KeySet filled = 0;  // the keys whose values are not null
  Timestamp time{};
  bool is_play = false;
};

class JsonDecoder final : public Decoder {
 public:
  JsonDecoder(Options options, std::unique_ptr<RecordScanner> scanner) : options_(std::move(options)), scanner_(std::move(scanner)) {
    for (const Field field : options_.projection) {
      Column column{field, type_of(field), {}};
      for (const Shape& shape : shapes()) column.key[static_cast<std::size_t>(shape.kind)] = key_of(shape, field);
      columns_.push_back(column);
    }
  }

  void decode(std::span<const std::string_view> values, std::span<const Timestamp> ingest_times, EventBatch& batch) override {
    assert(values.size() == ingest_times.size());
    batch.clear();
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
  }

 private:
  struct Column {
    Field field;
    FieldType type;
    std::array<std::optional<Key>, kKindCount> key;  // by Kind: the key that fills it
  };

  // The reason why a record is no event, or nothing and the event. The order of the checks is the order of the reasons: it is stated
  // in docs/events.md, and does not depend on the projection.
  std::optional<Reject> judge(std::string_view record, Timestamp ingest_time, Event& event) {
    if (const auto reject = scanner_->scan(record)) return reject;
    const ScannedRecord& scanned = scanner_->scanned();
    event.shape = shape_of(scanned.present, options_.dialect);
    if (event.shape == nullptr) return Reject::kUnknownShape;
    if (const auto reject = check_values(scanned, event)) return reject;
    const auto time = read_time(scanned[event.shape->time]);
    if (!time || *time < Timestamp{} || *time > latest(ingest_time)) return Reject::kBadTime;
    event.time = *time;
    event.is_play = event.shape->kind != Kind::kPageView || text_is(scanned[Key::kPage], "NextSong");
    return std::nullopt;
  }

  static std::optional<Reject> check_values(const ScannedRecord& scanned, Event& event) {
    KeySet rest = scanned.present & event.shape->known;
    event.filled = rest;
    bool types_fit = true;
    while (rest != 0) {
      const Key key{static_cast<std::uint8_t>(__builtin_ctz(rest))};
      rest &= rest - 1;
      const Value& value = scanned[key];
      const Form form = rule_of(key).form;
      const bool empty = value.token == Token::kText && value.bytes.empty() && (form == Form::kId || form == Form::kFilledText);
      if (value.token == Token::kNull || empty) {
        event.filled &= ~set_of(key);
      } else if (!fits(form, value)) {
        types_fit = false;
      }
    }
    if ((event.filled & event.shape->required) != event.shape->required) return Reject::kMissingField;
    return types_fit ? std::nullopt : std::optional(Reject::kWrongType);
  }

  static Timestamp latest(Timestamp ingest_time) {
    return ingest_time > Timestamp::max() - kAheadMax ? Timestamp::max() : ingest_time + kAheadMax;
  }

  std::optional<Timestamp> read_time(const Value& value) const {
    if (is_number(value)) return read_time_millis(value);
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

  void append(const Event& event, EventBatch& batch) {
    batch.kind.push_back(event.shape->kind);
    batch.is_play.push_back(event.is_play ? 1 : 0);
    batch.time.push_back(event.time);
    for (Column& column : columns_) {
      const Value* value = value_of(column, event);
      const auto at = static_cast<std::size_t>(column.field);
      batch.text[at].push_back(value == nullptr ? std::string_view{} : plain_text(*value, batch.scratch));
      if (column.type == FieldType::kInteger) batch.integer[at].push_back(value == nullptr ? kNullInteger : *read_millis(*value));
      if (column.type == FieldType::kReal) {
        batch.real[at].push_back(value == nullptr ? std::numeric_limits<double>::quiet_NaN() : *read_real(value->bytes));
      }
    }
  }

  const Value* value_of(const Column& column, const Event& event) const {
    const auto key = column.key[static_cast<std::size_t>(event.shape->kind)];
    if (!key || (event.filled & set_of(*key)) == 0) return nullptr;
    return &scanner_->scanned()[*key];
  }

  static std::string_view plain_text(const Value& value, TextArena& scratch) {
    if (value.token != Token::kEscapedText) return value.bytes;
    char* room = scratch.take(value.bytes.size());
    const std::size_t length = unescape(value.bytes, room);
    scratch.give_back(value.bytes.size() - length);
    return {room, length};
  }

  const Options options_;
  const std::unique_ptr<RecordScanner> scanner_;
  std::vector<Column> columns_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> Decoder::make(Options options) {
  TRY_ASSIGN(auto scanner, RecordScanner::make());
  return std::make_unique<JsonDecoder>(std::move(options), std::move(scanner));
}

}  // namespace playhead::event
