// simulate/catalogue_import.h: catalogues out of files that others made.
//
// Three forms, told apart by their first line: the tracks CSV of Spotify with 21 columns (the first one an unnamed row number, or
// without it: 20), eventsim's listen counts (trackId, artist, title, seconds, count; tabs, no header), and any CSV with a header and a
// mapping of columns. Quotes, line breaks inside quotes, CR LF and a byte order mark are read (RFC 4180). Artists of a CSV are split at
// ";", the first one is the track's. A track that stands there under several genres is kept once, with its first genre; rows without a
// title, artist or duration, broken ones and those that are not UTF-8 are left out. What was left out is counted by reason.
//
// What a file lacks: without a genre a track's is "unknown"; without an id it gets "t100000" and so on; without popularity all tracks
// are alike. Spotify's popularity of 0 to 100 grows with the logarithm of the plays, so the weight is exp(popularity / 10); the counts
// of eventsim and of a mapping are weights as they stand, and 0 is half a play.
//
// Limits:  2 GiB of text, 10 million tracks. Threads: pure; any thread. Memory: the Catalogue owns copies.
// Fails:   kInvalid with line and column name: no header that is known, a column that the mapping names and the file lacks, no row.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "simulate/catalogue.h"

namespace playhead::simulate {

// Field of a track -> column of the file: "id", "title", "artist", "album", "genre", "duration_ms" or "duration_s", "popularity",
// "explicit", "year".
using ColumnMapping = std::map<std::string, std::string>;

struct ImportedCatalogue {
  std::unique_ptr<Catalogue> catalogue;
  std::map<std::string, std::uint64_t> left_out;  // reason -> rows
};

// `mapping` is empty for the two known forms; else it names "title", "artist" and a duration at least.
Result<ImportedCatalogue> import_catalogue(std::string_view text, const ColumnMapping& mapping, std::uint64_t seed);

}  // namespace playhead::simulate
