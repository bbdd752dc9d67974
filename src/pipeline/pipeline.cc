#include "pipeline/pipeline.h"

#include <algorithm>
#include <tuple>

namespace playhead::pipeline {
namespace {

constexpr const char* kIdentityFile = "job";
constexpr std::uint64_t kIdentityBytesMax = 1u << 20;
constexpr std::size_t kKeptBundlesMax = 256;
constexpr std::uint64_t kKeptJournals = 8;  // times the size at which a journal is begun anew

std::vector<Partition> first_partitions(std::uint32_t count) {
  std::vector<Partition> partitions;
  partitions.reserve(count);
  for (std::uint32_t number = 0; number < count; ++number) partitions.push_back({number});
  return partitions;
}

// Of the partitions of this process, where it does not commit.
std::vector<LedgerPartition> entries_of(const std::vector<std::unique_ptr<Lane>>& lanes, std::uint32_t partitions) {
  std::vector<LedgerPartition> entries(partitions);
  for (const auto& lane : lanes) entries[lane->partition().value] = ledger_entry(lane->journal().writer(), lane->state());
  return entries;
}

}  // namespace

Pipeline::Pipeline(Environment environment, Options options) : environment_(std::move(environment)), options_(std::move(options)) {}
Pipeline::~Pipeline() = default;

Result<std::unique_ptr<Pipeline>> Pipeline::make(Environment environment, Options options) {
  return open(std::move(environment), std::move(options), true);
}
Result<std::unique_ptr<Pipeline>> Pipeline::join(Environment environment, Options options) {
  return open(std::move(environment), std::move(options), false);
}

Result<std::unique_ptr<Pipeline>> Pipeline::open(Environment environment, Options options, bool all) {
  auto pipeline = std::unique_ptr<Pipeline>(new Pipeline(std::move(environment), std::move(options)));
  pipeline->shared_ = !all;
  TRY(pipeline->begin());
  TRY(pipeline->assign(all ? first_partitions(pipeline->options_.identity.partitions) : std::vector<Partition>{}));
  return pipeline;
}

Status Pipeline::assign(const std::vector<Partition>& partitions) {
  const Status assigned = try_assign(partitions);
  return assigned ? assigned : std::unexpected(cause_of(assigned.error()));
}

std::vector<Partition> Pipeline::assigned() const {
  std::vector<Partition> partitions;
  partitions.reserve(lanes_.size());
  for (const auto& lane : lanes_) partitions.push_back(lane->partition());
  return partitions;
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

std::vector<std::pair<Partition, Offset>> Pipeline::positions() const {
  std::vector<std::pair<Partition, Offset>> positions;
  positions.reserve(lanes_.size());
  for (const auto& lane : lanes_) positions.emplace_back(lane->partition(), lane->state().next);
  return positions;
}

bool Pipeline::is_taken() const {
  if (epochs_since_checkpoint_) return false;
  const bool kept =
      std::ranges::any_of(lanes_, [](const auto& lane) { return !lane->kept().outcomes.empty() || !lane->kept().bundles.empty(); });
  return !kept && (!committer_ || committer_->has_all());
}

Result<bool> Pipeline::is_finished() {
  TRY_ASSIGN(const auto ledger, committed_ledger(environment_.files, options_.output));
  if (!ledger || ledger->open_plays > 0) return false;
  for (std::uint32_t number = 0; number < options_.identity.partitions; ++number) {
    TRY_ASSIGN(const OffsetRange range, reader_->range({number}));
    const Offset next = number < ledger->partitions.size() ? ledger->partitions[number].next : Offset{0};
    if (std::max(range.start, next) < range.end) return false;
  }
  return true;
}

Result<Progress> Pipeline::step() {
  auto progress = try_step();
  if (!progress) return std::unexpected(cause_of(progress.error()));
  return progress;
}

Status Pipeline::drain() {
  if (!committer_) return {};
  const Status drained = committer_->drain();
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
    if (!may_cut(*lane)) continue;
    TRY_ASSIGN(const bool more, lane->decide());
    progress.more |= more;
    if (!lane->cut()) continue;
    cut.push_back(lane.get());
  }
  const std::uint64_t before = ledger().tally().total();
  TRY(run_cuts(cut));
  progress.records = ledger().tally().total() - before;
  if (committer_) TRY(committer_->publish());
  if (!checkpoint_is_due()) return progress;
  TRY(try_checkpoint());
  if (committer_) TRY(look_at_topic());
  return progress;
}

// Takes up what the topic has grown by, if it has. Of a shared job the one that commits has to know of it; the group tells the others.
Status Pipeline::look_at_topic() {
  TRY_ASSIGN(const log::TopicDescription topic, environment_.log.topic(options_.identity.topic));
  if (topic.options.partitions <= options_.identity.partitions) return {};
  const std::vector<Partition> partitions = shared_ ? assigned() : first_partitions(topic.options.partitions);
  TRY(begin_anew());
  return try_assign(partitions);
}

// Everything is durable: what is made from here on knows the topic as it is now.
Status Pipeline::begin_anew() {
  lanes_.clear();
  committer_.reset();
  return begin();
}

// A lane waits while nobody merges what it has kept.
bool Pipeline::may_cut(const Lane& lane) const {
  return lane.kept().bundles.size() < kKeptBundlesMax && lane.journal().bytes() < kKeptJournals * options_.journal_bytes_max;
}

// The order is the promise: cuts durable, still the owner, then process, then publish.
Status Pipeline::run_cuts(const std::vector<Lane*>& cut) {
  for (Lane* lane : cut) TRY(lane->journal().append(*lane->cut()));
  for (Lane* lane : cut) {
    TRY(lane->journal().sync());
    TRY(lane->journal().confirm());
  }
  std::vector<Result<Outcome>> outcomes(cut.size(), Outcome{});
  environment_.run_each(cut.size(), [&](std::size_t i) { outcomes[i] = cut[i]->process(); });
  for (std::size_t i = 0; i < cut.size(); ++i) {
    if (!outcomes[i]) return std::unexpected(outcomes[i].error());
    TRY(cut[i]->journal().append(*outcomes[i]));
    TRY(absorb(*cut[i], *outcomes[i]));
  }
  return {};
}

Status Pipeline::absorb(Lane& lane, const Outcome& outcome) {
  epochs_since_checkpoint_ = true;
  if (committer_) return committer_->absorb(lane, outcome);
  own_ledger_.partitions[lane.partition().value] = ledger_entry(lane.journal().writer(), outcome);
  return {};
}

bool Pipeline::checkpoint_is_due() const {
  // Who commits has to look now and then what others have done.
  if (!epochs_since_checkpoint_ && (!committer_ || lanes_.size() == options_.identity.partitions)) return false;
  std::uint64_t journal_bytes = 0;
  std::uint64_t recent_ids = 0;
  std::uint64_t row_bytes = 0;
  for (const auto& lane : lanes_) {
    journal_bytes += lane->journal().bytes_since_checkpoint();
    recent_ids += lane->recent_ids();
    row_bytes += lane->rows().bytes();
  }
  return journal_bytes > options_.journal_bytes_max || recent_ids > options_.recent_ids_max || row_bytes > options_.row_bytes_max / 2 ||
         environment_.clock.now() - checkpointed_at_ >= options_.checkpoint_interval;
}

// Each step makes what the next ones throw away unnecessary: windows and rows first, then the journals that would bring them back.
Status Pipeline::try_checkpoint() {
  checkpointed_at_ = environment_.clock.now();
  if (!committer_) return checkpoint_shared();
  TRY_ASSIGN(const bool whole, committer_->commit(lanes_));
  if (!whole) return {};
  for (const auto& lane : lanes_) TRY(lane->checkpoint());
  TRY(hold_records());
  TRY(committer_->merge_cold_hours());
  epochs_since_checkpoint_ = false;
  return {};
}

Status Pipeline::checkpoint_shared() {
  TRY_ASSIGN(const auto taken, taken_by_committer(environment_.files, options_));
  for (const auto& lane : lanes_) TRY(lane->checkpoint_shared(taken[lane->partition().value]));
  epochs_since_checkpoint_ = false;
  return {};
}

// Retention keeps what a restart may replay.
Status Pipeline::hold_records() {
  if (lanes_.size() != options_.identity.partitions) return {};  // what others need is not known here
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
  if (!committer_) return records;
  TRY_ASSIGN(const std::uint64_t elsewhere, committer_->lag_elsewhere(*reader_));
  return records + elsewhere;
}

std::vector<stream::Increase> Pipeline::newest_window() const {
  return committer_ ? committer_->merger().newest_window() : std::vector<stream::Increase>{};
}

Status Pipeline::begin() {
  TRY_ASSIGN(const log::TopicDescription topic, environment_.log.topic(options_.identity.topic));
  options_.identity.topic_id = topic.id;
  options_.identity.partitions = topic.options.partitions;
  TRY(check_identity());
  TRY_ASSIGN(reader_, environment_.log.reader(options_.identity.topic));
  checkpointed_at_ = environment_.clock.now();
  return {};
}

// Claims the partitions' journals, then the tables, and only then reads.
Status Pipeline::try_assign(const std::vector<Partition>& partitions) {
  if (!lanes_.empty()) TRY(try_checkpoint());
  const bool grown = std::ranges::any_of(partitions, [&](Partition partition) { return partition.value >= options_.identity.partitions; });
  if (grown) TRY(begin_anew());
  std::erase_if(lanes_, [&](const auto& lane) { return std::ranges::find(partitions, lane->partition()) == partitions.end(); });
  TRY(claim_lanes(partitions));
  TRY(check_reset());
  TRY(take_role());
  TRY(replay());
  TRY(reset_lanes());
  TRY(hold_records());
  return committer_ ? committer_->publish() : Status{};
}

Status Pipeline::claim_lanes(const std::vector<Partition>& partitions) {
  for (const Partition partition : partitions) {
    if (std::ranges::find(lanes_, partition, &Lane::partition) != lanes_.end()) continue;
    TRY_ASSIGN(auto lane, Lane::claim(environment_, options_, partition));
    lanes_.push_back(std::move(lane));
  }
  std::ranges::sort(lanes_, {}, &Lane::partition);
  return {};
}

// Who has partition 0 commits for all.
Status Pipeline::take_role() {
  const bool commits = !lanes_.empty() && lanes_.front()->partition() == Partition{0};
  if (!commits) {
    committer_.reset();
    for (const auto& lane : lanes_) lane->share();
    own_ledger_.partitions = entries_of(lanes_, options_.identity.partitions);
    return {};
  }
  if (!committer_) {
    TRY_ASSIGN(committer_, Committer::claim(environment_, options_, [this] { return confirm_lanes(); }));
  }
  return committer_->own(lanes_);
}

// Brings each new lane to the end of its journal, and the tables to where they were: each skips the epochs that its ledger holds.
Status Pipeline::replay() {
  std::vector<Result<std::vector<Outcome>>> outcomes(lanes_.size(), std::vector<Outcome>{});
  environment_.run_each(lanes_.size(), [&](std::size_t i) { outcomes[i] = lanes_[i]->replay(); });
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (!outcomes[i]) return std::unexpected(outcomes[i].error());
    for (const Outcome& outcome : *outcomes[i]) TRY(absorb(*lanes_[i], outcome));
    replayed_epochs_ += outcomes[i]->size();
  }
  return {};
}

Result<table::ConsolidationReport> Pipeline::consolidate_windows(const table::ConsolidationOptions& options) {
  auto report = committer_->merger().consolidate(options);
  return report ? std::move(report) : std::unexpected(cause_of(report.error()));
}

Result<table::ConsolidationReport> Pipeline::consolidate_lake(const table::ConsolidationOptions& options) {
  if (committer_->rows().lake() == nullptr) return fail(ErrorKind::kInvalid, "job " + options_.identity.job + " writes no lake");
  auto report = committer_->rows().lake()->consolidate(options);
  return report ? std::move(report) : std::unexpected(cause_of(report.error()));
}

Result<table::ConsolidationReport> Pipeline::consolidate_rejects(const table::ConsolidationOptions& options) {
  auto report = committer_->rows().rejects().consolidate(options);
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
  TRY(committer_->merger().replace(std::move(counts)));
  return differences;
}

// The checkpoint folder belongs to one job, one topic and one kind of window.
Status Pipeline::check_identity() {
  TRY(environment_.files.make_folders(options_.checkpoint));
  auto text = io::read_file(environment_.files, io::join(options_.checkpoint, kIdentityFile), kIdentityBytesMax);
  if (!text && text.error().kind == ErrorKind::kNotFound) return save_identity(options_.identity);
  if (!text) return std::unexpected(text.error());
  TRY_ASSIGN(const JobIdentity found, identity_from(*text));
  JobIdentity same = options_.identity;
  same.topic_id = found.topic_id;
  same.partitions = found.partitions;
  same.began = found.began;
  if (found == same) return take_up(found);
  return fail(ErrorKind::kInvalid, options_.checkpoint + " is the checkpoint of another job: " + *text + ", not " +
                                       to_text(options_.identity) +
                                       ". Choose another --job or --checkpoint-location, or start over with 'playhead jobs reset'");
}

// The topic may have grown since, or be another one: whether the latter is a loss, each partition knows by its journal.
Status Pipeline::take_up(const JobIdentity& found) {
  JobIdentity& identity = options_.identity;
  if (identity.partitions < found.partitions) {
    return fail(ErrorKind::kInvalid, "topic " + identity.topic + " has " + std::to_string(identity.partitions) + " partitions, and had " +
                                         std::to_string(found.partitions) +
                                         " when the job last ran: records are lost. Restore the log, or start over with 'playhead jobs "
                                         "reset " +
                                         identity.job + "'");
  }
  options_.former_topic_id = found.topic_id;
  identity.began = found.began;
  if (identity.topic_id == found.topic_id && identity.partitions == found.partitions) return {};
  if (!identity.began) identity.began = {.id = found.topic_id, .partitions = found.partitions};
  if (identity.partitions == found.partitions) return {};
  notices_.push_back("topic " + identity.topic + " has grown from " + std::to_string(found.partitions) + " to " +
                     std::to_string(identity.partitions) +
                     " partitions, and the new ones are read from their beginning. Keys move with that: an event that was sent before and "
                     "is sent again to another partition is not found as a duplicate, until 24 h of event time have passed");
  // Before anything of the new partitions is: who looks at the tables is to know of them. The topic's id comes when all have moved to it.
  JobIdentity grown = identity;
  grown.topic_id = found.topic_id;
  return save_identity(grown);
}

// Of processes that share a job, several may write the same at once: then one of them finds its temporary file taken.
Status Pipeline::save_identity(const JobIdentity& identity) {
  const std::string path = io::join(options_.checkpoint, kIdentityFile);
  const Status saved = io::replace_file(environment_.files, path, to_text(identity));
  if (saved || saved.error().kind != ErrorKind::kNotFound) return saved;
  TRY_ASSIGN(const std::string there, io::read_file(environment_.files, path, kIdentityBytesMax));
  return there == to_text(identity) ? Status{} : saved;
}

// A flag that is left where it was once needed would pass over the next loss without a word. A process that shares a job can't know what
// the others have lost.
Status Pipeline::check_reset() const {
  const bool moved = !options_.former_topic_id.empty() && options_.former_topic_id != options_.identity.topic_id;
  const bool lost = std::ranges::any_of(lanes_, [](const auto& lane) { return lane->loss() != Loss::kNone; });
  if (!options_.reset_to || shared_ || moved || lost) return {};
  return fail(ErrorKind::kInvalid, "--reset-to: nothing was lost: " + options_.identity.topic + " still holds all that job " +
                                       options_.identity.job + " goes on from. Leave the flag out");
}

// What is lost is passed over by an epoch of its own, once all that was counted before is safe.
Status Pipeline::reset_lanes() {
  std::vector<Lane*> lost;
  for (const auto& lane : lanes_) {
    if (lane->loss() != Loss::kNone) lost.push_back(lane.get());
  }
  if (!lost.empty()) {
    TRY(try_checkpoint());
    for (Lane* lane : lost) notices_.push_back(lane->reset());
    TRY(run_cuts(lost));
    TRY(try_checkpoint());
  }
  if (!shared_) options_.reset_to.reset();
  if (!committer_ || options_.former_topic_id.empty() || options_.former_topic_id == options_.identity.topic_id) return {};
  options_.former_topic_id = options_.identity.topic_id;
  return save_identity(options_.identity);
}

}  // namespace playhead::pipeline
