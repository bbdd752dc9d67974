#include "pipeline/row_sinks.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace playhead::pipeline {
namespace {

constexpr std::size_t kHoursAtOnce = 4;  // merged at a checkpoint: the stream waits for it

Result<RowLedger> ledger_in(const std::string& text, std::uint32_t partitions, const std::string& folder) {
  TRY_ASSIGN(RowLedger ledger, row_ledger_from(text));
  if (ledger.size() < partitions) ledger.resize(partitions);  // it is new, or the topic has grown
  if (ledger.size() == partitions) return ledger;
  return fail(ErrorKind::kInvalid,
              "the ledger of " + folder + " has " + std::to_string(ledger.size()) + " partitions, the topic " + std::to_string(partitions));
}

std::uint64_t gaps_of(const std::vector<EpochGaps>& gaps, Epoch epoch) {
  const auto found = std::ranges::find(gaps, epoch, &EpochGaps::epoch);
  return found == gaps.end() ? 0 : found->offsets;
}

RowLedgerPartition begin_of(const Bundle& bundle) {
  return {.epoch = bundle.after, .first = bundle.offsets.start, .next = bundle.offsets.start, .resets = bundle.resets, .writer = {}};
}

// Where the rows begin that a table can still get: with the first bundle that has rows for it, or after the snapshot.
RowLedgerPartition oldest_rows(const Snapshot& snapshot, const std::vector<Bundle>& bundles, bool lake) {
  RowLedgerPartition oldest{
      .epoch = snapshot.epoch, .first = snapshot.next, .next = snapshot.next, .resets = snapshot.state.tally.resets, .writer = {}};
  for (auto bundle = bundles.rbegin(); bundle != bundles.rend() && (bundle->lake || !lake); ++bundle) {
    oldest = begin_of(*bundle);
  }
  return oldest;
}

// What a table is to take of a bundle: read whole before anything is added, so that a bundle is taken whole or not at all.
struct Adoption {
  RowLedgerPartition entry;  // afterwards
  std::vector<std::pair<sink::RowFile, sink::RowFileBytes>> rows;

  static Result<Adoption> read(io::FileSystem& files, RowLedgerPartition entry, const Bundle& bundle, const std::string& folder,
                               bool lake) {
    if (entry == RowLedgerPartition{}) entry = begin_of(bundle);
    Adoption adoption{.entry = entry, .rows = {}};
    if (bundle.through <= entry.epoch) return adoption;
    if (lake && !bundle.lake) {
      return fail(ErrorKind::kInvalid, "a process of the job collected no rows for the lake up to epoch " +
                                           std::to_string(bundle.through.value) + ": start all of them with the same --lake");
    }
    if (bundle.after > entry.epoch) {
      return fail(ErrorKind::kInvalid, "the rows of the epochs " + std::to_string(entry.epoch.value + 1) + " to " +
                                           std::to_string(bundle.after.value) + " are neither in the table nor beside the journal in " +
                                           folder +
                                           ": the checkpoint or the table is older. Restore it, or start over with 'playhead jobs reset'");
    }
    entry.begin_again(bundle.resets, bundle.offsets.start);
    for (std::size_t i = 0; i < bundle.files.size(); ++i) {
      const sink::RowFile& file = bundle.files[i];
      if ((file.table == sink::RowTable::kLake) != lake) continue;
      TRY_ASSIGN(auto rows, sink::read_row_file(files, bundle_file(folder, i), file, entry.next));
      if (!rows.bytes.empty()) adoption.rows.emplace_back(file, std::move(rows));
    }
    adoption.entry = entry;
    adoption.entry.gaps += gaps_after(bundle.gaps, entry.epoch);
    adoption.entry.epoch = bundle.through;
    adoption.entry.next = bundle.offsets.end;
    return adoption;
  }
};

}  // namespace

Result<std::unique_ptr<RowSinks>> RowSinks::claim(io::FileSystem& files, Options options) {
  auto sinks = std::unique_ptr<RowSinks>(new RowSinks(files, std::move(options)));
  TRY(sinks->open());
  return sinks;
}

Status RowSinks::open() {
  TRY_ASSIGN(rejects_,
             sink::RejectTables::claim(files_, {.folder = options_.rejects, .owner = options_.owner, .may_claim = options_.may_claim}));
  TRY_ASSIGN(reject_ledger_, ledger_in(rejects_->ledger(), options_.partitions, options_.rejects));
  if (!options_.lake.empty()) {
    TRY_ASSIGN(lake_, sink::Lake::claim(files_, {.folder = options_.lake,
                                                 .topic = options_.topic,
                                                 .layout = options_.layout,
                                                 .owner = options_.owner,
                                                 .may_claim = options_.may_claim}));
    TRY_ASSIGN(lake_ledger_, ledger_in(lake_->ledger(), options_.partitions, options_.lake));
  }
  return {};
}

Status RowSinks::begin(Partition partition, const Snapshot& snapshot, const std::vector<Bundle>& bundles, Epoch last) {
  TRY(begin_table(options_.rejects, reject_ledger_[partition.value], partition, oldest_rows(snapshot, bundles, false), last));
  if (lake_) TRY(begin_table(options_.lake, lake_ledger_[partition.value], partition, oldest_rows(snapshot, bundles, true), last));
  return {};
}

Status RowSinks::begin_table(const std::string& what, RowLedgerPartition& entry, Partition partition, const RowLedgerPartition& oldest,
                             Epoch last) {
  if (entry == RowLedgerPartition{}) entry = oldest;
  const std::string where = "partition " + std::to_string(partition.value) + ": " + what;
  if (entry.epoch > last) {
    return fail(ErrorKind::kInvalid, where + " holds epoch " + std::to_string(entry.epoch.value) + ", the checkpoint only " +
                                         std::to_string(last.value) +
                                         ": the checkpoint was lost or is older. Restore it, or start over with 'playhead jobs reset'");
  }
  if (entry.epoch < oldest.epoch) {
    return fail(ErrorKind::kInvalid, where + " ends at epoch " + std::to_string(entry.epoch.value) + ", the checkpoint begins after " +
                                         std::to_string(oldest.epoch.value) +
                                         ": its rows between were not kept, or it is older. Restore it, or start over with 'playhead jobs "
                                         "reset'");
  }
  return {};
}

void RowSinks::advance(Partition partition, const Outcome& outcome, const LaneRows& rows, WriterEpoch writer) {
  for (RowLedger* ledger : {&lake_ledger_, &reject_ledger_}) {
    if (ledger->empty()) continue;
    RowLedgerPartition& entry = (*ledger)[partition.value];
    if (outcome.epoch <= entry.epoch) continue;
    entry.begin_again(outcome.result.state.tally.resets, outcome.end);
    entry.gaps += gaps_of(rows.gaps, outcome.epoch);
    entry.epoch = outcome.epoch;
    entry.next = outcome.end;
    entry.writer = writer;
  }
}

Status RowSinks::adopt(Partition partition, const Bundle& bundle, const std::string& folder, WriterEpoch writer) {
  TRY_ASSIGN(auto rejects, Adoption::read(files_, reject_ledger_[partition.value], bundle, folder, false));
  std::optional<Adoption> events;
  if (lake_) {
    const bool begins_later = !bundle.lake && lake_ledger_[partition.value] == RowLedgerPartition{};
    if (!begins_later) {
      TRY_ASSIGN(events, Adoption::read(files_, lake_ledger_[partition.value], bundle, folder, true));
    }
  }
  for (const auto& [file, rows] : rejects.rows) TRY(rejects_->adopt(file.table, partition, rows));
  reject_ledger_[partition.value] = rejects.entry;
  reject_ledger_[partition.value].writer = writer;
  if (!events) return {};
  for (const auto& [file, rows] : events->rows) TRY(lake_->adopt(file.hour, partition, rows));
  lake_ledger_[partition.value] = events->entry;
  lake_ledger_[partition.value].writer = writer;
  return {};
}

Status RowSinks::commit(const std::vector<LaneRows*>& lanes) {
  if (const std::string text = to_text(reject_ledger_); text != rejects_->ledger()) {
    std::vector<sink::RejectRows*> rows;
    rows.reserve(lanes.size());
    for (LaneRows* lane : lanes) rows.push_back(lane == nullptr ? nullptr : &lane->rejects);
    TRY(rejects_->commit(rows, text));
    TRY(rejects_->settle());
  }
  for (LaneRows* lane : lanes) {
    if (lane != nullptr) lane->gaps.clear();
  }
  if (!lake_) return {};
  if (const std::string text = to_text(lake_ledger_); text != lake_->ledger()) {
    std::vector<sink::EventRows*> rows;
    rows.reserve(lanes.size());
    for (LaneRows* lane : lanes) rows.push_back(lane == nullptr ? nullptr : &lane->events);
    TRY(lake_->commit(rows, text));
    TRY(lake_->settle());
  }
  return {};
}

Status RowSinks::merge_cold_hours(Timestamp before, Timestamp now) {
  if (!lake_) return {};
  TRY(lake_->merge_cold_hours(before, kHoursAtOnce, now));
  return {};
}

}  // namespace playhead::pipeline
