// cli/zone_files.h: time zones by their IANA names, read from the system's zone database ($TZDIR, else /usr/share/zoneinfo).
//
// Limits:  1 MiB a zone. Threads: one owner at a time. Memory: owns the zones it gave out, each read once.
// Fails:   kNotFound where the database has none of this name; as TimeZone::make.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time_zone.h"
#include "io/file_system.h"

namespace playhead::cli {

class ZoneFiles {
 public:
  explicit ZoneFiles(io::FileSystem& files) : files_(files) {}

  // `name` is trusted: it becomes part of a path.
  Result<const TimeZone*> named(const std::string& name);

 private:
  io::FileSystem& files_;
  std::map<std::string, std::unique_ptr<TimeZone>> zones_;
};

}  // namespace playhead::cli
