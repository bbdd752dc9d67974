#include "log/codec.h"

#include <lz4.h>
#include <zstd.h>

#include <cstring>

namespace playhead::log {
namespace {

constexpr int kZstdLevel = 1;

}  // namespace

void Compressor::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }
void Decompressor::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

Compressor::Compressor(Codec codec) : codec_(codec) {}
Compressor::~Compressor() = default;
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;

std::size_t Compressor::compress(std::string_view raw, char* into) {
  if (raw.size() < 2 || codec_ == Codec::kNone) return 0;
  const std::size_t room = raw.size() - 1;
  if (codec_ == Codec::kLz4) {
    return static_cast<std::size_t>(LZ4_compress_default(raw.data(), into, static_cast<int>(raw.size()), static_cast<int>(room)));
  }
  if (!zstd_) zstd_.reset(ZSTD_createCCtx());
  const std::size_t written = ZSTD_compressCCtx(zstd_.get(), into, room, raw.data(), raw.size(), kZstdLevel);
  return ZSTD_isError(written) ? 0 : written;
}

Decompressor::Decompressor() = default;
Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

Status Decompressor::decompress(Codec codec, std::string_view stored, char* into, std::size_t raw_bytes) {
  std::size_t written = 0;
  if (codec == Codec::kNone) {
    written = stored.size();
    if (written == raw_bytes) std::memcpy(into, stored.data(), raw_bytes);
  } else if (codec == Codec::kLz4) {
    const int result = LZ4_decompress_safe(stored.data(), into, static_cast<int>(stored.size()), static_cast<int>(raw_bytes));
    written = result < 0 ? raw_bytes + 1 : static_cast<std::size_t>(result);
  } else {
    if (!zstd_) zstd_.reset(ZSTD_createDCtx());
    written = ZSTD_decompressDCtx(zstd_.get(), into, raw_bytes, stored.data(), stored.size());
  }
  if (written != raw_bytes) return fail(ErrorKind::kCorrupt, "its payload does not decompress to the length it states");
  return {};
}

}  // namespace playhead::log
