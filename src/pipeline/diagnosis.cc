#include "pipeline/diagnosis.h"

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "pipeline/committed_files.h"
#include "pipeline/journal.h"
#include "pipeline/ledger.h"
#include "pipeline/loss.h"
#include "pipeline/row_ledger.h"
#include "table/parquet_reader.h"
#include "table/published_folder.h"

namespace playhead::pipeline {
namespace {

constexpr Duration kClockSlack = std::chrono::minutes{1};
constexpr std::uint64_t kSavedBytesMax = std::uint64_t{4} << 30;
constexpr const char* kRestore = "restore the data folder from a backup";
constexpr const char* kReset = "restore the data folder from one backup, or count the topic anew with 'playhead jobs reset'";
constexpr const char* kLost =
    "restore the log, go on without what is lost with 'playhead stream --reset-to', or count the topic anew with 'playhead jobs reset'";
constexpr const char* kNames = "the next start of the stream, or 'playhead doctor --repair', gives them their names";
constexpr const char* kTidy = "'playhead doctor --repair' clears them away; so does the next start of the stream";
constexpr const char* kClock = "set the clock right: late and future events are told by it";

std::string of_partition(const std::string& name, std::uint32_t partition) { return name + "/" + std::to_string(partition); }

// ---- the log

Status read_partition(log::Reader& reader, Partition partition, const OffsetRange& range, const std::function<bool(std::uint64_t)>& read,
                      Timestamp& newest) {
  log::RecordBatch batch;
  for (Offset next = range.start; next < range.end;) {
    if (const Status got = reader.read(partition, next, range.end, batch); !got) {
      TRY_ASSIGN(const OffsetRange kept, reader.range(partition));
      if (got.error().kind != ErrorKind::kNotFound || kept.start <= next) return got;
      next = kept.start;  // retention has removed what was to be read
      continue;
    }
    if (batch.size() > 0) newest = std::max(newest, *std::ranges::max_element(batch.timestamps));
    next = batch.next;
    if (!read(batch.size())) return {};
  }
  return {};
}

// ---- journals and ledgers

// What one table's ledger says of a partition.
struct LedgerEntry {
  Epoch epoch;
  Offset next;
  bool begun = false;
};
using LedgerEntries = std::vector<LedgerEntry>;

Result<LedgerEntries> window_entries(io::FileSystem& files, const std::string& folder, std::uint32_t partitions) {
  LedgerEntries entries(partitions);
  TRY_ASSIGN(const auto ledger, committed_ledger(files, folder));
  if (!ledger) return entries;
  for (std::size_t i = 0; i < std::min(entries.size(), ledger->partitions.size()); ++i)
    entries[i] = {ledger->partitions[i].epoch, ledger->partitions[i].next, true};
  return entries;
}

Result<LedgerEntries> row_entries(io::FileSystem& files, const std::string& folder, std::uint32_t partitions) {
  LedgerEntries entries(partitions);
  TRY_ASSIGN(const RowLedger ledger, committed_row_ledger(files, folder));
  for (std::size_t i = 0; i < std::min(entries.size(), ledger.size()); ++i)
    entries[i] = {ledger[i].epoch, ledger[i].next, ledger[i] != RowLedgerPartition{}};
  return entries;
}

// A table of the job with its ledger before and after the journals were read: a running writer commits in between.
struct Table {
  std::string folder;
  LedgerEntries before;
  LedgerEntries after;
};
// Their order in JobDiagnosis. The lake is last, where there is one.
constexpr std::size_t kWindows = 0;
constexpr std::size_t kRejects = 1;
constexpr std::size_t kLake = 2;

std::optional<Offset> end_of(const JournalContents& journal, Epoch epoch) {
  if (epoch == journal.snapshot.epoch) return journal.snapshot.next;
  for (const Recorded& recorded : journal.epochs) {
    if (recorded.cut.epoch == epoch) return recorded.cut.offsets.end;
  }
  return std::nullopt;
}

class JobDiagnosis {
 public:
  JobDiagnosis(io::FileSystem& files, log::Log& log, const JobIdentity& identity, const JobFolders& folders, Timestamp now)
      : files_(files), log_(log), identity_(identity), folders_(folders), now_(now) {}

  Findings run() {
    read_ledgers(false);
    check_topic();
    for (std::uint32_t partition = 0; partition < identity_.partitions; ++partition) check_journal(partition);
    read_ledgers(true);
    for (std::size_t table = 0; table < tables_.size(); ++table) check_ledger(table);
    check_saved_windows();
    check_leftovers();
    return std::move(findings_);
  }

 private:
  void add(const char* check, const std::string& subject, std::string message, const char* remedy, bool harmless = false) {
    findings_.push_back({check, subject, std::move(message), remedy, harmless});
  }

  // A ledger that can not be read is a finding of its folder (diagnose_folder), not of the job.
  void read_ledgers(bool after) {
    const auto keep = [&](std::size_t index, const std::string& folder, Result<LedgerEntries> entries) {
      if (!after) tables_.push_back({folder, {}, {}});
      if (entries) (after ? tables_[index].after : tables_[index].before) = std::move(*entries);
    };
    keep(kWindows, folders_.windows, window_entries(files_, folders_.windows, identity_.partitions));
    keep(kRejects, folders_.rejects, row_entries(files_, folders_.rejects, identity_.partitions));
    if (!folders_.lake.empty()) keep(kLake, folders_.lake, row_entries(files_, folders_.lake, identity_.partitions));
  }

  void check_topic() {
    const auto topic = log_.topic(identity_.topic);
    if (!topic) {
      add("log", identity_.topic, topic.error().message,
          "the job can not go on: restore the log, or 'playhead jobs drop' keeps what it counted");
      return;
    }
    if (topic->id != identity_.topic_id) {
      add("log", identity_.topic, "the topic was deleted and made anew since the job ran: its offsets mean other records", kLost);
      return;
    }
    if (auto reader = log_.reader(identity_.topic)) reader_ = std::move(*reader);
  }

  void check_journal(std::uint32_t number) {
    const std::string folder = io::join(folders_.checkpoint, "p" + std::to_string(number));
    std::optional<JournalContents>& journal = journals_.emplace_back();
    auto looked = Journal::look(files_, folder);
    if (!looked) {
      // A running stream may renew it faster than we look: that is no damage. A newer program's is none either, but says what to do.
      const bool busy = looked.error().kind == ErrorKind::kBusy;
      add("journal", folder, looked.error().message, busy || looked.error().kind == ErrorKind::kInvalid ? "" : kReset, busy);
      return;
    }
    journal = std::move(*looked);
    if (!journal) {
      check_never_begun(number, folder);
      return;
    }
    check_claims(folder, *journal);
    check_ids(folder, *journal);
    check_range(number, folder, *journal);
    note_resets(number, *journal);
    const Timestamp cut_at = journal->epochs.empty() ? kNever : journal->epochs.back().cut.decided_at;
    if (cut_at > now_ + kClockSlack)
      add("clock", folder, "its last cut was made at " + format_iso(cut_at) + ", which is in the future of this machine's clock", kClock);
  }

  void check_never_begun(std::uint32_t number, const std::string& folder) {
    for (const Table& table : tables_) {
      if (number < table.before.size() && table.before[number].epoch > Epoch{0}) {
        add("journal", folder, "it is not there, but " + table.folder + " holds epochs of it: the checkpoint was lost", kReset);
        return;
      }
    }
  }

  void check_claims(const std::string& folder, const JournalContents& journal) {
    const auto claims = files_.list(io::join(folder, "claims"));
    std::uint64_t highest = 0;
    if (claims) {
      for (const std::string& name : *claims) highest = std::max<std::uint64_t>(highest, std::strtoull(name.c_str(), nullptr, 10));
    }
    if (highest < journal.writer.value) {
      add("journal", folder,
          "writer epoch " + std::to_string(journal.writer.value) + " has a journal but no claim: files of the checkpoint were lost",
          kReset);
    }
  }

  // Their folder bears the name of its owner, who may change while we look.
  void check_ids(const std::string& folder, const JournalContents& journal) {
    if (journal.snapshot.id_runs.empty()) return;
    std::vector<std::string> owners;
    if (const auto names = files_.list(folder)) {
      std::ranges::copy_if(*names, std::back_inserter(owners), [](const std::string& name) { return name.starts_with("state-"); });
    }
    for (const IdRun& run : journal.snapshot.id_runs) {
      Status sound = fail(ErrorKind::kNotFound, "the file " + run.name + " with remembered event ids is missing");
      for (std::size_t i = 0; i < owners.size() && !sound; ++i) sound = read_ids(io::join(folder, owners[i]), run);
      if (sound) continue;
      const auto again = Journal::look(files_, folder);
      if (again && *again && (*again)->snapshot.epoch != journal.snapshot.epoch) return;  // a running stream has a newer snapshot
      add("ids", folder, sound.error().message + ": duplicates would not be found", kReset);
    }
  }

  // All of the file, so all checksums.
  Status read_ids(const std::string& folder, const IdRun& run) {
    constexpr std::uint64_t kBlocks = 1024;
    TRY_ASSIGN(const auto ids, IdRunFile::open(files_, folder, run));
    TRY(ids->load_fences());
    TRY(ids->load_filter());
    std::vector<stream::IdEntry> entries;
    for (std::uint64_t block = 0; block < ids->layout().blocks(); block += kBlocks) TRY(ids->read_blocks(block, kBlocks, entries));
    return {};
  }

  void check_range(std::uint32_t number, const std::string& folder, const JournalContents& journal) {
    if (!reader_) return;
    const auto range = reader_->range(Partition{number});
    if (!range) {
      add("log", of_partition(identity_.topic, number), range.error().message, kRestore);
      return;
    }
    const Standing standing = standing_of(journal.snapshot, journal.epochs);
    const auto loss = find_loss(*reader_, Partition{number}, standing);
    if (!loss) return add("log", of_partition(identity_.topic, number), loss.error().message, kRestore);
    if (*loss != Loss::kNone) add("journal", folder, describe(*loss, reader_->topic(), Partition{number}, standing, *range), kLost);
  }

  // What was given up once is no damage, but is not to be forgotten.
  void note_resets(std::uint32_t number, const JournalContents& journal) {
    const stream::Tally* tally = &journal.snapshot.state.tally;
    for (const Recorded& recorded : journal.epochs) {
      if (recorded.outcome) tally = &recorded.outcome->result.state.tally;
    }
    if (tally->resets == 0) return;
    add("log", of_partition(identity_.topic, number),
        std::to_string(tally->skipped) + " offsets were lost and skipped, in " + std::to_string(tally->resets) + " resets of the job", "",
        true);
  }

  // Whether the table must have taken rows of the partition in. Windows are there from the first epoch on. The others may have begun
  // later: but ids are remembered, and a lake moves on, only after the tables of late events and dead letters have.
  bool must_have_begun(std::size_t table, std::uint32_t partition) const {
    if (table == kWindows) return true;
    if (table != kRejects) return false;
    const bool lake = tables_.size() > kLake && partition < tables_[kLake].before.size() && tables_[kLake].before[partition].begun;
    return lake || !journals_[partition]->snapshot.id_runs.empty();
  }

  void check_ledger(std::size_t index) {
    const Table& table = tables_[index];
    for (std::uint32_t i = 0; i < std::min(table.before.size(), table.after.size()); ++i) {
      const std::optional<JournalContents>& journal = journals_[i];
      const bool begun = table.before[i].begun;
      if (!journal || (!begun && !must_have_begun(index, i))) continue;
      const std::string subject = of_partition(table.folder, i);
      const LedgerEntry& ledger = table.before[i];
      if (ledger.epoch > journal->last()) {
        add("ledger", subject,
            "it holds epoch " + std::to_string(ledger.epoch.value) + ", the checkpoint only " + std::to_string(journal->last().value) +
                ": the checkpoint was lost or is older",
            kReset);
      } else if (table.after[i].epoch < journal->snapshot.epoch) {
        add("ledger", subject,
            "it ends at epoch " + std::to_string(table.after[i].epoch.value) + ", the checkpoint begins after " +
                std::to_string(journal->snapshot.epoch.value) + ": the output was lost or is older",
            kReset);
      } else if (const auto end = end_of(*journal, ledger.epoch); begun && end && *end != ledger.next) {
        add("ledger", subject,
            "epoch " + std::to_string(ledger.epoch.value) + " ends at offset " + std::to_string(ledger.next.value) + " here, and at " +
                std::to_string(end->value) + " in the checkpoint",
            kReset);
      }
    }
  }

  // open-windows-*: a format and, at the end, the checksum of what is before it. The highest name counts.
  void check_saved_windows() {
    const auto names = files_.list(folders_.checkpoint);
    if (!names) return;
    std::string newest;
    for (const std::string& name : *names) {
      if (name.starts_with("open-windows-") && !name.ends_with(".new")) newest = std::max(newest, name);
    }
    if (newest.empty()) return;
    const std::string path = io::join(folders_.checkpoint, newest);
    const auto bytes = io::read_file(files_, path, kSavedBytesMax);
    if (!bytes && bytes.error().kind == ErrorKind::kNotFound) return;  // a running stream has saved again
    if (!bytes) return add("windows", path, bytes.error().message, kReset);
    const std::string_view all = *bytes;
    const std::size_t body = all.size() - std::min(all.size(), sizeof(std::uint64_t));
    ByteReader sum(all.substr(body));
    if (body == 0 || sum.number<std::uint64_t>() != checksum(all.substr(0, body))) add("windows", path, "it is damaged", kReset);
  }

  void check_leftovers() {
    std::vector<std::string> folders = {folders_.checkpoint};
    for (std::uint32_t i = 0; i < identity_.partitions; ++i) folders.push_back(io::join(folders_.checkpoint, "p" + std::to_string(i)));
    for (const std::string& folder : folders) {
      const auto names = files_.list(folder);
      if (!names) continue;
      const auto left = std::ranges::count_if(*names, [](const std::string& name) { return name.ends_with(".new"); });
      if (left > 0) add("leftover", folder, std::to_string(left) + " files that a stopped writer had begun", kTidy, true);
    }
  }

  io::FileSystem& files_;
  log::Log& log_;
  const JobIdentity& identity_;
  const JobFolders& folders_;
  Timestamp now_;
  std::unique_ptr<log::Reader> reader_;
  std::vector<Table> tables_;
  std::vector<std::optional<JournalContents>> journals_;
  Findings findings_;
};

// ---- published folders

void check_footers(io::FileSystem& files, const CommittedFiles& committed, Findings& findings) {
  for (const CommittedFile& file : committed.files) {
    const auto reader = table::ParquetReader::open(files, file.path, {});
    if (reader || reader.error().kind == ErrorKind::kNotFound) continue;  // gone: a running writer has replaced it
    findings.push_back({"folder", file.path, reader.error().message, kRestore, false});
  }
}

// Roots of writers that have ended, and manifests that were never given their number.
std::uint64_t leftovers_in(io::FileSystem& files, const std::string& folder, WriterEpoch owner) {
  std::uint64_t left = 0;
  if (const auto roots = files.list(io::join(folder, ".staging"))) {
    left += static_cast<std::uint64_t>(
        std::ranges::count_if(*roots, [owner](const auto& name) { return name != std::to_string(owner.value); }));
  }
  if (const auto manifests = files.list(io::join(folder, ".manifests"))) {
    left +=
        static_cast<std::uint64_t>(std::ranges::count_if(*manifests, [](const auto& name) { return name.find('.') != std::string::npos; }));
  }
  return left;
}

}  // namespace

Findings diagnose_topic(log::Log& log, const std::string& topic, Timestamp now, const std::function<bool(std::uint64_t)>& read) {
  Findings findings;
  const auto reader = log.reader(topic);
  if (!reader) return {{"log", topic, reader.error().message, kRestore, false}};
  const log::TopicOptions& options = (*reader)->topic().options;
  for (std::uint32_t partition = 0; partition < options.partitions; ++partition) {
    const auto range = (*reader)->range({partition});
    Timestamp newest = kNever;
    const Status sound = range ? read_partition(**reader, {partition}, *range, read, newest) : std::unexpected(range.error());
    if (!sound) findings.push_back({"log", of_partition(topic, partition), sound.error().message, kRestore, false});
    // Where records carry their producers' times, those are no word on this machine's clock.
    if (options.clock == log::ClockSource::kAppend && newest > now + kClockSlack) {
      findings.push_back({"clock", of_partition(topic, partition),
                          "its newest record is of " + format_iso(newest) + ", which is in the future of this machine's clock", kClock,
                          false});
    }
  }
  return findings;
}

Findings diagnose_job(io::FileSystem& files, log::Log& log, const JobIdentity& identity, const JobFolders& folders, Timestamp now) {
  return JobDiagnosis(files, log, identity, folders, now).run();
}

Findings diagnose_folder(io::FileSystem& files, const std::string& folder) {
  const auto committed = committed_files(files, folder);
  if (!committed) {
    const bool newer = committed.error().kind == ErrorKind::kInvalid;
    return {{"folder", folder, committed.error().message, newer ? "" : kRestore, false}};
  }
  Findings findings;
  if (!committed->manifest) {
    if (!committed->files.empty())
      findings.push_back({"folder", folder, "it holds Parquet files, but none of Playhead's manifests", kReset, false});
    return findings;
  }
  for (const std::string& name : committed->lost) {
    findings.push_back({"folder", io::join(folder, name), "it is committed, but not there", kRestore, false});
  }
  if (!committed->unnamed.empty()) {
    findings.push_back(
        {"folder", folder, std::to_string(committed->unnamed.size()) + " files of the last commit wait for their names", kNames, true});
  }
  check_footers(files, *committed, findings);
  if (const std::uint64_t left = leftovers_in(files, folder, committed->manifest->writer_epoch); left > 0)
    findings.push_back({"leftover", folder, std::to_string(left) + " files or folders that stopped writers left", kTidy, true});
  return findings;
}

Status finish_folder(io::FileSystem& files, const std::string& folder) {
  TRY_ASSIGN(const auto manifest, table::PublishedFolder::newest(files, folder));
  if (!manifest) return {};
  TRY_ASSIGN(const auto claimed, table::PublishedFolder::claim(files, folder, manifest->owner));
  return claimed->settle();
}

}  // namespace playhead::pipeline
