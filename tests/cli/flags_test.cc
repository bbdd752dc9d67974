#include "cli/flags.h"

#include <gtest/gtest.h>

namespace playhead::cli {
namespace {

TEST(Flags, EnvironmentNames) {
  EXPECT_EQ(environment_name("--start-time"), "PLAYHEAD_START_TIME");
  EXPECT_EQ(environment_name("--data"), "PLAYHEAD_DATA");
}

TEST(Flags, Counts) {
  EXPECT_EQ(parse_count("0", 0, 10).value(), 0u);
  EXPECT_EQ(parse_count("18446744073709551615", 0, ~0ull).value(), ~0ull);
  for (const char* text : {"", "-1", "+1", "1.5", "1e3", " 1", "1 ", "18446744073709551616", "0x10"})
    EXPECT_FALSE(parse_count(text, 0, ~0ull)) << text;
  EXPECT_EQ(parse_count("11", 1, 10).error().message, "'11' is not in 1 to 10");
}

TEST(Flags, Rates) {
  EXPECT_EQ(parse_rate("max").value(), 0);
  EXPECT_EQ(parse_rate("0").value(), 0);
  EXPECT_EQ(parse_rate("0.5").value(), 0.5);
  EXPECT_EQ(parse_rate("1e6").value(), 1e6);
  for (const char* text : {"", "-1", "fast", "inf", "nan", "1/s", "maximum"}) EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(Flags, Factors) {
  EXPECT_EQ(parse_factor("60").value(), 60);
  EXPECT_EQ(parse_factor("0.25").value(), 0.25);
  for (const char* text : {"", "0", "-60", "inf", "nan", "60x"}) EXPECT_FALSE(parse_factor(text)) << text;
}

TEST(Flags, Instants) {
  EXPECT_EQ(parse_instant("1970-01-01T00:00:01Z").value(), from_micros(1'000'000));
  EXPECT_EQ(parse_instant("1970-01-01").value(), from_micros(0));
  EXPECT_EQ(parse_instant("1970-01-01T01:00:00+01:00").value(), from_micros(0));
  EXPECT_FALSE(parse_instant("yesterday"));
}

TEST(Flags, Bytes) {
  EXPECT_EQ(parse_bytes("0").value(), 0u);
  EXPECT_EQ(parse_bytes("1048576").value(), 1'048'576u);
  EXPECT_EQ(parse_bytes("64MiB").value(), 64u << 20);
  EXPECT_EQ(parse_bytes("1.5GiB").value(), 3ull << 29);
  EXPECT_EQ(parse_bytes("10GB").value(), 10'000'000'000u);
  EXPECT_EQ(parse_bytes("7B").value(), 7u);
  for (const char* text : {"", "MiB", "-1", "1 MiB", "1mib", "64M", "1e300", "nan", "9000000TiB"}) EXPECT_FALSE(parse_bytes(text)) << text;
}

TEST(Flags, WrittenBytesReadBack) {
  EXPECT_EQ(format_bytes(64u << 20), "64MiB");
  EXPECT_EQ(format_bytes(1'500), "1500");
  for (const std::uint64_t bytes : {0ull, 1ull, 1'023ull, 1'024ull, 1'536ull, 1ull << 40, (1ull << 40) + 1})
    EXPECT_EQ(parse_bytes(format_bytes(bytes)).value(), bytes);
}

}  // namespace
}  // namespace playhead::cli
