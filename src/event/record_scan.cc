#include "event/record_scan.h"

#include <simdjson.h>

#include <cstring>

#include "event/json_scalar.h"

namespace playhead::event {
namespace {

namespace ondemand = simdjson::ondemand;

static_assert(kReadableBehind >= simdjson::SIMDJSON_PADDING);

// A spelling and its closing quote as two words, to be compared without a loop. Sixteen bytes from any key's start are readable: the
// record goes on, and behind it are the readable ones.
struct Pattern {
  std::uint64_t low, high, low_mask, high_mask;

  bool matches(const char* key) const {
    std::uint64_t first, second;
    std::memcpy(&first, key, 8);
    std::memcpy(&second, key + 8, 8);
    return (((first ^ low) & low_mask) | ((second ^ high) & high_mask)) == 0;
  }
};

Pattern pattern_of(std::string_view name) {
  std::array<char, 16> bytes{};
  std::array<char, 16> mask{};
  std::memcpy(bytes.data(), name.data(), name.size());
  bytes[name.size()] = '"';
  std::memset(mask.data(), 0xff, name.size() + 1);
  Pattern pattern;
  std::memcpy(&pattern.low, bytes.data(), 8);
  std::memcpy(&pattern.high, bytes.data() + 8, 8);
  std::memcpy(&pattern.low_mask, mask.data(), 8);
  std::memcpy(&pattern.high_mask, mask.data() + 8, 8);
  return pattern;
}

struct KnownKey {
  Pattern pattern;
  Key key;
};

const std::array<KnownKey, kSpellingCount> kKnownKeys = [] {
  std::array<KnownKey, kSpellingCount> known;
  for (std::size_t i = 0; i < kSpellingCount; ++i) known[i] = {pattern_of(spellings()[i].name), spellings()[i].key};
  return known;
}();

constexpr std::uint8_t kStart = kSpellingCount;
constexpr std::uint8_t kUnknown = 0xff;

// The number of the spelling `name`, or kUnknown.
std::uint8_t spelling_named(std::string_view name) {
  for (std::size_t i = 0; i < kSpellingCount; ++i) {
    if (spellings()[i].name == name) return static_cast<std::uint8_t>(i);
  }
  return kUnknown;
}

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
      if (!kKnownKeys[spelling].pattern.matches(key)) [[unlikely]] {
        if (const auto reject = look_up(field.escaped_key(), spelling)) return reject;
        if (spelling == kUnknown) {
          Value ignored;
          if (const auto reject = value(field.value(), ignored, 1)) return reject;
          continue;
        }
        scanner_.next_spelling_[before] = spelling;
      }
      before = spelling;
      const Key meaning = kKnownKeys[spelling].key;
      scanned().present |= set_of(meaning);
      if (const auto reject = value(field.value(), scanned().values[static_cast<std::size_t>(meaning)], 1)) return reject;
    }
    return std::nullopt;
  }

  // Reads the value at the cursor, which stands in a structure of `depth` levels.
  std::optional<Reject> value(ondemand::value& value, Value& out, int depth) {
    const std::string_view token = value.raw_json_token();
    const char first = token.front();
    if (first == '{' || first == '[') [[unlikely]] {
      out = {{}, Token::kOther};
      return first == '{' ? inner_object(value, depth + 1) : inner_array(value, depth + 1);
    }
    return scalar(without_space_behind(token), out);
  }

  std::optional<Reject> scalar(std::string_view token, Value& out) {
    switch (token.front()) {
      case '"': return text(token, out);
      case 'n': out = {token, Token::kNull}; return token == "null" ? std::nullopt : std::optional(Reject::kNotJson);
      case 't': out = {token, Token::kOther}; return token == "true" ? std::nullopt : std::optional(Reject::kNotJson);
      case 'f': out = {token, Token::kOther}; return token == "false" ? std::nullopt : std::optional(Reject::kNotJson);
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
  std::optional<Reject> look_up(std::string_view name, std::uint8_t& spelling) {
    bool escaped = false;
    if (const auto reject = check_text(name, escaped)) return reject;
    std::array<char, 128> plain;  // no known key is longer with all its letters written \uXXXX
    if (escaped && name.size() > plain.size()) {
      spelling = kUnknown;
      return std::nullopt;
    }
    if (escaped) name = {plain.data(), unescape(name, plain.data())};
    spelling = spelling_named(name);
    return std::nullopt;
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

Result<std::unique_ptr<RecordScanner>> RecordScanner::make() {
  auto parser = std::make_unique<Parser>();
  if (const auto error = parser->parser.allocate(kRecordBytesMax, kDepthMax + 1)) {
    return fail(ErrorKind::kLimit, std::string("no memory for the JSON parser: ") + simdjson::error_message(error));
  }
  return std::unique_ptr<RecordScanner>(new RecordScanner(std::move(parser)));
}

RecordScanner::RecordScanner(std::unique_ptr<Parser> parser) : parser_(std::move(parser)) {}
RecordScanner::~RecordScanner() = default;

std::optional<Reject> RecordScanner::scan(std::string_view record) {
  scanned_.present = 0;
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
