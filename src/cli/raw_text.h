// cli/raw_text.h: bytes from anywhere, as text for JSON.
//
// Pure functions; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace playhead::cli {

std::string base64(std::string_view bytes);  // RFC 4648, with padding

// Puts the bytes into `object` as `name` where they are UTF-8, else in base64 as `name`_base64; null where there are none.
void put_bytes(nlohmann::ordered_json& object, const std::string& name, std::optional<std::string_view> bytes);

}  // namespace playhead::cli
