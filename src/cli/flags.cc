#include "cli/flags.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

#include "cli/stream_job.h"
#include "log/topic_file.h"

namespace playhead::cli {
namespace {

// Declares an option whose value goes through `parse`, a function from text to Result<Value>.
template <typename Parse, typename Target>
CLI::Option* parsed_flag(CLI::App& app, const std::string& name, Target& target, const std::string& help, const std::string& value_name,
                         Parse parse) {
  const auto store = [&target, parse](const CLI::results_t& texts) {
    auto value = parse(texts.back());
    if (value) target = *value;
    return value.has_value();
  };
  const auto complaint = [parse](const std::string& text) {
    const auto value = parse(text);
    return value ? std::string() : value.error().message;
  };
  return app.add_option(name, store, help)->type_name(value_name)->envname(environment_name(name))->check(complaint, "");
}

struct ByteUnit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<ByteUnit, 9> kByteUnits = {{{"TiB", 1ull << 40},
                                                 {"GiB", 1ull << 30},
                                                 {"MiB", 1ull << 20},
                                                 {"KiB", 1ull << 10},
                                                 {"TB", 1'000'000'000'000},
                                                 {"GB", 1'000'000'000},
                                                 {"MB", 1'000'000},
                                                 {"KB", 1'000},
                                                 {"B", 1}}};

// The whole of `text` as a number, or its front where `rest` takes what follows.
std::optional<double> number_of(const std::string& text, std::string_view* rest = nullptr) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || !std::isfinite(number) || (!rest && at != end)) return std::nullopt;
  if (rest) *rest = {at, static_cast<std::size_t>(end - at)};
  return number;
}

}  // namespace

CLI::Option* text_flag(CLI::App& app, const std::string& name, std::string& target, const std::string& help,
                       const std::string& value_name) {
  const std::string initial = target;
  const auto any = [](const std::string& text) -> Result<std::string> {
    if (text.empty()) return fail(ErrorKind::kInvalid, "needs a value");
    return text;
  };
  return parsed_flag(app, name, target, help, value_name, any)->default_str(initial);
}

CLI::Option* name_flag(CLI::App& app, const std::string& name, std::string& target, const std::string& help, const std::string& of) {
  return only_names(text_flag(app, name, target, help, "NAME"), of);
}

CLI::Option* only_names(CLI::Option* option, const std::string& of) {
  return option->check(
      [of](const std::string& text) {
        const Status status = of == "job" ? check_job_name(text) : log::check_name(of, text);
        return status ? std::string() : status.error().message;
      },
      "");
}

CLI::Option* choice_flag(CLI::App& app, const std::string& name, std::string& target, const std::string& help,
                         const std::vector<std::string>& choices) {
  std::string all;
  for (const std::string& choice : choices) all += (all.empty() ? "" : "|") + choice;
  const std::string initial = target;
  const auto one_of = [choices, all](const std::string& text) -> Result<std::string> {
    if (std::find(choices.begin(), choices.end(), text) == choices.end()) return not_a(text, "one of " + all);
    return text;
  };
  return parsed_flag(app, name, target, help, all, one_of)->default_str(initial);
}

CLI::Option* switch_flag(CLI::App& app, const std::string& name, bool& target, const std::string& help) {
  return app.add_flag(name, target, help)->envname(environment_name(name));
}

CLI::Option* count_flag(CLI::App& app, const std::string& name, std::uint64_t& target, const std::string& help, std::uint64_t least,
                        std::uint64_t most) {
  const auto parse = [least, most](const std::string& text) { return parse_count(text, least, most); };
  return parsed_flag(app, name, target, help, "N", parse)->default_str(std::to_string(target));
}

CLI::Option* factor_flag(CLI::App& app, const std::string& name, double& target, const std::string& help) {
  return parsed_flag(app, name, target, help, "X", parse_factor);
}

CLI::Option* rate_flag(CLI::App& app, const std::string& name, double& target, const std::string& help) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), target).ptr;
  return parsed_flag(app, name, target, help, "RATE", parse_rate)->default_str(std::string(digits.data(), end));
}

CLI::Option* span_flag(CLI::App& app, const std::string& name, Duration& target, const std::string& help) {
  return parsed_flag(app, name, target, help, "SPAN", [](const std::string& text) { return parse_duration(text); })
      ->default_str(format_duration(target));
}

CLI::Option* instant_flag(CLI::App& app, const std::string& name, std::optional<Timestamp>& target, const std::string& help) {
  return parsed_flag(app, name, target, help, "TIME", parse_instant);
}

CLI::Option* bytes_flag(CLI::App& app, const std::string& name, std::uint64_t& target, const std::string& help) {
  return parsed_flag(app, name, target, help, "BYTES", parse_bytes)->default_str(format_bytes(target));
}

std::string environment_name(const std::string& flag) {
  std::string name = "PLAYHEAD_";
  for (const char letter : flag.substr(flag.find_first_not_of('-'))) {
    name += letter == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  return name;
}

std::unexpected<Error> not_a(const std::string& text, const std::string& allowed) {
  return fail(ErrorKind::kInvalid, "'" + text + "' is not " + allowed);
}

std::vector<std::string> parse_list(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

Result<double> parse_number(const std::string& text, double least, double most) {
  const auto number = number_of(text);
  if (!number || *number < least || *number > most) return not_a(text, fmt::format("a number in {} to {}", least, most));
  return *number;
}

Result<std::uint64_t> parse_count(const std::string& text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || at != end) return not_a(text, "a whole number");
  if (number < least || number > most) return not_a(text, "in " + std::to_string(least) + " to " + std::to_string(most));
  return number;
}

Result<double> parse_factor(const std::string& text) {
  const auto number = number_of(text);
  if (!number || !(*number > 0)) return not_a(text, "a number above 0");
  return *number;
}

Result<double> parse_rate(const std::string& text) {
  if (text == "max") return 0.0;
  const auto number = number_of(text);
  if (!number || !(*number >= 0)) return not_a(text, "a number of events per second, 0 or max");
  return *number;
}

Result<Timestamp> parse_instant(const std::string& text) {
  const auto parsed = parse_iso(text);
  if (!parsed) return not_a(text, "an instant: write 2026-03-01T12:00:00Z");
  return parsed->time;
}

Result<std::uint64_t> parse_bytes(const std::string& text) {
  std::string_view unit;
  const auto number = number_of(text, &unit);
  const auto known = std::find_if(kByteUnits.begin(), kByteUnits.end(), [&](const ByteUnit& candidate) { return candidate.name == unit; });
  const double factor = unit.empty() ? 1 : known != kByteUnits.end() ? static_cast<double>(known->bytes) : 0;
  const double bytes = number.value_or(-1) * factor;
  if (factor == 0 || !(bytes >= 0) || bytes >= 0x1p63) return not_a(text, "a number of bytes: write 1048576, 64MiB or 1.5GiB");
  return static_cast<std::uint64_t>(std::llround(bytes));
}

std::string format_bytes(std::uint64_t bytes) {
  for (std::size_t i = 0; i < 4; ++i) {
    const ByteUnit& unit = kByteUnits[i];
    if (bytes != 0 && bytes % unit.bytes == 0) return std::to_string(bytes / unit.bytes) + std::string(unit.name);
  }
  return std::to_string(bytes);
}

}  // namespace playhead::cli
