#include "log/block.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/random.h"
#include "disks.h"
#include "log/topic_file.h"

namespace playhead::log {
namespace {

constexpr OffsetRange kAll{Offset{0}, Offset{~0ULL}};

EncodedBlocks encode(const std::vector<Record>& records, Codec codec, bool keep_timestamps, Offset base = Offset{0}) {
  std::vector<const Record*> pointers;
  for (const Record& record : records) pointers.push_back(&record);
  BlockEncoder encoder(codec, keep_timestamps);
  EncodedBlocks blocks;
  std::size_t at = 0;
  for (std::span<const Record* const> rest = pointers; !rest.empty();) rest = rest.subspan(encoder.encode(rest, blocks));
  for (const std::uint32_t length : blocks.lengths) {
    base.value += stamp_block(blocks.bytes.data() + at, length, base, kStart);
    at += length;
  }
  EXPECT_EQ(at, blocks.bytes.size());
  return blocks;
}

Result<std::vector<Row>> decode(std::string_view bytes, OffsetRange wanted = kAll) {
  std::vector<Row> rows;
  Decompressor decompressor;
  RecordBatch batch;
  while (!bytes.empty()) {
    if (bytes.size() < kBlockHeaderBytes) return fail(ErrorKind::kCorrupt, "cut off");
    TRY_ASSIGN(const BlockHeader header, verify_block(bytes));
    TRY(decode_block(header, bytes, wanted, decompressor, batch));
    for (auto& row : rows_of(batch)) rows.push_back(std::move(row));
    for (const auto value : batch.values) {
      if (value.data() == nullptr) continue;
      EXPECT_LE(value.data() + value.size() + kPaddingBytes, batch.buffer.data() + batch.buffer.size()) << "padding is missing";
    }
    bytes.remove_prefix(header.length);
  }
  return rows;
}

// Any bytes, now and then null or empty, mostly short.
std::optional<std::string> random_text(Random& random, std::size_t longest) {
  if (random.chance(0.05)) return std::nullopt;
  std::string text(random.below(random.chance(0.02) ? longest : 100), '\0');
  const bool dull = random.chance(0.5);
  for (char& letter : text) letter = static_cast<char>(dull ? 'a' + random.below(3) : random.below(256));
  return text;
}

struct Source {
  std::vector<Row> rows;
  std::vector<Record> records() const {
    std::vector<Record> made;
    for (const Row& row : rows) {
      made.push_back({.key = view(row.key), .value = view(row.value), .timestamp = row.timestamp});
      for (const auto& [name, value] : row.headers) made.back().headers.push_back({name, value});
    }
    return made;
  }
  static std::string_view view(const std::optional<std::string>& text) { return text ? std::string_view(*text) : std::string_view{}; }
};

Source random_source(Random& random, Offset base) {
  Source source;
  const bool with_headers = random.chance(0.5);
  const std::size_t longest = random.chance(0.1) ? 1u << 20 : 1000;
  for (std::uint64_t i = 0, count = 1 + random.below(300); i < count; ++i) {
    Row row{Offset{base.value + i},
            from_micros(static_cast<std::int64_t>(random.next())),
            random_text(random, longest),
            random_text(random, longest),
            {}};
    for (std::uint64_t h = with_headers ? random.below(3) : 0; h > 0; --h)
      row.headers.emplace_back("name", random_text(random, 50).value_or(""));
    source.rows.push_back(std::move(row));
  }
  return source;
}

TEST(Block, GivesBackWhatWasEncodedWithEveryCodec) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const Offset base{random.below(1'000'000)};
    const Source source = random_source(random, base);
    const auto codec = static_cast<Codec>(seed % 3);
    const bool keep_timestamps = random.chance(0.5);
    const auto rows = decode(encode(source.records(), codec, keep_timestamps, base).bytes);
    ASSERT_TRUE(rows.has_value()) << rows.error().message;
    auto expected = source.rows;
    if (!keep_timestamps) {
      for (Row& row : expected) row.timestamp = kStart;
    }
    ASSERT_EQ(*rows, expected);
  }
}

// docs/log-format.md shows this block.
TEST(Block, HasTheBytesOfTheFormatPage) {
  constexpr std::string_view kPage =
      "50424c4b60000000fc563cc3010f9516"
      "01000000020000000700000000000000"
      "e01a9ba9a0790500e01a9ba9a0790500"
      "e01a9ba9a07905001a0000001a000000"
      "02000000ffffffff0400000004000000"
      "7531706c6179736b6970000000000000";
  const auto blocks = encode({{.key = "u1", .value = "play", .timestamp = {}}, {.key = {}, .value = "skip", .timestamp = {}}}, Codec::kNone,
                             false, Offset{7});
  EXPECT_EQ(hex_of(blocks.bytes), kPage);
}

TEST(Block, CutsLargeAppendsAndKeepsLargeRecordsWhole) {
  const std::string large(kRecordBytesMax - 1, 'p');
  const std::string small(1000, 's');
  std::vector<Record> records(2000, Record{.key = "u", .value = small, .timestamp = {}});
  records.insert(records.begin() + 1000, Record{.key = "k", .value = large, .timestamp = {}});
  for (const Codec codec : {Codec::kNone, Codec::kLz4, Codec::kZstd}) {
    const auto blocks = encode(records, codec, false);
    EXPECT_GE(blocks.lengths.size(), 5u);
    const auto rows = decode(blocks.bytes);
    ASSERT_TRUE(rows.has_value()) << rows.error().message;
    ASSERT_EQ(rows->size(), 2001u);
    EXPECT_EQ((*rows)[1000].value, large);
    EXPECT_EQ((*rows)[2000].value, small);
  }
}

TEST(Block, DecodesTheWantedOffsetsOnly) {
  std::vector<std::string> values;
  for (int i = 0; i < 10; ++i) values.push_back("value " + std::to_string(i));
  std::vector<Record> records;
  for (const auto& value : values) records.push_back({.key = {}, .value = value, .timestamp = {}});
  const auto blocks = encode(records, Codec::kLz4, false, Offset{100});
  for (std::uint64_t start = 95; start < 112; ++start) {
    for (std::uint64_t end = start; end < 115; ++end) {
      const auto rows = decode(blocks.bytes, {Offset{start}, Offset{end}});
      ASSERT_TRUE(rows.has_value());
      std::vector<std::string> expected;
      for (std::uint64_t i = std::max<std::uint64_t>(start, 100); i < std::min<std::uint64_t>(end, 110); ++i)
        expected.push_back(values[i - 100]);
      ASSERT_EQ(values_of(*rows), expected);
    }
  }
}

TEST(Block, NoticesEveryChangedByte) {
  const std::vector<Record> records{{.key = "user-1", .value = R"({"track":"t1"})", .timestamp = kStart},
                                    {.key = {}, .value = "second", .timestamp = kStart}};
  const auto blocks = encode(records, Codec::kNone, true);
  ASSERT_EQ(blocks.lengths.size(), 1u);
  for (std::size_t i = 0; i < blocks.bytes.size(); ++i) {
    for (const char flip : {char{1}, static_cast<char>(0x80)}) {
      std::string damaged = blocks.bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      const auto rows = decode(damaged);
      ASSERT_FALSE(rows.has_value()) << "byte " << i;
      ASSERT_EQ(rows.error().kind, ErrorKind::kCorrupt) << "byte " << i;
    }
  }
  for (std::size_t length = 1; length < blocks.bytes.size(); ++length)
    ASSERT_FALSE(decode(blocks.bytes.substr(0, length)).has_value()) << length;
}

// Where the checksum agrees with nonsense (a hostile file), decoding still stays inside its buffers. The sanitizers watch.
TEST(Block, SurvivesNonsenseUnderARightChecksum) {
  std::uint64_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    Random random(seed);
    const std::vector<Record> records{{.key = "user-1", .value = "first value", .timestamp = kStart, .headers = {{"a", "b"}}},
                                      {.key = {}, .value = "second", .timestamp = kStart}};
    auto bytes = encode(records, static_cast<Codec>(seed % 3), true).bytes;
    for (std::uint64_t i = 1 + random.below(4); i > 0; --i) {
      const std::size_t at = 18 + random.below(bytes.size() - 18);
      bytes[at] = static_cast<char>(random.chance(0.5) ? 0xff : random.next());
    }
    const std::uint64_t sum = checksum(std::string_view(bytes).substr(16));
    std::copy_n(reinterpret_cast<const char*>(&sum), sizeof sum, bytes.begin() + 8);
    const auto rows = decode(bytes);
    if (rows) continue;
    ++refused;
    ASSERT_EQ(rows.error().kind, ErrorKind::kCorrupt) << "seed " << seed << ": " << rows.error().message;
  }
  EXPECT_GT(refused, 1000u);
}

TEST(Block, RefusesANewerFormatVersion) {
  auto bytes = encode({{.key = "k", .value = "v", .timestamp = {}}}, Codec::kLz4, false).bytes;
  bytes[16] = 2;
  EXPECT_EQ(verify_block(bytes).error().kind, ErrorKind::kCorrupt) << "a version in damaged bytes says nothing";
  const std::uint64_t sum = checksum(std::string_view(bytes).substr(16));
  std::copy_n(reinterpret_cast<const char*>(&sum), sizeof sum, bytes.begin() + 8);
  const auto header = verify_block(bytes);
  ASSERT_FALSE(header.has_value());
  EXPECT_EQ(header.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(header.error().message.find("version 2"), std::string::npos) << header.error().message;
}

}  // namespace
}  // namespace playhead::log
