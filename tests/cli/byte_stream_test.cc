#include "cli/byte_stream.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace playhead::cli {
namespace {

// Gives its bytes in pieces of random size, as a pipe does.
class PieceByPiece final : public ByteStream {
 public:
  PieceByPiece(std::string bytes, std::uint64_t seed) : bytes_(std::move(bytes)), random_(seed) {}
  Result<std::size_t> read(char* into, std::size_t length) override {
    const std::size_t piece = std::min<std::size_t>(length, 1 + random_.below(700));
    const std::size_t count = bytes_.copy(into, piece, at_);
    at_ += count;
    return count;
  }

 private:
  std::string bytes_;
  Random random_;
  std::size_t at_ = 0;
};

std::string gzip(const std::string& text) {
  z_stream state{};
  EXPECT_EQ(deflateInit2(&state, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&state, text.size()), '\0');
  std::string input = text;
  state.next_in = reinterpret_cast<Bytef*>(input.data());
  state.avail_in = static_cast<uInt>(input.size());
  state.next_out = reinterpret_cast<Bytef*>(packed.data());
  state.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&state, Z_FINISH), Z_STREAM_END);
  packed.resize(state.total_out);
  deflateEnd(&state);
  return packed;
}

std::string zstd(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

Result<std::string> read_all(const std::string& bytes, std::uint64_t seed) {
  TRY_ASSIGN(const auto stream, unpacked(std::make_unique<PieceByPiece>(bytes, seed), "the file"));
  Random random{seed + 1};
  std::string all;
  for (;;) {
    std::string piece(1 + random.below(5'000), '\0');
    TRY_ASSIGN(const std::size_t count, stream->read(piece.data(), piece.size()));
    if (count == 0) return all;
    all.append(piece, 0, count);
  }
}

// Text that packs well in places and badly in others.
std::string sample_text(std::size_t length, std::uint64_t seed) {
  Random random{seed};
  std::string text;
  while (text.size() < length) text += random.chance(0.5) ? std::string(random.below(300), 'a') : std::to_string(random.next());
  text.resize(length);
  return text;
}

TEST(ByteStream, GivesBackWhatWasPacked) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const std::string text = sample_text(Random{seed}.below(400'000), seed);
    EXPECT_EQ(read_all(text, seed).value(), text) << "plain, seed " << seed;
    EXPECT_EQ(read_all(gzip(text), seed).value(), text) << "gzip, seed " << seed;
    EXPECT_EQ(read_all(zstd(text), seed).value(), text) << "zstd, seed " << seed;
  }
}

TEST(ByteStream, PackedNothingIsNothing) {
  EXPECT_EQ(read_all("", 1).value(), "");
  EXPECT_EQ(read_all(gzip(""), 1).value(), "");
  EXPECT_EQ(read_all(zstd(""), 1).value(), "");
  EXPECT_EQ(read_all("ab", 1).value(), "ab");  // shorter than the mark of any format
}

TEST(ByteStream, MembersAndFramesOneAfterTheOther) {
  const std::string first = sample_text(100'000, 1), second = sample_text(70'000, 2);
  EXPECT_EQ(read_all(gzip(first) + gzip("") + gzip(second), 3).value(), first + second);
  EXPECT_EQ(read_all(zstd(first) + zstd("") + zstd(second), 3).value(), first + second);
}

TEST(ByteStream, CutAnywhereIsDamageNeverAShortRead) {
  const std::string text = sample_text(3'000, 9);
  for (const std::string& packed : {gzip(text), zstd(text)}) {
    for (std::size_t length = 4; length < packed.size(); ++length) {
      const auto read = read_all(packed.substr(0, length), 5);
      ASSERT_FALSE(read.has_value()) << length;
      ASSERT_EQ(read.error().kind, ErrorKind::kCorrupt);
      ASSERT_NE(read.error().message.find("the file"), std::string::npos);
    }
  }
}

TEST(ByteStream, DamagedGzipIsRefused) {
  const std::string packed = gzip(sample_text(3'000, 9));
  for (std::size_t at = packed.size() - 8; at < packed.size() - 4; ++at) {  // its checksum
    std::string damaged = packed;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_EQ(read_all(damaged, 5).error().kind, ErrorKind::kCorrupt);
  }
}

}  // namespace
}  // namespace playhead::cli
