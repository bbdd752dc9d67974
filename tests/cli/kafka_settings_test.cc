#include "cli/kafka_settings.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "io/posix.h"

namespace playhead::cli {
namespace {

using Properties = std::map<std::string, std::string>;

TEST(KafkaSettings, ReadsPropertiesAsTheyStand) {
  EXPECT_EQ(parse_properties("# a comment\n\n a.b = 1 \r\nsasl.password=p=q #1\nempty=\n", "f").value(),
            (Properties{{"a.b", "1"}, {"sasl.password", "p=q #1"}, {"empty", ""}}));
  EXPECT_EQ(parse_properties("", "f").value(), Properties{});
}

TEST(KafkaSettings, NamesTheLineAndNotTheSecret) {
  for (const char* text : {"a=1\nhunter2\n", "a=1\n=hunter2\n", "a=1\na=hunter2\n"}) {
    const auto parsed = parse_properties(text, "kafka.properties");
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(parsed.error().message.find("kafka.properties, line 2"), std::string::npos) << parsed.error().message;
    EXPECT_EQ(parsed.error().message.find("hunter2"), std::string::npos) << parsed.error().message;
  }
}

TEST(KafkaSettings, TakesSecretsFromTheEnvironment) {
  ASSERT_EQ(::setenv("PLAYHEAD_TEST_SECRET", "p=q", 1), 0);
  EXPECT_EQ(parse_properties("sasl.password=${env:PLAYHEAD_TEST_SECRET}\na=x${env:Y}\n", "f").value(),
            (Properties{{"sasl.password", "p=q"}, {"a", "x${env:Y}"}}));
  const auto parsed = parse_properties("a=1\nb=${env:PLAYHEAD_TEST_NO_SECRET}\n", "f");
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message.find("f, line 2"), std::string::npos) << parsed.error().message;
  EXPECT_NE(parsed.error().message.find("PLAYHEAD_TEST_NO_SECRET"), std::string::npos) << parsed.error().message;
}

TEST(KafkaSettings, ChooseBetweenTheLogs) {
  const auto files = io::make_posix();
  const std::string folder = testing::TempDir() + "kafka-settings";
  ASSERT_TRUE(files->make_folders(folder));
  const std::string with = folder + "/with";
  const std::string without = folder + "/without";
  ASSERT_TRUE(io::replace_file(*files, with, "bootstrap.servers=a:1\nlinger.ms=7\n"));
  ASSERT_TRUE(io::replace_file(*files, without, "linger.ms=7\n"));
  EXPECT_EQ(kafka_options(*files, "", "").value().bootstrap_servers, "");
  EXPECT_EQ(kafka_options(*files, "b:2", "").value().bootstrap_servers, "b:2");
  EXPECT_EQ(kafka_options(*files, "", with).value().bootstrap_servers, "a:1");
  EXPECT_EQ(kafka_options(*files, "b:2", with).value().bootstrap_servers, "b:2");
  EXPECT_EQ(kafka_options(*files, "b:2", with).value().properties, (Properties{{"linger.ms", "7"}}));
  EXPECT_EQ(kafka_options(*files, "", without).value().bootstrap_servers, "");
  EXPECT_EQ(kafka_options(*files, "b:2", folder + "/nowhere").error().kind, ErrorKind::kNotFound);
  ASSERT_TRUE(files->remove_all(folder));
}

}  // namespace
}  // namespace playhead::cli
