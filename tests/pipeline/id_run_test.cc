#include "pipeline/id_run.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/bytes.h"
#include "base/random.h"
#include "io/simulated.h"

namespace playhead::pipeline {
namespace {

using stream::IdEntry;
using stream::MixedId;

constexpr Timestamp kNoon = from_micros(1'772'366'400'000'000);

std::vector<IdEntry> random_entries(Random& random, std::size_t count) {
  std::vector<IdEntry> entries(count);
  for (IdEntry& entry : entries) {
    entry = {{random.next(), random.next()}, kNoon + Duration{static_cast<std::int64_t>(random.below(1'000'000'000))}};
  }
  stream::sort_by_id(entries);
  return entries;
}

class Disk {
 public:
  Disk() { EXPECT_TRUE(files.make_folders("ids")); }

  Result<IdRun> write(const std::string& name, std::span<const IdEntry> entries, std::vector<IdRunFile*> runs = {},
                      Timestamp watermark = kNever) {
    return write_id_run(files, "ids", name, entries, runs, watermark);
  }
  Result<std::unique_ptr<IdRunFile>> open(const IdRun& run) { return IdRunFile::open(files, "ids", run); }
  std::string bytes(const IdRun& run) { return io::read_file(files, "ids/" + run.name, 1 << 30).value(); }
  void replace(const IdRun& run, std::string_view bytes) { ASSERT_TRUE(io::write_file_synced(files, "ids/" + run.name, bytes)); }

  io::SimulatedFileSystem files;
};

// Whatever is loaded, each entry is found with its basis, and neighbours are not.
void expect_holds(IdRunFile& run, const std::vector<IdEntry>& entries, Random& random) {
  const std::size_t step = entries.size() < 1'000 ? 1 : entries.size() / 500;
  for (std::size_t at = 0; at < entries.size(); at += step) {
    const MixedId id = entries[at].id;
    const auto basis = run.find(id);
    ASSERT_TRUE(basis) << basis.error().message;
    ASSERT_EQ(*basis, entries[at].basis);
    for (const MixedId other : {MixedId{id.high, id.low + 1}, MixedId{id.high - 1, id.low}, MixedId{random.next(), random.next()}}) {
      ASSERT_EQ(run.find(other).value(), std::nullopt);
    }
  }
  for (const MixedId end : {MixedId{0, 0}, MixedId{~std::uint64_t{0}, ~std::uint64_t{0}}}) {
    EXPECT_EQ(run.find(end).value(), std::nullopt);
  }
}

TEST(IdRun, HoldsWhatWasWrittenAtAnyLength) {
  Random random(1);
  // Around the ends of a block, of a merge's read and of a piece of fences (4096 blocks).
  for (const std::size_t count : {1, 2, 63, 64, 65, 128, 2'047, 2'049, 4'097, 262'144, 262'145}) {
    SCOPED_TRACE(count);
    Disk disk;
    const auto entries = random_entries(random, count);
    const auto run = disk.write("a", entries);
    ASSERT_TRUE(run) << run.error().message;
    EXPECT_EQ(run->ids, count);
    EXPECT_EQ(run->first, std::ranges::min(entries, {}, &IdEntry::basis).basis);
    EXPECT_EQ(run->last, std::ranges::max(entries, {}, &IdEntry::basis).basis);
    const auto file = disk.open(*run);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(disk.bytes(*run).size(), (*file)->layout().file_bytes());
    expect_holds(**file, entries, random);
    ASSERT_TRUE((*file)->load_fences());
    expect_holds(**file, entries, random);
    ASSERT_TRUE((*file)->load_filter());
    std::vector<std::uint32_t> rows;
    std::vector<MixedId> ids;
    ids.reserve(entries.size());
    for (const IdEntry& entry : entries) ids.push_back(entry.id);
    (*file)->sift(ids, rows);
    EXPECT_EQ(rows.size(), ids.size());
    for (MixedId& id : ids) id.high = random.next();
    (*file)->sift(ids, rows);
    EXPECT_LE(rows.size(), 2 + count / 500);
    std::vector<IdEntry> read;
    ASSERT_TRUE((*file)->read_blocks(0, (*file)->layout().blocks(), read));
    EXPECT_EQ(read, entries);
  }
}

TEST(IdRun, TakesAtMost27BytesAnId) {
  Disk disk;
  Random random(2);
  const auto run = disk.write("a", random_entries(random, 100'000));
  ASSERT_TRUE(run);
  EXPECT_LE(disk.bytes(*run).size(), 100'000u * 27);
  const auto file = disk.open(*run);
  ASSERT_TRUE((*file)->load_fences());
  ASSERT_TRUE((*file)->load_filter());
  EXPECT_LE((*file)->memory_bytes(), 100'000u * 9 / 4 + 4'096);
  (*file)->drop_filter();
  EXPECT_LE((*file)->memory_bytes(), 100'000u / 4 + 4'096);
  (*file)->drop_fences();
  EXPECT_LE((*file)->memory_bytes(), 4'096u);
}

TEST(IdRun, EqualEntriesAreEqualBytes) {
  Disk disk;
  Random random(3);
  const auto entries = random_entries(random, 5'000);
  std::vector<IdEntry> even;
  std::vector<IdEntry> odd;
  for (std::size_t i = 0; i < entries.size(); ++i) (i % 2 == 0 ? even : odd).push_back(entries[i]);
  const auto at_once = disk.write("a", entries);
  const auto half = disk.write("b", odd);
  ASSERT_TRUE(at_once && half);
  const auto half_file = disk.open(*half);
  const auto merged = disk.write("c", even, {half_file->get()});
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->checksum, at_once->checksum);
  EXPECT_EQ(disk.bytes(*merged), disk.bytes(*at_once));
}

TEST(IdRun, AMergeLeavesOutWhatHasPassed) {
  Disk disk;
  Random random(4);
  std::vector<IdRun> runs;
  std::vector<std::unique_ptr<IdRunFile>> opened;
  std::vector<IdRunFile*> sources;
  const Timestamp watermark = kNoon + stream::kIdKept + Duration{600'000'000};
  std::vector<IdEntry> expected;
  const auto expect = [&](const std::vector<IdEntry>& entries) {
    std::ranges::copy_if(entries, std::back_inserter(expected),
                         [&](const IdEntry& entry) { return entry.basis > watermark - stream::kIdKept; });
  };
  for (const std::size_t count : {3'000, 1, 70, 12'345, 64}) {
    const auto entries = random_entries(random, count);
    expect(entries);
    auto run = disk.write("source-" + std::to_string(count), entries);
    ASSERT_TRUE(run);
    auto file = disk.open(*run);
    ASSERT_TRUE(file);
    opened.push_back(std::move(*file));
    sources.push_back(opened.back().get());
  }
  const auto fresh = random_entries(random, 500);
  expect(fresh);
  stream::sort_by_id(expected);
  const auto merged = disk.write("merged", fresh, sources, watermark);
  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_EQ(merged->ids, expected.size());
  EXPECT_GT(expected.size(), 5'000u);
  EXPECT_LT(expected.size(), 7'500u);
  const auto file = disk.open(*merged);
  std::vector<IdEntry> read;
  ASSERT_TRUE((*file)->read_blocks(0, (*file)->layout().blocks(), read));
  EXPECT_EQ(read, expected);
  const auto nothing = disk.write("nothing", fresh, sources, kNoon + 2 * stream::kIdKept);
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->ids, 0u);
  EXPECT_FALSE(disk.files.exists("ids/nothing").value());
}

// Reads all of a file in every way there is.
Status read_everything(Disk& disk, const IdRun& run) {
  TRY_ASSIGN(const auto file, disk.open(run));
  TRY(file->load_fences());
  TRY(file->load_filter());
  std::vector<IdEntry> entries;
  return file->read_blocks(0, file->layout().blocks(), entries);
}

TEST(IdRun, DamageAnywhereIsSeen) {
  Disk disk;
  Random random(5);
  const auto run = disk.write("a", random_entries(random, 150));
  ASSERT_TRUE(run);
  const std::string good = disk.bytes(*run);
  ASSERT_TRUE(read_everything(disk, *run));
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << random.below(8)));
    disk.replace(*run, bad);
    const Status status = read_everything(disk, *run);
    ASSERT_FALSE(status) << "byte " << at;
    ASSERT_EQ(status.error().kind, ErrorKind::kCorrupt) << "byte " << at;
    EXPECT_NE(status.error().message.find("ids/a"), std::string::npos);
    EXPECT_NE(status.error().message.find("backup"), std::string::npos) << status.error().message;
  }
  for (std::size_t length = 0; length < good.size(); ++length) {
    disk.replace(*run, good.substr(0, length));
    const auto file = disk.open(*run);
    ASSERT_FALSE(file) << "cut to " << length;
    ASSERT_EQ(file.error().kind, ErrorKind::kCorrupt);
  }
  disk.replace(*run, good + '\0');
  EXPECT_FALSE(disk.open(*run));
}

TEST(IdRun, BlocksThatChangedPlacesAreSeen) {
  Disk disk;
  Random random(6);
  const auto run = disk.write("a", random_entries(random, 128));
  ASSERT_TRUE(run);
  const std::string good = disk.bytes(*run);
  constexpr std::size_t kBlock = 64 * 24 + 8;
  disk.replace(*run, good.substr(0, 64) + good.substr(64 + kBlock, kBlock) + good.substr(64, kBlock) + good.substr(64 + 2 * kBlock));
  const Status status = read_everything(disk, *run);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kCorrupt);
}

TEST(IdRun, OnlyTheRunThatTheSnapshotNamesIsTaken) {
  Disk disk;
  Random random(7);
  const auto run = disk.write("a", random_entries(random, 100));
  const auto other = disk.write("b", random_entries(random, 100));
  ASSERT_TRUE(run && other);
  disk.replace(*run, disk.bytes(*other));  // whole, but another
  const auto wrong = disk.open(*run);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(wrong.error().message.find("not the file"), std::string::npos) << wrong.error().message;
  ASSERT_TRUE(disk.files.remove("ids/a"));
  const auto gone = disk.open(*run);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(gone.error().message.find("ids/a"), std::string::npos) << gone.error().message;
}

TEST(IdRun, AFormatOfANewerProgramIsRefused) {
  Disk disk;
  Random random(8);
  const auto run = disk.write("a", random_entries(random, 100));
  ASSERT_TRUE(run);
  std::string bytes = disk.bytes(*run);
  bytes[8] = 2;
  const std::uint64_t sum = checksum(std::string_view(bytes).substr(0, 56));
  bytes.replace(56, 8, reinterpret_cast<const char*>(&sum), 8);
  disk.replace(*run, bytes);
  const auto file = disk.open(*run);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(file.error().message.find("newer"), std::string::npos) << file.error().message;
}

TEST(IdRun, ANameInUseIsLeftAlone) {
  Disk disk;
  Random random(9);
  const auto entries = random_entries(random, 100);
  const auto run = disk.write("a", entries);
  const auto again = disk.write("a", random_entries(random, 200));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::kExists);
  EXPECT_TRUE(read_everything(disk, *run));
}

TEST(IdRun, AFullDiskLeavesNothingBehind) {
  Random random(10);
  const auto entries = random_entries(random, 10'000);
  for (const std::uint64_t capacity : {0, 1, 100'000, 240'000, 255'000}) {
    Disk disk;
    disk.files.limit_capacity(capacity);
    const auto run = disk.write("a", entries);
    ASSERT_FALSE(run) << capacity;
    EXPECT_EQ(run.error().kind, ErrorKind::kLimit);
    EXPECT_FALSE(disk.files.exists("ids/a").value());
  }
}

}  // namespace
}  // namespace playhead::pipeline
