#include "cli/consolidate_request.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace playhead::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kBytesMax = 64u << 10;

std::string folder_of_requests(const std::string& checkpoint) { return io::join(checkpoint, "requests"); }
std::string request_path(const std::string& checkpoint) { return io::join(folder_of_requests(checkpoint), "consolidate.json"); }
std::string answer_path(const std::string& checkpoint) { return io::join(folder_of_requests(checkpoint), "consolidate-answer.json"); }

Status remove_if_there(io::FileSystem& files, const std::string& path) {
  auto status = files.remove(path);
  return !status && status.error().kind == ErrorKind::kNotFound ? Status{} : status;
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::uint64_t number_of(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

Json json_of(const table::ConsolidationReport& report) {
  return {{"kind", table::name_of(report.kind)},
          {"files_before", report.files_before},
          {"files_after", report.files_after},
          {"bytes_before", report.bytes_before},
          {"bytes_after", report.bytes_after},
          {"folders", report.folders},
          {"rows", report.rows},
          {"content_sum", report.content_sum},
          {"backup", report.backup}};
}

table::ConsolidationReport report_of(const Json& json) {
  table::OutputKind kind = table::OutputKind::kWindows;
  for (const table::OutputKind known : {table::OutputKind::kLake, table::OutputKind::kRejects}) {
    if (text_of(json, "kind") == table::name_of(known)) kind = known;
  }
  return {.kind = kind,
          .files_before = number_of(json, "files_before"),
          .files_after = number_of(json, "files_after"),
          .bytes_before = number_of(json, "bytes_before"),
          .bytes_after = number_of(json, "bytes_after"),
          .folders = number_of(json, "folders"),
          .rows = number_of(json, "rows"),
          .content_sum = text_of(json, "content_sum"),
          .backup = text_of(json, "backup")};
}

Json json_of(const Error& error) { return {{"kind", name_of(error.kind)}, {"message", error.message}}; }

Error error_of(const Json& json) {
  const std::string kind = text_of(json, "kind");
  for (const ErrorKind known : {ErrorKind::kNotFound, ErrorKind::kExists, ErrorKind::kBusy, ErrorKind::kFenced, ErrorKind::kInvalid,
                                ErrorKind::kCorrupt, ErrorKind::kLimit}) {
    if (kind == name_of(known)) return {known, text_of(json, "message")};
  }
  return {ErrorKind::kIo, text_of(json, "message")};
}

std::optional<ConsolidateRequest> request_of(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  ConsolidateRequest request{text_of(json, "id"), text_of(json, "output"), number_of(json, "target_bytes")};
  if (request.id.empty() || request.output.empty() || request.target_bytes == 0) return std::nullopt;
  return request;
}

Status answer(io::FileSystem& files, const std::string& checkpoint, const std::string& id, Json answer) {
  answer["id"] = id;
  TRY(io::replace_file(files, answer_path(checkpoint), answer.dump(-1, ' ', false, Json::error_handler_t::replace)));
  return remove_if_there(files, request_path(checkpoint));
}

// nullopt: not yet.
Result<std::optional<Json>> answer_to(io::FileSystem& files, const std::string& checkpoint, const std::string& id) {
  const auto text = io::read_file(files, answer_path(checkpoint), kBytesMax);
  if (!text && text.error().kind == ErrorKind::kNotFound) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  Json json = Json::parse(*text, nullptr, false);
  if (text_of(json, "id") != id) return std::nullopt;
  return json;
}

}  // namespace

Status serve_requests(io::FileSystem& files, const std::string& checkpoint,
                      const std::function<Result<table::ConsolidationReport>(const ConsolidateRequest&)>& serve) {
  const auto text = io::read_file(files, request_path(checkpoint), kBytesMax);
  if (!text && text.error().kind == ErrorKind::kNotFound) return {};
  if (!text && text.error().kind != ErrorKind::kLimit) return std::unexpected(text.error());
  const auto request = text ? request_of(*text) : std::nullopt;
  if (!request) return answer(files, checkpoint, "", {{"error", json_of(Error{ErrorKind::kInvalid, "the request can not be read"})}});
  const auto report = serve(*request);
  if (report) return answer(files, checkpoint, request->id, {{"report", json_of(*report)}});
  TRY(answer(files, checkpoint, request->id, {{"error", json_of(report.error())}}));
  return report.error().kind == ErrorKind::kFenced ? Status{std::unexpected(report.error())} : Status{};
}

Result<bool> request_waits(io::FileSystem& files, const std::string& checkpoint) { return files.exists(request_path(checkpoint)); }

Result<table::ConsolidationReport> ask_stream(io::FileSystem& files, const std::string& checkpoint, const ConsolidateRequest& request,
                                              const std::function<Status()>& waiting) {
  TRY(files.make_folders(folder_of_requests(checkpoint)));
  TRY(remove_if_there(files, answer_path(checkpoint)));
  const Json asked{{"id", request.id}, {"output", request.output}, {"target_bytes", request.target_bytes}};
  TRY(io::replace_file(files, request_path(checkpoint), asked.dump(-1, ' ', false, Json::error_handler_t::replace)));
  while (true) {
    TRY_ASSIGN(const auto found, answer_to(files, checkpoint, request.id));
    if (found) {
      TRY(remove_if_there(files, answer_path(checkpoint)));
      if (found->contains("report")) return report_of((*found)["report"]);
      return std::unexpected(error_of(found->contains("error") ? (*found)["error"] : Json{}));
    }
    if (auto status = waiting(); !status) {
      static_cast<void>(files.remove(request_path(checkpoint)));
      return std::unexpected(std::move(status.error()));
    }
  }
}

}  // namespace playhead::cli
