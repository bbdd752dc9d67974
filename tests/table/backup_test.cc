#include "table/backup.h"

#include <gtest/gtest.h>

#include "io/simulated.h"

namespace playhead::table {
namespace {

constexpr Timestamp kNow = from_micros(1'795'000'000'000'000);

void publish(io::FileSystem& files, const std::string& path, const std::string& bytes) {
  ASSERT_TRUE(files.make_folders(path.substr(0, path.rfind('/'))));
  ASSERT_TRUE(io::write_file_synced(files, path, bytes));
}

std::string content(io::FileSystem& files, const std::string& path) { return io::read_file(files, path, 1 << 20).value_or("(absent)"); }

TEST(Backup, HoldsTheFilesUnderTheirNamesWhateverBecomesOfThem) {
  io::SimulatedFileSystem files;
  publish(files, "w/plays/a.parquet", "one");
  publish(files, "w/plays/hour=1/b.parquet", "two");
  const auto path = make_backup(files, "w/plays", {"a.parquet", "hour=1/b.parquet"}, kNow);
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(*path, "w/plays_backup_" + format_compact(kNow));
  ASSERT_TRUE(files.remove_all("w/plays"));
  Random random(1);
  files.crash(random);
  EXPECT_EQ(content(files, *path + "/a.parquet"), "one");
  EXPECT_EQ(content(files, *path + "/hour=1/b.parquet"), "two");
}

TEST(Backup, IsWholeOrAbsentAfterAPowerLossAndLeftoversGo) {
  for (std::uint64_t operation = 0; operation < 60; ++operation) {
    io::SimulatedFileSystem files;
    publish(files, "w/plays/a.parquet", "one");
    ASSERT_TRUE(files.sync_folder("w/plays"));
    files.crash_after(operation);
    const auto made = make_backup(files, "w/plays", {"a.parquet"}, kNow);
    Random random(operation);
    files.crash(random);
    const auto found = list_backups(files, "w/plays").value();
    for (const Backup& backup : found) EXPECT_EQ(content(files, backup.path + "/a.parquet"), "one");
    if (made) {
      EXPECT_EQ(list_backups(files, "w/plays")->size(), 1u);
    }
    ASSERT_TRUE(make_backup(files, "w/plays", {"a.parquet"}, kNow));
    const auto names = files.list("w").value();
    for (const std::string& name : names) EXPECT_FALSE(name.starts_with('.')) << name;
  }
}

TEST(Backup, AFailureLeavesNothing) {
  io::SimulatedFileSystem files;
  publish(files, "w/plays/a.parquet", "one");
  EXPECT_EQ(make_backup(files, "w/plays", {"a.parquet", "absent.parquet"}, kNow).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(files.list("w").value(), std::vector<std::string>{"plays"});
  EXPECT_EQ(make_backup(files, ".", {}, kNow).error().kind, ErrorKind::kInvalid);
}

TEST(Backup, AreListedAndPrunedByAgeAndNothingElseIs) {
  io::SimulatedFileSystem files;
  publish(files, "w/plays/a.parquet", "one");
  publish(files, "w/plays_backup_notes/x", "mine");
  publish(files, "w/plays_backup_20261399T000000Z/x", "mine");
  publish(files, "w/playsmore_backup_20200101T000000Z/x", "another's");
  for (const int day : {0, 1, 2, 2}) ASSERT_TRUE(make_backup(files, "w/plays", {"a.parquet"}, kNow + std::chrono::hours{24 * day}));
  EXPECT_EQ(list_backups(files, "w/plays")->size(), 4u);
  EXPECT_EQ(list_backups(files, "w/plays")->front().made, from_micros(to_micros(kNow) / 1'000'000 * 1'000'000));
  const auto pruned = prune_backups(files, "w/plays", kNow + std::chrono::hours{30});
  EXPECT_EQ(pruned->size(), 2u);
  EXPECT_EQ(list_backups(files, "w/plays")->size(), 2u);
  EXPECT_EQ(content(files, "w/plays_backup_notes/x"), "mine");
  EXPECT_EQ(content(files, "w/plays_backup_20261399T000000Z/x"), "mine");
  EXPECT_EQ(content(files, "w/playsmore_backup_20200101T000000Z/x"), "another's");
}

}  // namespace
}  // namespace playhead::table
