#include "cli/simulate_packer.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "cli/byte_stream.h"

namespace playhead::cli {
namespace {

class TextBytes final : public ByteStream {
 public:
  explicit TextBytes(std::string text) : text_(std::move(text)) {}
  Result<std::size_t> read(char* into, std::size_t length) override {
    const std::size_t count = text_.copy(into, length, at_);
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

std::string unpack(const std::string& packed) {
  const auto stream = unpacked(std::make_unique<TextBytes>(packed), "packed").value();
  std::string all;
  std::string piece(10'000, '\0');
  while (const std::size_t count = stream->read(piece.data(), piece.size()).value()) all.append(piece, 0, count);
  return all;
}

std::string random_lines(Random& random, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += "{\"ts\":" + std::to_string(random.below(1'000'000)) + "}\n";
  return text;
}

TEST(Packer, GivesBackWhatWasPackedAtEachEndOfAFrame) {
  for (const Packing packing : {Packing::kNone, Packing::kGzip, Packing::kZstd}) {
    Random random(7);
    const auto packer = Packer::make(packing).value();
    std::string all;
    std::string packed;
    for (int frame = 0; frame < 3; ++frame) {
      for (int piece = 0; piece < 5; ++piece) {
        const std::string text = random_lines(random, random.below(700'000));
        all += text;
        ASSERT_TRUE(packer->add(text, packed).has_value());
      }
      ASSERT_TRUE(packer->end_frame(packed).has_value());
      EXPECT_EQ(unpack(packed) == all, true) << "frame " << frame;
    }
    EXPECT_TRUE(packing == Packing::kNone || packed.size() < all.size() / 2);
  }
}

TEST(Packer, AddsNoFrameForNothing) {
  for (const Packing packing : {Packing::kNone, Packing::kGzip, Packing::kZstd}) {
    const auto packer = Packer::make(packing).value();
    std::string packed;
    ASSERT_TRUE(packer->add("", packed).has_value());
    ASSERT_TRUE(packer->end_frame(packed).has_value());
    EXPECT_EQ(packed, "");
  }
}

TEST(Packer, EndsAFileNameAsItPacks) {
  EXPECT_EQ(ending_of(Packing::kNone), "");
  EXPECT_EQ(ending_of(Packing::kGzip), ".gz");
  EXPECT_EQ(ending_of(Packing::kZstd), ".zst");
}

}  // namespace
}  // namespace playhead::cli
