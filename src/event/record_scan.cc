#include "event/record_scan.h"

#include <simdjson.h>

#include <bit>
#include <cstring>
#include <span>

#include "event/json_scalar.h"

namespace playhead::event {
namespace {

namespace ondemand = simdjson::ondemand;

static_assert(kReadableBehind >= simdjson::SIMDJSON_PADDING);

// A spelling as two words and the place of its closing quote, to be compared without a loop. Seventeen bytes from any key's start are
// readable: the record goes on, and behind it are the readable ones.
struct Pattern {
  std::uint64_t low, high, low_mask, high_mask;
  std::size_t length;

  bool matches(const char* key) const {
    std::uint64_t first, second;
    std::memcpy(&first, key, 8);
    std::memcpy(&second, key + 8, 8);
    return (((first ^ low) & low_mask) | ((second ^ high) & high_mask)) == 0 && key[length] == '"';
  }
};

Pattern pattern_of(std::string_view name) {
  std::array<char, kSpellingBytesMax> bytes{};
  std::array<char, kSpellingBytesMax> mask{};
  std::memcpy(bytes.data(), name.data(), name.size());
  std::memset(mask.data(), 0xff, name.size());
  Pattern pattern;
  std::memcpy(&pattern.low, bytes.data(), 8);
  std::memcpy(&pattern.high, bytes.data() + 8, 8);
  std::memcpy(&pattern.low_mask, mask.data(), 8);
  std::memcpy(&pattern.high_mask, mask.data() + 8, 8);
  pattern.length = name.size();
  return pattern;
}

constexpr std::uint8_t kUnknown = 0xff;

// The known keys of one object, by the number of their spelling.
template <std::size_t count>
class KnownKeys {
 public:
  explicit KnownKeys(std::span<const Spelling> spellings) {
    static_assert(count <= 64);
    for (std::size_t i = 0; i < count; ++i) {
      names_[i] = spellings[i];
      patterns_[i] = pattern_of(spellings[i].name);
      of_length_[spellings[i].name.size()] |= std::uint64_t{1} << i;
    }
  }

  bool matches(std::uint8_t spelling, const char* key) const { return patterns_[spelling].matches(key); }
  Key meaning(std::uint8_t spelling) const { return names_[spelling].key; }

  // The number of the spelling `name`, or kUnknown.
  std::uint8_t find(std::string_view name) const {
    if (name.size() > kSpellingBytesMax) return kUnknown;
    for (std::uint64_t rest = of_length_[name.size()]; rest != 0; rest &= rest - 1) {
      const auto spelling = static_cast<std::uint8_t>(std::countr_zero(rest));
      if (names_[spelling].name == name) return spelling;
    }
    return kUnknown;
  }

 private:
  std::array<Spelling, count> names_;
  std::array<Pattern, count> patterns_;
  std::array<std::uint64_t, kSpellingBytesMax + 1> of_length_{};  // by length: a bit for each spelling of it
};

const KnownKeys<kSpellingCount> kKnownKeys(spellings());
const KnownKeys<kPlaceSpellingCount> kPlaceKeys(place_spellings());
constexpr std::uint8_t kStart = kSpellingCount;

bool is_space(char character) { return character == ' ' || character == '\n' || character == '\r' || character == '\t'; }

std::string_view without_space_behind(std::string_view token) {
  while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
  return token;
}

std::string_view without_space_before(std::string_view token) {
  while (!token.empty() && is_space(token.front())) token.remove_prefix(1);
  return token;
}

Reject reject_of(simdjson::error_code error) { return error == simdjson::DEPTH_ERROR ? Reject::kTooDeep : Reject::kNotJson; }

}  // namespace

struct RecordScanner::Parser {
  ondemand::parser parser;
};

// The walk through one record. Functions return the reason why it ends early.
class RecordScanner::Walk {
 public:
  Walk(RecordScanner& scanner, std::string_view record) : scanner_(scanner), end_(record.data() + record.size()) {
    next_backslash_ = find_backslash(record.data());
  }

  std::optional<Reject> object(ondemand::object object) {
    std::uint8_t before = kStart;
    for (auto result : object) {
      if (result.error()) return reject_of(result.error());
      ondemand::field&& field = std::move(result).value_unsafe();  // in place: to move it out costs more than to read it
      const char* const key = field.key().raw();
      std::uint8_t spelling = scanner_.next_spelling_[before];
      if (!kKnownKeys.matches(spelling, key)) [[unlikely]] {
        if (const auto reject = look_up(field.escaped_key(), kKnownKeys, spelling)) return reject;
        if (spelling == kUnknown) {
          Value unknown;
          if (const auto reject = value(field.value(), unknown, 1)) return reject;
          scanned().unknown_keys = true;
          keep_member(key, unknown, 0);
          continue;
        }
        scanner_.next_spelling_[before] = spelling;
      }
      before = spelling;
      const Key meaning = kKnownKeys.meaning(spelling);
      Value& known = scanned().values[static_cast<std::size_t>(meaning)];
      scanned().present |= set_of(meaning);
      const auto reject = meaning == Key::kLocation ? location(field.value(), known) : value(field.value(), known, 1);
      if (reject) return reject;
      keep_member(key, known, set_of(meaning));
    }
    return std::nullopt;
  }

  // Reads the value at the cursor, which stands in a structure of `depth` levels.
  std::optional<Reject> value(ondemand::value& value, Value& out, int depth) {
    const std::string_view token = value.raw_json_token();
    if (token.front() == '{' || token.front() == '[') [[unlikely]]
      return structure(value, token.data(), out, depth + 1);
    return scalar(without_space_behind(token), out);
  }

  // An object or array that begins at `begin`. Something follows it, if only what closes the one around it.
  [[gnu::noinline]] std::optional<Reject> structure(ondemand::value& value, const char* begin, Value& out, int depth) {
    if (const auto reject = *begin == '{' ? inner_object(value, depth) : inner_array(value, depth)) return reject;
    return ended(value, begin, out);
  }

  std::optional<Reject> scalar(std::string_view token, Value& out) {
    switch (token.front()) {
      case '"': return text(token, out);
      case 'n': out = {token, Token::kNull}; return token == "null" ? std::nullopt : std::optional(Reject::kNotJson);
      case 't': out = {token, Token::kFlag}; return token == "true" ? std::nullopt : std::optional(Reject::kNotJson);
      case 'f': out = {token, Token::kFlag}; return token == "false" ? std::nullopt : std::optional(Reject::kNotJson);
      default: break;
    }
    const Number form = number_form(token);
    out = {token, form == Number::kInteger ? Token::kInteger : Token::kReal};
    return form == Number::kNone ? std::optional(Reject::kNotJson) : std::nullopt;
  }

  std::optional<Reject> inner_array(ondemand::value& value, int depth) {
    if (depth > kDepthMax) return Reject::kTooDeep;
    ondemand::array array;
    if (const auto error = value.get_array().get(array)) return reject_of(error);
    return elements(array, depth);
  }

  std::optional<Reject> elements(ondemand::array array, int depth) {
    for (auto result : array) {
      ondemand::value element;
      Value ignored;
      if (const auto error = std::move(result).get(element)) return reject_of(error);
      if (const auto reject = value(element, ignored, depth)) return reject;
    }
    return std::nullopt;
  }

  // The reason of a record whose outermost value can not be read as an object: it is another value, or none.
  Reject no_object(ondemand::document& document, std::string_view record) {
    const std::string_view token = without_space_behind(without_space_before(record));
    Value ignored;
    if (token.starts_with('{')) return Reject::kNotJson;
    if (token.starts_with('[')) {
      ondemand::array array;
      if (const auto error = document.get_array().get(array)) return reject_of(error);
      if (const auto reject = elements(array, 1)) return *reject;
      if (!document.at_end()) return Reject::kNotJson;
    } else if (!one_scalar(token) || scalar(token, ignored)) {
      return Reject::kNotJson;
    }
    return text_too_large_ ? Reject::kTooLarge : Reject::kNotObject;
  }

  bool text_too_large() const { return text_too_large_; }

 private:
  // Whether a text that begins `token` ends with it. Other scalars are checked to the last byte when they are read.
  static bool one_scalar(std::string_view token) {
    if (!token.starts_with('"')) return true;
    std::size_t at = 1;
    while (at < token.size() && token[at] != '"') at += token[at] == '\\' ? 2 : 1;
    return at + 1 == token.size();
  }

  ScannedRecord& scanned() { return scanner_.scanned_; }

  const char* find_backslash(const char* from) const {
    const void* found = std::memchr(from, '\\', static_cast<std::size_t>(end_ - from));
    return found == nullptr ? end_ : static_cast<const char*>(found);
  }

  // Sets `escaped` where the text has escapes. Texts come in the order of the record, so one backslash ahead is all that is kept.
  std::optional<Reject> check_text(std::string_view bytes, bool& escaped) {
    if (bytes.size() > kTextBytesMax) [[unlikely]]
      text_too_large_ = true;
    escaped = next_backslash_ < bytes.data() + bytes.size();
    if (!escaped) return std::nullopt;
    if (!escapes_valid(bytes)) return Reject::kNotJson;
    next_backslash_ = find_backslash(bytes.data() + bytes.size());
    return std::nullopt;
  }

  std::optional<Reject> text(std::string_view token, Value& out) {
    out.bytes = token.substr(1, token.size() - 2);
    bool escaped = false;
    if (const auto reject = check_text(out.bytes, escaped)) return reject;
    out.token = escaped ? Token::kEscapedText : Token::kText;
    return std::nullopt;
  }

  // The spelling of a key that was not guessed.
  template <std::size_t count>
  std::optional<Reject> look_up(std::string_view name, const KnownKeys<count>& known, std::uint8_t& spelling) {
    bool escaped = false;
    if (const auto reject = check_text(name, escaped)) return reject;
    std::array<char, 6 * kSpellingBytesMax> plain;  // no known key is longer with all its letters written \uXXXX
    spelling = kUnknown;
    if (escaped && name.size() > plain.size()) return std::nullopt;
    if (escaped) name = {plain.data(), unescape(name, plain.data())};
    spelling = known.find(name);
    return std::nullopt;
  }

  // Of two locations the last counts, with the keys inside it.
  std::optional<Reject> location(ondemand::value& value, Value& out) {
    scanned().present &= ~kPlaceKeySet;
    scanned().unknown_keys_in_place = false;
    const std::string_view token = value.raw_json_token();
    if (token.front() != '{') return this->value(value, out, 1);
    if (const auto reject = place(value)) return reject;
    return ended(value, token.data(), out);
  }

  std::optional<Reject> place(ondemand::value& value) {
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) return reject_of(error);
    for (auto result : object) {
      if (result.error()) return reject_of(result.error());
      ondemand::field&& field = std::move(result).value_unsafe();
      std::uint8_t spelling = kUnknown;
      if (const auto reject = look_up(field.escaped_key(), kPlaceKeys, spelling)) return reject;
      Value ignored;
      if (spelling == kUnknown) {
        scanned().unknown_keys_in_place = true;
        if (const auto reject = this->value(field.value(), ignored, 2)) return reject;
        continue;
      }
      const Key meaning = kPlaceKeys.meaning(spelling);
      scanned().present |= set_of(meaning);
      if (const auto reject = this->value(field.value(), scanned().values[static_cast<std::size_t>(meaning)], 2)) return reject;
    }
    return std::nullopt;
  }

  // The structure that begins at `begin` was read just now.
  static std::optional<Reject> ended(ondemand::value& value, const char* begin, Value& out) {
    const char* next = nullptr;
    if (value.current_location().get(next) != simdjson::SUCCESS) return Reject::kNotJson;
    out.bytes = without_space_behind({begin, static_cast<std::size_t>(next - begin)});
    out.token = *begin == '{' ? Token::kObject : Token::kArray;
    return std::nullopt;
  }

  // `name` stands behind its opening quote.
  void keep_member(const char* name, const Value& value, KeySet meaning) {
    if (!scanner_.options_.members) return;
    const bool quoted = value.token == Token::kText || value.token == Token::kEscapedText;
    const char* const end = value.bytes.data() + value.bytes.size() + (quoted ? 1 : 0);
    scanned().members.push_back({{name - 1, static_cast<std::size_t>(end - (name - 1))}, meaning});
  }

  std::optional<Reject> inner_object(ondemand::value& value, int depth) {
    if (depth > kDepthMax) return Reject::kTooDeep;
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) return reject_of(error);
    for (auto result : object) {
      ondemand::field field;
      Value ignored;
      bool escaped = false;
      if (const auto error = std::move(result).get(field)) return reject_of(error);
      if (const auto reject = check_text(field.escaped_key(), escaped)) return reject;
      if (const auto reject = this->value(field.value(), ignored, depth)) return reject;
    }
    return std::nullopt;
  }

  RecordScanner& scanner_;
  const char* const end_;
  const char* next_backslash_;
  bool text_too_large_ = false;
};

Result<std::unique_ptr<RecordScanner>> RecordScanner::make(Options options) {
  auto parser = std::make_unique<Parser>();
  if (const auto error = parser->parser.allocate(kRecordBytesMax, kDepthMax + 1)) {
    return fail(ErrorKind::kLimit, std::string("no memory for the JSON parser: ") + simdjson::error_message(error));
  }
  return std::unique_ptr<RecordScanner>(new RecordScanner(options, std::move(parser)));
}

RecordScanner::RecordScanner(Options options, std::unique_ptr<Parser> parser) : options_(options), parser_(std::move(parser)) {}
RecordScanner::~RecordScanner() = default;

std::optional<Reject> RecordScanner::scan(std::string_view record) {
  scanned_.present = 0;
  scanned_.unknown_keys = false;
  scanned_.unknown_keys_in_place = false;
  scanned_.members.clear();
  if (record.empty()) return Reject::kNoValue;
  if (record.size() > kRecordBytesMax) return Reject::kTooLarge;
  ondemand::document document;
  if (const auto error = parser_->parser.iterate(record.data(), record.size(), record.size() + kReadableBehind).get(document)) {
    return reject_of(error);
  }
  Walk walk(*this, record);
  ondemand::object object;
  if (document.get_object().get(object) != simdjson::SUCCESS) [[unlikely]]
    return walk.no_object(document, record);
  if (const auto reject = walk.object(object)) return reject;
  if (!document.at_end()) return Reject::kNotJson;
  return walk.text_too_large() ? std::optional(Reject::kTooLarge) : std::nullopt;
}

}  // namespace playhead::event
