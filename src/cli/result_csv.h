// cli/result_csv.h: published rows as one CSV file, for spreadsheets.
//
// RFC 4180: a header, commas, CRLF, quotes where a cell needs them. Times are "2018-11-01 20:57:10" (UTC), flags true and false, bytes
// hexadecimal, nulls empty. A text that begins with = + - @, a tab or a carriage return gets a ' in front: spreadsheets would run it as a
// formula.
//
// Threads: one owner at a time. Memory: one batch of rows. Fails: as the file system and the Parquet files; kInvalid where a file has other
// columns than those before. The file is replaced in one step, or not at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"

namespace playhead::cli {

// Writes the rows of these Parquet files, in this order, to `path`. Returns their number.
Result<std::uint64_t> write_result_csv(io::FileSystem& files, const std::vector<std::string>& parquet_files, const std::string& path);

// One cell that holds a text.
void append_text_cell(std::string_view text, std::string& line);

}  // namespace playhead::cli
