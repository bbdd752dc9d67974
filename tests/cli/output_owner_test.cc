#include "cli/output_owner.h"

#include <gtest/gtest.h>

#include "pipeline/job.h"

namespace playhead::cli {
namespace {

TEST(OutputOwner, NamesTheJobOfEachKindOfOutput) {
  pipeline::JobIdentity job;
  job.job = "by \"artist\"";
  job.topic = "listens";
  const std::string identity = pipeline::to_text(job);
  EXPECT_EQ(output_owner(identity).value(), (OutputOwner{"by \"artist\"", OwnedAs::kWindows}));
  EXPECT_EQ(output_owner(R"({"lake_of":)" + identity + R"(,"topic":"listens","layout":"padded"})").value(),
            (OutputOwner{"by \"artist\"", OwnedAs::kLake, "padded"}));
  EXPECT_EQ(output_owner(R"({"rejects_of":)" + identity + "}").value(), (OutputOwner{"by \"artist\"", OwnedAs::kRejects}));
}

TEST(OutputOwner, RefusesWhatNamesNoJob) {
  for (const char* text : {"", "{", "null", "[]", "3", "{}", R"({"job":3})", R"({"lake_of":{"job":"plays"}})", R"({"lake_of":"plays"})",
                           R"({"rejects_of":{}})", R"({"lake_of":{"topic":"x"},"layout":"padded","job":"plays"})"}) {
    const auto owner = output_owner(text);
    ASSERT_FALSE(owner) << text;
    EXPECT_EQ(owner.error().kind, ErrorKind::kCorrupt) << text;
  }
}

}  // namespace
}  // namespace playhead::cli
