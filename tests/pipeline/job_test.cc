#include "pipeline/job.h"

#include <gtest/gtest.h>

namespace playhead::pipeline {
namespace {

TEST(Job, IdentityIsReadAsItWasWritten) {
  const JobIdentity identity{.job = "n\xC3\xA9on",
                             .topic = "t",
                             .topic_id = "ab",
                             .partitions = 4,
                             .key = event::Field::kArtist,
                             .window = std::chrono::hours{2},
                             .provisional = true};
  const auto read = identity_from(to_text(identity));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, identity);
}

// Tables name the job as it began, so that they stay its own when the topic grows or is made anew.
TEST(Job, TheOwnerOfTablesStaysTheSame) {
  const JobIdentity first{.topic = "t", .topic_id = "ab", .partitions = 2};
  JobIdentity grown = first;
  grown.topic_id = "cd";
  grown.partitions = 4;
  grown.began = {.id = "ab", .partitions = 2};
  const auto read = identity_from(to_text(grown));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, grown);
  EXPECT_EQ(to_text(as_begun(*read)), to_text(first));
  EXPECT_EQ(as_begun(first), first);
}

TEST(Job, OptionsAreReadAsTheyWereWritten) {
  const StreamOptions options{.disorder = Duration{1},
                              .lateness = Duration{2},
                              .future = Duration{3},
                              .dialect = event::Dialect::kEventsim,
                              .time_zone = "Europe/Berlin"};
  const auto read = stream_options_from(to_text(options));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, options);
}

// An older program would find duplicates in such an epoch; what it can read is written as it knows it.
TEST(Job, OptionsWithoutDedupAreOfANewerFormat) {
  StreamOptions options;
  EXPECT_TRUE(to_text(options).contains(R"("format":1)")) << to_text(options);
  EXPECT_FALSE(to_text(options).contains("dedup")) << to_text(options);
  options.dedup = false;
  EXPECT_TRUE(to_text(options).contains(R"("format":2)")) << to_text(options);
  const auto read = stream_options_from(to_text(options));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, options);
}

TEST(Job, ANewerFormatIsRefusedAndANonsenseOneIsCorrupt) {
  const auto newer = identity_from(R"({"format":2})");
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().kind, ErrorKind::kInvalid);
  const auto newer_options = stream_options_from(R"({"format":3})");
  ASSERT_FALSE(newer_options);
  EXPECT_EQ(newer_options.error().kind, ErrorKind::kInvalid);
  for (const char* text : {"", "{}", "[1]", R"({"format":1,"job":3})"}) {
    const auto read = identity_from(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt) << text;
    EXPECT_FALSE(stream_options_from(text)) << text;
  }
}

}  // namespace
}  // namespace playhead::pipeline
