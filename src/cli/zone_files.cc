#include "cli/zone_files.h"

#include <cstdlib>
#include <utility>

namespace playhead::cli {
namespace {

constexpr std::uint64_t kZoneBytesMax = 1 << 20;

}  // namespace

Result<const TimeZone*> ZoneFiles::named(const std::string& name) {
  if (const auto known = zones_.find(name); known != zones_.end()) return known->second.get();
  const char* const folder = std::getenv("TZDIR");
  const auto bytes = io::read_file(files_, io::join(folder == nullptr ? "/usr/share/zoneinfo" : folder, name), kZoneBytesMax);
  if (!bytes) {
    return fail(ErrorKind::kNotFound,
                "time zone '" + name + "' is not known here (" + bytes.error().message + "): install tzdata, or check the name");
  }
  TRY_ASSIGN(auto zone, TimeZone::make(*bytes));
  return zones_.emplace(name, std::move(zone)).first->second.get();
}

}  // namespace playhead::cli
