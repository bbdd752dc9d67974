#include "event/record_scan.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "decoding.h"

namespace playhead::event {
namespace {

TEST(RecordScanner, RefusesWhatIsNoJson) {
  expect_reasons({
      {PLAY(""), "accepted"},
      {" \t\r\n" PLAY("") "\n", "accepted"},
      {"\xef\xbb\xbf" PLAY(""), "accepted"},
      {"", "no_value"},
      {" ", "not_json"},
      {"{", "not_json"},
      {"}", "not_json"},
      {"{]", "not_json"},
      {PLAY("") "}", "not_json"},
      {PLAY("") PLAY(""), "not_json"},
      {PLAY("") " null", "not_json"},
      {PLAY("") ",", "not_json"},
      {PLAY("") "\"", "not_json"},
      {PLAY(","), "not_json"},
      {PLAY(R"(,"x")"), "not_json"},
      {PLAY(R"(,"x":)"), "not_json"},
      {PLAY(R"(,"x":1 2)"), "not_json"},
      {PLAY(R"(,"x" 1)"), "not_json"},
      {PLAY(R"(,x:1)"), "not_json"},
      {PLAY(R"(,'x':1)"), "not_json"},
      {PLAY(R"(,"x":tru)"), "not_json"},
      {PLAY(R"(,"x":truee)"), "not_json"},
      {PLAY(R"(,"x":nul)"), "not_json"},
      {PLAY(R"(,"x":False)"), "not_json"},
      {PLAY(R"(,"x":01)"), "not_json"},
      {PLAY(R"(,"x":+1)"), "not_json"},
      {PLAY(R"(,"x":-)"), "not_json"},
      {PLAY(R"(,"x":.5)"), "not_json"},
      {PLAY(R"(,"x":5.)"), "not_json"},
      {PLAY(R"(,"x":1e)"), "not_json"},
      {PLAY(R"(,"x":NaN)"), "not_json"},
      {PLAY(R"(,"x":0x10)"), "not_json"},
      {PLAY(R"(,"x":[1,])"), "not_json"},
      {PLAY(R"(,"x":[1 2])"), "not_json"},
      {PLAY(R"(,"x":[,1])"), "not_json"},
      {PLAY(R"(,"x":[1})"), "not_json"},
      {PLAY(R"(,"x":{"y":01})"), "not_json"},
      {PLAY(R"(,"x":{"y":[1,{"z":"\q"}]})"), "not_json"},
      {PLAY(R"(,"x":{"y",1})"), "not_json"},
      {PLAY(R"(,"x":[1,2,[true,{"y":[]}],{}, "\ud83c\udfb5", -0.5e+3])"), "accepted"},
      {PLAY(R"(,"genre":"a\x")"), "not_json"},
      {PLAY(R"(,"genre":"\u12g4")"), "not_json"},
      {PLAY(R"(,"genre":"\u12)") "\"}", "not_json"},
      {PLAY(R"(,"genre":"\ud800")"), "not_json"},
      {PLAY(R"(,"genre":"\udc00")"), "not_json"},
      {PLAY(R"(,"genre":"\ud800\u0041")"), "not_json"},
      {PLAY(R"(,"genre":"\ud800\ud800")"), "not_json"},
      {PLAY(R"(,"\ud800":1)"), "not_json"},
      {PLAY(",\"genre\":\"a\tb\""), "not_json"},
      {PLAY(",\"genre\":\"a\nb\""), "not_json"},
      {PLAY(",\"genre\":\"\xff\""), "not_json"},
      {PLAY(",\"genre\":\"\xc0\xaf\""), "not_json"},
      {PLAY(",\"genre\":\"\xed\xa0\x80\""), "not_json"},
      {PLAY(",\"x\xff\":1"), "not_json"},
      {PLAY(",\"x\":1/*y*/"), "not_json"},
  });
  EXPECT_EQ(reason_of(std::string(PLAY(",\"x\":\"a")) + std::string("\0\"}", 3)), "not_json");
  EXPECT_EQ(reason_of(std::string(PLAY("")) + '\0'), "not_json");
}

TEST(RecordScanner, RefusesWhatIsNoObject) {
  expect_reasons({
      {"null", "not_object"},
      {"true", "not_object"},
      {" 1 ", "not_object"},
      {"-1.5e3", "not_object"},
      {"\"text\"", "not_object"},
      {"[]", "not_object"},
      {"[{\"ts\":1}]", "not_object"},
      {"\"a\\\"b\"", "not_object"},
      {"nul", "not_json"},
      {"1 2", "not_json"},
      {"\"a\" \"b\"", "not_json"},
      {"\"a\":1", "not_json"},
      {"[1,]", "not_json"},
      {"[1]]", "not_json"},
      {"[1] 2", "not_json"},
      {"[", "not_json"},
      {"]", "not_json"},
      {"{}", "unknown_shape"},
      {"01", "not_json"},
      {"[\"\\q\"]", "not_json"},
  });
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(RecordScanner, HoldsItsLimits) {
  const auto with = [](const std::string& fields) {
    return joined(R"({"user_id":"u1","track_id":"t1","timestamp":"2025-08-04T16:17:36",)", fields, "}");
  };
  EXPECT_EQ(reason_of(with(joined("\"x\":", nested(31)))), "accepted");
  EXPECT_EQ(reason_of(with(joined("\"x\":", nested(32)))), "too_deep");
  EXPECT_EQ(reason_of(with(joined("\"genre\":", nested(32)))), "too_deep");
  EXPECT_EQ(reason_of(with(joined("\"x\":", nested(100000)))), "too_deep");
  EXPECT_EQ(reason_of(nested(32)), "not_object");
  EXPECT_EQ(reason_of(nested(33)), "too_deep");
  std::string objects = "1";
  for (int i = 0; i < 31; ++i) objects = joined("{\"x\":", objects, "}");
  EXPECT_EQ(reason_of(with("\"x\":" + objects)), "accepted");
  EXPECT_EQ(reason_of(with(joined("\"x\":[", objects, "]"))), "too_deep");

  const std::string full(kTextBytesMax, 'a');
  EXPECT_EQ(reason_of(with(joined("\"genre\":\"", full, "\""))), "accepted");
  EXPECT_EQ(reason_of(with(joined("\"genre\":\"", full, "a\""))), "too_large");
  EXPECT_EQ(reason_of(with(joined("\"x\":[\"", full, "a\"]"))), "too_large");
  EXPECT_EQ(reason_of(with(joined("\"", full, "a\":1"))), "too_large");
  EXPECT_EQ(reason_of(joined("\"", full, "a\"")), "too_large");

  std::string large = with("\"x\":1");
  large.append(kRecordBytesMax - large.size(), ' ');
  EXPECT_EQ(reason_of(large), "accepted");
  EXPECT_EQ(reason_of(large + " "), "too_large");
  EXPECT_EQ(decode_one(std::string(kRecordBytesMax + 1, '{')).at("reject"), "too_large");
  EXPECT_EQ(decode_one(std::string(kRecordBytesMax, '[')).at("reject"), "not_json");
}

TEST(RecordScanner, HoldsTheJsonTestSuite) {
  const auto folder = shared_folder() / "data/json_test_suite/test_parsing";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "PLAYHEAD_SHARED has no data/json_test_suite";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string record(std::istreambuf_iterator<char>(file), {});
    const std::string name = entry.path().filename().string();
    const std::string reason = reason_of(record);
    ++files;
    const bool right_of_valid = reason == "not_object" || reason == "unknown_shape";
    const bool right_of_invalid = reason == "not_json" || reason == "no_value" || reason == "too_deep";
    EXPECT_TRUE(right_of_valid || !name.starts_with("y_")) << name << " " << reason;
    EXPECT_TRUE(right_of_invalid || !name.starts_with("n_")) << name << " " << reason;
    EXPECT_NE(reason, "accepted") << name;
  }
  EXPECT_EQ(files, 318u);
}

}  // namespace
}  // namespace playhead::event
