#include "pipeline/reconciliation.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "pipeline/committed_files.h"
#include "pipeline/row_ledger.h"
#include "table/parquet_reader.h"
#include "table/published_folder.h"

namespace playhead::pipeline {
namespace {

constexpr int kTries = 5;
constexpr std::size_t kHolesMax = 100'000;  // whose hours are looked for; those after have the hour kNever

enum class What : std::uint8_t { kOnTime, kRestated, kLate, kLateListed, kDuplicate, kDeadLetter };

// One row of any of the three tables.
struct Row {
  What what;
  std::uint32_t partition;
  std::uint64_t offset;
  Timestamp ingest_time;
  bool is_play;
};
using VisitRow = std::function<Status(const Row&)>;

Timestamp hour_of(Timestamp time) { return std::chrono::floor<std::chrono::hours>(time); }

Result<What> lake_row(std::string_view disposition, const std::string& path) {
  if (disposition == "on_time") return What::kOnTime;
  if (disposition == "restated") return What::kRestated;
  if (disposition == "late") return What::kLate;
  return fail(ErrorKind::kCorrupt, path + " has a row with the disposition '" + std::string(disposition) + "'");
}

// Columns that each table has first; then what says which kind of row it is.
constexpr std::size_t kPartition = 0;
constexpr std::size_t kOffset = 1;
constexpr std::size_t kIngestTime = 2;
constexpr std::size_t kWord = 3;
constexpr std::size_t kIsPlay = 4;
const std::vector<std::string> kPlaces = {"partition", "offset", "ingest_time"};

std::vector<std::string> columns_of(const std::string& name, bool lake) {
  std::vector<std::string> columns = kPlaces;
  if (lake) {
    columns.insert(columns.end(), {"disposition", "is_play"});
  } else if (name.starts_with("late/")) {
    columns.emplace_back("reason");
  }
  return columns;
}

Status visit_file(io::FileSystem& files, const CommittedFile& file, bool lake, const VisitRow& visit) {
  const std::vector<std::string> columns = columns_of(file.name, lake);
  TRY_ASSIGN(const auto reader, table::ParquetReader::open(files, file.path, {.columns = columns}));
  table::Rows rows;
  for (;;) {
    TRY_ASSIGN(const bool more, reader->next(rows));
    if (!more) return {};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Row row{.what = What::kDeadLetter,
              .partition = static_cast<std::uint32_t>(rows.columns[kPartition].number(i)),
              .offset = static_cast<std::uint64_t>(rows.columns[kOffset].number(i)),
              .ingest_time = from_micros(rows.columns[kIngestTime].number(i)),
              .is_play = lake && rows.columns[kIsPlay].number(i) != 0};
      if (lake) {
        TRY_ASSIGN(row.what, lake_row(rows.columns[kWord].text(i), file.path));
      } else if (columns.size() > kWord) {
        row.what = rows.columns[kWord].text(i) == "duplicate" ? What::kDuplicate : What::kLateListed;
      }
      TRY(visit(row));
    }
  }
}

// The offsets between two resets of a partition.
struct Stretch {
  OffsetRange offsets;
  std::uint64_t resets = 0;         // that came before
  std::vector<std::uint64_t> seen;  // a bit for each offset

  bool has(std::uint64_t offset) const { return offset >= offsets.start.value && offset < offsets.end.value; }
  bool is_seen(std::uint64_t bit) const { return (seen[bit / 64] >> bit % 64 & 1) != 0; }
  // False: it was seen before.
  bool see(std::uint64_t offset) {
    const std::uint64_t bit = offset - offsets.start.value;
    if (is_seen(bit)) return false;
    seen[bit / 64] |= std::uint64_t{1} << bit % 64;
    return true;
  }
};

// What a table holds, oldest first.
std::vector<Stretch> stretches_of(const RowLedgerPartition& table) {
  std::vector<Stretch> stretches;
  stretches.reserve(table.earlier.size() + 1);
  std::uint64_t resets = table.resets - table.earlier.size();
  for (const OffsetRange& range : table.earlier) stretches.push_back({.offsets = range, .resets = resets++, .seen = {}});
  stretches.push_back({.offsets = {table.first, table.next}, .resets = resets, .seen = {}});
  return stretches;
}

// What both tables hold.
std::vector<Stretch> common_of(const RowLedgerPartition& one, const RowLedgerPartition& other) {
  std::vector<Stretch> common = stretches_of(one);
  const std::vector<Stretch> others = stretches_of(other);
  for (Stretch& stretch : common) {
    const auto same = std::ranges::find(others, stretch.resets, &Stretch::resets);
    const OffsetRange theirs = same == others.end() ? OffsetRange{stretch.offsets.start, stretch.offsets.start} : same->offsets;
    const Offset first = std::max(stretch.offsets.start, theirs.start);
    stretch.offsets = {first, std::max(first, std::min(stretch.offsets.end, theirs.end))};
    stretch.seen.assign((stretch.offsets.count() + 63) / 64, 0);
  }
  return common;
}

// A partition while it is being counted.
struct Counting {
  PartitionCounts counts;
  std::vector<Stretch> stretches;
  std::uint64_t windows_next = 0;    // plays below it are in the windows,
  std::uint64_t windows_resets = 0;  // and all before this many resets
  HourCounts* hour = nullptr;        // of the row before: most often that of the next
  Timestamp hour_start = kNever;

  // The stretch that a row belongs to: of several, the first that lacks it. nullptr: none has the offset.
  Stretch* stretch_of(std::uint64_t offset) {
    Stretch* last = nullptr;
    for (Stretch& stretch : stretches) {
      if (!stretch.has(offset)) continue;
      last = &stretch;
      if (!stretch.is_seen(offset - stretch.offsets.start.value)) break;
    }
    return last;
  }
  bool in_windows(const Stretch& stretch, std::uint64_t offset) const {
    return stretch.resets < windows_resets || (stretch.resets == windows_resets && offset < windows_next);
  }

  HourCounts& hour_at(Timestamp time) {
    const Timestamp start = hour_of(time);
    if (hour == nullptr || start != hour_start) {
      hour = &counts.hours[start];
      hour_start = start;
    }
    return *hour;
  }
};

// Offsets that no row has.
struct Hole {
  std::uint32_t partition;
  OffsetRange offsets;
  Timestamp hour = kNever;
};

class Count {
 public:
  Count(io::FileSystem& files, const ReconcileOptions& options) : files_(files), options_(options) {}

  Result<Reconciliation> run() {
    TRY(place());
    TRY(visit_tables([this](const Row& row) { return count(row); }));
    if (!options_.lake.empty()) TRY(count_holes());
    Reconciliation result{
        .has_lake = !options_.lake.empty(), .lost = std::move(lost_), .partitions = {}, .windows = std::move(windows_), .unnamed = 0};
    for (Counting& partition : partitions_) result.partitions.push_back(std::move(partition.counts));
    result.unnamed = lake_files_.unnamed.size() + reject_files_.unnamed.size();
    add_windows(result);
    return result;
  }

 private:
  // What all ledgers hold, as of now. Later commits only add rows at or above it.
  Status place() {
    TRY_ASSIGN(reject_files_, committed_files(files_, options_.rejects));
    TRY_ASSIGN(const RowLedger rejects, ledger_of(reject_files_, options_.rejects));
    RowLedger lake = rejects;
    if (!options_.lake.empty()) {
      TRY_ASSIGN(lake_files_, committed_files(files_, options_.lake));
      TRY_ASSIGN(lake, ledger_of(lake_files_, options_.lake));
    }
    TRY_ASSIGN(const auto manifest, table::PublishedFolder::newest(files_, options_.windows));
    find_lost(manifest.has_value());
    if (manifest && manifest->ledger != "null") {
      TRY_ASSIGN(windows_.ledger, ledger_from(manifest->ledger));
    }
    windows_.ledger.partitions.resize(options_.partitions);
    for (std::uint32_t i = 0; i < options_.partitions; ++i) {
      const LedgerPartition& windows = windows_.ledger.partitions[i];
      Counting& partition = partitions_.emplace_back();
      partition.stretches = common_of(lake[i], rejects[i]);
      for (const Stretch& stretch : partition.stretches) partition.counts.earlier.push_back(stretch.offsets);
      partition.counts.checked = partition.counts.earlier.back();
      partition.counts.earlier.pop_back();
      if (!options_.lake.empty()) partition.counts.gaps = lake[i].gaps;
      partition.windows_next = windows.next.value;
      partition.windows_resets = windows.tally.resets;
      partition.counts.plays_known = holds_all(partition.counts, lake[i], windows);
    }
    return {};
  }

  // All records that were ever counted are in the lake: so it is as old as the job, and has met the same ones.
  static bool holds_all(const PartitionCounts& counts, const RowLedgerPartition& lake, const LedgerPartition& windows) {
    if (lake.resets != windows.tally.resets || lake.gaps != windows.tally.gaps || counts.checked.end < windows.next) return false;
    if (windows.tally.total() == 0) return true;
    std::uint64_t offsets = windows.next.value - counts.checked.start.value;
    for (const OffsetRange& range : counts.earlier) offsets += range.count();
    return offsets == windows.tally.total() + windows.tally.gaps;
  }

  // A job of the first release has windows only, until its next start; one with a lake has the tables of late events too.
  void find_lost(bool windows) {
    const bool lake = lake_files_.manifest.has_value();
    const bool rejects = reject_files_.manifest.has_value();
    if (!windows && (lake || rejects)) lost_.push_back(options_.windows);
    if (!options_.lake.empty() && !lake && (windows || rejects)) lost_.push_back(options_.lake);
    if (!options_.lake.empty() && !rejects && (windows || lake)) lost_.push_back(options_.rejects);
  }

  Result<RowLedger> ledger_of(const CommittedFiles& committed, const std::string& folder) const {
    if (!committed.lost.empty())
      return fail(ErrorKind::kCorrupt, io::join(folder, committed.lost.front()) + " is committed, but not there");
    if (!committed.manifest) return RowLedger(options_.partitions);
    TRY_ASSIGN(RowLedger ledger, row_ledger_from(committed.manifest->ledger));
    ledger.resize(options_.partitions);
    return ledger;
  }

  Status visit_tables(const VisitRow& visit) const {
    for (const CommittedFile& file : lake_files_.files) TRY(visit_file(files_, file, true, visit));
    for (const CommittedFile& file : reject_files_.files) TRY(visit_file(files_, file, false, visit));
    return {};
  }

  Status count(const Row& row) {
    if (row.partition >= partitions_.size())
      return fail(ErrorKind::kCorrupt, "a row is of partition " + std::to_string(row.partition) + ", which the topic does not have");
    Counting& partition = partitions_[row.partition];
    Stretch* const stretch = partition.stretch_of(row.offset);
    if (stretch == nullptr) return {};
    HourCounts& hour = partition.hour_at(row.ingest_time);
    if (row.what == What::kLateListed) {
      ++hour.late_listed;
      if (!options_.lake.empty()) return {};  // it is in the lake as well
    }
    ++count_of(hour, row.what);
    if (!stretch->see(row.offset)) ++hour.twice;
    const bool counted = row.is_play && (row.what == What::kOnTime || row.what == What::kRestated);
    if (counted && partition.in_windows(*stretch, row.offset)) ++partition.counts.plays;
    return {};
  }

  static std::uint64_t& count_of(HourCounts& hour, What what) {
    switch (what) {
      case What::kOnTime: return hour.on_time;
      case What::kRestated: return hour.restated;
      case What::kDuplicate: return hour.duplicates;
      case What::kDeadLetter: return hour.dead_letters;
      case What::kLate:
      case What::kLateListed: break;
    }
    return hour.late;
  }

  Status count_holes() {
    std::vector<Hole> holes;
    for (std::uint32_t i = 0; i < partitions_.size(); ++i) add_holes(i, holes);
    if (holes.empty()) return {};
    std::ranges::sort(holes, {}, [](const Hole& hole) { return std::pair(hole.partition, hole.offsets.start); });
    const std::size_t looked_for = std::min(holes.size(), kHolesMax);
    TRY(visit_tables([&](const Row& row) -> Status {
      const auto end = holes.begin() + static_cast<std::ptrdiff_t>(looked_for);
      const std::pair key{row.partition, row.offset + 1};
      const auto hole = std::lower_bound(holes.begin(), end, key, [](const Hole& left, const auto& right) {
        return std::pair(left.partition, left.offsets.start.value) < right;
      });
      if (hole != end && hole->partition == row.partition && hole->offsets.start.value == row.offset + 1)
        hole->hour = hour_of(row.ingest_time);
      return {};
    }));
    for (const Hole& hole : holes) partitions_[hole.partition].counts.hours[hole.hour].missing += hole.offsets.count();
    return {};
  }

  // As many holes as there are gaps: then it is they.
  void add_holes(std::uint32_t number, std::vector<Hole>& holes) {
    const std::size_t before = holes.size();
    find_holes(number, holes);
    std::uint64_t offsets = 0;
    for (std::size_t i = before; i < holes.size(); ++i) offsets += holes[i].offsets.count();
    PartitionCounts& counts = partitions_[number].counts;
    if (offsets > counts.gaps) return;
    counts.rows_at_gaps = counts.gaps - offsets;
    holes.resize(before);
  }

  void find_holes(std::uint32_t number, std::vector<Hole>& holes) const {
    for (const Stretch& stretch : partitions_[number].stretches) {
      const std::uint64_t start = stretch.offsets.start.value;
      for (std::uint64_t bit = 0; bit < stretch.offsets.count();) {
        if (stretch.seen[bit / 64] == UINT64_MAX) {
          bit = (bit / 64 + 1) * 64;
          continue;
        }
        if (stretch.is_seen(bit)) {
          ++bit;
          continue;
        }
        const std::uint64_t first = bit;
        while (bit < stretch.offsets.count() && !stretch.is_seen(bit)) ++bit;
        holes.push_back({number, {{start + first}, {start + bit}}});
      }
    }
  }

  static void add_windows(Reconciliation& result) {
    std::uint64_t plays = 0;
    for (const PartitionCounts& partition : result.partitions) {
      if (!result.has_lake || !partition.plays_known) return;
      plays += partition.plays;
    }
    result.windows.plays = plays;
  }

  io::FileSystem& files_;
  const ReconcileOptions& options_;
  CommittedFiles lake_files_;
  CommittedFiles reject_files_;
  WindowSums windows_;
  std::vector<std::string> lost_;
  std::vector<Counting> partitions_;
};

Result<std::uint64_t> sum_of_windows(io::FileSystem& files, const CommittedFiles& committed, bool provisional) {
  const std::vector<std::string> columns =
      provisional ? std::vector<std::string>{"count", "provisional"} : std::vector<std::string>{"count"};
  std::uint64_t sum = 0;
  table::Rows rows;
  for (const CommittedFile& file : committed.files) {
    TRY_ASSIGN(const auto reader, table::ParquetReader::open(files, file.path, {.columns = columns}));
    for (;;) {
      TRY_ASSIGN(const bool more, reader->next(rows));
      if (!more) break;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!provisional || rows.columns[1].number(i) == 0) sum += static_cast<std::uint64_t>(rows.columns[0].number(i));
      }
    }
  }
  return sum;
}

// The windows' rows and the ledger of one and the same commit.
Result<bool> compare_windows(io::FileSystem& files, const ReconcileOptions& options, Reconciliation& result) {
  TRY_ASSIGN(const CommittedFiles committed, committed_files(files, options.windows));
  if (!committed.manifest || committed.manifest->ledger == "null") {  // nothing is published, and no row is there
    result.windows.compared = true;
    return true;
  }
  if (!committed.lost.empty())
    return fail(ErrorKind::kCorrupt, io::join(options.windows, committed.lost.front()) + " is committed, but not there");
  TRY_ASSIGN(const Ledger ledger, ledger_from(committed.manifest->ledger));
  TRY_ASSIGN(const std::uint64_t sum, sum_of_windows(files, committed, options.provisional));
  TRY_ASSIGN(const auto now, table::PublishedFolder::newest(files, options.windows));
  if (!now || now->number != committed.manifest->number) return false;
  // The plays of the lake were counted up to the ledger before; a later one counts others.
  if (result.windows.ledger.tally() != ledger.tally()) result.windows.plays.reset();
  result.windows.rows = sum;
  result.windows.ledger = ledger;
  result.windows.compared = true;
  result.unnamed += committed.unnamed.size();
  return true;
}

}  // namespace

HourCounts& HourCounts::operator+=(const HourCounts& other) {
  on_time += other.on_time;
  restated += other.restated;
  late += other.late;
  duplicates += other.duplicates;
  dead_letters += other.dead_letters;
  missing += other.missing;
  twice += other.twice;
  late_listed += other.late_listed;
  return *this;
}

HourCounts Reconciliation::total() const {
  HourCounts total;
  for (const PartitionCounts& partition : partitions) {
    for (const auto& [hour, counts] : partition.hours) total += counts;
  }
  return total;
}

bool Reconciliation::holds() const {
  for (const PartitionCounts& partition : partitions) {
    for (const auto& [hour, counts] : partition.hours) {
      if (!counts.holds()) return false;
    }
    if (partition.rows_at_gaps > 0) return false;
  }
  return lost.empty() && windows.holds();
}

Result<Reconciliation> reconcile(io::FileSystem& files, const ReconcileOptions& options) {
  Result<Reconciliation> result = fail(ErrorKind::kBusy, options.rejects + ": the tables change faster than they can be read");
  // A file that was listed and is gone was replaced by a running writer: then all is read again.
  for (int attempt = 0; attempt < kTries; ++attempt) {
    result = Count(files, options).run();
    if (result || result.error().kind != ErrorKind::kNotFound) break;
  }
  if (!result) return result;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const auto compared = compare_windows(files, options, *result);
    if (!compared && compared.error().kind != ErrorKind::kNotFound) return std::unexpected(compared.error());
    if (compared && *compared) break;
  }
  return result;
}

}  // namespace playhead::pipeline
