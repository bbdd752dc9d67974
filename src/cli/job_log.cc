#include "cli/job_log.h"

#include <cstdlib>
#include <memory>

namespace playhead::cli {
namespace {

constexpr const char* kMark = "log";
constexpr std::uint64_t kMarkBytesMax = 64u << 10;
constexpr std::string_view kEmbedded = "embedded";
constexpr std::string_view kKafka = "kafka ";

// Other commands may be called from other folders.
std::string absolute(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> found(::realpath(path.c_str(), nullptr), &std::free);
  return found ? std::string(found.get()) : path;
}

std::string text_of(const LogPlace& place) {
  if (place.servers.empty()) return std::string(kEmbedded);
  return std::string(kKafka) + place.servers + (place.config.empty() ? "" : "\n" + absolute(place.config));
}

std::string name_of(const LogPlace& place) { return place.servers.empty() ? "the embedded log" : "Kafka at " + place.servers; }

}  // namespace

Result<std::optional<LogPlace>> log_place_of(Workspace& workspace, const std::string& checkpoint) {
  const std::string path = io::join(checkpoint, kMark);
  const auto text = io::read_file(workspace.files(), path, kMarkBytesMax);
  if (!text && text.error().kind == ErrorKind::kNotFound) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  if (*text == kEmbedded) return LogPlace{};
  if (!text->starts_with(kKafka)) return fail(ErrorKind::kCorrupt, path + " names no log that is known");
  const std::string rest = text->substr(kKafka.size());
  const std::size_t end = rest.find('\n');
  return LogPlace{.servers = rest.substr(0, end), .config = end == std::string::npos ? "" : rest.substr(end + 1)};
}

Result<log::Log*> log_of_job(Workspace& workspace, const std::string& checkpoint) {
  TRY_ASSIGN(const auto place, log_place_of(workspace, checkpoint));
  return place ? workspace.log_at(*place) : workspace.log();
}

Status check_job_log(Workspace& workspace, const std::string& job, const std::string& checkpoint) {
  TRY_ASSIGN(const auto place, log_place_of(workspace, checkpoint));
  const LogPlace named = workspace.named_log();
  if (!place || place->servers.empty() == named.servers.empty()) return {};
  return fail(ErrorKind::kInvalid, "job " + job + " was begun on " + name_of(*place) + ", not on " + name_of(named) + ": " +
                                       (place->servers.empty() ? "leave --bootstrap-servers out" : "name it with --bootstrap-servers") +
                                       ", or choose another --job");
}

Status remember_job_log(Workspace& workspace, const std::string& checkpoint) {
  return io::replace_file(workspace.files(), io::join(checkpoint, kMark), text_of(workspace.named_log()));
}

}  // namespace playhead::cli
