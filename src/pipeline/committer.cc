#include "pipeline/committer.h"

#include <algorithm>
#include <utility>

namespace playhead::pipeline {
namespace {

std::string of_partition(Partition partition) { return "partition " + std::to_string(partition.value) + ": "; }

// The journal has what is above `first`, up to `last`; the windows' ledger must lie between.
Status check_ledger(Partition partition, Epoch ledger, Epoch first, Epoch last, const std::string& output) {
  if (ledger > last) {
    return fail(ErrorKind::kInvalid, of_partition(partition) + "the output in " + output + " holds epoch " + std::to_string(ledger.value) +
                                         ", the checkpoint only " + std::to_string(last.value) +
                                         ": the checkpoint was lost or is older. Restore it, or start over with 'playhead jobs reset'");
  }
  if (ledger < first) {
    return fail(ErrorKind::kInvalid, of_partition(partition) + "the checkpoint begins after epoch " + std::to_string(first.value) +
                                         ", the output in " + output + " ends at " + std::to_string(ledger.value) +
                                         ": the output was lost or is older. Restore it, or start over with 'playhead jobs reset'");
  }
  return {};
}

Epoch before(Epoch epoch) { return Epoch{epoch.value - 1}; }

}  // namespace

Result<std::unique_ptr<Committer>> Committer::claim(const Environment& environment, const Options& options,
                                                    const std::function<Status()>& may_claim) {
  auto committer = std::unique_ptr<Committer>(new Committer(environment, options));
  const JobIdentity& identity = options.identity;
  TRY_ASSIGN(auto table, sink::WindowTable::claim(environment.files, {.folder = options.output,
                                                                      .key_name = std::string(event::name_of(identity.key)),
                                                                      .window = identity.window,
                                                                      .provisional = identity.provisional,
                                                                      .owner = to_text(as_begun(identity)),
                                                                      .may_claim = may_claim}));
  TRY_ASSIGN(committer->merger_, Merger::make(environment.files,
                                              {.folder = options.checkpoint,
                                               .partitions = identity.partitions,
                                               .window = identity.window,
                                               .emit = identity.provisional ? Emit::kUpdates : Emit::kClosed,
                                               .open_windows_max = options.open_windows_max},
                                              std::move(table)));
  TRY_ASSIGN(committer->rows_, RowSinks::claim(environment.files, {.lake = options.lake,
                                                                   .layout = options.lake_layout,
                                                                   .rejects = options.rejects,
                                                                   .topic = identity.topic,
                                                                   .owner = to_text(as_begun(identity)),
                                                                   .partitions = identity.partitions,
                                                                   .may_claim = may_claim}));
  committer->tails_.resize(identity.partitions);
  return committer;
}

Status Committer::own(const std::vector<std::unique_ptr<Lane>>& lanes) {
  std::vector<Lane*> mine(tails_.size(), nullptr);
  for (const auto& lane : lanes) mine[lane->partition().value] = lane.get();
  for (std::uint32_t number = 0; number < tails_.size(); ++number) {
    if (mine[number] == nullptr) {
      TRY(follow({number}));
    } else {
      TRY(take_in(*mine[number]));
    }
  }
  return rows_->commit(std::vector<LaneRows*>(tails_.size(), nullptr));
}

// What a lane has kept for the committer, now that the committer is in its process.
Status Committer::take_in(Lane& lane) {
  const Partition partition = lane.partition();
  tails_[partition.value].reset();
  const Kept& kept = lane.kept();
  const Epoch first = kept.outcomes.empty() ? lane.state().epoch : before(kept.outcomes.front().epoch);
  TRY(check_ledger(partition, merger_->committed().partitions[partition.value].epoch, first, lane.last_recorded(), options_.output));
  TRY(rows_->begin(partition, lane.state(), kept.bundles, lane.last_recorded()));
  const WriterEpoch writer = lane.journal().writer();
  for (const Outcome& outcome : kept.outcomes) TRY(merger_->absorb(partition, writer, outcome));
  for (const Bundle& bundle : kept.bundles) TRY(rows_->adopt(partition, bundle, lane.folder_of(bundle), writer));
  lane.merge_here(rows_->lake_has(partition), rows_->rejects_have(partition));
  return {};
}

Status Committer::follow(Partition partition) {
  auto& tail = tails_[partition.value];
  if (tail) return {};
  const std::string folder = partition_folder(options_, partition);
  TRY_ASSIGN(const auto journal, Journal::look(environment_.files, folder));
  const Epoch ledger = merger_->committed().partitions[partition.value].epoch;
  TRY(check_ledger(partition, ledger, Epoch{0}, journal ? journal->last() : Epoch{0}, options_.output));
  tail = std::make_unique<JournalTail>(environment_.files, folder, merger_->absorbed(partition));
  return {};
}

Status Committer::absorb(Lane& lane, const Outcome& outcome) {
  const WriterEpoch writer = lane.journal().writer();
  TRY(merger_->absorb(lane.partition(), writer, outcome));
  rows_->advance(lane.partition(), outcome, lane.rows(), writer);
  return {};
}

Status Committer::publish() {
  for (std::uint32_t number = 0; number < tails_.size(); ++number) {
    if (!tails_[number]) continue;
    TRY_ASSIGN(const auto outcomes, tails_[number]->poll());
    for (const Outcome& outcome : outcomes) TRY(merger_->absorb({number}, tails_[number]->writer(), outcome));
  }
  return merger_->is_behind() ? Status{} : merger_->publish();
}

Status Committer::drain() {
  TRY(publish());
  return merger_->is_behind() ? Status{} : merger_->drain();
}

Result<bool> Committer::commit(const std::vector<std::unique_ptr<Lane>>& lanes) {
  TRY(publish());
  const bool whole = !merger_->is_behind();
  if (whole) TRY(merger_->save());
  TRY(adopt_bundles());
  std::vector<LaneRows*> rows(tails_.size(), nullptr);
  for (const auto& lane : lanes) rows[lane->partition().value] = &lane->rows();
  TRY(rows_->commit(rows));
  return whole;
}

// The files of a bundle change their place with their owner: then the next commit finds them.
Status Committer::adopt_bundles() {
  for (std::uint32_t number = 0; number < tails_.size(); ++number) {
    if (!tails_[number]) continue;
    for (const Bundle& bundle : tails_[number]->bundles()) {
      const Status adopted = rows_->adopt({number}, bundle, tails_[number]->folder_of(bundle), tails_[number]->writer());
      if (!adopted && adopted.error().kind == ErrorKind::kNotFound) break;
      TRY(adopted);
    }
  }
  return {};
}

bool Committer::has_all() const {
  if (merger_->is_behind()) return false;
  for (std::uint32_t number = 0; number < tails_.size(); ++number) {
    const Epoch merged = merger_->current().partitions[number].epoch;
    if (rows_->rejects_have({number}) < merged) return false;
    if (rows_->lake() != nullptr && rows_->lake_has({number}) < merged) return false;
  }
  return true;
}

Status Committer::merge_cold_hours() {
  const Timestamp mark = merger_->current().job_watermark;
  if (mark == kNever) return {};
  return rows_->merge_cold_hours(mark - options_.stream.lateness, environment_.clock.now());
}

Result<std::uint64_t> Committer::lag_elsewhere(log::Reader& reader) const {
  std::uint64_t records = 0;
  for (std::uint32_t number = 0; number < tails_.size(); ++number) {
    if (!tails_[number]) continue;
    TRY_ASSIGN(const OffsetRange range, reader.range({number}));
    const Offset next = std::max(range.start, merger_->current().partitions[number].next);
    records += range.end.value - std::min(range.end.value, next.value);
  }
  return records;
}

Result<std::vector<Taken>> taken_by_committer(io::FileSystem& files, const Options& options) {
  std::vector<Taken> taken(options.identity.partitions);
  TRY_ASSIGN(const auto merged, Merger::saved(files, options.checkpoint, options.output));
  TRY_ASSIGN(const RowLedger rejects, committed_row_ledger(files, options.rejects));
  RowLedger lake = rejects;
  if (!options.lake.empty()) {
    TRY_ASSIGN(lake, committed_row_ledger(files, options.lake));
  }
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (i < merged.size()) taken[i].merged = merged[i];
    if (i < rejects.size() && i < lake.size()) taken[i].rows = std::min(rejects[i].epoch, lake[i].epoch);
  }
  return taken;
}

}  // namespace playhead::pipeline
