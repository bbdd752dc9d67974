// log/codec.h: how the payload of a block is compressed.
//
// LZ4 is the default: it decompresses at several GB/s, and a log is read more often than it is written. zstd (level 1) halves the
// size again for about three times the time. Numbers of the codecs are part of the format and never change meaning.
// Threads: a Compressor or Decompressor has one owner at a time. Memory: they keep zstd's working memory, made on first use.
// Fails:   decompressing reports damage as kCorrupt and never writes outside `into`.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace playhead::log {

enum class Codec : std::uint8_t { kNone = 0, kLz4 = 1, kZstd = 2 };

class Compressor {
 public:
  explicit Compressor(Codec codec);
  ~Compressor();
  Compressor(Compressor&&) noexcept;
  Compressor& operator=(Compressor&&) noexcept;

  Codec codec() const { return codec_; }
  // Writes at most raw.size() - 1 bytes to `into` and returns how many; 0: `raw` does not get smaller, store it as it is.
  std::size_t compress(std::string_view raw, char* into);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  Codec codec_;
  std::unique_ptr<ZSTD_CCtx_s, Free> zstd_;
};

class Decompressor {
 public:
  Decompressor();
  ~Decompressor();
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;

  // Fills exactly `raw_bytes` bytes at `into`.
  Status decompress(Codec codec, std::string_view stored, char* into, std::size_t raw_bytes);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_DCtx_s, Free> zstd_;
};

}  // namespace playhead::log
