#include "cli/simulate_scenario.h"

#include <stdexcept>

// toml++ believes its assertions where they are compiled out, and some hostile texts break them. Here they are always looked at, and are
// faults of the text like any other: the library throws, and parse() below catches.
#undef NDEBUG
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#define TOML_MAX_NESTED_VALUES 16
#define TOML_ASSERT(expression) playhead::cli::hold_true(static_cast<bool>(expression))
namespace playhead::cli {
namespace {
constexpr void hold_true(bool expression) {
  if (!expression) throw std::logic_error("something is missing, or a letter is out of place");
}
}  // namespace
}  // namespace playhead::cli

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <sstream>
#include <vector>

#include "base/utf8.h"
#include "cli/nearest.h"
#include "cli/simulate_settings.h"

namespace playhead::cli {
namespace {

constexpr std::size_t kDotsOfLineMax = 200;

// toml++ takes letters beyond ASCII for what can not be, where they stand outside of strings and comments. So it never sees any: each of
// their bytes is written as ^C3, ^ itself as ^5E, which mean nothing outside of strings and comments, and is read back from its answers.
std::string escaped(std::string_view text) {
  std::string all;
  all.reserve(text.size());
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x80 && letter != '^') {
      all += letter;
    } else {
      fmt::format_to(std::back_inserter(all), "^{:02X}", byte);
    }
  }
  return all;
}

std::string unescaped(std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* const digits = text.data() + i + 1;
    const bool is_escape = text[i] == '^' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    all += is_escape ? static_cast<char>(byte) : text[i];
    i += is_escape ? 2 : 0;
  }
  return all;
}

class Reader {
 public:
  Reader(const std::string& name, Faults& faults) : name_(name), faults_(faults) {}

  GivenValues read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const std::string word = unescaped(key.str());
      if (node.is_array_of_tables() && is_repeated_table(word)) {
        read_repeated(word, *node.as_array());
      } else if (const toml::table* const table = node.as_table(); table && !is_repeated_table(word)) {
        read_table(word + ".", *table);
      } else if (is_repeated_table(word)) {
        faults_.add(fmt::format("{}: {}: write it as a table of its own, [[{}]], as often as needed", where(node), word, word));
      } else {
        read_value(word, node);
      }
    }
    return std::move(values_);
  }

 private:
  std::string where(const toml::node& node) const { return fmt::format("{}:{}", name_, node.source().begin.line); }

  void read_repeated(const std::string& name, const toml::array& tables) {
    for (const toml::node& node : tables) {
      values_.push_back({name, where(node), where(node)});
      read_table(name + ".", *node.as_table());
    }
  }

  void read_table(const std::string& prefix, const toml::table& table) {
    for (const auto& [key, node] : table) read_value(prefix + unescaped(key.str()), node);
  }

  void read_value(const std::string& key, const toml::node& node) {
    if (!setting_named(key) || is_repeated_table(key)) return faults_.add(where(node) + ": unknown key " + key + suggestion(key));
    const auto text = text_of(node);
    if (!text) return faults_.add(where(node) + ": " + key + ": is a table, and should be a single value or a list of them");
    values_.push_back({key, in_own_folder(key, *text), where(node)});
  }

  // The nearest key, or all that the table may have.
  static std::string suggestion(const std::string& key) {
    std::vector<std::string> keys;
    std::string allowed;
    const std::string table = key.substr(0, key.find('.') + 1);
    for (const Setting& setting : simulate_settings()) {
      if (is_repeated_table(setting.key)) continue;
      keys.push_back(setting.key);
      if (setting.key.starts_with(table)) allowed += (allowed.empty() ? "" : ", ") + setting.key.substr(table.size());
    }
    const std::string_view near = nearest(key, keys);
    if (!near.empty()) return ": did you mean " + std::string(near) + "?";
    return allowed.empty() ? ": there is no such table" : ": allowed are " + allowed;
  }

  static std::optional<std::string> text_of(const toml::node& node) {
    if (node.is_table()) return std::nullopt;
    if (const toml::array* const array = node.as_array()) {
      std::string all;
      for (const toml::node& element : *array) {
        const auto text = text_of(element);
        if (!text) return std::nullopt;
        all += (all.empty() ? "" : ",") + *text;
      }
      return all;
    }
    if (const auto* const text = node.as_string()) return unescaped(text->get());
    if (const auto* const number = node.as_integer()) return std::to_string(number->get());
    if (const auto* const number = node.as_floating_point()) return fmt::format("{}", number->get());
    if (const auto* const flag = node.as_boolean()) return flag->get() ? "true" : "false";
    std::ostringstream text;
    text << toml::node_view<const toml::node>(node);
    return text.str();
  }

  std::string in_own_folder(const std::string& key, const std::string& text) const {
    const std::size_t slash = name_.rfind('/');
    const bool is_file = key == "sessions.config" || key == "catalogue.file";
    if (!is_file || text.starts_with('/') || slash == std::string::npos) return text;
    return name_.substr(0, slash + 1) + text;
  }

  const std::string& name_;
  Faults& faults_;
  GivenValues values_;
};

// Each dot of a key is a table within a table, and tables end by recursion: so there is a bound.
std::optional<std::size_t> line_of_too_many_dots(std::string_view toml) {
  std::size_t line = 1;
  std::size_t dots = 0;
  for (const char letter : toml) {
    dots = letter == '\n' ? 0 : dots + (letter == '.' ? 1 : 0);
    line += letter == '\n' ? 1 : 0;
    if (dots > kDotsOfLineMax) return line;
  }
  return std::nullopt;
}

// A broken assertion does not say where: in the last of the fewest lines that break it.
std::size_t line_of_broken_assertion(std::string_view toml) {
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < toml.size(); at = ends.back()) ends.push_back(std::min(toml.find('\n', at), toml.size() - 1) + 1);
  const auto breaks = [toml](std::size_t end) {
    try {
      (void)toml::parse(toml.substr(0, end));
      return false;
    } catch (const toml::parse_error&) {
      return false;
    } catch (const std::logic_error&) {
      return true;
    }
  };
  const auto line = std::partition_point(ends.begin(), ends.end(), [&](std::size_t end) { return !breaks(end); });
  return static_cast<std::size_t>(line - ends.begin()) + 1;
}

std::optional<toml::table> parse(std::string_view toml, const std::string& name, Faults& faults) {
  const auto refuse = [&](std::size_t line, std::string_view why) {
    faults.add(fmt::format("{}:{}: is no TOML: {}", name, line, why));
    return std::nullopt;
  };
  if (const auto line = line_of_too_many_dots(toml)) return refuse(*line, fmt::format("more than {} dots in a line", kDotsOfLineMax));
  const std::string ascii = escaped(toml);
  try {
    return toml::parse(ascii);
  } catch (const toml::parse_error& error) {
    return refuse(error.source().begin.line, unescaped(error.description()));
  } catch (const std::logic_error& error) {
    return refuse(line_of_broken_assertion(ascii), error.what());
  }
}

}  // namespace

GivenValues read_scenario(std::string_view toml, const std::string& name, Faults& faults) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (toml.starts_with(kByteOrderMark)) toml.remove_prefix(kByteOrderMark.size());
  if (!is_utf8(toml)) {
    faults.add(name + ": is no UTF-8");
    return {};
  }
  const std::optional<toml::table> root = parse(toml, name, faults);
  return root ? Reader(name, faults).read(*root) : GivenValues();
}

}  // namespace playhead::cli
