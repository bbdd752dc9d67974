#include "cli/output_owner.h"

#include <nlohmann/json.hpp>

namespace playhead::cli {

Result<OutputOwner> output_owner(std::string_view text) {
  try {
    const auto json = nlohmann::json::parse(text);
    if (json.contains("lake_of")) {
      return OutputOwner{json.at("lake_of").at("job").get<std::string>(), OwnedAs::kLake, json.at("layout").get<std::string>()};
    }
    if (json.contains("rejects_of")) return OutputOwner{json.at("rejects_of").at("job").get<std::string>(), OwnedAs::kRejects};
    return OutputOwner{json.at("job").get<std::string>(), OwnedAs::kWindows};
  } catch (const nlohmann::json::exception&) {
    return fail(ErrorKind::kCorrupt, "the manifest does not say whose the folder is");
  }
}

}  // namespace playhead::cli
