#include "log/mark.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"

namespace playhead::log {
namespace {

const Mark kMark{"0123456789abcdef", Offset{1000}, 4096, Offset{1234}, from_micros(1'541'105'830'796'000)};

TEST(Mark, ComesBackAsItWasWritten) {
  const std::string bytes = encode_mark(kMark);
  EXPECT_EQ(bytes.size(), kMarkBytes);
  const auto mark = decode_mark(bytes);
  ASSERT_TRUE(mark.has_value());
  EXPECT_EQ(*mark, kMark);
}

TEST(Mark, IsNothingWhereAnyByteIsMissingOrChanged) {
  const std::string bytes = encode_mark(kMark);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto cut = decode_mark(std::string_view(bytes).substr(0, i));
    ASSERT_TRUE(cut.has_value());
    EXPECT_EQ(*cut, std::nullopt) << "cut to " << i;
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    const auto mark = decode_mark(damaged);
    ASSERT_TRUE(mark.has_value());
    EXPECT_EQ(*mark, std::nullopt) << "byte " << i;
  }
}

TEST(Mark, OfANewerVersionIsRefused) {
  std::string bytes = encode_mark(kMark);
  bytes[4] = 2;
  const std::uint64_t sum = checksum(std::string_view(bytes).substr(0, kMarkBytes - 8));
  std::copy_n(reinterpret_cast<const char*>(&sum), sizeof sum, bytes.end() - 8);
  const auto mark = decode_mark(bytes);
  ASSERT_FALSE(mark.has_value());
  EXPECT_EQ(mark.error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace playhead::log
