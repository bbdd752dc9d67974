#include "cli/event_line.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace playhead::cli {
namespace {

constexpr Timestamp kFirst{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}};
constexpr Timestamp kLast{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1} - Duration{1}};

// Walks over the members of one object. Every step either moves forward or fails, so it ends.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool take(char expected) {
    skip_space();
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // A text with its quotes; empty: there is none, or it does not end.
  std::string_view text() {
    skip_space();
    if (rest_.empty() || rest_.front() != '"') return {};
    for (std::size_t at = rest_.find_first_of("\"\\", 1); at != std::string_view::npos; at = rest_.find_first_of("\"\\", at)) {
      if (rest_[at] == '"') return cut(at + 1);
      at += 2;
    }
    return {};
  }
  // Any value, as it is written; empty: there is none, or it does not end.
  std::string_view value() {
    skip_space();
    if (rest_.empty()) return {};
    if (rest_.front() == '"') return text();
    if (rest_.front() == '{' || rest_.front() == '[') return nested();
    return cut(std::min(rest_.find_first_of(",}] \t"), rest_.size()));
  }
  bool at_end() {
    skip_space();
    return rest_.empty();
  }

 private:
  std::string_view nested() {
    const std::string_view start = rest_;
    std::size_t depth = 0;
    while (!rest_.empty()) {
      const std::size_t at = rest_.find_first_of("{}[]\"");
      if (at == std::string_view::npos) return {};
      rest_.remove_prefix(at);
      if (rest_.front() == '"') {
        if (text().empty()) return {};
        continue;
      }
      const bool opens = rest_.front() == '{' || rest_.front() == '[';
      rest_.remove_prefix(1);
      depth = opens ? depth + 1 : depth - 1;
      if (depth == 0) return start.substr(0, start.size() - rest_.size());
    }
    return {};
  }
  void skip_space() {
    const std::size_t at = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
  }
  std::string_view cut(std::size_t length) {
    const std::string_view front = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return front;
  }

  std::string_view rest_;
};

std::optional<Timestamp> in_range(Timestamp time) { return time >= kFirst && time <= kLast ? std::optional(time) : std::nullopt; }

// Whole numbers are exact; fractions and exponents go through a double.
std::optional<Timestamp> time_of_number(std::string_view text, std::int64_t micros_per_unit) {
  const char* const end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto [at, error] = std::from_chars(text.data(), end, whole); error == std::errc{} && at == end) {
    constexpr std::int64_t kWholeMax = 400'000'000'000'000;  // beyond the year 9999 in milliseconds, no overflow in microseconds
    if (whole > kWholeMax || whole < -kWholeMax) return std::nullopt;
    return micros_per_unit == 1'000 ? in_range(from_micros(whole * 1'000))
                                    : in_range(from_micros(std::clamp<std::int64_t>(whole, -400'000'000'000, 400'000'000'000) * 1'000'000));
  }
  double number = 0;
  const auto [at, error] = std::from_chars(text.data(), end, number);
  const double micros = number * static_cast<double>(micros_per_unit);
  if (error != std::errc{} || at != end || !(std::abs(micros) < 4e17)) return std::nullopt;
  return in_range(from_micros(std::llround(micros)));
}

std::optional<Timestamp> time_of(std::string_view value, std::int64_t micros_per_unit) {
  if (!value.starts_with('"')) return time_of_number(value, micros_per_unit);
  const auto parsed = parse_iso(value.substr(1, value.size() - 2));
  return parsed ? in_range(parsed->time) : std::nullopt;
}

// Most ids have no escape in them; the JSON library unfolds the few that do.
void read_user(std::string_view value, std::string& user) {
  if (value == "null" || value.starts_with('{') || value.starts_with('[')) return;
  if (!value.starts_with('"')) {
    user = value;
  } else if (value.find('\\') == std::string_view::npos) {
    user = value.substr(1, value.size() - 2);
  } else if (const auto parsed = nlohmann::json::parse(value, nullptr, false); parsed.is_string()) {
    user = parsed.get_ref<const std::string&>();
  }
}

void read_member(std::string_view name, std::string_view value, EventFacts& facts) {
  if (!facts.time && name == R"("ts")") facts.time = time_of(value, 1'000);
  if (!facts.time && name == R"("timestamp")") facts.time = time_of(value, 1'000'000);
  if (facts.user.empty() && (name == R"("user_id")" || name == R"("userId")")) read_user(value, facts.user);
}

bool scan(std::string_view line, EventFacts& facts) {
  Scanner scanner{line};
  if (!scanner.take('{')) return false;
  if (scanner.take('}')) return scanner.at_end();
  do {
    const std::string_view name = scanner.text();
    if (name.empty() || !scanner.take(':')) return false;
    const std::string_view value = scanner.value();
    if (value.empty()) return false;
    read_member(name, value, facts);
  } while (scanner.take(','));
  return scanner.take('}') && scanner.at_end();
}

}  // namespace

bool read_facts(std::string_view line, EventFacts& facts) {
  facts.time.reset();
  facts.user.clear();
  if (scan(line, facts)) return true;
  facts.time.reset();
  facts.user.clear();
  return false;
}

}  // namespace playhead::cli
