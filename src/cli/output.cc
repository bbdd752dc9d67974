#include "cli/output.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace playhead::cli {
namespace {

std::string without_controls(std::string_view text) {
  std::string shown;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '\n' || (byte >= 0x20 && byte != 0x7f)) {
      shown += letter;
    } else {
      shown += fmt::format("\\x{:02x}", byte);
    }
  }
  return shown;
}

}  // namespace

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
  aside("playhead: " + without_controls(error.message));
  if (!json_) return;
  object({{"error", {{"kind", name_of(error.kind)}, {"message", error.message}}}});
  flush();
}

void Output::aside(std::string_view text) { std::fputs((std::string(text) + "\n").c_str(), stderr); }

void Output::note(std::string_view text) {
  if (!json_) aside(text);
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string counted(std::uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", grouped(number), what, number == 1 ? "" : "s");
}

std::string seconds_text(double seconds) { return fmt::format("{:.1f} s", seconds); }

}  // namespace playhead::cli
