// cli/byte_stream.h: the bytes of a file that a person names, unpacked on the way.
//
// Whether a file is gzip or Zstandard is seen from its first bytes, not from its name, so standard input may be packed too.
// Several gzip members or zstd frames one after the other are one stream, as `cat a.gz b.gz` makes. A pipe is read as standard
// input only: a named file is read by position.
//
// Limits:  64 KiB of packed bytes are held at a time; a zstd window above 128 MiB is refused (as by the zstd command).
// Threads: one owner at a time. Memory: a file keeps its own handle; the FileSystem need not outlive it.
// Fails:   kNotFound, kIo (both name the file), kCorrupt (packed bytes are damaged or end too early).
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "io/file_system.h"

namespace playhead::cli {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Up to `length` (> 0) bytes into `into`; 0: the end.
  virtual Result<std::size_t> read(char* into, std::size_t length) = 0;
};

// Opens the file, or standard input where `path` is "-".
Result<std::unique_ptr<ByteStream>> open_bytes(io::FileSystem& files, const std::string& path);

// Unpacks `packed` if it begins as gzip or Zstandard does; else gives its bytes as they are. `name` is for messages.
Result<std::unique_ptr<ByteStream>> unpacked(std::unique_ptr<ByteStream> packed, const std::string& name);

}  // namespace playhead::cli
