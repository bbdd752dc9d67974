#include "event/event_id.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace playhead::event {
namespace {

std::string of_header(std::string_view header) { return to_text(event_id(header, std::nullopt, "music-plays", "u1", "{}")); }
std::string of_record(std::string_view topic, std::string_view key, std::string_view value) {
  return to_text(event_id("", std::nullopt, topic, key, value));
}

TEST(EventId, SixteenBytesWrittenOutAreTaken) {
  EXPECT_EQ(of_header("00112233445566778899aabbccddeeff"), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(of_header("00112233-4455-6677-8899-AABBCCDDEEFF"), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(event_id("ff000000000000000000000000000001", std::nullopt, "", "", "").bytes[0], 0xff);
  EXPECT_EQ(event_id("ff000000000000000000000000000001", std::nullopt, "", "", "").bytes[15], 1);
}

// The hashes were computed with another program over the bytes that event_id.h describes.
TEST(EventId, OtherNamesAreHashed) {
  EXPECT_EQ(of_header("order 17"), "be75e3e905fd479b99be63d42a47e048");
  const std::set<std::string> others{of_header("00112233445566778899aabbccddeef"),       // 31 digits
                                     of_header("00112233445566778899aabbccddeefg"),      // no digit
                                     of_header("001122334-455-6677-8899-aabbccddeeff"),  // dashes elsewhere
                                     of_header("{0112233-4455-6677-8899-aabbccddeeff"), of_header("Order 17"), of_header("order 17 ")};
  EXPECT_EQ(others.size(), 6u);
  EXPECT_FALSE(others.contains("00112233445566778899aabbccddeeff"));
}

TEST(EventId, ARecordWithoutAnIdIsItsBytes) {
  EXPECT_EQ(of_record("music-plays", "u1", R"({"user_id":"u1"})"), "86f122771062e06b649edb263dcf498c");
  EXPECT_EQ(of_record("", "", ""), "2ae37b759e5eed75d87270a4518d49c2");
  EXPECT_EQ(of_record("t", "k", std::string(1000, 'v')), "45ff0f83ab20c29550cd0a5cacbbfc3f");
}

TEST(EventId, PartsDoNotRunTogether) {
  const std::set<std::string> ids{of_record("ab", "c", "d"), of_record("a", "bc", "d"), of_record("a", "b", "cd"),
                                  of_record("", "abc", "d"), of_record("abcd", "", ""), of_record("", "", "abcd"),
                                  of_header("abcd")};
  EXPECT_EQ(ids.size(), 7u);
}

TEST(EventId, TheHeaderGoesBeforeTheFieldAndBothBeforeTheBytes) {
  const std::string first(32, '1');
  const std::string second(32, '2');
  EXPECT_EQ(to_text(event_id(first, second, "t", "k", "v")), first);
  EXPECT_EQ(to_text(event_id("", second, "t", "k", "v")), second);
  EXPECT_EQ(to_text(event_id("", "", "t", "k", "v")), of_record("t", "k", "v"));
  EXPECT_EQ(event_id("order 17", std::nullopt, "t", "k", "v"), event_id("", "order 17", "other", "", ""));
}

}  // namespace
}  // namespace playhead::event
