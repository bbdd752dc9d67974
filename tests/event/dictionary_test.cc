#include "event/dictionary.h"

#include <gtest/gtest.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "base/random.h"

namespace playhead::event {
namespace {

TEST(Dictionary, CodesFollowTheOrderOfFirstSight) {
  Dictionary dictionary({});
  EXPECT_EQ(dictionary.code_of("rock"), 0u);
  EXPECT_EQ(dictionary.code_of("jazz"), 1u);
  EXPECT_EQ(dictionary.code_of("rock"), 0u);
  EXPECT_EQ(dictionary.size(), 2u);
  EXPECT_EQ(dictionary.text_of(1), "jazz");
  EXPECT_EQ(dictionary.find("jazz"), 1u);
  EXPECT_EQ(dictionary.find("pop"), std::nullopt);
  EXPECT_EQ(dictionary.size(), 2u);
}

TEST(Dictionary, KeepsItsOwnCopyOfATextWhereItWas) {
  Dictionary dictionary({});
  std::string text = "a genre with more than sixteen bytes";
  dictionary.code_of(text);
  text.assign(text.size(), 'x');
  const char* place = dictionary.text_of(0).data();
  for (int i = 0; i < 100'000; ++i) dictionary.code_of(std::to_string(i));
  EXPECT_EQ(dictionary.text_of(0), "a genre with more than sixteen bytes");
  EXPECT_EQ(dictionary.text_of(0).data(), place);
}

// Texts that differ in one byte, at every place of every length around those at which the words change.
TEST(Dictionary, TellsApartTextsThatDifferInOneByte) {
  Dictionary dictionary({});
  std::unordered_map<std::string, std::uint32_t> expected;
  for (std::size_t length = 0; length <= 40; ++length) {
    const std::string plain(length, 'a');
    for (std::size_t at = 0; at <= length; ++at) {
      std::string text = plain;
      if (at < length) text[at] = '\0';
      const auto code = dictionary.code_of(text);
      ASSERT_TRUE(code);
      const auto [known, fresh] = expected.try_emplace(text, *code);
      EXPECT_EQ(known->second, *code) << length << " " << at;
    }
  }
  EXPECT_EQ(dictionary.size(), expected.size());
  EXPECT_EQ(expected.size(), 41u + 40u * 41u / 2u);
}

TEST(Dictionary, ANullTextIsTheEmptyText) {
  Dictionary dictionary({});
  EXPECT_EQ(dictionary.code_of({}), 0u);
  EXPECT_EQ(dictionary.code_of(""), 0u);
  EXPECT_EQ(dictionary.text_of(0), "");
}

TEST(Dictionary, IsFullAtItsLimits) {
  Dictionary few({.entries_max = 2});
  EXPECT_EQ(few.code_of("a"), 0u);
  EXPECT_EQ(few.code_of("b"), 1u);
  EXPECT_EQ(few.code_of("c"), std::nullopt);
  EXPECT_EQ(few.code_of("b"), 1u);
  EXPECT_EQ(few.size(), 2u);

  Dictionary small({.text_bytes_max = 10});
  EXPECT_EQ(small.code_of("0123456"), 0u);
  EXPECT_EQ(small.code_of("abcd"), std::nullopt);
  EXPECT_EQ(small.code_of("abc"), 1u);
  EXPECT_EQ(small.code_of(""), 2u);
  EXPECT_EQ(small.code_of("x"), std::nullopt);

  Dictionary none({.entries_max = 0});
  EXPECT_EQ(none.code_of("a"), std::nullopt);
}

TEST(Dictionary, BeginsAgainAfterClear) {
  Dictionary dictionary({.entries_max = 2, .text_bytes_max = 2});
  dictionary.code_of("a");
  dictionary.code_of("b");
  dictionary.clear();
  EXPECT_EQ(dictionary.size(), 0u);
  EXPECT_EQ(dictionary.find("a"), std::nullopt);
  EXPECT_EQ(dictionary.code_of("b"), 0u);
  EXPECT_EQ(dictionary.code_of("a"), 1u);
}

TEST(Dictionary, AgreesWithAMapOnRandomTexts) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Random random(seed);
    Dictionary dictionary({});
    std::unordered_map<std::string, std::uint32_t> map;
    for (int round = 0; round < 50'000; ++round) {
      std::string text(random.below(24), '\0');
      for (char& byte : text) byte = static_cast<char>(random.below(4));  // few letters: many texts come again
      const auto next = static_cast<std::uint32_t>(map.size());
      const auto expected = map.try_emplace(text, next).first->second;
      ASSERT_EQ(dictionary.code_of(text), expected) << "seed " << seed;
      ASSERT_EQ(dictionary.text_of(expected), text) << "seed " << seed;
    }
    EXPECT_EQ(dictionary.size(), map.size());
  }
}

// Numbers in a row, as user ids are, must not fall into each other's slots: the time of a million look-ups would show it.
TEST(Dictionary, HoldsAMillionIds) {
  Dictionary dictionary({});
  for (std::uint32_t i = 0; i < 1'000'000; ++i) ASSERT_EQ(dictionary.code_of(std::to_string(i)), i);
  for (std::uint32_t i = 0; i < 1'000'000; i += 7) ASSERT_EQ(dictionary.find(std::to_string(i)), i);
}

}  // namespace
}  // namespace playhead::event
