// cli/flags.h: flags that say clearly what is wrong with their value, each also an environment variable.
//
// A flag --start-time is set by the command line, else by PLAYHEAD_START_TIME, else by the settings file, else by its default (the
// target's value when the flag is declared). Values are checked where they are read: a command sees only values that are in range.
// Threads: main thread. Memory: targets must outlive the App. Fails: through CLI11 (cli/program.h turns that into exit code 2).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace playhead::cli {

CLI::Option* text_flag(CLI::App& app, const std::string& name, std::string& target, const std::string& help, const std::string& value_name);
// The name of a topic or of a job: `of` says which.
CLI::Option* name_flag(CLI::App& app, const std::string& name, std::string& target, const std::string& help, const std::string& of);
CLI::Option* choice_flag(CLI::App& app, const std::string& name, std::string& target, const std::string& help,
                         const std::vector<std::string>& choices);
CLI::Option* switch_flag(CLI::App& app, const std::string& name, bool& target, const std::string& help);
CLI::Option* count_flag(CLI::App& app, const std::string& name, std::uint64_t& target, const std::string& help, std::uint64_t least = 0,
                        std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
// A positive number, fractions allowed.
CLI::Option* factor_flag(CLI::App& app, const std::string& name, double& target, const std::string& help);
// Events per second; 0 or "max": as fast as possible, which is the value 0.
CLI::Option* rate_flag(CLI::App& app, const std::string& name, double& target, const std::string& help);
CLI::Option* span_flag(CLI::App& app, const std::string& name, Duration& target, const std::string& help);
CLI::Option* instant_flag(CLI::App& app, const std::string& name, std::optional<Timestamp>& target, const std::string& help);
CLI::Option* bytes_flag(CLI::App& app, const std::string& name, std::uint64_t& target, const std::string& help);

// "PLAYHEAD_START_TIME" of "--start-time".
std::string environment_name(const std::string& flag);

// Lets a positional argument be such a name only.
CLI::Option* only_names(CLI::Option* option, const std::string& of);

// What the flags above read; each error is a sentence that goes on after the flag's name.
std::unexpected<Error> not_a(const std::string& text, const std::string& allowed);  // "'x' is not <allowed>", kInvalid
std::vector<std::string> parse_list(const std::string& text);                       // what stands between its commas, empty parts too
Result<double> parse_number(const std::string& text, double least, double most);
Result<std::uint64_t> parse_count(const std::string& text, std::uint64_t least, std::uint64_t most);
Result<double> parse_factor(const std::string& text);
Result<double> parse_rate(const std::string& text);
Result<Timestamp> parse_instant(const std::string& text);    // ISO 8601; UTC where it has no zone
Result<std::uint64_t> parse_bytes(const std::string& text);  // "0", "1048576", "64MiB", "1.5GiB", "10GB"
std::string format_bytes(std::uint64_t bytes);               // the shortest exact form that parse_bytes reads

}  // namespace playhead::cli
