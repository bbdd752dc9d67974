#include "cli/raw_text.h"

#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace playhead::cli {

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) text.push_back(i + k > bytes.size() ? '=' : kDigits[group >> (18 - 6 * k) & 63]);
  }
  return text;
}

void put_bytes(nlohmann::ordered_json& object, const std::string& name, std::optional<std::string_view> bytes) {
  if (!bytes) {
    object[name] = nullptr;
  } else if (is_utf8(*bytes)) {
    object[name] = *bytes;
  } else {
    object[name + "_base64"] = base64(*bytes);
  }
}

}  // namespace playhead::cli
