#include "log/topic_file.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"

namespace playhead::log {
namespace {

TopicDescription topic_of_all_options() {
  TopicDescription topic;
  topic.options.name = "music-plays";
  topic.options.partitions = 12;
  topic.options.clock = ClockSource::kRecord;
  topic.options.retention_bytes = 1u << 30;
  topic.options.retention_age = std::chrono::hours(168);
  topic.options.segment_bytes = 1u << 20;
  topic.id = "00112233445566778899aabbccddeeff";
  return topic;
}

std::string resealed(std::string bytes) {
  const std::uint64_t sum = checksum(std::string_view(bytes).substr(0, bytes.size() - 8));
  std::copy_n(reinterpret_cast<const char*>(&sum), sizeof sum, bytes.end() - 8);
  return bytes;
}

TEST(TopicFile, ComesBackAsItWasWritten) {
  const auto topic = decode_topic(encode_topic(topic_of_all_options()));
  ASSERT_TRUE(topic.has_value()) << topic.error().message;
  EXPECT_EQ(topic->id, "00112233445566778899aabbccddeeff");
  EXPECT_EQ(topic->options.name, "music-plays");
  EXPECT_EQ(topic->options.partitions, 12u);
  EXPECT_EQ(topic->options.clock, ClockSource::kRecord);
  EXPECT_EQ(topic->options.retention_bytes, 1u << 30);
  EXPECT_EQ(topic->options.retention_age, std::chrono::hours(168));
  EXPECT_EQ(topic->options.segment_bytes, 1u << 20);
}

TEST(TopicFile, HoldsComeBackAsTheyWereWritten) {
  const std::vector<Offset> offsets{Offset{0}, Offset{17}, Offset{~0ULL}};
  const auto hold = decode_hold(encode_hold(offsets));
  ASSERT_TRUE(hold.has_value());
  EXPECT_EQ(*hold, offsets);
}

TEST(TopicFile, NoticesDamageAtEveryByte) {
  const std::string topic = encode_topic(topic_of_all_options());
  const std::string hold = encode_hold(std::vector<Offset>{Offset{17}});
  for (std::size_t i = 0; i < topic.size(); ++i) {
    std::string damaged = topic;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_EQ(decode_topic(damaged).error().kind, ErrorKind::kCorrupt) << i;
    EXPECT_EQ(decode_topic(topic.substr(0, i)).error().kind, ErrorKind::kCorrupt) << i;
  }
  for (std::size_t i = 0; i < hold.size(); ++i) {
    std::string damaged = hold;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_EQ(decode_hold(damaged).error().kind, ErrorKind::kCorrupt) << i;
  }
}

TEST(TopicFile, RefusesNewerVersionsAndSenselessFields) {
  std::string newer = encode_topic(topic_of_all_options());
  newer[4] = 2;
  EXPECT_EQ(decode_topic(resealed(newer)).error().kind, ErrorKind::kInvalid);
  std::string no_partitions = encode_topic(topic_of_all_options());
  const std::size_t partitions_at = 8 + 16 + 4 + topic_of_all_options().options.name.size();
  std::fill_n(no_partitions.begin() + static_cast<std::ptrdiff_t>(partitions_at), 4, '\0');
  EXPECT_EQ(decode_topic(resealed(no_partitions)).error().kind, ErrorKind::kCorrupt);
  std::string counted_wrong = encode_hold(std::vector<Offset>{Offset{1}});
  counted_wrong[8] = static_cast<char>(0xff);
  EXPECT_EQ(decode_hold(resealed(counted_wrong)).error().kind, ErrorKind::kCorrupt);
}

TEST(TopicFile, KnowsKafkasRuleForNames) {
  for (const std::string_view name : {"a", "music-plays", "A.b_c-9", "...", ".hidden"})
    EXPECT_TRUE(check_name("topic", name).has_value()) << name;
  EXPECT_TRUE(check_name("topic", std::string(249, 'x')).has_value());
  for (const std::string_view name : {"", ".", "..", "a/b", "a b", "a+b", "é", "a\n"}) {
    const auto status = check_name("topic", name);
    ASSERT_FALSE(status.has_value()) << name;
    EXPECT_EQ(status.error().kind, ErrorKind::kInvalid);
  }
  EXPECT_FALSE(check_name("topic", std::string(250, 'x')).has_value());
}

TEST(TopicFile, KnowsTheBoundsOfOptions) {
  EXPECT_TRUE(check_options({.name = "t", .partitions = 4096}).has_value());
  EXPECT_FALSE(check_options({.name = "t", .partitions = 0}).has_value());
  EXPECT_FALSE(check_options({.name = "t", .partitions = 4097}).has_value());
  EXPECT_FALSE(check_options({.name = "t", .segment_bytes = 100}).has_value());
  EXPECT_FALSE(check_options({.name = "t", .retention_age = Duration{-1}}).has_value());
}

}  // namespace
}  // namespace playhead::log
