#include "sink/reject_tables.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "io/simulated.h"
#include "random_events.h"

namespace playhead::sink {
namespace {

constexpr Timestamp kNoon = from_micros(1'541'073'600'000'000);  // 2018-11-01T12:00:00Z
const std::string kNoonText = "1541073600000000";

std::unique_ptr<RejectTables> claim(io::FileSystem& files, std::string owner = R"({"job":"plays"})", std::uint64_t target = 1 << 24) {
  auto tables = RejectTables::claim(files, {.folder = "rejects", .owner = std::move(owner), .file_bytes_target = target});
  EXPECT_TRUE(tables) << tables.error().message;
  return tables ? std::move(*tables) : nullptr;
}

std::vector<Cells> read(io::FileSystem& files, Status (*table)(io::FileSystem&, const std::string&, const TakeRows&)) {
  std::vector<Cells> all;
  const Status status = table(files, "rejects", [&all](const table::Rows& rows) -> Result<bool> {
    for (Cells& cells : cells_of(rows)) all.push_back(std::move(cells));
    return true;
  });
  EXPECT_TRUE(status) << status.error().message;
  return all;
}

TEST(RejectTables, ALateEventAndADeadLetterAreReadBackAsTheyWere) {
  io::SimulatedFileSystem files;
  const auto tables = claim(files);
  RejectRows rows("plays", Partition{2});
  event::EventId id;
  id.bytes.fill(0xab);
  rows.add_late({.offset = Offset{7},
                 .ingest_time = kNoon,
                 .event_time = kNoon,
                 .id = id,
                 .reason = stream::RejectReason::kLate,
                 .kind = event::Kind::kListen,
                 .is_play = true,
                 .user = "u1",
                 .late_by_ms = 7'200'000});
  rows.add_late({.offset = Offset{8}, .ingest_time = kNoon, .event_time = kNoon, .id = id, .reason = stream::RejectReason::kFuture});
  rows.add_late(
      {.offset = Offset{9}, .ingest_time = kNoon, .event_time = kNoon, .id = id, .reason = stream::RejectReason::kDuplicate, .user = ""});
  const std::string bytes("\0\xff{", 3);
  rows.add_dead_letter({.offset = Offset{10},
                        .ingest_time = kNoon,
                        .reason = event::Reject::kBadTime,
                        .key = "",
                        .value = bytes,
                        .headers = std::string_view("\x01\0\0\0n\xff\xff\xff\xff", 9)});
  rows.add_dead_letter({.offset = Offset{11}, .ingest_time = kNoon, .reason = event::Reject::kNoValue, .headers = ""});
  EXPECT_GT(rows.bytes(), bytes.size());
  const std::vector<RejectRows*> lanes{&rows, nullptr};
  ASSERT_TRUE(tables->commit(lanes, "5"));
  EXPECT_EQ(tables->ledger(), "5");
  EXPECT_EQ(rows.late().size() + rows.dead_letters().size(), 0u);
  EXPECT_EQ(visible_files(files, "rejects"),
            (std::vector<std::string>{"dead_letters/p2-00000000000000000010.parquet", "late/p2-00000000000000000007.parquet"}));

  const std::string ab = "abababababababababababababababab";
  const std::vector<Cells> late = {{"plays", "2", "7", kNoonText, kNoonText, ab, "late", "listen", "1", "7200000", "u1"},
                                   {"plays", "2", "8", kNoonText, kNoonText, ab, "future", "track_play", "0", std::nullopt, std::nullopt},
                                   {"plays", "2", "9", kNoonText, kNoonText, ab, "duplicate", "track_play", "0", std::nullopt, ""}};
  EXPECT_EQ(read(files, read_late), late);
  const std::vector<Cells> letters = {{"plays", "2", "10", kNoonText, "bad_time", "", bytes, std::string("\x01\0\0\0n\xff\xff\xff\xff", 9)},
                                      {"plays", "2", "11", kNoonText, "no_value", std::nullopt, std::nullopt, std::nullopt}};
  EXPECT_EQ(read(files, read_dead_letters), letters);
}

TEST(RejectTables, ManyCommitsAndLivesMakeFewFilesAndKeepEveryRow) {
  io::SimulatedFileSystem files;
  Random random(1);
  std::uint64_t offset = 0;
  std::vector<Cells> expected;
  for (int life = 0; life < 4; ++life) {
    const auto tables = claim(files, R"({"job":"plays"})", 30'000);
    RejectRows rows("plays", Partition{0});
    const std::vector<RejectRows*> lanes{&rows};
    for (int commit = 0; commit < 10; ++commit) {
      for (std::uint64_t i = random.below(100); i > 0; --i, ++offset) {
        const std::string value = std::to_string(random.next()) + std::to_string(random.next());
        rows.add_dead_letter(
            {.offset = Offset{offset}, .ingest_time = kNoon, .reason = event::Reject::kNotJson, .key = "k", .value = value});
        expected.push_back({"plays", "0", std::to_string(offset), kNoonText, "not_json", "k", value, std::nullopt});
      }
      ASSERT_TRUE(tables->commit(lanes, std::to_string(offset)));
    }
    EXPECT_EQ(read(files, read_dead_letters), expected);
  }
  const std::size_t count = visible_files(files, "rejects").size();
  EXPECT_GE(count, 2u);
  EXPECT_LE(count, 5u) << "40 commits of about 2 KB";
}

TEST(RejectTables, AReaderMayStopAndAnAbsentTableIsEmpty) {
  io::SimulatedFileSystem files;
  EXPECT_TRUE(read(files, read_dead_letters).empty());
  const auto tables = claim(files);
  EXPECT_TRUE(read(files, read_late).empty());
  RejectRows rows("plays", Partition{0});
  for (std::uint64_t i = 0; i < 1000; ++i) rows.add_dead_letter({.offset = Offset{i}, .ingest_time = kNoon});
  const std::vector<RejectRows*> lanes{&rows};
  ASSERT_TRUE(tables->commit(lanes, "1"));
  std::size_t seen = 0;
  ASSERT_TRUE(read_dead_letters(files, "rejects", [&seen](const table::Rows& some) -> Result<bool> {
    seen += some.size();
    return false;
  }));
  EXPECT_GT(seen, 0u);
  EXPECT_LT(seen, 1000u) << "a reader takes a few rows at a time";
  const Status failed =
      read_dead_letters(files, "rejects", [](const table::Rows&) -> Result<bool> { return fail(ErrorKind::kIo, "pipe"); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "pipe");
}

TEST(RejectTables, AnotherJobIsRefused) {
  io::SimulatedFileSystem files;
  claim(files);
  const auto other = RejectTables::claim(files, {.folder = "rejects", .owner = R"({"job":"others"})"});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(other.error().message.contains(R"({"job":"plays"})"));
}

// Commit i has one late event and one dead letter of each of two partitions.
Status run(io::FileSystem& files, std::size_t commits) {
  TRY_ASSIGN(const auto tables, RejectTables::claim(files, {.folder = "rejects", .owner = R"("me")", .file_bytes_target = 3000}));
  RejectRows first("plays", Partition{0});
  RejectRows second("plays", Partition{1});
  const std::vector<RejectRows*> lanes{&first, &second};
  for (std::size_t i = tables->ledger() == "null" ? 0 : std::stoul(tables->ledger()); i < commits; ++i) {
    for (RejectRows* lane : lanes) {
      lane->add_late({.offset = Offset{i * 2}, .ingest_time = kNoon, .event_time = kNoon, .id = {}});
      lane->add_dead_letter({.offset = Offset{i * 2 + 1}, .ingest_time = kNoon, .value = "{"});
    }
    TRY(tables->commit(lanes, std::to_string(i + 1)));
  }
  return tables->settle();
}

TEST(RejectTables, ACrashAtAnyOperationLeavesTheRowsThatTheLedgerSays) {
  io::SimulatedFileSystem whole;
  ASSERT_TRUE(run(whole, 3));
  std::set<std::string> ledgers;
  for (std::uint64_t crash = 0; crash < whole.operations(); ++crash) {
    SCOPED_TRACE("crash after operation " + std::to_string(crash));
    Random random(crash + 1);
    io::SimulatedFileSystem files;
    files.crash_after(crash);
    ASSERT_FALSE(run(files, 3));
    files.crash(random);
    const auto tables = RejectTables::claim(files, {.folder = "rejects", .owner = R"("me")"});
    ASSERT_TRUE(tables) << tables.error().message;
    ledgers.insert((*tables)->ledger());
    const std::size_t held = (*tables)->ledger() == "null" ? 0 : std::stoul((*tables)->ledger());
    EXPECT_EQ(read(files, read_late).size(), held * 2);
    EXPECT_EQ(read(files, read_dead_letters).size(), held * 2);
    ASSERT_TRUE(run(files, 3));
    EXPECT_EQ(read(files, read_late), read(whole, read_late));
    EXPECT_EQ(read(files, read_dead_letters), read(whole, read_dead_letters));
  }
  EXPECT_EQ(ledgers.size(), 4u) << "the crashes did not meet every commit";
}

}  // namespace
}  // namespace playhead::sink
