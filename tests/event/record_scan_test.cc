#include "event/record_scan.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

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

TEST(RecordScanner, TheLastLocationCountsWithAllThatItHolds) {
  const Row row = decode_one(MUSIC(R"(,"location":{"city":"Oslo","country":"Norway"},"location":{"country":"Chile"})"));
  EXPECT_EQ(row.at("country"), R"("Chile")");
  EXPECT_FALSE(row.contains("city"));
  EXPECT_FALSE(decode_one(MUSIC(R"(,"location":{"city":"Oslo"},"location":null)")).contains("city"));
  EXPECT_EQ(decode_one(MUSIC(R"(,"location":5,"location":{"city":"Oslo","city":"Bergen"})")).at("city"), R"("Bergen")");
  EXPECT_EQ(decode_one(MUSIC(R"(,"l\u006fcation":{"c\u0069ty":"Osl\u006f"})")).at("city"), R"("Oslo")");
}

std::string extra_of(const std::string& record) {
  const Row row = decode_one(record);
  return row.contains("extra") ? row.at("extra") : row.contains("reject") ? row.at("reject") : "none";
}

TEST(RecordScanner, KeepsWhatItDoesNotKnowAsItIsWritten) {
  EXPECT_EQ(extra_of(PLAY(R"(,"genre":"rock","event_id":"x")")), "none");
  EXPECT_EQ(extra_of(PLAY(R"(,"x":1.50, "y" :  "\u0061\"" ,"z":null)")), R"({"x":1.50,"y" :  "\u0061\"","z":null})");
  EXPECT_EQ(extra_of(PLAY(R"(,"x":{"a":[1, {"b":{}}]} ,"y":[ ],"z":true,"w":-0e1)")),
            R"({"x":{"a":[1, {"b":{}}]},"y":[ ],"z":true,"w":-0e1})");
  EXPECT_EQ(extra_of(PLAY(R"(,"":0,"\u0078\n":false)")), R"({"":0,"\u0078\n":false})");
  EXPECT_EQ(extra_of(PLAY(",\"é🎵\":\"é🎵\"")), "{\"é🎵\":\"é🎵\"}");
  EXPECT_EQ(extra_of(PLAY(R"(,"x":1,"x":2)")), R"({"x":1,"x":2})");
  EXPECT_EQ(extra_of(R"({"x":{},"user_id":1,"track_id":2,"timestamp":"2025-08-04"})"), R"({"x":{}})");
}

// A key that another dialect knows is unknown to this one, and of the known keys the earlier of two is gone.
TEST(RecordScanner, KeepsTheKeysOfOtherDialects) {
  EXPECT_EQ(extra_of(PLAY(R"(,"page":"Home","location":{"city":"Oslo"},"city":5,"genre":"a","genre":"b","page":7)")),
            R"({"page":"Home","location":{"city":"Oslo"},"city":5,"page":7})");
  EXPECT_EQ(extra_of(PAGE(R"(,"genre":["rock"],"timestamp":null,"success":true)")),
            R"({"genre":["rock"],"timestamp":null,"success":true})");
  EXPECT_EQ(extra_of(MUSIC(R"(,"location":{"city":"Oslo"},"city":"Oslo","country":1)")), R"({"city":"Oslo","country":1})");
}

TEST(RecordScanner, KeepsALocationWholeWhereItHoldsMore) {
  EXPECT_EQ(extra_of(MUSIC(R"(,"location":{"city":"Oslo","country":"Norway"})")), "none");
  EXPECT_EQ(extra_of(MUSIC(R"(,"location":{})")), "none");
  EXPECT_EQ(extra_of(MUSIC(R"(,"location": {"city":"Oslo", "region" : "East"})")), R"({"location": {"city":"Oslo", "region" : "East"}})");
  EXPECT_EQ(decode_one(MUSIC(R"(,"location":{"x":[{"city":"no"}],"city":"Oslo"})")).at("city"), R"("Oslo")");
  EXPECT_EQ(extra_of(MUSIC(R"(,"location":{"x":1},"location":{"city":"Oslo"})")), "none");
}

TEST(RecordScanner, HoldsItsLimitsInALocation) {
  const auto with = [](const std::string& fields) { return joined(R"({"user_id":1,"title":"a","timestamp":1744000000,)", fields, "}"); };
  EXPECT_EQ(reason_of(with(joined(R"("location":{"city":"Oslo","x":)", nested(30), "}"))), "accepted");
  EXPECT_EQ(reason_of(with(joined(R"("location":{"city":"Oslo","x":)", nested(31), "}"))), "too_deep");
  EXPECT_EQ(reason_of(with(joined(R"("location":{"city":)", nested(31), "}"))), "too_deep");
  EXPECT_EQ(reason_of(with(joined(R"("location":)", nested(32)))), "too_deep");
  const std::string full(kTextBytesMax, 'a');
  EXPECT_EQ(decode_one(with(joined(R"("location":{"city":")", full, "\"}"))).at("city"), in_quotes(full));
  EXPECT_EQ(reason_of(with(joined(R"("location":{"city":")", full, "a\"}"))), "too_large");
  EXPECT_EQ(reason_of(with(joined(R"("location":{")", full, "a\":1}"))), "too_large");
}

// The largest record there can be, of the shortest members there are, comes out as it went in.
TEST(RecordScanner, KeepsAMebibyteOfUnknownKeys) {
  const std::string known = R"({"user_id":1,"track_id":2,"timestamp":"2025-08-04")";
  std::string unknown;
  while (known.size() + unknown.size() + 6 <= kRecordBytesMax) unknown += R"(,"":0)";
  EXPECT_EQ(extra_of(joined(known, unknown, "}")), joined("{", unknown.substr(1), "}"));
  const std::string text(kTextBytesMax, 'x');
  std::string texts;
  for (int i = 0; i < 15; ++i) texts += joined(",\"", std::to_string(i), "\":\"", text, "\"");
  EXPECT_EQ(extra_of(joined(known, texts, "}")), joined("{", texts.substr(1), "}"));
}

struct SuiteFile {
  std::string name;
  std::string content;
};

std::vector<SuiteFile> json_test_suite(const char* part) {
  std::vector<SuiteFile> files;
  const auto folder = shared_folder() / "data/json_test_suite" / part;
  if (!std::filesystem::exists(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    files.push_back({entry.path().filename().string(), std::string(std::istreambuf_iterator<char>(file), {})});
  }
  return files;
}

TEST(RecordScanner, HoldsTheJsonTestSuite) {
  const auto files = json_test_suite("test_parsing");
  if (files.empty()) GTEST_SKIP() << "PLAYHEAD_SHARED has no data/json_test_suite";
  EXPECT_EQ(files.size(), 318u);
  for (const auto& [name, record] : files) {
    const std::string reason = reason_of(record);
    const bool right_of_valid = reason == "not_object" || reason == "unknown_shape";
    const bool right_of_invalid = reason == "not_json" || reason == "no_value" || reason == "too_deep";
    EXPECT_TRUE(right_of_valid || !name.starts_with("y_")) << name << " " << reason;
    EXPECT_TRUE(right_of_invalid || !name.starts_with("n_")) << name << " " << reason;
    EXPECT_NE(reason, "accepted") << name;
  }
}

// As content of a topic, between events: every file is a dead letter, every event is an event, and none is missing.
TEST(RecordScanner, AccountsForEveryFileOfTheJsonTestSuite) {
  std::vector<std::string> records;
  for (const char* const part : {"test_parsing", "test_transform"}) {
    for (const SuiteFile& file : json_test_suite(part)) {
      records.push_back(file.content);
      records.emplace_back(records.size() % 4 == 1 ? PLAY("") : MUSIC(R"(,"location":{"city":"Oslo"})"));
    }
  }
  if (records.empty()) GTEST_SKIP() << "PLAYHEAD_SHARED has no data/json_test_suite";
  EXPECT_EQ(records.size(), 2u * 340);
  for (const Dialect dialect : kDialects) {
    const auto outcomes = decode_all(records, {.dialect = dialect, .projection = all_fields(), .extra = true});
    for (std::size_t i = 0; i < outcomes.size(); i += 2) EXPECT_TRUE(outcomes[i].contains("reject")) << records[i];
  }
  const auto outcomes = decode_all(records, {.projection = all_fields(), .extra = true});
  for (std::size_t i = 1; i < outcomes.size(); i += 2) EXPECT_EQ(outcomes[i], decode_one(records[i])) << records[i - 1];
}

// Below an unknown key, valid files are kept to the byte, and the others spoil their record.
TEST(RecordScanner, KeepsTheJsonTestSuiteAsItIsWritten) {
  const auto files = json_test_suite("test_parsing");
  if (files.empty()) GTEST_SKIP() << "PLAYHEAD_SHARED has no data/json_test_suite";
  for (const auto& [name, content] : files) {
    const Row row = decode_one(joined(R"({"user_id":1,"track_id":2,"x":)", content, R"(,"timestamp":"2025-08-04"})"));
    const std::string written = content.substr(0, content.find_last_not_of(" \t\r\n") + 1);
    if (name.starts_with("y_")) {
      ASSERT_TRUE(row.contains("extra")) << name;
      EXPECT_EQ(row.at("extra"), joined("{\"x\":", written, "}")) << name;
    } else if (name.starts_with("n_")) {
      ASSERT_TRUE(row.contains("reject")) << name;
      EXPECT_TRUE(row.at("reject") == "not_json" || row.at("reject") == "too_deep") << name;
    }
  }
}

}  // namespace
}  // namespace playhead::event
