#include "cli/simulate_packer.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>

namespace playhead::cli {
namespace {

constexpr int kGzipLevel = 4;  // twice as fast as zlib's own default of 6, and about 5 % larger on events
constexpr int kZstdLevel = 3;
constexpr std::size_t kRoomBytes = 256 << 10;

class Plain final : public Packer {
 public:
  Status add(std::string_view bytes, std::string& into) override {
    into.append(bytes);
    return {};
  }
  Status end_frame(std::string&) override { return {}; }
};

class Gzip final : public Packer {
 public:
  Gzip() { usable_ = deflateInit2(&state_, kGzipLevel, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK; }  // + 16: gzip framing
  ~Gzip() override { deflateEnd(&state_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  bool usable() const { return usable_; }

  Status add(std::string_view bytes, std::string& into) override {
    any_ = any_ || !bytes.empty();
    while (!bytes.empty()) {
      const std::size_t count = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
      run(bytes.substr(0, count), Z_NO_FLUSH, into);
      bytes.remove_prefix(count);
    }
    return {};
  }

  Status end_frame(std::string& into) override {
    if (!any_) return {};
    run({}, Z_FINISH, into);
    deflateReset(&state_);
    any_ = false;
    return {};
  }

 private:
  void run(std::string_view bytes, int how, std::string& into) {
    state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib only reads it
    state_.avail_in = static_cast<uInt>(bytes.size());
    do {
      const std::size_t before = into.size();
      into.resize(before + kRoomBytes);
      state_.next_out = reinterpret_cast<Bytef*>(into.data() + before);
      state_.avail_out = static_cast<uInt>(kRoomBytes);
      deflate(&state_, how);
      into.resize(before + kRoomBytes - state_.avail_out);
    } while (state_.avail_out == 0);
  }

  z_stream state_{};
  bool usable_ = false;
  bool any_ = false;
};

class Zstd final : public Packer {
 public:
  Zstd() : context_(ZSTD_createCCtx(), &ZSTD_freeCCtx) {
    if (context_) ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kZstdLevel);
    if (context_) ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }
  bool usable() const { return context_ != nullptr; }

  Status add(std::string_view bytes, std::string& into) override {
    any_ = any_ || !bytes.empty();
    return run(bytes, ZSTD_e_continue, into);
  }

  Status end_frame(std::string& into) override {
    if (!any_) return {};
    any_ = false;
    return run({}, ZSTD_e_end, into);
  }

 private:
  Status run(std::string_view bytes, ZSTD_EndDirective how, std::string& into) {
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    for (;;) {
      const std::size_t before = into.size();
      into.resize(before + kRoomBytes);
      ZSTD_outBuffer output{into.data() + before, kRoomBytes, 0};
      const std::size_t left = ZSTD_compressStream2(context_.get(), &output, &input, how);
      into.resize(before + output.pos);
      if (ZSTD_isError(left)) return fail(ErrorKind::kLimit, std::string("zstd can not pack: ") + ZSTD_getErrorName(left));
      if (how == ZSTD_e_continue ? input.pos == input.size : left == 0) return {};
    }
  }

  std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context_;
  bool any_ = false;
};

template <typename Kind>
Result<std::unique_ptr<Packer>> usable_one() {
  auto packer = std::make_unique<Kind>();
  if (!packer->usable()) return fail(ErrorKind::kLimit, "no memory to pack with");
  return packer;
}

}  // namespace

Result<std::unique_ptr<Packer>> Packer::make(Packing packing) {
  if (packing == Packing::kGzip) return usable_one<Gzip>();
  if (packing == Packing::kZstd) return usable_one<Zstd>();
  return std::make_unique<Plain>();
}

std::string_view ending_of(Packing packing) { return packing == Packing::kGzip ? ".gz" : packing == Packing::kZstd ? ".zst" : ""; }

}  // namespace playhead::cli
