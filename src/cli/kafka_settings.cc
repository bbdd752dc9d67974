#include "cli/kafka_settings.h"

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
    if (!properties.emplace(name, trimmed(kept.substr(sign + 1))).second) {
      return fail(ErrorKind::kInvalid, where + name + " is there already");
    }
  }
  return properties;
}

Result<std::optional<log::KafkaOptions>> kafka_options(io::FileSystem& files, const std::string& servers, const std::string& path) {
  log::KafkaOptions options{.bootstrap_servers = servers};
  if (!path.empty()) {
    auto text = io::read_file(files, path, kFileBytesMax);
    if (!text) return fail(text.error().kind, "--kafka-config: " + text.error().message);
    TRY_ASSIGN(options.properties, parse_properties(*text, path));
  }
  const auto found = options.properties.extract(kServers);
  if (found && servers.empty()) options.bootstrap_servers = found.mapped();
  if (!options.bootstrap_servers.empty()) return options;
  if (path.empty()) return std::nullopt;
  return fail(ErrorKind::kInvalid, path + " names no " + kServers + ": add it there, or give --bootstrap-servers");
}

}  // namespace playhead::cli
