#include "cli/raw_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace playhead::cli {
namespace {

TEST(RawText, Base64IsThatOfTheSpecification) {
  // RFC 4648, section 10.
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64(std::string_view("\xff\xfe\x00\xfb", 4)), "//4A+w==");
}

TEST(RawText, KnowsUtf8) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("Sigur Rós 音楽 🎵 \x1b[2J �"));
  EXPECT_FALSE(is_utf8("abc\xff"));
  EXPECT_FALSE(is_utf8("\xe2\x82"));
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));
  EXPECT_FALSE(is_utf8("\xc0\x80"));
}

TEST(RawText, PutsBytesUnderANameThatSaysWhatTheyAre) {
  nlohmann::ordered_json object;
  put_bytes(object, "key", std::nullopt);
  put_bytes(object, "value", "{}");
  put_bytes(object, "raw", "\xff");
  put_bytes(object, "empty", "");
  EXPECT_EQ(object.dump(), R"({"key":null,"value":"{}","raw_base64":"/w==","empty":""})");
}

}  // namespace
}  // namespace playhead::cli
