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
