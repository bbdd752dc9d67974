// cli/output_owner.h: which job writes a published folder, and as what, from the owner that its manifest names.
//
// A job's windows bear its identity (pipeline/job.h), its lake the same as {"lake_of", "topic", "layout"}, its tables of late events and
// dead letters as {"rejects_of"}. Other commands need only the name of the job, to find out whether it runs.
//
// Threads: a pure function. Fails: kCorrupt for a text that no version of Playhead wrote.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace playhead::cli {

enum class OwnedAs : std::uint8_t { kWindows, kLake, kRejects };

struct OutputOwner {
  std::string job;
  OwnedAs as = OwnedAs::kWindows;
  std::string layout{};  // of a lake

  bool operator==(const OutputOwner&) const = default;
};

Result<OutputOwner> output_owner(std::string_view text);

}  // namespace playhead::cli
