#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace playhead {
namespace {

TEST(Utf8, TextIsWellFormed) {
  for (const std::string_view text : {"", "plain", "Zoë", "夜のドライブ", "💔", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

TEST(Utf8, OtherBytesAreNot) {
  for (const std::string_view text : {
           "\x80", "\xFF", "\xC3", "\xC3(", "\xE2\x82", "\xE2(\x82", "\xF0\x9F\x92", "\xF0\x9F\x92x", "\xC0\xAF", "\xC1\xBF",
           "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF",      // overlong
           "\xED\xA0\x80", "\xED\xBF\xBF",          // surrogates
           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",  // above U+10FFFF
       }) {
    EXPECT_FALSE(is_utf8(text));
    EXPECT_FALSE(is_utf8(std::string("before ").append(text)));
    EXPECT_FALSE(is_utf8(std::string(text).append(" after")));
  }
}

TEST(Utf8, LettersOfAllLanguagesAreText) {
  EXPECT_TRUE(is_utf8("Sigur Rós 音楽 🎵 \x1b[2J �"));
  EXPECT_FALSE(is_utf8("abc\xff"));
  EXPECT_FALSE(is_utf8("\xc0\x80"));
}

TEST(Utf8, ALetterHasACodeAndBytes) {
  EXPECT_EQ(letter_at_front("é!")->code, U'é');
  EXPECT_EQ(letter_at_front("é!")->bytes, 2U);
  EXPECT_EQ(letter_at_front("🎵")->code, U'🎵');
  EXPECT_EQ(letter_at_front("\xff!"), std::nullopt);
}

}  // namespace
}  // namespace playhead
