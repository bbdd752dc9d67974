#include "simulate/csv.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace playhead::simulate {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// A broken row reads as one field, "BROKEN".
Rows rows_of(std::string_view text, char separator = ',') {
  Rows rows;
  CsvReader reader(text, separator);
  std::vector<std::string_view> fields;
  while (reader.next(fields)) {
    if (reader.broken()) {
      rows.push_back({"BROKEN"});
    } else {
      rows.emplace_back(fields.begin(), fields.end());
    }
  }
  return rows;
}

TEST(Csv, PlainRows) {
  EXPECT_EQ(rows_of(""), Rows{});
  EXPECT_EQ(rows_of("\n\r\n\n"), Rows{});
  EXPECT_EQ(rows_of("a,b"), (Rows{{"a", "b"}}));
  EXPECT_EQ(rows_of("a,b\n"), (Rows{{"a", "b"}}));
  EXPECT_EQ(rows_of("a,b\r\n,\r\nc"), (Rows{{"a", "b"}, {"", ""}, {"c"}}));
  EXPECT_EQ(rows_of("a,\n\n,b"), (Rows{{"a", ""}, {"", "b"}}));
  EXPECT_EQ(rows_of("\xEF\xBB\xBFid,b"), (Rows{{"id", "b"}}));
}

TEST(Csv, Quotes) {
  EXPECT_EQ(rows_of(R"("a","b,c","")"), (Rows{{"a", "b,c", ""}}));
  EXPECT_EQ(rows_of(R"("say ""hi""",2)"), (Rows{{"say \"hi\"", "2"}}));
  EXPECT_EQ(rows_of(R"("""""",2)"), (Rows{{"\"\"", "2"}}));
  EXPECT_EQ(rows_of("\"one\ntwo\r\nthree\",x\r\ny"), (Rows{{"one\ntwo\r\nthree", "x"}, {"y"}}));
  EXPECT_EQ(rows_of("in the \"middle\",x"), (Rows{{"in the \"middle\"", "x"}}));
  EXPECT_EQ(rows_of("\"a\"\r\n\"b\""), (Rows{{"a"}, {"b"}}));
}

TEST(Csv, BrokenQuotesCostTheirRowOnly) {
  EXPECT_EQ(rows_of("\"open,1\nb,2\nc,3"), (Rows{{"BROKEN"}, {"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(rows_of("a,1\n\"shut\"more,2\nc,3"), (Rows{{"a", "1"}, {"BROKEN"}, {"c", "3"}}));
  EXPECT_EQ(rows_of("\""), (Rows{{"BROKEN"}}));
}

TEST(Csv, TabsTakeQuotesAsTheyAre) { EXPECT_EQ(rows_of("\"a\tb\"\t\"\nc", '\t'), (Rows{{"\"a", "b\"", "\""}, {"c"}})); }

TEST(Csv, LinesAreCounted) {
  CsvReader reader("a\n\n\"b\n\n\"\nc\n\"open\nd", ',');
  std::vector<std::string_view> fields;
  std::vector<std::uint64_t> lines;
  while (reader.next(fields)) lines.push_back(reader.line());
  EXPECT_EQ(lines, (std::vector<std::uint64_t>{1, 3, 6, 7, 8}));
}

// What is written with quotes around everything is read as it was, whatever it was.
TEST(Csv, RoundTrips) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random{seed};
    Rows rows;
    std::string text;
    for (std::uint64_t row = random.below(8) + 1; row > 0; --row) {
      rows.emplace_back();
      for (std::uint64_t field = random.below(5) + 1; field > 0; --field) {
        std::string value, quoted = "\"";
        for (std::uint64_t i = random.below(6); i > 0; --i) value += "\",\n\r;ab"[random.below(7)];
        for (const char c : value) quoted.append(c == '"' ? "\"\"" : std::string(1, c));
        text += quoted + (field == 1 ? "\"\r\n" : "\",");
        rows.back().push_back(value);
      }
    }
    EXPECT_EQ(rows_of(text), rows) << "seed " << seed;
  }
}

// Any bytes end, and every view is inside the text or the row.
TEST(Csv, AnyBytesEnd) {
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    Random random{seed};
    std::string text;
    for (std::uint64_t i = random.below(40); i > 0; --i) text += "\"\",\n\r\ta"[random.below(7)];
    std::size_t bytes = 0;
    for (const char separator : {',', '\t'}) {
      for (const auto& row : rows_of(text, separator)) {
        for (const auto& field : row) bytes += field.size();
      }
    }
    EXPECT_LE(bytes, 2 * text.size() + 12 * 40) << "seed " << seed;
  }
}

}  // namespace
}  // namespace playhead::simulate
