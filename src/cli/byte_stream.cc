#include "cli/byte_stream.h"

#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace playhead::cli {
namespace {

constexpr std::size_t kPackedBytes = 64 << 10;
constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";

std::unexpected<Error> damaged(const std::string& name, std::string_view format) {
  return fail(ErrorKind::kCorrupt, name + ": the " + std::string(format) + " data is damaged or cut short");
}

class FileBytes final : public ByteStream {
 public:
  explicit FileBytes(std::unique_ptr<io::File> file) : file_(std::move(file)) {}

  Result<std::size_t> read(char* into, std::size_t length) override {
    TRY(file_->read_at(position_, length, buffer_));
    position_ += buffer_.size();
    return buffer_.copy(into, buffer_.size());
  }

 private:
  std::unique_ptr<io::File> file_;
  std::string buffer_;
  std::uint64_t position_ = 0;
};

class StandardInput final : public ByteStream {
 public:
  Result<std::size_t> read(char* into, std::size_t length) override {
    for (;;) {
      const ssize_t count = ::read(STDIN_FILENO, into, length);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) return fail(ErrorKind::kIo, "standard input can not be read");
    }
  }
};

// Bytes that were read ahead to see what they are, then the rest.
class PrefixedBytes final : public ByteStream {
 public:
  PrefixedBytes(std::string prefix, std::unique_ptr<ByteStream> rest) : prefix_(std::move(prefix)), rest_(std::move(rest)) {}

  Result<std::size_t> read(char* into, std::size_t length) override {
    if (at_ == prefix_.size()) return rest_->read(into, length);
    const std::size_t count = prefix_.copy(into, length, at_);
    at_ += count;
    return count;
  }

 private:
  std::string prefix_;
  std::unique_ptr<ByteStream> rest_;
  std::size_t at_ = 0;
};

class GzipBytes final : public ByteStream {
 public:
  GzipBytes(std::unique_ptr<ByteStream> packed, std::string name)
      : packed_(std::move(packed)), name_(std::move(name)), buffer_(kPackedBytes, '\0') {
    usable_ = inflateInit2(&state_, MAX_WBITS + 16) == Z_OK;  // + 16: gzip framing only
  }
  ~GzipBytes() override { inflateEnd(&state_); }
  GzipBytes(const GzipBytes&) = delete;
  GzipBytes& operator=(const GzipBytes&) = delete;

  Result<std::size_t> read(char* into, std::size_t length) override {
    if (!usable_) return fail(ErrorKind::kLimit, name_ + ": no memory to unpack gzip");
    state_.next_out = reinterpret_cast<Bytef*>(into);
    state_.avail_out = static_cast<uInt>(std::min<std::size_t>(length, 1u << 30));
    const uInt room = state_.avail_out;
    while (state_.avail_out == room) {
      if (state_.avail_in == 0) {
        TRY_ASSIGN(const std::size_t count, packed_->read(buffer_.data(), buffer_.size()));
        if (count == 0) return between_members_ ? Result<std::size_t>(0) : damaged(name_, "gzip");
        state_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
        state_.avail_in = static_cast<uInt>(count);
      }
      const int code = inflate(&state_, Z_NO_FLUSH);
      between_members_ = code == Z_STREAM_END;
      if (between_members_) inflateReset(&state_);
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return damaged(name_, "gzip");
    }
    return room - state_.avail_out;
  }

 private:
  std::unique_ptr<ByteStream> packed_;
  std::string name_;
  std::string buffer_;
  z_stream state_{};
  bool usable_ = false;
  bool between_members_ = false;
};

class ZstdBytes final : public ByteStream {
 public:
  ZstdBytes(std::unique_ptr<ByteStream> packed, std::string name)
      : packed_(std::move(packed)), name_(std::move(name)), buffer_(kPackedBytes, '\0') {}

  Result<std::size_t> read(char* into, std::size_t length) override {
    if (!state_) return fail(ErrorKind::kLimit, name_ + ": no memory to unpack zstd");
    ZSTD_outBuffer out{into, length, 0};
    while (out.pos == 0) {
      if (in_.pos == in_.size && !full_) {
        TRY_ASSIGN(const std::size_t count, packed_->read(buffer_.data(), buffer_.size()));
        if (count == 0) return between_frames_ ? Result<std::size_t>(0) : damaged(name_, "zstd");
        in_ = {buffer_.data(), count, 0};
      }
      const std::size_t code = ZSTD_decompressStream(state_.get(), &out, &in_);
      if (ZSTD_isError(code)) return damaged(name_, "zstd");
      between_frames_ = code == 0;
      full_ = out.pos == out.size && code != 0;  // more may be waiting inside: ask again before reading on
    }
    return out.pos;
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* state) const { ZSTD_freeDStream(state); }
  };

  std::unique_ptr<ByteStream> packed_;
  std::string name_;
  std::string buffer_;
  std::unique_ptr<ZSTD_DStream, Free> state_{ZSTD_createDStream()};
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool between_frames_ = false;
  bool full_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteStream>> open_bytes(io::FileSystem& files, const std::string& path) {
  if (path == "-") return unpacked(std::make_unique<StandardInput>(), "standard input");
  TRY_ASSIGN(auto file, files.open(path, io::Open::kRead));
  return unpacked(std::make_unique<FileBytes>(std::move(file)), path);
}

Result<std::unique_ptr<ByteStream>> unpacked(std::unique_ptr<ByteStream> packed, const std::string& name) {
  std::string start(kZstdMagic.size(), '\0');
  std::size_t held = 0;
  while (held < start.size()) {
    TRY_ASSIGN(const std::size_t count, packed->read(start.data() + held, start.size() - held));
    if (count == 0) break;
    held += count;
  }
  start.resize(held);
  const bool gzip = start.starts_with(kGzipMagic);
  const bool zstd = start == kZstdMagic;
  auto whole = std::make_unique<PrefixedBytes>(std::move(start), std::move(packed));
  if (gzip) return std::make_unique<GzipBytes>(std::move(whole), name);
  if (zstd) return std::make_unique<ZstdBytes>(std::move(whole), name);
  return whole;
}

}  // namespace playhead::cli
