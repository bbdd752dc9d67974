#include "pipeline/diagnosis.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "io/simulated.h"
#include "log/embedded.h"
#include "pipeline/journal.h"
#include "pipeline/ledger.h"
#include "pipeline/row_ledger.h"
#include "table/parquet.h"
#include "table/published_folder.h"

namespace playhead::pipeline {
namespace {

struct FixedClock final : Clock {
  Timestamp time = from_micros(1'541'105'830'796'000);
  Timestamp now() const override { return time; }
};

bool read_on(std::uint64_t) { return true; }

// A topic of one partition, and a job that has published epoch 1 and has cut epoch 2.
class Diagnosis : public testing::Test {
 protected:
  FixedClock clock_;
  io::SimulatedFileSystem files_;
  std::unique_ptr<log::Log> log_;
  JobIdentity identity_;
  JobFolders folders_{.checkpoint = "job", .windows = "windows", .rejects = "rejected", .lake = "lake"};

  void SetUp() override {
    auto log = log::make_embedded(files_, clock_, {.root = "log", .id_seed = 1});
    ASSERT_TRUE(log) << log.error().message;
    log_ = std::move(*log);
    const auto topic = log_->create_topic({.name = "plays", .segment_bytes = 4096});
    ASSERT_TRUE(topic);
    identity_ = {.topic = "plays", .topic_id = topic->id};
    append(30);
    write_journal();
    write_ledgers(1, 10);
  }

  void append(int records) {
    const auto appender = log_->appender("plays");
    ASSERT_TRUE(appender);
    for (int i = 0; i < records; ++i) {
      const std::string value(200, static_cast<char>('a' + i % 26));
      const log::Record record{.key = "u", .value = value, .timestamp = clock_.time};
      ASSERT_TRUE((*appender)->append({0}, {&record, 1}));
    }
  }

  void write_journal() {
    auto journal = Journal::claim(files_, "job/p0");
    ASSERT_TRUE(journal) << journal.error().message;
    ASSERT_TRUE((*journal)->checkpoint({.epoch = {1}, .next = {10}, .idle = false, .state = {}}));
    ASSERT_TRUE((*journal)->append(Cut{.epoch = {2},
                                       .topic_id = identity_.topic_id,
                                       .offsets = {{10}, {20}},
                                       .watermark_in = kNever,
                                       .idle = false,
                                       .decided_at = clock_.time,
                                       .writer = {1},
                                       .options = "{}",
                                       .program = "p"}));
    ASSERT_TRUE((*journal)->sync());
  }

  void publish(const std::string& folder, const std::string& ledger) {
    auto claimed = table::PublishedFolder::claim(files_, folder, "{}");
    ASSERT_TRUE(claimed) << claimed.error().message;
    table::Rows rows(table::Schema{{"count", table::ColumnType::kInteger}});
    rows.columns[0].add_number(1);
    const auto bytes = table::write_parquet(rows, {});
    ASSERT_TRUE(bytes);
    ASSERT_TRUE((*claimed)->commit({{"a.parquet", *bytes}}, {}, ledger));
    ASSERT_TRUE((*claimed)->settle());
  }

  void write_ledgers(std::uint64_t epoch, std::uint64_t next) {
    Ledger windows;
    windows.partitions.push_back({.epoch = {epoch}, .next = {next}, .writer = {1}, .watermark = kNever, .idle = false, .tally = {}});
    publish("windows", to_text(windows));
    const RowLedger rows = {{.epoch = {epoch}, .first = {0}, .next = {next}, .writer = {1}}};
    publish("rejected", to_text(rows));
    publish("lake", to_text(rows));
  }

  Findings topic() { return diagnose_topic(*log_, "plays", clock_.time, read_on); }
  Findings job() { return diagnose_job(files_, *log_, identity_, folders_, clock_.time); }

  // All findings are of this check, and one of them has these words.
  static void expect(const Findings& findings, const std::string& check, const std::string& words) {
    ASSERT_FALSE(findings.empty());
    std::string said;
    for (const Finding& finding : findings) {
      EXPECT_EQ(finding.check, check) << finding.message;
      said += finding.subject + ": " + finding.message + "\n";
    }
    EXPECT_NE(said.find(words), std::string::npos) << said;
  }

  std::string bytes_of(const std::string& path) {
    auto bytes = io::read_file(files_, path, 1 << 30);
    EXPECT_TRUE(bytes) << path;
    return bytes.value_or("");
  }
  void write(const std::string& path, const std::string& bytes) { ASSERT_TRUE(io::write_file_synced(files_, path, bytes)); }
  std::string only_name(const std::string& folder, const std::string& start) {
    const auto names = files_.list(folder);
    EXPECT_TRUE(names);
    std::string found;
    for (const std::string& name : *names) {
      if (name.starts_with(start)) found = io::join(folder, name);
    }
    EXPECT_FALSE(found.empty()) << start << " in " << folder;
    return found;
  }
};

TEST_F(Diagnosis, FindsNothingWhereAllIsSound) {
  EXPECT_EQ(topic(), Findings{});
  EXPECT_EQ(job(), Findings{});
  for (const char* folder : {"windows", "rejected", "lake", "absent"}) EXPECT_EQ(diagnose_folder(files_, folder), Findings{}) << folder;
}

TEST_F(Diagnosis, ReadsEveryRecordOfTheLog) {
  std::uint64_t records = 0;
  EXPECT_EQ(diagnose_topic(*log_, "plays", clock_.time,
                           [&](std::uint64_t more) {
                             records += more;
                             return true;
                           }),
            Findings{});
  EXPECT_EQ(records, 30u);
}

TEST_F(Diagnosis, NamesTheSegmentWhereAByteIsWrong) {
  const auto names = files_.list("log/plays/0");
  ASSERT_TRUE(names);
  const std::string path = only_name("log/plays/0", "0000");  // the newest segment; any will do
  for (const std::size_t position : {std::size_t{20}, std::size_t{70}, std::size_t{100}}) {
    const std::string sound = bytes_of(path);
    std::string damaged = sound;
    damaged[position] = static_cast<char>(damaged[position] ^ 1);
    write(path, damaged);
    expect(topic(), "log", path);
    write(path, sound);
    EXPECT_EQ(topic(), Findings{});
  }
}

TEST_F(Diagnosis, AClockThatWasSetBackIsSeen) {
  clock_.time -= std::chrono::hours{1};
  expect(topic(), "clock", "in the future of this machine's clock");
  expect(job(), "clock", "job/p0");
}

TEST_F(Diagnosis, NamesADamagedJournal) {
  const std::string path = only_name("job/p0", "journal-");
  std::string bytes = bytes_of(path);
  bytes[40] = static_cast<char>(bytes[40] ^ 1);
  write(path, bytes);
  expect(job(), "journal", "the head is damaged");
}

// frame := length u32, checksum(payload) xor type u64, type u8, payload; the payload of a head begins with the format.
TEST_F(Diagnosis, NamesAJournalOfANewerFormat) {
  const std::string path = only_name("job/p0", "journal-");
  std::string bytes = bytes_of(path);
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  std::string payload = bytes.substr(13, length);
  payload[0] = 99;
  ByteWriter head;
  head.number(length);
  head.number(checksum(payload) ^ static_cast<std::uint64_t>('H'));
  head.number('H');
  head.raw(payload);
  write(path, head.bytes());
  expect(job(), "journal", "newer Playhead (format 99)");
}

TEST_F(Diagnosis, NamesAManifestThatIsNewerOrDamaged) {
  const std::string path = only_name("windows/.manifests", "0000");
  const std::string sound = bytes_of(path);
  std::string line = sound.substr(0, sound.find('\n'));
  const std::string_view start = "{\"format\":";
  ASSERT_TRUE(line.starts_with(start)) << line;
  line.insert(start.size(), "99");
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(checksum(line)));
  write(path, line + "\n" + digits + "\n");
  expect(diagnose_folder(files_, "windows"), "folder", "newer");
  std::string damaged = sound;
  damaged[10] = static_cast<char>(damaged[10] ^ 1);
  write(path, damaged);
  expect(diagnose_folder(files_, "windows"), "folder", path);
}

TEST_F(Diagnosis, NamesATruncatedFile) {
  const std::string bytes = bytes_of("lake/a.parquet");
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, bytes.size() / 2, bytes.size() - 1}) {
    write("lake/a.parquet", bytes.substr(0, size));
    expect(diagnose_folder(files_, "lake"), "folder", "lake/a.parquet");
  }
}

TEST_F(Diagnosis, NamesACommittedFileThatIsNowhere) {
  ASSERT_TRUE(files_.remove("lake/a.parquet"));
  expect(diagnose_folder(files_, "lake"), "folder", "lake/a.parquet: it is committed, but not there");
}

TEST_F(Diagnosis, NamesAMissingOrDamagedFileOfRememberedIds) {
  auto journal = Journal::claim(files_, "job/p0");
  ASSERT_TRUE(journal);
  const std::string path = io::join((*journal)->state_folder(), "7");
  const stream::IdEntry entry{};
  const auto run = write_id_run(files_, (*journal)->state_folder(), "7", {&entry, 1}, {}, kNever);
  ASSERT_TRUE(run) << run.error().message;
  ASSERT_EQ(run->ids, 1u);
  Snapshot snapshot{.epoch = {2}, .next = {20}, .idle = false, .state = {}};
  snapshot.id_runs.push_back(*run);
  ASSERT_TRUE((*journal)->checkpoint(snapshot));
  write_ledgers(2, 20);
  EXPECT_EQ(job(), Findings{});
  const std::string sound = bytes_of(path);
  for (const std::size_t position : {std::size_t{3}, sound.size() / 2, sound.size() - 1}) {
    std::string damaged = sound;
    damaged[position] = static_cast<char>(damaged[position] ^ 1);
    write(path, damaged);
    expect(job(), "ids", path);
  }
  ASSERT_TRUE(files_.remove(path));
  expect(job(), "ids", path);
}

TEST_F(Diagnosis, LedgersStandBetweenTheSnapshotAndTheLastCut) {
  write_ledgers(2, 20);
  EXPECT_EQ(job(), Findings{});
  write_ledgers(3, 30);
  expect(job(), "ledger", "it holds epoch 3, the checkpoint only 2");
  EXPECT_EQ(job().size(), 3u) << "of windows, rejected records and lake";
  write_ledgers(2, 19);
  expect(job(), "ledger", "epoch 2 ends at offset 19 here, and at 20 in the checkpoint");
  write_ledgers(0, 0);
  expect(job(), "ledger", "it ends at epoch 0, the checkpoint begins after 1");
}

TEST_F(Diagnosis, AnOutputThatIsGoneIsMissed) {
  for (const std::string gone : {"windows", "rejected"}) {
    ASSERT_TRUE(files_.remove_all(gone));
    expect(job(), "ledger", gone + "/0: it ends at epoch 0, the checkpoint begins after 1: the output was lost");
    EXPECT_EQ(job().size(), 1u);
    ASSERT_TRUE(files_.remove_all("lake"));
    write_ledgers(1, 10);
    EXPECT_EQ(job(), Findings{});
  }
}

TEST_F(Diagnosis, AJobOfTheFirstReleaseHasWindowsOnly) {
  ASSERT_TRUE(files_.remove_all("rejected"));
  ASSERT_TRUE(files_.remove_all("lake"));
  EXPECT_EQ(job(), Findings{});
}

TEST_F(Diagnosis, ACheckpointThatIsGoneIsMissed) {
  ASSERT_TRUE(files_.remove_all("job/p0"));
  expect(job(), "journal", "the checkpoint was lost");
}

TEST_F(Diagnosis, ClaimsThatAreGoneAreMissed) {
  ASSERT_TRUE(files_.remove(only_name("job/p0/claims", "0")));
  expect(job(), "journal", "has a journal but no claim");
}

TEST_F(Diagnosis, TheLogHoldsWhatTheJobNeeds) {
  ASSERT_TRUE(log_->delete_topic("plays"));
  expect(job(), "log", "plays");
  ASSERT_TRUE(log_->create_topic({.name = "plays"}));
  expect(job(), "log", "made anew");
  identity_.topic_id = log_->topic("plays")->id;
  expect(job(), "journal", "made anew");
  write_journal();
  expect(job(), "journal", "plays/0 holds offsets 0 to 0, but the job goes on at 20: records are lost");
}

TEST_F(Diagnosis, SavedWindowsHaveAChecksum) {
  ByteWriter saved;
  saved.number(std::uint32_t{1});
  const std::uint64_t sum = checksum(saved.bytes());
  saved.number(sum);
  write("job/open-windows-1-0", saved.bytes());
  EXPECT_EQ(job(), Findings{});
  write("job/open-windows-1-0", saved.bytes().substr(1));
  expect(job(), "windows", "job/open-windows-1-0: it is damaged");
}

TEST_F(Diagnosis, WhatAStoppedWriterLeftIsNotedAndFinished) {
  // A commit whose renames were not done, and the root of a writer before.
  const auto manifest = table::PublishedFolder::newest(files_, "lake");
  ASSERT_TRUE(manifest && *manifest);
  ASSERT_TRUE(files_.rename("lake/a.parquet", "lake/" + (*manifest)->files.front().staged));
  ASSERT_TRUE(files_.make_folders("lake/.staging/0"));
  const Findings findings = diagnose_folder(files_, "lake");
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].message, "1 files of the last commit wait for their names");
  EXPECT_TRUE(findings[0].harmless && findings[1].harmless);
  ASSERT_TRUE(finish_folder(files_, "lake"));
  EXPECT_EQ(diagnose_folder(files_, "lake"), Findings{});
  EXPECT_TRUE(files_.exists("lake/a.parquet").value_or(false));
  EXPECT_EQ(job(), Findings{}) << "the ledger is kept";
}

}  // namespace
}  // namespace playhead::pipeline
