// table/manifest.h: one numbered manifest of a published folder, as bytes and as a value.
//
// A manifest is a commit of a published folder (table/published_folder.h). It is self-contained: the newest one alone says who may
// write, what the writer has done (the ledger, which is the writer's own text) and which files may still be on their way to their
// visible names. Bytes: one line of JSON, then one line with the 16 hexadecimal digits of its XXH3 (docs/table-format.md).
//
// Limits:  64 MiB (kLimit when encoding; kCorrupt when decoding).
// Threads: pure functions; any thread.
// Fails:   kCorrupt when the checksum or a field is wrong; kInvalid when the format is newer than this program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"

namespace playhead::table {

// Format 1: names without folders. Format 2: names may have folders in front, and a root may have been exchanged, so that rows have moved
// from the names that the first release would look for to others. Written only where it is needed; format 1 is read.
inline constexpr std::uint64_t kManifestFormat = 2;
inline constexpr std::uint64_t kManifestBytesMax = std::uint64_t{64} << 20;

enum class ManifestKind {
  kClaim,   // a writer took over; names nothing new
  kCommit,  // a writer's commit
};

// A file on its way from its staged path (relative to the folder) to its visible name.
struct PendingFile {
  std::string name;
  std::string staged;
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;

  bool operator==(const PendingFile&) const = default;
};

// A visible name on its way out: moved to `staged`, so that only the holder of that staging root can do it.
struct PendingRemoval {
  std::string name;
  std::string staged;

  bool operator==(const PendingRemoval&) const = default;
};

struct Manifest {
  std::uint64_t format = 1;    // encoding raises it where a name needs it
  std::uint64_t number = 0;    // from 1
  WriterEpoch writer_epoch{};  // from 1
  ManifestKind kind = ManifestKind::kClaim;
  std::string owner{};   // whose folder this is: a JSON text, compared byte by byte
  std::string ledger{};  // a JSON text, kept byte by byte
  // Of the newest commit that named any, carried forward until both folders are known to be synced.
  std::vector<PendingFile> files{};
  std::vector<PendingRemoval> removed{};

  bool operator==(const Manifest&) const = default;
};

// May a file be published under this name? Folders may stand in front: at most 8 parts with '/' between, the last ends in .parquet, and
// each is_visible_part().
bool is_visible_name(std::string_view name);
// The same for a folder beneath the root: at most 7 parts.
bool is_visible_folder(std::string_view name);
// 1 to 200 bytes of printable ASCII without '/', and no '.' or '_' in front (readers take such names for hidden).
bool is_visible_part(std::string_view part);

// kInvalid: owner or ledger is not JSON.
Result<std::string> encode_manifest(const Manifest& manifest);
// `path` is for the messages.
Result<Manifest> decode_manifest(std::string_view bytes, const std::string& path);

}  // namespace playhead::table
