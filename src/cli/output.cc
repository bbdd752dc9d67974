#include "cli/output.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace playhead::cli {

// Nothing here is printed with fmt::print: it throws where nobody reads any more.
void Output::line(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fputc('\n', stdout) != EOF;
  if (!written) closed_ = true;
}

void Output::object(const nlohmann::ordered_json& object) {
  line(object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void Output::flush() {
  if (std::fflush(stdout) != 0) closed_ = true;
}

void Output::error(const Error& error) {
  flush();
  std::fputs(("playhead: " + error.message + "\n").c_str(), stderr);
  if (!json_) return;
  object({{"error", {{"kind", name_of(error.kind)}, {"message", error.message}}}});
  flush();
}

void Output::note(std::string_view text) {
  if (!json_) std::fputs((std::string(text) + "\n").c_str(), stderr);
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string seconds_text(double seconds) { return fmt::format("{:.1f} s", seconds); }

}  // namespace playhead::cli
