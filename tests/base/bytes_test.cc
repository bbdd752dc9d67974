#include "base/bytes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "base/random.h"

namespace playhead {
namespace {

TEST(Bytes, NumbersAreLittleEndianAndTextsAreLedByTheirLength) {
  ByteWriter writer;
  writer.number(std::uint16_t{0x0102});
  writer.number(std::int32_t{-2});
  writer.text("ab");
  writer.raw("c");
  EXPECT_EQ(writer.bytes(), std::string("\x02\x01\xfe\xff\xff\xff\x02\0\0\0abc", 13));
}

TEST(Bytes, WhatWasWrittenIsRead) {
  ByteWriter writer;
  writer.number(std::numeric_limits<std::int64_t>::min());
  writer.number(2.5);
  writer.text("");
  writer.text(std::string("a\0b", 3));
  writer.number(std::uint8_t{7});
  const std::string bytes = std::move(writer).take();
  ByteReader reader(bytes);
  EXPECT_EQ(reader.number<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(reader.number<double>(), 2.5);
  EXPECT_EQ(reader.text(), "");
  EXPECT_EQ(reader.text(), std::string_view("a\0b", 3));
  EXPECT_EQ(reader.remaining(), 1u);
  EXPECT_EQ(reader.number<std::uint8_t>(), 7);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(Bytes, AShortReadFailsForGood) {
  const std::string bytes("\x01\x02\x03", 3);
  ByteReader reader(bytes);
  EXPECT_EQ(reader.number<std::uint32_t>(), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.number<std::uint8_t>(), 0);  // though a byte was there
  EXPECT_EQ(reader.text(), "");
  EXPECT_FALSE(reader.ok());
}

TEST(Bytes, ALengthThatLiesFails) {
  const std::string bytes(
      "\xff\xff\xff\xff"
      "abc",
      7);
  ByteReader reader(bytes);
  EXPECT_EQ(reader.text(), "");
  EXPECT_FALSE(reader.ok());
}

TEST(Bytes, ReadingRandomBytesStaysInside) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    Random random(seed);
    std::string bytes(random.below(64), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.below(4));
    ByteReader reader(bytes);
    std::size_t read = 0;
    while (reader.ok() && reader.remaining() > 0) {
      const std::string_view text = reader.text();
      if (!reader.ok()) break;
      ASSERT_GE(text.data(), bytes.data()) << "seed " << seed;
      ASSERT_LE(text.data() + text.size(), bytes.data() + bytes.size()) << "seed " << seed;
      read += 4 + text.size();
    }
    ASSERT_LE(read, bytes.size()) << "seed " << seed;
  }
}

// XXH3, 64 bits, unseeded: the answers of another program.
TEST(Bytes, TheChecksumIsXxh3) {
  EXPECT_EQ(checksum(""), 0x2d06800538d394c2ULL);
  EXPECT_EQ(checksum("a"), 0xe6c632b61e964e1fULL);
  EXPECT_EQ(checksum("Playhead"), 0x7f18bcd4ce8314ceULL);
  EXPECT_EQ(checksum(std::string(1000, 'x')), 0xc0a4877b962cba82ULL);
}

TEST(Bytes, AChecksumInPiecesIsThatOfTheWhole) {
  EXPECT_EQ(Checksum().value(), checksum(""));
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    std::string bytes(random.below(20'000), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.below(256));
    Checksum sum;
    for (std::string_view rest = bytes; !rest.empty();) {
      const std::string_view piece = rest.substr(0, random.below(random.chance(0.5) ? 40 : 5000));
      sum.add(piece);
      rest.remove_prefix(piece.size());
      const auto so_far = std::string_view(bytes).substr(0, bytes.size() - rest.size());
      ASSERT_EQ(sum.value(), checksum(so_far)) << "seed " << seed;
    }
    Checksum moved = std::move(sum);
    ASSERT_EQ(moved.value(), checksum(bytes)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace playhead
