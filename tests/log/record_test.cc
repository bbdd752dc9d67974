#include "log/record.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace playhead::log {
namespace {

TEST(Record, HeadersComeBackWithEmptyAndNullValues) {
  std::string encoded;
  const std::vector<Header> headers{{"event-id", "0123"}, {"", ""}, {"null", {}}, {"ünïcode", "夜"}};
  encode_headers(headers, encoded);
  const auto decoded = headers_of(encoded);
  ASSERT_EQ(decoded.size(), 4u);
  EXPECT_EQ(decoded[0].name, "event-id");
  EXPECT_EQ(decoded[0].value, "0123");
  EXPECT_EQ(decoded[1].name, "");
  EXPECT_NE(decoded[1].value.data(), nullptr);
  EXPECT_EQ(decoded[2].value.data(), nullptr);
  EXPECT_EQ(decoded[3].value, "夜");
  EXPECT_TRUE(headers_of("").empty());
}

TEST(Record, HeadersEndWhereTheBytesMakeNoSense) {
  std::string encoded;
  encode_headers(std::vector<Header>{{"first", "1"}, {"second", "2"}}, encoded);
  for (std::size_t length = 0; length < encoded.size(); ++length) {
    const auto decoded = headers_of(std::string_view(encoded).substr(0, length));
    ASSERT_LE(decoded.size(), 1u) << length;
  }
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    Random random(seed);
    std::string bytes(random.below(64), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.chance(0.7) ? random.below(8) : random.next());
    std::size_t total = 0;
    for (const Header& header : headers_of(bytes)) total += 8 + header.name.size() + header.value.size();
    ASSERT_LE(total, bytes.size()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace playhead::log
