// cli/simulate_packer.h: bytes packed as a stream that may be cut: gzip or Zstandard, or not at all.
//
// What was packed ends with a frame (a gzip member, a zstd frame) at each end_frame(): all before it can be unpacked by itself, and more
// frames may follow, as byte_stream.h reads them. Same bytes in, with frames ended at the same places: same bytes out.
//
// Threads: one owner at a time. Memory: zstd's level 3 takes a few MiB. Fails: kLimit when there is no memory for it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/simulate_plan.h"

namespace playhead::cli {

class Packer {
 public:
  static Result<std::unique_ptr<Packer>> make(Packing packing);
  virtual ~Packer() = default;

  // Each appends to `into` what can be written out by now.
  virtual Status add(std::string_view bytes, std::string& into) = 0;
  virtual Status end_frame(std::string& into) = 0;
};

// ".gz", ".zst" or nothing: the end of a file's name.
std::string_view ending_of(Packing packing);

}  // namespace playhead::cli
