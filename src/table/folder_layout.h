// table/folder_layout.h: the names inside a published folder (docs/table-format.md), for the parts of table/published_folder.h.
//
// Threads: pure functions, and reads. Fails: as the file system.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/file_system.h"
#include "table/manifest.h"

namespace playhead::table {

inline constexpr std::string_view kManifests = ".manifests";
inline constexpr std::string_view kStaging = ".staging";
inline constexpr std::string_view kEnding = ".parquet";
inline constexpr std::string_view kDeadPrefix = "dead-";
inline constexpr std::size_t kNumberDigits = 20;
inline constexpr int kRacesMax = 100;

std::string digits_of(std::uint64_t number);                      // 20 of them
std::optional<std::uint64_t> number_of(std::string_view digits);  // however many
std::string folder_of(const std::string& path);                   // "." for a path of one part
std::string_view last_part_of(std::string_view path);             // all of a path of one part

// The manifests' numbers, ascending. Names that are no number of 20 digits are not ours. An absent folder has none.
Result<std::vector<std::uint64_t>> manifest_numbers(io::FileSystem& files, const std::string& folder);

// The visible folders, relative, whose names the manifest's pending files and removals change; the root is "".
std::set<std::string> touched_folders(const Manifest& manifest);

// "20181101T205710Z", as format_compact writes it; nullopt for all else.
std::optional<Timestamp> compact_time(std::string_view text);

// Ok where the failure is of this kind.
Status ignore(ErrorKind kind, Status status);

}  // namespace playhead::table
