#include "event/json_scalar.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "base/random.h"

namespace playhead::event {
namespace {

std::string unescaped(std::string_view text) {
  std::string out(text.size(), '\0');
  out.resize(unescape(text, out.data()));
  return out;
}

TEST(JsonScalar, ReadsEveryEscape) {
  EXPECT_EQ(unescaped("plain"), "plain");
  EXPECT_EQ(unescaped(""), "");
  EXPECT_EQ(unescaped(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(unescaped(R"(a\u0041\u00e9\u20AC\uD83C\uDFB5z)"), "aAé€🎵z");
  EXPECT_EQ(unescaped(R"(\u0000)"), std::string(1, '\0'));
  EXPECT_EQ(unescaped(R"(\u007f\u0080\u07ff\u0800\uffff\ud800\udc00\udbff\udfff)"),
            "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
  EXPECT_EQ(unescaped(R"(\\u0041)"), R"(\u0041)");
}

TEST(JsonScalar, RefusesBadEscapes) {
  for (const char* text : {R"(\)", R"(a\)", R"(\x)", R"(\U0041)", R"(\u)", R"(\u004)", R"(\u004g)", R"(\u+041)", R"(\u 041)", R"(\ud800)",
                           R"(\ud800x)", R"(\ud800\n)", R"(\ud800\u0041)", R"(\ud800\ud800)", R"(\udc00)", R"(\ud800\udc0)", R"(\'a)"}) {
    EXPECT_FALSE(escapes_valid(text)) << text;
  }
  for (const char* text : {"", "a", R"(\\)", R"(\\\\)", R"(\"\\)", R"(\ud83c\udfb5\ud83c\udfb5)"}) EXPECT_TRUE(escapes_valid(text)) << text;
}

TEST(JsonScalar, AgreesWithAnotherLibraryOnRandomTexts) {
  Random random(42);
  const std::vector<std::string> parts{"\\", "u", "d83c", "dfb5", "00e9", "n", "\\t", "a", "é", "\\u", "0041", "/", "b"};
  int valid = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (std::uint64_t count = random.below(8); count > 0; --count) text += parts[random.below(parts.size())];
    const auto json = nlohmann::json::parse(std::string("\"").append(text).append("\""), nullptr, false);
    ASSERT_EQ(escapes_valid(text), !json.is_discarded()) << text;
    if (json.is_discarded()) continue;
    ASSERT_EQ(unescaped(text), json.get<std::string>()) << text;
    ++valid;
  }
  EXPECT_GT(valid, 5'000);
}

TEST(JsonScalar, TellsNumbersByTheirForm) {
  for (const char* token : {"0", "-0", "7", "-17", "10", "9223372036854775807", "123456789012345678901234567890"}) {
    EXPECT_EQ(number_form(token), Number::kInteger) << token;
  }
  for (const char* token : {"0.0", "-0.5", "1e3", "1E+3", "1.25e-3", "10.0", "0e0", "1e999"})
    EXPECT_EQ(number_form(token), Number::kReal) << token;
  for (const char* token : {"",    "-",     "+1",   "01", "-01", "00",       ".5", "5.",  "1.e3", "1e",
                            "1e+", "1e1.5", "0x10", "1a", "NaN", "Infinity", "1,", "--1", "1 ",   "１"}) {
    EXPECT_EQ(number_form(token), Number::kNone) << token;
  }
}

TEST(JsonScalar, ReadsNumbers) {
  EXPECT_EQ(read_integer("0"), 0);
  EXPECT_EQ(read_integer("-17"), -17);
  EXPECT_EQ(read_integer("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(read_integer("9223372036854775808"), std::nullopt);
  EXPECT_EQ(read_integer("-9223372036854775807"), -INT64_MAX);
  EXPECT_EQ(read_integer("-9223372036854775808"), std::nullopt);
  EXPECT_EQ(read_real("264.56772"), 264.56772);
  EXPECT_EQ(read_real("-111.373463"), -111.373463);
  EXPECT_EQ(read_real("2e3"), 2000);
  EXPECT_EQ(read_real("1e999"), std::nullopt);
  EXPECT_EQ(read_real("1e-999"), std::nullopt);
}

TEST(JsonScalar, RangeIsTheSameAsReading) {
  Random random(8);
  int out = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string token = std::to_string(random.below(1000));
    if (random.chance(0.2)) token += std::string(random.below(400), '0');
    if (random.chance(0.3)) token.append(".").append(random.below(400), '0').append("1");
    if (random.chance(0.5)) token.append("e").append(random.chance(0.5) ? "-" : "").append(std::to_string(random.below(700)));
    ASSERT_EQ(real_in_range(token), read_real(token).has_value()) << token;
    out += real_in_range(token) ? 0 : 1;
  }
  EXPECT_GT(out, 1'000);
}

// By length or by reading, the answer is the same.
TEST(JsonScalar, AnIntegerIsInRangeWhereItCanBeRead) {
  for (const char* const token : {"0", "-1", "999999999999999999", "-99999999999999999", "9223372036854775807", "-9223372036854775807",
                                  "9223372036854775808", "-9223372036854775808", "99999999999999999999", "1000000000000000000"}) {
    EXPECT_EQ(integer_in_range(token), read_integer(token).has_value()) << token;
  }
}

}  // namespace
}  // namespace playhead::event
