#include "cli/lines.h"

#include <gtest/gtest.h>

#include <vector>

namespace playhead::cli {
namespace {

class Bytes final : public ByteStream {
 public:
  Bytes(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  Result<std::size_t> read(char* into, std::size_t length) override {
    const std::size_t count = bytes_.copy(into, std::min(length, piece_), at_);
    at_ += count;
    return count;
  }

 private:
  std::string bytes_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

using Numbered = std::vector<std::pair<std::uint64_t, std::string>>;

Numbered lines_of(const std::string& text, std::size_t piece) {
  Lines lines{"events.json", std::make_unique<Bytes>(text, piece)};
  Numbered all;
  std::string line;
  for (;;) {
    const auto found = lines.next(line);
    EXPECT_TRUE(found.has_value());
    if (!found || !*found) return all;
    all.emplace_back(lines.number(), line);
  }
}

TEST(Lines, SkipsBlankOnesAndCountsThem) {
  const Numbered expected = {{1, "a"}, {4, "b"}, {6, "  c "}, {7, "d"}};
  for (const std::size_t piece : {1u, 2u, 3u, 100'000u}) {
    EXPECT_EQ(lines_of("a\r\n\n \t\r\nb\n\n  c \nd", piece), expected) << piece;
    EXPECT_EQ(lines_of("a\r\n\n \t\r\nb\n\n  c \nd\n", piece), expected) << piece;
  }
}

TEST(Lines, EmptyTextHasNone) {
  EXPECT_EQ(lines_of("", 10), Numbered{});
  EXPECT_EQ(lines_of("\n\n\n", 10), Numbered{});
}

TEST(Lines, TheLongestLineIsReadAndALongerOneNamed) {
  const std::string longest(kLineBytesMax, 'x');
  EXPECT_EQ(lines_of("a\n" + longest + "\nb", 100'000).size(), 3u);

  Lines lines{"events.json", std::make_unique<Bytes>("a\n\n" + longest + "x\n", 100'000)};
  std::string line;
  ASSERT_TRUE(lines.next(line).value());
  const auto refused = lines.next(line);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kLimit);
  EXPECT_EQ(refused.error().message, "events.json: line 3 is longer than 1048576 bytes");
}

}  // namespace
}  // namespace playhead::cli
