#include "table/manifest.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/bytes.h"

namespace playhead::table {
namespace {

Manifest sample() {
  return {.number = 12,
          .writer_epoch = WriterEpoch{3},
          .kind = ManifestKind::kCommit,
          .owner = R"({"job":"counts"})",
          .ledger = "{\"b\": 1,\n \"a\": [18446744073709551615, 0.1]}",
          .files = {{"2018-11-01T20.parquet", ".staging/3/00000000000000000012-2018-11-01T20", 4711, 0xfedcba9876543210}},
          .removed = {{"old.parquet", ".staging/3/00000000000000000012+removed-old"}}};
}

// The manifest's line with a change, and a checksum that fits.
std::string sealed(const std::string& line) {
  std::array<char, 24> sum{};
  std::snprintf(sum.data(), sum.size(), "\n%016llx\n", static_cast<unsigned long long>(checksum(line)));
  return line + sum.data();
}

std::string changed(const std::string& key, const nlohmann::ordered_json& value) {
  const std::string bytes = encode_manifest(sample()).value();
  auto object = nlohmann::ordered_json::parse(bytes.substr(0, bytes.find('\n')));
  object[key] = value;
  return sealed(object.dump());
}

void expect_kind(const std::string& bytes, ErrorKind kind, const std::string& part) {
  const auto manifest = decode_manifest(bytes, "folder/.manifests/12");
  ASSERT_FALSE(manifest.has_value());
  EXPECT_EQ(manifest.error().kind, kind) << manifest.error().message;
  EXPECT_NE(manifest.error().message.find("folder/.manifests/12"), std::string::npos) << manifest.error().message;
  EXPECT_NE(manifest.error().message.find(part), std::string::npos) << manifest.error().message;
}

TEST(Manifest, ReadsBackEveryByteOfOwnerAndLedger) {
  const auto bytes = encode_manifest(sample());
  ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
  const auto manifest = decode_manifest(*bytes, "m");
  ASSERT_TRUE(manifest.has_value()) << manifest.error().message;
  EXPECT_EQ(*manifest, sample());
}

TEST(Manifest, BytesAreTheDocumentedOnes) {
  const Manifest claim{.number = 1, .writer_epoch = WriterEpoch{1}, .kind = ManifestKind::kClaim, .owner = "{}", .ledger = "null"};
  const std::string line =
      R"({"format":1,"number":1,"writer_epoch":1,"kind":"claim","owner":"{}","files":[],"removed":[],"ledger":"null"})";
  EXPECT_EQ(encode_manifest(claim).value(), sealed(line));
  const std::string bytes = encode_manifest(sample()).value();
  EXPECT_NE(bytes.find(R"({"name":"2018-11-01T20.parquet","staged":".staging/3/00000000000000000012-2018-11-01T20","bytes":4711,)"
                       R"("checksum":"fedcba9876543210"})"),
            std::string::npos)
      << bytes;
}

TEST(Manifest, AnyChangedOrMissingByteIsFound) {
  const std::string good = encode_manifest(sample()).value();
  for (std::size_t index = 0; index < good.size(); ++index) {
    std::string bad = good;
    bad[index] = static_cast<char>(bad[index] ^ 1);
    ASSERT_FALSE(decode_manifest(bad, "m").has_value()) << index;
    ASSERT_FALSE(decode_manifest(good.substr(0, index), "m").has_value()) << index;
  }
  EXPECT_FALSE(decode_manifest(good + " ", "m").has_value());
  expect_kind(good.substr(0, good.size() / 2), ErrorKind::kCorrupt, "checksum");
}

// As the first release wrote it, byte by byte.
TEST(Manifest, TheFirstReleasesManifestIsRead) {
  const std::string line =
      R"({"format":1,"number":12,"writer_epoch":3,"kind":"commit","owner":"{\"job\":\"plays\"}","files":[{"name":"windows-20181101T200000Z.parquet",)"
      R"("staged":".staging/3/00000000000000000012-windows-20181101T200000Z","bytes":4711,"checksum":"fedcba9876543210"}],"removed":[],"ledger":"null"})";
  const auto manifest = decode_manifest(sealed(line), "m");
  ASSERT_TRUE(manifest.has_value()) << manifest.error().message;
  EXPECT_EQ(manifest->format, 1u);
  EXPECT_EQ(manifest->files.at(0).bytes, 4711u);
  EXPECT_EQ(encode_manifest(*manifest).value(), sealed(line));
}

// The first release would take a name with folders for damage, and does not know that an exchange moved rows to other names.
TEST(Manifest, FormatIsRaisedOnlyWhereTheFirstReleaseWouldMisread) {
  Manifest manifest = sample();
  EXPECT_EQ(decode_manifest(encode_manifest(manifest).value(), "m")->format, 1u);
  manifest.removed[0].name = "x/old.parquet";
  EXPECT_EQ(decode_manifest(encode_manifest(manifest).value(), "m")->format, 2u);
  manifest = sample();
  manifest.format = 2;
  EXPECT_EQ(decode_manifest(encode_manifest(manifest).value(), "m")->format, 2u);
}

TEST(Manifest, NewerFormatIsRefusedWithAWayOut) {
  expect_kind(changed("format", 3), ErrorKind::kInvalid, "newer program");
  expect_kind(changed("format", "1"), ErrorKind::kCorrupt, "format");
}

TEST(Manifest, FieldsOfAnotherTypeAreCorrupt) {
  expect_kind(sealed("[]"), ErrorKind::kCorrupt, "not a JSON object");
  expect_kind(sealed("{"), ErrorKind::kCorrupt, "not a JSON object");
  expect_kind(changed("number", -1), ErrorKind::kCorrupt, "field");
  expect_kind(changed("number", 0), ErrorKind::kCorrupt, "field");
  expect_kind(changed("writer_epoch", 1.5), ErrorKind::kCorrupt, "field");
  expect_kind(changed("kind", "other"), ErrorKind::kCorrupt, "field");
  expect_kind(changed("owner", nullptr), ErrorKind::kCorrupt, "field");
  expect_kind(changed("files", "none"), ErrorKind::kCorrupt, "field");
  expect_kind(changed("files", {1}), ErrorKind::kCorrupt, "field");
  expect_kind(changed("removed", {{{"name", "a.parquet"}}}), ErrorKind::kCorrupt, "field");
}

TEST(Manifest, PathsThatLeaveTheFolderAreCorrupt) {
  const auto removal = [](const char* name, const char* staged) {
    return nlohmann::ordered_json::array({{{"name", name}, {"staged", staged}}});
  };
  ASSERT_TRUE(decode_manifest(changed("removed", removal("a.parquet", ".staging/1/a")), "m").has_value());
  expect_kind(changed("removed", removal("../a.parquet", ".staging/1/a")), ErrorKind::kCorrupt, "field");
  expect_kind(changed("removed", removal("a.parquet", ".staging/../../a")), ErrorKind::kCorrupt, "field");
  expect_kind(changed("removed", removal("x/../../a.parquet", ".staging/1/a")), ErrorKind::kCorrupt, "field");
  EXPECT_TRUE(decode_manifest(changed("removed", removal("x/a..b.parquet", ".staging/1/a..b")), "m").has_value());
  expect_kind(changed("removed", removal("a.parquet", "/etc/passwd")), ErrorKind::kCorrupt, "field");
}

TEST(Manifest, OwnerAndLedgerMustBeJson) {
  Manifest manifest = sample();
  manifest.ledger = "{";
  EXPECT_EQ(encode_manifest(manifest).error().kind, ErrorKind::kInvalid);
  manifest = sample();
  manifest.owner = "\"\xff\"";
  EXPECT_EQ(encode_manifest(manifest).error().kind, ErrorKind::kInvalid);
}

TEST(Manifest, TooManyBytesAreALimit) {
  Manifest manifest = sample();
  manifest.ledger = "\"" + std::string(kManifestBytesMax, 'x') + "\"";
  EXPECT_EQ(encode_manifest(manifest).error().kind, ErrorKind::kLimit);
}

TEST(Manifest, VisibleNames) {
  for (const char* name :
       {"a.parquet", "2018-11-01T20.parquet", "a b.parquet", "a.b.parquet", "a..b.parquet", "x/a.parquet", "year=1/m/d/h/5/6/7/a.parquet"})
    EXPECT_TRUE(is_visible_name(name)) << name;
  for (const char* name : {"", ".parquet", "a", "a.PARQUET", "a//b.parquet", "/b.parquet", "a/.parquet", "../a.parquet", "a/../b.parquet",
                           "./b.parquet", ".a.parquet", "_a.parquet", "_x/a.parquet", "x/.y/a.parquet", "a\nb.parquet", "a\x7f.parquet",
                           "\xc3\xa4.parquet", "a.parquet/", "1/2/3/4/5/6/7/8/a.parquet"}) {
    EXPECT_FALSE(is_visible_name(name)) << name;
  }
  EXPECT_TRUE(is_visible_name(std::string(192, 'a') + ".parquet"));
  EXPECT_FALSE(is_visible_name(std::string(193, 'a') + ".parquet"));
  EXPECT_TRUE(is_visible_name(std::string(200, 'a') + "/a.parquet"));
  EXPECT_FALSE(is_visible_name(std::string(201, 'a') + "/a.parquet"));
  EXPECT_TRUE(is_visible_folder("year=2026/month=3/day=1/hour=15"));
  for (const char* folder : {"", "..", "x/..", ".staging", "x/", "/x", "1/2/3/4/5/6/7/8"})
    EXPECT_FALSE(is_visible_folder(folder)) << folder;
}

}  // namespace
}  // namespace playhead::table
