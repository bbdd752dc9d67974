#include "cli/kafka_settings.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <utility>

namespace playhead::cli {
namespace {

constexpr std::uint64_t kFileBytesMax = 1u << 20;
constexpr const char* kServers = "bootstrap.servers";

std::string trimmed(const std::string& text) {
  constexpr const char* kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// The value itself, or what the variable that it names has.
Result<std::string> value_of(const std::string& text, const std::string& where) {
  constexpr std::string_view kStart = "${env:";
  if (!text.starts_with(kStart) || !text.ends_with('}')) return text;
  const std::string name = text.substr(kStart.size(), text.size() - kStart.size() - 1);
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return fail(ErrorKind::kInvalid, where + "the environment has no variable " + name);
  return value;
}

// A named pipe or /dev/stdin, by which a secret store hands it over, keeps nothing.
void warn_if_others_may_read(const std::string& path, const std::map<std::string, std::string>& properties) {
  if (std::ranges::none_of(properties, [](const auto& property) { return log::is_secret(property.first); })) return;
  struct stat found = {};
  if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode) || (found.st_mode & S_IROTH) == 0) return;
  spdlog::warn("{} holds a secret, and every user of this machine may read it: chmod 600 {}", path, path);
}

}  // namespace

Result<std::map<std::string, std::string>> parse_properties(const std::string& text, const std::string& path) {
  std::map<std::string, std::string> properties;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string kept = trimmed(line);
    if (kept.empty() || kept.front() == '#') continue;
    const std::string where = path + ", line " + std::to_string(number) + ": ";
    const std::size_t sign = kept.find('=');
    if (sign == std::string::npos || sign == 0) return fail(ErrorKind::kInvalid, where + "write it as property=value");
    const std::string name = trimmed(kept.substr(0, sign));
    TRY_ASSIGN(std::string value, value_of(trimmed(kept.substr(sign + 1)), where));
    if (!properties.emplace(name, std::move(value)).second) {
      return fail(ErrorKind::kInvalid, where + name + " is there already");
    }
  }
  return properties;
}

Result<log::KafkaOptions> kafka_options(io::FileSystem& files, const std::string& servers, const std::string& path) {
  log::KafkaOptions options{.bootstrap_servers = servers};
  if (!path.empty()) {
    auto text = io::read_file(files, path, kFileBytesMax);
    if (!text) return fail(text.error().kind, "--kafka-config: " + text.error().message);
    TRY_ASSIGN(options.properties, parse_properties(*text, path));
    warn_if_others_may_read(path, options.properties);
  }
  const auto found = options.properties.extract(kServers);
  if (found && servers.empty()) options.bootstrap_servers = found.mapped();
  return options;
}

}  // namespace playhead::cli
