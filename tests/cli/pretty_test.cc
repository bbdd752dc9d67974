#include "cli/pretty.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace playhead::cli {
namespace {

// One batch of values, all appended at one time.
struct Values {
  explicit Values(const std::vector<std::string>& values) {
    std::size_t bytes = 0;
    for (const std::string& value : values) bytes += value.size();
    batch.buffer.reserve(bytes + log::kPaddingBytes);
    for (const std::string& value : values) {
      const char* at = batch.buffer.data() + batch.buffer.size();
      batch.buffer += value;
      batch.offsets.push_back({batch.offsets.size()});
      batch.timestamps.push_back(parse_iso("2025-08-05T09:00:00Z")->time);
      batch.keys.emplace_back();
      batch.values.emplace_back(at, value.size());
      batch.headers.emplace_back();
    }
    batch.buffer.append(log::kPaddingBytes, '\0');
  }
  log::RecordBatch batch;
};

std::vector<std::string> all_lines(PrettyPrinter& printer, const log::RecordBatch& batch) {
  printer.decode(batch);
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    for (std::string& line : printer.lines_of(i)) lines.push_back(std::move(line));
  }
  return lines;
}

TEST(Pretty, LetsNothingThroughThatATerminalObeys) {
  EXPECT_EQ(printable("Sigur Rós – Sæglópur 音楽 🎵"), "Sigur Rós – Sæglópur 音楽 🎵");
  EXPECT_EQ(printable("a\x1b[2Jb\r\n\tc\x7f"), "a�[2Jb���c�");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "�31m")
      << "the one-byte form of ESC [ in Unicode";
  EXPECT_EQ(printable("abc\u202Egpj"), "abc�gpj") << "right-to-left override";
  EXPECT_EQ(printable("\xff\xc3(\xe2\x82"), "��(��");
  EXPECT_EQ(printable("\xed\xa0\x80"), "���") << "half of a surrogate pair is no UTF-8";
  EXPECT_EQ(printable("\xc0\x9b"), "��") << "an overlong form";
  EXPECT_EQ(printable("�"), "�");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a�b");
}

TEST(Pretty, CountsColumns) {
  EXPECT_EQ(width_of("jazz"), 4u);
  EXPECT_EQ(width_of("Björk"), 5u);
  EXPECT_EQ(width_of("Bjo\u0308rk"), 5u) << "the diaeresis stands on its letter";
  EXPECT_EQ(width_of("音楽"), 4u);
  EXPECT_EQ(width_of("🎵"), 2u);
}

TEST(Pretty, FitsExactly) {
  EXPECT_EQ(fitted("pop", 5), "pop  ");
  EXPECT_EQ(fitted("4.5", 5, true), "  4.5");
  EXPECT_EQ(fitted("classical", 5), "clas…");
  EXPECT_EQ(fitted("音楽会場", 5), "音楽…");
  EXPECT_EQ(fitted("音楽会", 6), "音楽会");
  EXPECT_EQ(fitted("x音楽会", 5), "x音… ") << "a wide letter that does not fit leaves a column";
}

TEST(Pretty, FitsWhateverTheBytes) {
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random{seed};
    std::string text;
    for (std::uint64_t i = random.below(60); i > 0; --i) text.push_back(static_cast<char>(random.below(256)));
    const std::size_t width = 1 + random.below(30);
    const std::string cell = fitted(text, width);
    EXPECT_EQ(width_of(cell), width);
    EXPECT_EQ(printable(cell), cell);
  }
  std::string marks = "a";
  for (int i = 0; i < 100'000; ++i) marks += "\u0301";
  EXPECT_LT(fitted(marks, 10).size(), 500u) << "a tower of marks is cut";
}

TEST(Pretty, PercentListened) {
  EXPECT_EQ(percent_text(60, 180), "33.3");
  EXPECT_EQ(percent_text(200, 180), "100.0");
  EXPECT_EQ(percent_text(-1, 180), "0.0");
  EXPECT_EQ(percent_text(60, 0), "");
  EXPECT_EQ(percent_text(std::nan(""), 180), "");
  EXPECT_EQ(percent_text(60, std::nan("")), "");
}

TEST(Pretty, ShowsTheColumnsThatATopicHas) {
  const auto printer = PrettyPrinter::make();
  ASSERT_TRUE(printer);
  const Values plays({R"({"user_id": "u4821", "track_id": "t531907", "genre": "rock", "timestamp": "2025-08-04T16:17:36.123456"})"});
  const auto lines = all_lines(**printer, plays.batch);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], "time                 kind            user          track                       genre");
  EXPECT_EQ(lines[1], "2025-08-04 16:17:36  track_play      u4821         t531907                     rock");
  EXPECT_EQ(all_lines(**printer, plays.batch).size(), 1u) << "the header is not repeated";
}

TEST(Pretty, ShowsAMusicStreamWithAllThatItHas) {
  const auto printer = PrettyPrinter::make();
  ASSERT_TRUE(printer);
  const Values streams(
      {R"({"user_id": "u1", "track_id": "t1", "title": "Fado \u00e9", "artist": "Example", "genre": "K-pop", "timestamp": 1744000000,
    "platform": "Apple Music", "location": {"city": "Bergen", "country": "Norway"}, "mood": "Lo-fi", "duration_seconds": 180,
    "listen_position": 60, "completed": true, "rating": 4.5, "is_skipped": false})"});
  const auto lines = all_lines(**printer, streams.batch);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].substr(lines[0].find("platform")),
            "platform       place                     mood         listened %  completed  skipped  rating");
  EXPECT_EQ(lines[1].substr(lines[1].find("Apple")),
            "Apple Music    Bergen, Norway            Lo-fi              33.3  yes        no          4.5");
}

TEST(Pretty, ANewColumnBringsANewHeader) {
  const auto printer = PrettyPrinter::make();
  ASSERT_TRUE(printer);
  const Values play({R"({"user_id": "u1", "track_id": "t1", "timestamp": "2025-08-04T16:17:36"})"});
  const Values listen(
      {R"({"ts": 1541105830796, "userId": 39, "song": "Svefn-g-englar", "artist": "Sigur R\u00f3s", "city": "Flagstaff", "state": "AZ"})"});
  EXPECT_EQ(all_lines(**printer, play.batch).size(), 2u);
  const auto lines = all_lines(**printer, listen.batch);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], "time                 kind            user          artist                  track                       place");
  EXPECT_EQ(lines[1],
            "2018-11-01 20:57:10  listen          39            Sigur Rós               Svefn-g-englar              Flagstaff, AZ");
}

TEST(Pretty, ATitleCanNotMoveTheCursor) {
  const auto printer = PrettyPrinter::make();
  ASSERT_TRUE(printer);
  const Values hostile({R"({"ts": 1541105830796, "userId": 39, "song": "\u001b]0;owned\u0007\u001b[2J", "artist": "a\nb"})", "\x1b[2J{"});
  const auto lines = all_lines(**printer, hostile.batch);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_NE(lines[1].find("�]0;owned��[2J"), std::string::npos) << lines[1];
  EXPECT_NE(lines[1].find("a�b"), std::string::npos) << lines[1];
  EXPECT_EQ(lines[2], "2025-08-05 09:00:00  dead letter     not_json  �[2J{");
  for (const std::string& line : lines) EXPECT_EQ(printable(line), line);
}

}  // namespace
}  // namespace playhead::cli
