#include "pipeline/pipeline.h"

#include <algorithm>
#include <tuple>

namespace playhead::pipeline {
namespace {

constexpr std::uint64_t kIdentityBytesMax = 1u << 20;

Status check_ledger(const Lane& lane, const LedgerPartition& ledger, const std::string& output) {
  const Epoch first = lane.state().epoch;
  const Epoch last = lane.last_recorded();
  const std::string where = "partition " + std::to_string(lane.partition().value) + ": ";
  if (ledger.epoch > last) {
    return fail(ErrorKind::kInvalid, where + "the output in " + output + " holds epoch " + std::to_string(ledger.epoch.value) +
                                         ", the checkpoint only " + std::to_string(last.value) +
                                         ": the checkpoint was lost or is older. Restore it, or start over with 'playhead jobs reset'");
  }
  if (ledger.epoch < first) {
    return fail(ErrorKind::kInvalid, where + "the checkpoint begins after epoch " + std::to_string(first.value) + ", the output in " +
                                         output + " ends at " + std::to_string(ledger.epoch.value) +
                                         ": the output was lost or is older. Restore it, or start over with 'playhead jobs reset'");
  }
  return {};
}

}  // namespace

Pipeline::Pipeline(Environment environment, Options options) : environment_(std::move(environment)), options_(std::move(options)) {}
Pipeline::~Pipeline() = default;

Result<std::unique_ptr<Pipeline>> Pipeline::make(Environment environment, Options options) {
  auto pipeline = std::unique_ptr<Pipeline>(new Pipeline(std::move(environment), std::move(options)));
  if (const Status opened = pipeline->open(); !opened) return std::unexpected(pipeline->cause_of(opened.error()));
  return pipeline;
}

// kFenced if another writer has claimed any of the partitions.
Status Pipeline::confirm_lanes() const {
  for (const auto& lane : lanes_) TRY(lane->journal().confirm());
  return {};
}

// A writer that was taken over meets files that change or go under its hands before it comes to look at the claims. Whatever that looks
// like, the cause is the other writer, and the advice of the Error itself would be wrong.
Error Pipeline::cause_of(const Error& error) const {
  const Status owned = confirm_lanes();
  return !owned && owned.error().kind == ErrorKind::kFenced ? owned.error() : error;
}

Result<Progress> Pipeline::step() {
  auto progress = try_step();
  if (!progress) return std::unexpected(cause_of(progress.error()));
  return progress;
}

Status Pipeline::drain() {
  const Status drained = merger_->drain();
  return drained ? drained : std::unexpected(cause_of(drained.error()));
}

Status Pipeline::checkpoint() {
  const Status saved = try_checkpoint();
  return saved ? saved : std::unexpected(cause_of(saved.error()));
}

Result<Progress> Pipeline::try_step() {
  std::vector<Lane*> cut;
  Progress progress;
  for (const auto& lane : lanes_) {
    TRY_ASSIGN(const bool more, lane->decide());
    progress.more |= more;
    if (!lane->cut()) continue;
    cut.push_back(lane.get());
  }
  const std::uint64_t before = ledger().tally().total();
  TRY(run_cuts(cut));
  progress.records = ledger().tally().total() - before;
  TRY(merger_->publish());
  if (checkpoint_is_due()) TRY(try_checkpoint());
  return progress;
}

// The order is the promise: cuts durable, still the owner, then process, then publish.
Status Pipeline::run_cuts(const std::vector<Lane*>& cut) {
  for (Lane* lane : cut) TRY(lane->journal().append(*lane->cut()));
  for (Lane* lane : cut) {
    TRY(lane->journal().sync());
    TRY(lane->journal().confirm());
  }
  std::vector<Result<Outcome>> outcomes(cut.size(), Outcome{});
  environment_.run_each(cut.size(), [&](std::size_t i) { outcomes[i] = cut[i]->process(*rows_); });
  for (std::size_t i = 0; i < cut.size(); ++i) {
    if (!outcomes[i]) return std::unexpected(outcomes[i].error());
    TRY(cut[i]->journal().append(*outcomes[i]));
    TRY(absorb(*cut[i], *outcomes[i]));
  }
  return {};
}

Status Pipeline::absorb(Lane& lane, const Outcome& outcome) {
  const WriterEpoch writer = lane.journal().writer();
  TRY(merger_->absorb(lane.partition(), writer, outcome));
  rows_->advance(lane.partition(), outcome.epoch, outcome.end, writer);
  epochs_since_checkpoint_ = true;
  return {};
}

bool Pipeline::checkpoint_is_due() const {
  if (!epochs_since_checkpoint_) return false;
  std::uint64_t journal_bytes = 0;
  std::uint64_t recent_ids = 0;
  for (const auto& lane : lanes_) {
    journal_bytes += lane->journal().bytes();
    recent_ids += lane->recent_ids();
  }
  return journal_bytes > options_.journal_bytes_max || recent_ids > options_.recent_ids_max ||
         rows_->bytes() > options_.row_bytes_max / 2 || environment_.clock.now() - checkpointed_at_ >= options_.checkpoint_interval;
}

// Each step makes what the next ones throw away unnecessary: windows and rows first, then the journals that would bring them back.
Status Pipeline::try_checkpoint() {
  TRY(merger_->save());
  TRY(rows_->commit());
  for (const auto& lane : lanes_) TRY(lane->checkpoint());
  TRY(hold_records());
  const Timestamp mark = ledger().job_watermark;
  if (mark != kNever) TRY(rows_->merge_cold_hours(mark - options_.stream.lateness, environment_.clock.now()));
  checkpointed_at_ = environment_.clock.now();
  epochs_since_checkpoint_ = false;
  return {};
}

// Retention keeps what a restart may replay.
Status Pipeline::hold_records() {
  std::vector<Offset> needed;
  needed.reserve(lanes_.size());
  for (const auto& lane : lanes_) needed.push_back(lane->journal().base().next);
  return environment_.log.hold(options_.identity.topic, options_.identity.job, needed);
}

Result<std::uint64_t> Pipeline::lag() {
  std::uint64_t records = 0;
  for (const auto& lane : lanes_) {
    TRY_ASSIGN(const std::uint64_t waiting, lane->lag());
    records += waiting;
  }
  return records;
}

// Claims the partitions' journals, then the tables, and only then reads.
Status Pipeline::open() {
  TRY_ASSIGN(const log::TopicDescription topic, environment_.log.topic(options_.identity.topic));
  options_.identity.topic_id = topic.id;
  options_.identity.partitions = topic.options.partitions;
  TRY(check_identity());
  TRY_ASSIGN(reader_, environment_.log.reader(options_.identity.topic));
  for (std::uint32_t number = 0; number < options_.identity.partitions; ++number) {
    TRY_ASSIGN(auto lane, Lane::claim(environment_, options_, {number}));
    lanes_.push_back(std::move(lane));
  }
  TRY(open_sinks());
  TRY(recover());
  TRY(hold_records());
  TRY(merger_->publish());
  checkpointed_at_ = environment_.clock.now();
  return {};
}

Result<table::ConsolidationReport> Pipeline::consolidate_windows(const table::ConsolidationOptions& options) {
  auto report = merger_->consolidate(options);
  return report ? std::move(report) : std::unexpected(cause_of(report.error()));
}

Result<table::ConsolidationReport> Pipeline::consolidate_lake(const table::ConsolidationOptions& options) {
  if (rows_->lake() == nullptr) return fail(ErrorKind::kInvalid, "job " + options_.identity.job + " writes no lake");
  auto report = rows_->lake()->consolidate(options);
  return report ? std::move(report) : std::unexpected(cause_of(report.error()));
}

Result<table::ConsolidationReport> Pipeline::consolidate_rejects(const table::ConsolidationOptions& options) {
  auto report = rows_->rejects().consolidate(options);
  return report ? std::move(report) : std::unexpected(cause_of(report.error()));
}

Result<std::vector<Recounted>> Pipeline::recompute(const RecomputeRule& rule, bool apply) {
  TRY(checkpoint());
  RecomputeRule published = rule;  // open windows are not published yet, and will be counted by the rule of the stream
  published.to = std::min(rule.to, ledger().published_through);
  if (options_.lake.empty()) return fail(ErrorKind::kInvalid, "job " + options_.identity.job + " has no lake to recompute from");
  TRY_ASSIGN(auto after, recount(environment_.files, {.lake = options_.lake, .layout = options_.lake_layout, .rejects = options_.rejects},
                                 options_.identity, published, ledger()));
  TRY_ASSIGN(const auto rows, sink::WindowTable::read_published(environment_.files, options_.output));
  std::vector<Recounted> differences;
  for (const stream::Increase& row : rows) {
    if (row.window_start < published.from || row.window_start >= published.to) continue;
    const auto found = after.find({row.window_start, row.key});
    const std::uint64_t count = found == after.end() ? 0 : found->second;
    if (count != row.count) differences.push_back({row.window_start, row.key, row.count, count});
    if (found != after.end()) after.erase(found);
  }
  for (const auto& [window_and_key, count] : after) differences.push_back({window_and_key.first, window_and_key.second, 0, count});
  std::ranges::sort(differences, {}, [](const Recounted& row) { return std::tie(row.window_start, row.key); });
  if (!apply) return differences;
  std::vector<stream::Increase> counts;
  counts.reserve(differences.size());
  for (const Recounted& row : differences) counts.push_back({row.window_start, row.key, row.after});
  TRY(merger_->replace(std::move(counts)));
  return differences;
}

Status Pipeline::open_sinks() {
  const auto may_claim = [this] { return confirm_lanes(); };
  TRY_ASSIGN(auto table, sink::WindowTable::claim(environment_.files, {.folder = options_.output,
                                                                       .key_name = std::string(event::name_of(options_.identity.key)),
                                                                       .window = options_.identity.window,
                                                                       .provisional = options_.identity.provisional,
                                                                       .owner = to_text(options_.identity),
                                                                       .may_claim = may_claim}));
  TRY_ASSIGN(merger_, Merger::make(environment_.files,
                                   {.folder = options_.checkpoint,
                                    .partitions = options_.identity.partitions,
                                    .window = options_.identity.window,
                                    .emit = options_.identity.provisional ? Emit::kUpdates : Emit::kClosed,
                                    .open_windows_max = options_.open_windows_max},
                                   std::move(table)));
  TRY_ASSIGN(rows_, RowSinks::claim(environment_.files, {.lake = options_.lake,
                                                         .layout = options_.lake_layout,
                                                         .rejects = options_.rejects,
                                                         .topic = options_.identity.topic,
                                                         .owner = to_text(options_.identity),
                                                         .partitions = options_.identity.partitions,
                                                         .may_claim = may_claim}));
  return {};
}

// The checkpoint folder belongs to one job, one topic and one kind of window.
Status Pipeline::check_identity() {
  const std::string path = io::join(options_.checkpoint, "job");
  TRY(environment_.files.make_folders(options_.checkpoint));
  const std::string mine = to_text(options_.identity);
  auto text = io::read_file(environment_.files, path, kIdentityBytesMax);
  if (!text && text.error().kind == ErrorKind::kNotFound) return io::replace_file(environment_.files, path, mine);
  if (!text) return std::unexpected(text.error());
  TRY_ASSIGN(const JobIdentity found, identity_from(*text));
  if (found == options_.identity) return {};
  if (found.topic == options_.identity.topic && found.topic_id != options_.identity.topic_id) {
    return fail(ErrorKind::kInvalid,
                "topic " + found.topic +
                    " was deleted and made anew since the job ran: its offsets mean other records. Start over with 'playhead jobs reset " +
                    options_.identity.job + "'");
  }
  return fail(ErrorKind::kInvalid, options_.checkpoint + " is the checkpoint of another job: " + *text + ", not " + mine +
                                       ". Choose another --job or --checkpoint-location, or start over with 'playhead jobs reset'");
}

// Brings each lane to the end of its journal, and the tables to where they were: each skips the epochs that its ledger holds.
Status Pipeline::recover() {
  for (const auto& lane : lanes_) {
    TRY(check_ledger(*lane, merger_->committed().partitions[lane->partition().value], options_.output));
    TRY(rows_->begin(lane->partition(), lane->state(), lane->last_recorded()));
  }
  std::vector<Result<std::vector<Outcome>>> outcomes(lanes_.size(), std::vector<Outcome>{});
  environment_.run_each(lanes_.size(), [&](std::size_t i) { outcomes[i] = lanes_[i]->replay(*rows_); });
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (!outcomes[i]) return std::unexpected(outcomes[i].error());
    for (const Outcome& outcome : *outcomes[i]) TRY(absorb(*lanes_[i], outcome));
    replayed_epochs_ += outcomes[i]->size();
  }
  return {};
}

}  // namespace playhead::pipeline
