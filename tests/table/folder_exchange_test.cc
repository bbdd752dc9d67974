#include "table/folder_exchange.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <semaphore>
#include <set>
#include <thread>

#include "history.h"
#include "io/posix.h"
#include "io/simulated.h"

namespace playhead::table {
namespace {

using Rows = std::multiset<std::string>;

constexpr const char* kHour = "day=1/hour=2";

// A folder whose every commit adds one row, in a file of its own; its ledger is the number of rows. `flat`: all in the root, which is what
// is merged; else in two hours, of which one is merged.
class Ground {
 public:
  explicit Ground(bool flat) : flat_(flat) {}

  Result<std::unique_ptr<PublishedFolder>> claim(io::FileSystem& files) const { return PublishedFolder::claim(files, kFolder, kOwner); }

  Status commit_row(PublishedFolder& writer) const {
    const std::size_t row = index_of(writer.ledger()) + 1;
    const std::string name = "row" + std::to_string(row) + ".parquet";
    const std::string folder = flat_ ? "" : std::string(row % 3 == 0 ? "day=1/hour=3" : kHour) + "/";
    return writer.commit({{folder + name, std::to_string(row) + "\n"}}, {}, std::to_string(row));
  }

  // All files of the merged folder become one.
  Status merge(io::FileSystem& files, PublishedFolder& writer) const {
    const std::string from = flat_ ? kFolder : io::join(kFolder, kHour);
    TRY_ASSIGN(const std::string staged, flat_ ? writer.stage_root() : writer.stage_folder());
    TRY_ASSIGN(const auto names, files.list(from));
    std::string merged;
    for (const std::string& name : names) {
      if (!name.ends_with(".parquet")) continue;
      TRY_ASSIGN(const std::string bytes, io::read_file(files, io::join(from, name), 1 << 20));
      merged += bytes;
    }
    const std::string name = "merged-" + std::to_string(writer.number()) + ".parquet";
    TRY_ASSIGN(const auto file, files.open(io::join(staged, name), io::Open::kCreateNew));
    TRY(file->write_at(0, merged));
    return flat_ ? writer.exchange_root(writer.ledger()) : writer.exchange(kHour, staged);
  }

  static Rows rows_seen(io::FileSystem& files) {
    Rows rows;
    for (const auto& [name, bytes] : glob(files)) {
      for (std::size_t at = 0; at < bytes.size();) {
        const auto end = bytes.find('\n', at);
        rows.insert(bytes.substr(at, end - at));
        if (end == std::string::npos) break;
        at = end + 1;
      }
    }
    return rows;
  }
  static Rows first_rows(std::size_t count) {
    Rows rows;
    for (std::size_t row = 1; row <= count; ++row) rows.insert(std::to_string(row));
    return rows;
  }

  // Every row once, up to the newest manifest's ledger; the last one may be on its way.
  static void expect_rows(io::FileSystem& files) {
    const auto manifest = PublishedFolder::newest(files, kFolder);
    if (!manifest || !*manifest) return;  // the power is off, or it is the very beginning
    const std::size_t committed = index_of((*manifest)->ledger);
    const Rows seen = rows_seen(files);
    ASSERT_TRUE(seen == first_rows(committed) || (committed > 0 && seen == first_rows(committed - 1)))
        << "at commit " << committed << " there are " << seen.size() << " rows";
  }

  static bool leftovers(io::FileSystem& files) {
    return std::ranges::any_of(files.list("windows").value(), [](const std::string& name) { return name.starts_with("."); });
  }

 private:
  bool flat_;
};

class FolderExchange : public testing::TestWithParam<bool> {
 protected:
  Ground ground_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Both, FolderExchange, testing::Values(false, true),
                         [](const auto& flat) { return flat.param ? "Root" : "Folder"; });

TEST_P(FolderExchange, ReplacesTheFilesAndTheWriterGoesOn) {
  io::SimulatedFileSystem files;
  auto writer = ground_.claim(files).value();
  for (int row = 0; row < 5; ++row) ASSERT_TRUE(ground_.commit_row(*writer));
  ASSERT_TRUE(ground_.merge(files, *writer));
  EXPECT_EQ(glob(files).size(), GetParam() ? 1u : 2u);
  EXPECT_EQ(Ground::rows_seen(files), Ground::first_rows(5));
  EXPECT_FALSE(Ground::leftovers(files));
  EXPECT_EQ(writer->ledger(), "5");
  for (int row = 0; row < 20; ++row) ASSERT_TRUE(ground_.commit_row(*writer));
  ASSERT_TRUE(ground_.merge(files, *writer));
  EXPECT_EQ(Ground::rows_seen(files), Ground::first_rows(25));
  const auto next = ground_.claim(files).value();
  EXPECT_EQ(next->writer_epoch(), WriterEpoch{2});
  EXPECT_EQ(next->ledger(), "25");
  ASSERT_TRUE(ground_.commit_row(*next));
  EXPECT_EQ(Ground::rows_seen(files), Ground::first_rows(26));
  EXPECT_EQ(ground_.commit_row(*writer).error().kind, ErrorKind::kFenced);
  EXPECT_EQ(ground_.merge(files, *writer).error().kind, ErrorKind::kFenced);
}

TEST_P(FolderExchange, WorksOnTheSystemsOwnFiles) {
  std::string pattern = (std::filesystem::temp_directory_path() / "playhead_exchange_XXXXXX").string();
  const std::string place = mkdtemp(pattern.data());
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(place);
  {
    const auto files = io::make_posix();
    auto writer = ground_.claim(*files).value();
    for (int row = 0; row < 5; ++row) ASSERT_TRUE(ground_.commit_row(*writer));
    const auto merged = ground_.merge(*files, *writer);
    ASSERT_TRUE(merged) << merged.error().message;
    EXPECT_EQ(glob(*files).size(), GetParam() ? 1u : 2u);
    EXPECT_EQ(Ground::rows_seen(*files), Ground::first_rows(5));
    EXPECT_FALSE(Ground::leftovers(*files));
  }
  std::filesystem::current_path(before);
  std::filesystem::remove_all(place);
}

// Commits and merges until the power fails. Returns the acknowledged rows.
std::size_t run_writer(const Ground& ground, io::FileSystem& files, std::size_t acknowledged) {
  auto writer = ground.claim(files);
  if (!writer) return acknowledged;
  for (int turn = 0; turn < 8; ++turn) {
    if (turn % 3 == 2 && !ground.merge(files, **writer)) return acknowledged;
    if (!ground.commit_row(**writer)) return acknowledged;
    acknowledged = index_of((*writer)->ledger());
  }
  return acknowledged;
}

// What a claim after a crash must find.
void expect_recovery(const Ground& ground, io::FileSystem& files, std::size_t& acknowledged) {
  const auto writer = ground.claim(files);
  ASSERT_TRUE(writer) << writer.error().message;
  const std::size_t rows = index_of((*writer)->ledger());
  EXPECT_GE(rows, acknowledged);
  EXPECT_LE(rows, acknowledged + 1);
  EXPECT_EQ(Ground::rows_seen(files), Ground::first_rows(rows));
  EXPECT_FALSE(Ground::leftovers(files));
  acknowledged = rows;
}

TEST_P(FolderExchange, PowerLossAtEveryOperationLosesNoRowAndRepeatsNone) {
  io::SimulatedFileSystem whole;
  run_writer(ground_, whole, 0);
  ASSERT_GT(whole.operations(), 100u);
  for (std::uint64_t operation = 0; operation < whole.operations(); ++operation) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      SCOPED_TRACE("operation " + std::to_string(operation) + ", seed " + std::to_string(seed));
      Random random(seed * 1'000 + operation);
      io::SimulatedFileSystem disk;
      io::ObservedFileSystem files(disk, [&] { Ground::expect_rows(disk); });
      disk.crash_after(operation);
      std::size_t acknowledged = run_writer(ground_, files, 0);
      disk.crash(random);
      Ground::expect_rows(disk);
      for (std::uint64_t again = random.below(3); again > 0; --again) {  // and during the recovery
        disk.crash_after(random.below(30));
        static_cast<void>(ground_.claim(files));
        disk.crash(random);
        Ground::expect_rows(disk);
      }
      expect_recovery(ground_, disk, acknowledged);
      acknowledged = run_writer(ground_, files, acknowledged);
      expect_recovery(ground_, disk, acknowledged);
      if (HasFailure()) return;
    }
  }
}

// Somebody is stopped before a call and goes on when another writer has claimed, committed and perhaps merged.
class Interrupted {
 public:
  Interrupted(const Ground& ground, std::uint64_t stop, int commits, bool merges)
      : ground_(ground), slow_(disk_, [this] { before_call(); }), stop_(stop), commits_(commits), merges_(merges) {}

  // False: the call has fewer than `stop` steps.
  bool in_merge(std::uint64_t seed) {
    auto zombie = ground_.claim(slow_).value();
    for (int row = 0; row < 4; ++row) EXPECT_TRUE(ground_.commit_row(*zombie));
    armed_ = true;
    const auto merged = ground_.merge(slow_, *zombie);
    if (!taker_) return false;
    if (!merged) {  // kNotFound: at the caller's own work in the staged folder
      EXPECT_TRUE(merged.error().kind == ErrorKind::kFenced || merged.error().kind == ErrorKind::kNotFound) << merged.error().message;
    }
    zombie->discard_folders();
    EXPECT_EQ(ground_.commit_row(*zombie).error().kind, ErrorKind::kFenced);
    expect_taker_holds();
    lose_power(seed);
    return true;
  }

  bool in_claim(std::uint64_t seed) {
    taker_ = ground_.claim(disk_).value();
    for (int row = 0; row < 4; ++row) EXPECT_TRUE(ground_.commit_row(*taker_));
    armed_ = true;
    const auto late = ground_.claim(slow_);
    if (calls_ <= stop_) return false;
    if (!late) {
      ADD_FAILURE() << "no claim was newer: " << late.error().message;
      return true;
    }
    EXPECT_EQ(index_of((*late)->ledger()), acknowledged_);
    EXPECT_EQ(ground_.commit_row(*taker_).error().kind, ErrorKind::kFenced);
    EXPECT_EQ(ground_.merge(disk_, *taker_).error().kind, ErrorKind::kFenced);
    taker_ = *ground_.claim(disk_);
    EXPECT_EQ(index_of(taker_->ledger()), acknowledged_);
    expect_taker_holds();
    lose_power(seed);
    return true;
  }

 private:
  void before_call() {
    if (!armed_ || calls_++ != stop_) return;
    const bool holds_already = taker_ != nullptr;
    if (!holds_already) taker_ = ground_.claim(disk_).value();
    acknowledged_ = index_of(taker_->ledger());
    if (merges_) expect_fenced_or_ok(ground_.merge(disk_, *taker_), !holds_already);
    for (int row = 0; row < commits_; ++row) expect_fenced_or_ok(ground_.commit_row(*taker_), !holds_already);
    if (const auto now = index_of(taker_->ledger()); now > acknowledged_) acknowledged_ = now;
  }
  static void expect_fenced_or_ok(const Status& status, bool must) {
    if (!status) {
      EXPECT_EQ(status.error().kind, ErrorKind::kFenced) << status.error().message;
      EXPECT_FALSE(must) << status.error().message;
    }
  }
  void expect_taker_holds() {
    EXPECT_EQ(Ground::rows_seen(disk_), Ground::first_rows(acknowledged_));
    for (int row = 0; row < 2; ++row) EXPECT_TRUE(ground_.commit_row(*taker_));
    acknowledged_ = index_of(taker_->ledger());
    EXPECT_EQ(Ground::rows_seen(disk_), Ground::first_rows(acknowledged_));
  }
  void lose_power(std::uint64_t seed) {
    Random random(seed);
    disk_.crash(random);
    expect_recovery(ground_, disk_, acknowledged_);
  }

  const Ground& ground_;
  io::SimulatedFileSystem disk_;
  io::ObservedFileSystem slow_;
  std::uint64_t stop_;
  int commits_;
  bool merges_;
  bool armed_ = false;
  std::uint64_t calls_ = 0;
  std::unique_ptr<PublishedFolder> taker_;
  std::size_t acknowledged_ = 0;
};

void stop_everywhere(const Ground& ground, bool (Interrupted::*act)(std::uint64_t), std::uint64_t stops_min) {
  std::uint64_t stops = 0;
  for (const bool merges : {false, true}) {
    for (const int commits : {0, 1, 25}) {
      for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        bool stopped = true;
        for (std::uint64_t stop = 0; stopped; ++stop) {
          SCOPED_TRACE("stopped at call " + std::to_string(stop) + ", " + std::to_string(commits) + " commits, seed " +
                       std::to_string(seed) + (merges ? ", merged" : ""));
          stopped = (Interrupted(ground, stop, commits, merges).*act)(seed);
          if (::testing::Test::HasFailure()) return;
          stops += stopped ? 1 : 0;
        }
      }
    }
  }
  EXPECT_GE(stops, stops_min);
}

TEST_P(FolderExchange, AWriterStoppedAnywhereInAnExchangeDisturbsNobody) { stop_everywhere(ground_, &Interrupted::in_merge, 1000); }

TEST_P(FolderExchange, AClaimThatIsStoppedWhileTheHolderExchangesFindsAllOfIt) { stop_everywhere(ground_, &Interrupted::in_claim, 1000); }

// The holder stops before its call `holder_stop` of an exchange; a claim begins and stops before its call `claim_stop`; the holder goes on
// to its end; then the claim does. One runs at a time. False: the claim, or the exchange, has fewer calls.
bool exchange_inside_claim(const Ground& ground, std::uint64_t holder_stop, std::uint64_t claim_stop, bool& holder_stopped) {
  io::SimulatedFileSystem disk;
  std::binary_semaphore claims_turn{0};
  std::binary_semaphore holders_turn{0};
  std::uint64_t claim_calls = 0;
  holder_stopped = false;
  io::ObservedFileSystem claims_files(disk, [&] {
    if (claim_calls++ != claim_stop || !holder_stopped) return;
    holders_turn.release();
    claims_turn.acquire();
  });
  Result<std::unique_ptr<PublishedFolder>> late = fail(ErrorKind::kInvalid, "it never began");
  std::jthread claimant([&] {
    claims_turn.acquire();
    late = ground.claim(claims_files);
    holders_turn.release();
  });
  std::uint64_t calls = 0;
  bool armed = false;
  io::ObservedFileSystem holders_files(disk, [&] {
    if (!armed || calls++ != holder_stop) return;
    holder_stopped = true;
    claims_turn.release();
    holders_turn.acquire();
  });
  auto holder = ground.claim(holders_files).value();
  for (int row = 0; row < 4; ++row) EXPECT_TRUE(ground.commit_row(*holder));
  armed = true;
  static_cast<void>(ground.merge(holders_files, *holder));
  claims_turn.release();
  claimant.join();
  EXPECT_TRUE(late) << late.error().message;
  EXPECT_EQ(Ground::rows_seen(disk), Ground::first_rows(4));
  EXPECT_EQ(ground.commit_row(*holder).error().kind, ErrorKind::kFenced);
  EXPECT_TRUE(ground.commit_row(**late));
  Random random(holder_stop * 100 + claim_stop);
  disk.crash(random);
  std::size_t acknowledged = 5;
  expect_recovery(ground, disk, acknowledged);
  return claim_calls > claim_stop && holder_stopped;
}

TEST_P(FolderExchange, AnExchangeThatGoesOnInsideAClaimIsSeenByIt) {
  std::uint64_t met = 0;
  bool holder_stopped = true;
  for (std::uint64_t holder_stop = 0; holder_stopped; ++holder_stop) {
    for (std::uint64_t claim_stop = 0;; ++claim_stop) {
      SCOPED_TRACE("holder stopped at call " + std::to_string(holder_stop) + ", claim at " + std::to_string(claim_stop));
      if (!exchange_inside_claim(ground_, holder_stop, claim_stop, holder_stopped)) break;
      ++met;
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(met, 500u);
}

struct Killed {};

TEST_P(FolderExchange, ProcessKilledAtEveryCallThenPowerLossLaterLosesNothing) {
  std::uint64_t kills = 0;
  for (std::uint64_t stop = 0;; ++stop) {
    bool stopped = false;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      SCOPED_TRACE("killed at call " + std::to_string(stop) + ", seed " + std::to_string(seed));
      io::SimulatedFileSystem disk;
      std::uint64_t calls = 0;
      bool armed = false;
      // From the stop on every call fails, as the process is gone; the disk and its cache live on.
      auto writer = ground_.claim(disk).value();
      for (int row = 0; row < 4; ++row) ASSERT_TRUE(ground_.commit_row(*writer));
      std::size_t acknowledged = 4;
      io::ObservedFileSystem dying(disk, [&] {
        if (armed && calls++ >= stop) throw Killed{};
      });
      auto doomed = ground_.claim(dying).value();
      armed = true;
      try {
        static_cast<void>(ground_.merge(dying, *doomed));
      } catch (const Killed&) {
        stopped = true;
      }
      const auto next = ground_.claim(disk);
      ASSERT_TRUE(next) << next.error().message;
      ASSERT_TRUE(ground_.commit_row(**next));
      acknowledged = 5;
      Random random(seed);
      disk.crash(random);
      expect_recovery(ground_, disk, acknowledged);
      if (HasFailure()) return;
    }
    if (!stopped) break;
    ++kills;
  }
  EXPECT_GT(kills, 20u);
}

// --- Refusals --------------------------------------------------------------------------------------------------------------------

TEST(FolderExchangeRefusals, StrangersAndWaitingFilesAndBadNames) {
  io::SimulatedFileSystem files;
  auto writer = PublishedFolder::claim(files, kFolder, kOwner).value();
  ASSERT_TRUE(writer->commit({{"a.parquet", "1"}, {"x/b.parquet", "2"}}, {}, "1"));
  const std::string staged = writer->stage_folder().value();
  for (const char* folder : {"", "..", ".staging", "x/..", "/x"})
    EXPECT_EQ(writer->exchange(folder, staged).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(writer->exchange("nowhere", staged).error().kind, ErrorKind::kNotFound);
  ASSERT_TRUE(writer->stage_root());
  const auto refused = writer->exchange_root("2");
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(refused.error().message.find("holds x"), std::string::npos) << refused.error().message;
  auto waiting = writer->stage("c.parquet").value();
  ASSERT_TRUE(writer->add(std::move(waiting), 0, checksum("")));
  EXPECT_EQ(writer->exchange_root("2").error().kind, ErrorKind::kInvalid);
  ASSERT_TRUE(writer->commit({}, {}, "2"));
  EXPECT_EQ(glob(files).size(), 3u);
  writer->discard_folders();
  EXPECT_EQ(files.list("windows").value(), std::vector<std::string>{"counts"});
}

TEST(FolderExchangeRefusals, AFolderThatIsNotNamedByItsPath) {
  EXPECT_EQ(exchange_place("windows/plays", WriterEpoch{3}).value(), "windows/.plays.staged-3");
  EXPECT_EQ(exchange_place("plays", WriterEpoch{3}).value(), "./.plays.staged-3");
  for (const char* folder : {".", "..", "a/..", "/", ""})
    EXPECT_EQ(exchange_place(folder, WriterEpoch{1}).error().kind, ErrorKind::kInvalid);
}

TEST(FolderExchangeRefusals, ASymbolicLinkIsRefusedWithTheWayOutBeforeAnyWork) {
  const TemporaryFolder place;
  const auto files = io::make_posix();
  ASSERT_TRUE(files->make_folders(place.path() + "/real"));
  std::filesystem::create_directory_symlink(place.path() + "/real", place.path() + "/link");
  auto writer = PublishedFolder::claim(*files, place.path() + "/link", kOwner).value();
  ASSERT_TRUE(writer->commit({{"a.parquet", "1"}}, {}, "1"));
  const auto refused = writer->stage_root();
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(refused.error().message.find("Nothing was changed"), std::string::npos) << refused.error().message;
  EXPECT_EQ(files->list(place.path())->size(), 2u);
  ASSERT_TRUE(writer->commit({{"b.parquet", "2"}}, {}, "2"));
  EXPECT_EQ(glob(*files, place.path() + "/real").size(), 2u);
}

TEST(FolderExchangeRefusals, AFileSystemThatCanNotExchangeIsFoundBeforeAnyWork) {
  const auto mounted = io::make_posix();
  std::error_code error;
  if (!std::filesystem::is_directory("/dev/shm", error)) GTEST_SKIP() << "no second file system here";
  const TemporaryFolder temporary;
  const std::string place = temporary.path();
  ASSERT_TRUE(mounted->make_folders(place + "/beside"));
  // As where the folder is a mount point: what lies in it and what lies beside it are of two file systems.
  std::string other = "/dev/shm/playhead_exchange_XXXXXX";
  const std::string folder = mkdtemp(other.data());
  const auto refused = try_exchange(*mounted, folder, place + "/beside");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid) << refused.error().message;
  EXPECT_NE(refused.error().message.find("Nothing was changed"), std::string::npos) << refused.error().message;
  EXPECT_TRUE(mounted->list(place + "/beside")->empty());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace playhead::table
