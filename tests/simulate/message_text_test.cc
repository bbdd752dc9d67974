#include "simulate/message_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "base/random.h"
#include "event/record_scan.h"

namespace playhead::simulate {
namespace {

std::string written(std::size_t bytes_max, auto write) {
  std::string text(bytes_max, '?');
  JsonPen pen(text.data());
  write(pen);
  text.resize(static_cast<std::size_t>(pen.end() - text.data()));
  return text;
}

TEST(JsonPen, EscapesWhatJsonForbidsAndNothingElse) {
  EXPECT_EQ(in_quotes(""), R"("")");
  EXPECT_EQ(in_quotes("Don't Stop / Me Now"), R"("Don't Stop / Me Now")");
  EXPECT_EQ(in_quotes(R"("Heroes" \ 12")"), R"("\"Heroes\" \\ 12\"")");
  EXPECT_EQ(in_quotes("a\nb\tc\rd\be\ff"), R"("a\nb\tc\rd\be\ff")");
  EXPECT_EQ(in_quotes(std::string_view("\0\x01\x1f\x7f", 4)), "\"\\u0000\\u0001\\u001f\x7f\"");
  EXPECT_EQ(in_quotes("Beyoncé 🎵 浜崎あゆみ"), "\"Beyoncé 🎵 浜崎あゆみ\"");
}

// A special character is found wherever in a word of eight bytes it stands.
TEST(JsonPen, EscapesAtEveryPosition) {
  for (const auto& [special, escaped] : std::map<std::string, std::string>{{"\"", "\\\""}, {"\\", "\\\\"}, {"\n", "\\n"}, {"é", "é"}}) {
    for (std::size_t at = 0; at <= 24; ++at) {
      const std::string before(at, 'a');
      const std::string after(24 - at, 'z');
      EXPECT_EQ(in_quotes(before + special + after), "\"" + before + escaped + after + "\"") << at;
    }
  }
}

TEST(JsonPen, WhatIsNoUtf8IsReplaced) {
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(in_quotes("Bj\xf6rk"), "\"Bj" + bad + "rk\"");    // ISO 8859-1
  EXPECT_EQ(in_quotes("\xc0\xaf"), "\"" + bad + bad + "\"");  // overlong
  EXPECT_EQ(in_quotes("\xe0\x9f\xbf"), "\"" + bad + bad + bad + "\"");
  EXPECT_EQ(in_quotes("\xed\xa0\x80"), "\"" + bad + bad + bad + "\"");  // a surrogate
  EXPECT_EQ(in_quotes("\xf4\x90\x80\x80"), "\"" + bad + bad + bad + bad + "\"");
  EXPECT_EQ(in_quotes("caf\xc3"), "\"caf" + bad + "\"");  // cut short
  EXPECT_EQ(in_quotes("\xf4\x8f\xbf\xbf\xc3\xa9"), "\"\xf4\x8f\xbf\xbf\xc3\xa9\"");
}

TEST(JsonPen, ALongTextIsCutBetweenCharacters) {
  EXPECT_EQ(in_quotes(std::string(kToldTextBytesMax, 'a')).size(), kToldTextBytesMax + 2);
  EXPECT_EQ(in_quotes(std::string(kToldTextBytesMax + 1, 'a')).size(), kToldTextBytesMax + 2);
  const std::string cut = in_quotes(std::string(kToldTextBytesMax - 1, 'a') + "éé");
  EXPECT_EQ(cut, "\"" + std::string(kToldTextBytesMax - 1, 'a') + "\"");
  EXPECT_LT(escaped_bytes_max(std::string(1'000'000, '\0')), event::kTextBytesMax);
}

// Whatever bytes a title is made of, a reader of JSON takes it.
TEST(JsonPen, AnyBytesMakeAJsonText) {
  Random random{20260301};
  const auto scanner = event::RecordScanner::make({}).value();
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    const bool ascii = random.chance(0.5);
    for (auto left = random.below(40); left > 0; --left) text.push_back(static_cast<char>(random.below(ascii ? 0x80 : 0x100)));
    std::string record = "{\"title\":" + in_quotes(text) + "}";
    const std::size_t bytes = record.size();
    ASSERT_LE(bytes, escaped_bytes_max(text) + 12);
    record.append(event::kReadableBehind, '"');
    ASSERT_FALSE(scanner->scan(std::string_view(record).substr(0, bytes)).has_value()) << "seed 20260301, round " << i << ": " << record;
  }
}

TEST(JsonPen, Numbers) {
  EXPECT_EQ(written(64, [](JsonPen& pen) { pen.number(0).raw(",").number(std::numeric_limits<std::uint64_t>::max()); }),
            "0,18446744073709551615");
  const auto seconds = [](std::uint64_t millis) { return written(64, [millis](JsonPen& pen) { pen.seconds(millis); }); };
  EXPECT_EQ(seconds(0), "0.0");
  EXPECT_EQ(seconds(7), "0.007");
  EXPECT_EQ(seconds(200'000), "200.0");
  EXPECT_EQ(seconds(264'560), "264.56");
  EXPECT_EQ(seconds(264'567), "264.567");
  EXPECT_EQ(seconds(264'500), "264.5");
  EXPECT_EQ(written(64, [](JsonPen& pen) { pen.hexadecimal(0x0123456789abcdef); }), "0123456789abcdef");
}

TEST(JsonPen, DecimalsArePlain) {
  EXPECT_EQ(decimal(35.380939), "35.380939");
  EXPECT_EQ(decimal(-111.373463), "-111.373463");
  EXPECT_EQ(decimal(42), "42.0");
  EXPECT_EQ(decimal(-0.00001), "-0.00001");
  EXPECT_EQ(decimal(1e22), "10000000000000000000000.0");
}

TEST(JsonPen, UuidsFollowFromTheirName) {
  const auto uuid = [](std::string_view name) { return written(64, [name](JsonPen& pen) { pen.uuid(name); }); };
  std::string form = uuid("u1");
  for (char& character : form) character = character == '-' ? '-' : std::string_view("0123456789abcdef").contains(character) ? 'x' : '?';
  EXPECT_EQ(form, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
  EXPECT_EQ(uuid("u1")[14], '8');
  EXPECT_TRUE(std::string_view("89ab").contains(uuid("u1")[19])) << uuid("u1");
  EXPECT_EQ(uuid("u1"), uuid("u1"));
  EXPECT_NE(uuid("u1"), uuid("u2"));
  EXPECT_EQ(uuid("").size(), kUuidBytes);
}

std::string time_of(TimeText& text, Timestamp time) {
  return written(64, [&text, time](JsonPen& pen) { pen.time(time, text); });
}

TEST(TimeText, IsThatOfTheVocabulary) {
  TimeText text;
  Random random{7};
  for (int i = 0; i < 10'000; ++i) {
    const Timestamp time = from_micros(static_cast<std::int64_t>(random.below(253'402'300'800'000'000)));
    ASSERT_EQ(time_of(text, time) + "Z", format_iso(time)) << "seed 7, round " << i;
  }
}

TEST(TimeText, DaysAreTold) {
  TimeText text;
  const Timestamp midnight = parse_iso("2026-03-01T00:00:00Z")->time;
  EXPECT_EQ(time_of(text, midnight - Duration{1}), "2026-02-28T23:59:59.999999");
  EXPECT_EQ(time_of(text, midnight), "2026-03-01T00:00:00.000000");
  EXPECT_EQ(time_of(text, from_micros(-1)), "1970-01-01T00:00:00.000000");
  EXPECT_EQ(time_of(text, from_micros(std::numeric_limits<std::int64_t>::max())), "9999-12-31T23:59:59.999999");
}

}  // namespace
}  // namespace playhead::simulate
