#include "pipeline/row_sinks.h"

#include <algorithm>
#include <utility>

namespace playhead::pipeline {
namespace {

constexpr std::size_t kHoursAtOnce = 4;  // merged at a checkpoint: the stream waits for it

Result<RowLedger> ledger_in(const std::string& text, std::uint32_t partitions, const std::string& folder) {
  TRY_ASSIGN(RowLedger ledger, row_ledger_from(text));
  if (ledger.empty()) ledger.resize(partitions);
  if (ledger.size() == partitions) return ledger;
  return fail(ErrorKind::kInvalid,
              "the ledger of " + folder + " has " + std::to_string(ledger.size()) + " partitions, the topic " + std::to_string(partitions));
}

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
  for (std::uint32_t number = 0; number < options_.partitions; ++number) {
    lanes_.push_back(std::make_unique<LaneRows>(
        LaneRows{.events = {}, .rejects = sink::RejectRows(options_.topic, {number}), .lake_gaps = 0, .reject_gaps = 0}));
  }
  return {};
}

Status RowSinks::begin(Partition partition, const Snapshot& snapshot, Epoch last) {
  TRY(begin_table(options_.rejects, reject_ledger_, partition, snapshot, last));
  if (lake_) TRY(begin_table(options_.lake, lake_ledger_, partition, snapshot, last));
  return {};
}

Status RowSinks::begin_table(const std::string& what, RowLedger& ledger, Partition partition, const Snapshot& snapshot, Epoch last) const {
  RowLedgerPartition& entry = ledger[partition.value];
  const bool new_table = entry == RowLedgerPartition{};
  if (new_table) entry = {.epoch = snapshot.epoch, .first = snapshot.next, .next = snapshot.next, .gaps = 0, .writer = {}};
  const std::string where = "partition " + std::to_string(partition.value) + ": " + what;
  if (entry.epoch > last) {
    return fail(ErrorKind::kInvalid, where + " holds epoch " + std::to_string(entry.epoch.value) + ", the checkpoint only " +
                                         std::to_string(last.value) +
                                         ": the checkpoint was lost or is older. Restore it, or start over with 'playhead jobs reset'");
  }
  if (entry.epoch < snapshot.epoch) {
    return fail(ErrorKind::kInvalid, where + " ends at epoch " + std::to_string(entry.epoch.value) + ", the checkpoint begins after " +
                                         std::to_string(snapshot.epoch.value) +
                                         ": its rows between were not kept, or it is older. Restore it, or start over with 'playhead jobs "
                                         "reset'");
  }
  return {};
}

void RowSinks::advance(Partition partition, Epoch epoch, Offset next, WriterEpoch writer) {
  for (RowLedger* ledger : {&lake_ledger_, &reject_ledger_}) {
    if (ledger->empty()) continue;
    RowLedgerPartition& entry = (*ledger)[partition.value];
    if (epoch > entry.epoch) entry = {.epoch = epoch, .first = entry.first, .next = next, .gaps = entry.gaps, .writer = writer};
  }
}

std::uint64_t RowSinks::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& lane : lanes_) bytes += lane->events.bytes() + lane->rejects.bytes();
  return bytes;
}

// What the lanes passed over belongs to the epochs that the next commit adds.
void RowSinks::take_gaps() {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    reject_ledger_[i].gaps += std::exchange(lanes_[i]->reject_gaps, 0);
    if (lake_) lake_ledger_[i].gaps += std::exchange(lanes_[i]->lake_gaps, 0);
  }
}

Status RowSinks::commit() {
  take_gaps();
  if (const std::string text = to_text(reject_ledger_); text != rejects_->ledger()) {
    std::vector<sink::RejectRows*> rows;
    rows.reserve(lanes_.size());
    for (const auto& lane : lanes_) rows.push_back(&lane->rejects);
    TRY(rejects_->commit(rows, text));
    TRY(rejects_->settle());
  }
  if (!lake_) return {};
  if (const std::string text = to_text(lake_ledger_); text != lake_->ledger()) {
    std::vector<sink::EventRows*> rows;
    rows.reserve(lanes_.size());
    for (const auto& lane : lanes_) rows.push_back(&lane->events);
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
