#include "pipeline/lane.h"

#include <algorithm>
#include <limits>

#include "event/decoder.h"
#include "event/event_id.h"
#include "pipeline/journal_file.h"

namespace playhead::pipeline {
namespace {

constexpr std::string_view kIdHeader = "event-id";
constexpr std::uint64_t kEpochRecordsMin = 16;
constexpr std::uint64_t kEpochGrowth = 4;
constexpr std::uint64_t kIdsAtOnce = 2;  // times recent_ids_max, in one epoch of all partitions
constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// All fields, since the lake keeps them all.
std::vector<event::Field> all_fields() {
  std::vector<event::Field> fields;
  fields.reserve(event::kFieldCount);
  for (std::size_t i = 0; i < event::kFieldCount; ++i) fields.push_back(static_cast<event::Field>(i));
  return fields;
}

// What counting and dedup need.
std::vector<event::Field> few_fields(event::Field key) {
  std::vector<event::Field> fields{event::Field::kUser, event::Field::kEventId};
  if (std::ranges::find(fields, key) == fields.end()) fields.push_back(key);
  return fields;
}

std::string_view id_header_of(std::string_view encoded) {
  if (encoded.empty()) return {};
  for (const log::Header& header : log::headers_of(encoded)) {
    if (header.name == kIdHeader) return header.value;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Lane>> Lane::claim(const Environment& environment, const Options& options, Partition partition) {
  auto lane = std::unique_ptr<Lane>(new Lane(environment, options, partition));
  TRY_ASSIGN(lane->journal_, Journal::claim(environment.files, partition_folder(options, partition)));
  // Whatever goes wrong from here on while another writer claims the partition goes wrong because of it.
  if (const Status opened = lane->open(); !opened) {
    TRY(lane->journal_->confirm());
    return std::unexpected(opened.error());
  }
  return lane;
}

Status Lane::open() {
  TRY_ASSIGN(reader_, environment_.log.reader(options_.identity.topic));
  JournalContents contents = journal_->take_contents();
  state_ = std::move(contents.snapshot);
  kept_ = std::move(contents.kept);
  recorded_ = std::move(contents.epochs);
  if (state_.epoch == Epoch{0} && recorded_.empty()) {
    TRY_ASSIGN(const OffsetRange range, reader_->range(partition_));
    state_.next = range.start;  // a new job begins with what the log still has
  }
  if (state_.topic_id.empty()) state_.topic_id = options_.former_topic_id;
  TRY(check_log());
  if (loss_ == Loss::kNone) state_.topic_id = reader_->topic().id;
  TRY_ASSIGN(ids_,
             SeenIds::open(environment_.files, journal_->state_folder(), state_.id_runs,
                           {.filter_bytes_max = options_.dedup_bytes_max / options_.identity.partitions, .seed = options_.dedup_seed}));
  last_record_at_ = environment_.clock.now();
  return {};
}

Epoch Lane::last_recorded() const { return recorded_.empty() ? state_.epoch : recorded_.back().cut.epoch; }

// Before anything is replayed: a log that has other records than the job knows must not be told of as damage.
Status Lane::check_log() {
  const Standing standing = standing_of(state_, recorded_);
  TRY_ASSIGN(loss_, find_loss(*reader_, partition_, standing));
  if (loss_ == Loss::kNone) return {};
  if (options_.reset_to) {
    TRY_ASSIGN(plan_, plan_reset(*reader_, partition_, *options_.reset_to, loss_, standing));
    return {};
  }
  TRY_ASSIGN(const OffsetRange kept, reader_->range(partition_));
  return lost(loss_, standing, kept);
}

// What was passed over once is not asked for again, and of a topic that was made anew nothing is the job's.
std::vector<Lane::Reading> Lane::readings() const {
  std::vector<Reading> readings(recorded_.size());
  Loss later = loss_;
  for (std::size_t i = recorded_.size(); i-- > 0;) {
    readings[i] = later == Loss::kNone ? Reading::kAll : later == Loss::kBelowStart ? Reading::kWhatIsLeft : Reading::kNothing;
    if (recorded_[i].cut.reset) later = std::max(later, recorded_[i].cut.reset->loss);
  }
  return readings;
}

std::string Lane::reset() {
  cut_ = Cut{.epoch = state_.epoch.next(),
             .topic_id = reader_->topic().id,
             .offsets = {plan_.target, plan_.target},
             .watermark_in = state_.watermark,
             .idle = state_.idle,
             .decided_at = environment_.clock.now(),
             .writer = journal_->writer(),
             .options = options_text_,
             .program = options_.program,
             .reset = plan_.reset};
  loss_ = Loss::kNone;
  return options_.identity.topic + "/" + std::to_string(partition_.value) + " goes on at offset " + std::to_string(plan_.target.value) +
         " instead of " + std::to_string(plan_.reset.expected.value) + ": " + std::to_string(plan_.reset.skipped) + " offsets skipped";
}

std::unexpected<Error> Lane::lost(Loss loss, const Standing& standing, const OffsetRange& kept) const {
  return fail(ErrorKind::kInvalid, describe(loss, reader_->topic(), partition_, standing, kept) +
                                       ". Restore the log, go on without what is lost (--reset-to earliest, latest, a time, or offsets:" +
                                       std::to_string(partition_.value) + "=OFFSET), or start over with 'playhead jobs reset " +
                                       options_.identity.job + "'");
}

// While the job runs.
Status Lane::check_range(const OffsetRange& range) const {
  if (state_.next >= range.start && state_.next <= range.end) return {};
  Standing standing = standing_of(state_, {});
  return lost(state_.next > range.end ? Loss::kAboveEnd : Loss::kBelowStart, standing, range);
}

// Of the next epoch. Its rows and ids are held until they are committed, so it takes fewer records where rows are large or partitions many.
// The first epochs are small and grow while more records wait, so that the first windows of a long backlog are published soon.
std::uint64_t Lane::records_max() const {
  const std::uint64_t share = options_.row_bytes_max / options_.identity.partitions / 2;
  const std::uint64_t ids = options_.stream.dedup ? kIdsAtOnce * options_.recent_ids_max / options_.identity.partitions : kNoLimit;
  return std::min({options_.epoch_records_max, epoch_records_, std::max(kEpochRecordsMin, std::min(ids, share / row_bytes_))});
}

Result<bool> Lane::decide() {
  cut_.reset();
  TRY_ASSIGN(const OffsetRange range, reader_->range(partition_));
  TRY(check_range(range));
  const Offset next = state_.next;
  const Timestamp now = environment_.clock.now();
  const Offset end{std::min(range.end.value, next.value + records_max())};
  if (end > next) last_record_at_ = now;
  const bool turns_idle = end == next && !state_.idle && now - last_record_at_ >= options_.idle_after;
  if (end == next && !turns_idle) return false;
  cut_ = Cut{.epoch = state_.epoch.next(),
             .topic_id = options_.identity.topic_id,
             .offsets = {next, end},
             .watermark_in = state_.watermark,
             .idle = turns_idle,
             .decided_at = now,
             .writer = journal_->writer(),
             .options = options_text_,
             .program = options_.program};
  if (end < range.end) epoch_records_ = std::min(epoch_records_ * kEpochGrowth, stream::kRecordsMax);
  return end < range.end;
}

// What was collected before is in a bundle or in the tables: the roles change at a checkpoint, or before the first epoch.
void Lane::share() {
  if (shares_) return;
  shares_ = true;
  lake_has_ = rejects_have_ = bundled_ = state_.epoch;
  bundled_end_ = state_.next;
}

void Lane::merge_here(Epoch lake, Epoch rejects) {
  shares_ = false;
  lake_has_ = lake;
  rejects_have_ = rejects;
}

std::string Lane::folder_of(const Bundle& bundle) const { return bundle_folder(journal_->state_folder(), bundle.through); }

Result<Outcome> Lane::process() {
  auto outcome = outcome_of(*cut_);
  cut_.reset();
  if (outcome && shares_) kept_.outcomes.push_back(*outcome);
  return outcome;
}

Result<std::vector<Outcome>> Lane::replay() {
  std::vector<Outcome> outcomes;
  const std::vector<Reading> reading = readings();
  for (std::size_t i = 0; i < recorded_.size(); ++i) {
    Recorded& recorded = recorded_[i];
    TRY_ASSIGN(Outcome outcome, outcome_of(recorded.cut, reading[i]));
    if (!recorded.outcome) {
      TRY(journal_->append(outcome));
    } else if (stands(recorded, outcome, reading[i])) {
      outcome = std::move(*recorded.outcome);
      adopt(outcome);
    } else if (encode(*recorded.outcome) != encode(outcome)) {
      return fail(ErrorKind::kCorrupt, "partition " + std::to_string(partition_.value) + ": replaying epoch " +
                                           std::to_string(recorded.cut.epoch.value) +
                                           " came to another outcome: the log or the checkpoint is damaged; see 'playhead doctor'");
    }
    if (shares_) kept_.outcomes.push_back(outcome);
    outcomes.push_back(std::move(outcome));
  }
  recorded_.clear();
  return outcomes;
}

// Another program may decode otherwise, and compaction takes records away; what was recorded may be published.
bool Lane::stands(const Recorded& recorded, const Outcome& again, Reading reading) const {
  return reading != Reading::kAll || recorded.cut.program != options_.program ||
         again.result.state.tally.total() < recorded.outcome->result.state.tally.total();
}

// Reads and counts the records of a cut.
Result<Outcome> Lane::outcome_of(const Cut& cut, Reading reading) {
  TRY_ASSIGN(Machine* const machine, machine_for(cut.options));
  const bool lake = !options_.lake.empty() && cut.epoch > lake_has_;
  const bool rejects = cut.epoch > rejects_have_;
  const std::uint64_t bytes_before = rows_.bytes();
  machine->stage.begin(state_.state);
  TRY_ASSIGN(const Offset first, first_to_read(cut.offsets, reading));
  TRY_ASSIGN(const std::uint64_t records, process_records(*machine, {first, cut.offsets.end}, lake, rejects));
  machine->stage.skip(first.value - cut.offsets.start.value);
  machine->stage.pass_over(cut.offsets.end.value - first.value - records);
  if (const std::uint64_t gaps = cut.offsets.count() - records; gaps > 0) rows_.gaps.push_back({cut.epoch, gaps});
  if (cut.reset) begin_again(*cut.reset, cut.topic_id, machine->stage);
  if (records > 0) {
    row_bytes_ = std::max<std::uint64_t>(16, (rows_.bytes() - bytes_before) / records);
  }
  Outcome outcome{.epoch = cut.epoch, .end = cut.offsets.end, .idle = cut.idle, .last = state_.last, .result = machine->stage.finish()};
  state_.epoch = cut.epoch;
  state_.next = cut.offsets.end;
  if (cut.reset) bundled_end_ = state_.next;
  state_.idle = cut.idle;
  adopt(outcome);
  return outcome;
}

void Lane::adopt(const Outcome& outcome) {
  state_.last = outcome.last;
  state_.state = outcome.result.state;
  state_.watermark = outcome.result.watermark;
}

// What is gone now was there when the epoch was cut.
Status Lane::read_records(Offset from, Offset end) {
  const Status read = reader_->read(partition_, from, end, records_);
  if (read || read.error().kind != ErrorKind::kNotFound) return read;
  TRY_ASSIGN(const OffsetRange kept, reader_->range(partition_));
  Standing standing = standing_of(state_, {});
  standing.next = from;
  if (from < kept.start) return lost(Loss::kBelowStart, standing, kept);
  return from >= kept.end ? lost(Loss::kAboveEnd, standing, kept) : read;
}

Result<Offset> Lane::first_to_read(const OffsetRange& offsets, Reading reading) {
  if (reading == Reading::kAll) return offsets.start;
  if (reading == Reading::kNothing) return offsets.end;
  TRY_ASSIGN(const OffsetRange kept, reader_->range(partition_));
  return std::clamp(kept.start, offsets.start, offsets.end);
}

// No row was collected since the last bundle.
void Lane::begin_again(const Reset& reset, const std::string& topic_id, stream::PartitionStage& stage) {
  stage.reset(reset.skipped);
  state_.topic_id = topic_id;
  state_.last.reset();
}

// Returns how many of these offsets held a record.
Result<std::uint64_t> Lane::process_records(Machine& machine, const OffsetRange& offsets, bool lake, bool rejects) {
  std::uint64_t records = 0;
  for (Offset next = offsets.start; next < offsets.end;) {
    TRY(read_records(next, offsets.end));
    if (records_.size() > 0) {
      TRY(process_batch(machine, lake, rejects));
      state_.last = LastRecord{records_.offsets.back(), hash_of(records_, records_.size() - 1)};
    }
    records += records_.size();
    next = records_.next;
  }
  return records;
}

Result<Lane::Machine*> Lane::machine_for(const std::string& options_text) {
  if (machine_ && machine_->options_text == options_text) return &*machine_;
  TRY_ASSIGN(const StreamOptions options, stream_options_from(options_text));
  TRY_ASSIGN(const TimeZone* zone, environment_.zone_named(options.time_zone));
  const bool all = !options_.lake.empty();
  TRY_ASSIGN(
      auto decoder,
      event::Decoder::make(
          {.dialect = options.dialect, .projection = all ? all_fields() : few_fields(options_.identity.key), .zone = zone, .extra = all}));
  const stream::TimeRules rules = time_rules(options_.identity, options);
  return &machine_.emplace(options_text, rules, options.dedup, std::move(decoder), stream::PartitionStage(rules, options_.identity.key));
}

Status Lane::process_batch(Machine& machine, bool lake, bool rejects) {
  machine.decoder->decode(records_.values, records_.timestamps, events_);
  event_ids_.clear();
  if (machine.dedup || lake) identify();
  machine.stage.judge(events_, records_.timestamps, judged_);
  if (machine.dedup) TRY(find_duplicates());
  machine.stage.count(events_, judged_, records_.keys);
  if (lake) rows_.events.add(events_, records_.offsets, records_.timestamps, event_ids_, judged_.dispositions);
  if (rejects) collect_rejects(machine.rules);
  return {};
}

void Lane::identify() {
  event_ids_.resize(events_.size());
  const auto& named = events_.text_of(event::Field::kEventId);
  for (std::size_t row = 0; row < events_.size(); ++row) event_ids_[row] = id_of(row, named[row]);
}

event::EventId Lane::id_of(std::size_t row, std::string_view named) const {
  const std::uint32_t record = events_.record[row];
  const auto field = named.data() == nullptr ? std::nullopt : std::optional(named);
  return event::event_id(id_header_of(records_.headers[record]), field, options_.identity.topic, records_.keys[record],
                         records_.values[record]);
}

Status Lane::find_duplicates() {
  TRY(ids_->check(event_ids_, judged_.remembered_from, judged_.watermarks, duplicates_));
  for (std::size_t row = 0; row < duplicates_.size(); ++row) {
    if (duplicates_[row] != 0) judged_.mark_duplicate(row);
  }
  return {};
}

void Lane::collect_rejects(const stream::TimeRules& rules) {
  sink::RejectRows& rows = rows_.rejects;
  const auto& users = events_.text_of(event::Field::kUser);
  const auto& named = events_.text_of(event::Field::kEventId);
  for (std::size_t row = 0; row < events_.size(); ++row) {
    if (judged_.reasons[row] == 0) [[likely]]
      continue;
    const std::uint32_t record = events_.record[row];
    sink::LateEvent event{.offset = records_.offsets[record],
                          .ingest_time = records_.timestamps[record],
                          .event_time = events_.time[row],
                          .id = event_ids_.empty() ? id_of(row, named[row]) : event_ids_[row],
                          .reason = static_cast<stream::RejectReason>(judged_.reasons[row]),
                          .kind = events_.kind[row],
                          .is_play = events_.is_play[row] != 0,
                          .user = users[row]};
    if (event.reason == stream::RejectReason::kLate) {
      const Timestamp window_end = floor_to(event.event_time, rules.window) + rules.window;
      event.late_by_ms = (judged_.watermarks[row] - window_end).count() / 1000;
    }
    rows.add_late(event);
  }
  for (const event::Rejected& rejected : events_.rejected) {
    const std::uint32_t record = rejected.record;
    rows.add_dead_letter({.offset = records_.offsets[record],
                          .ingest_time = records_.timestamps[record],
                          .reason = rejected.reason,
                          .key = records_.keys[record],
                          .value = records_.values[record],
                          .headers = records_.headers[record]});
  }
}

Status Lane::checkpoint() {
  kept_ = {};
  return start_journal(kept_);
}

Status Lane::checkpoint_shared(const Taken& taken) {
  std::erase_if(kept_.outcomes, [&](const Outcome& outcome) { return outcome.epoch <= taken.merged; });
  std::erase_if(kept_.bundles, [&](const Bundle& bundle) { return bundle.through <= taken.rows; });
  TRY(bundle_rows());
  return start_journal(kept_);
}

// The bundle counts from the checkpoint that names it.
Status Lane::bundle_rows() {
  if (state_.epoch == bundled_) return {};
  Bundle bundle{.after = bundled_,
                .through = state_.epoch,
                .offsets = {bundled_end_, state_.next},
                .lake = !options_.lake.empty(),
                .gaps = rows_.gaps,
                .resets = state_.state.tally.resets};
  TRY_ASSIGN(bundle.files, write_bundle(environment_.files, folder_of(bundle), options_.identity.topic, rows_));
  rows_.clear();
  bundled_ = bundle.through;
  bundled_end_ = state_.next;
  kept_.bundles.push_back(std::move(bundle));
  return {};
}

Status Lane::start_journal(const Kept& kept) {
  TRY_ASSIGN(state_.id_runs, ids_->seal(state_.watermark));
  TRY(journal_->checkpoint(state_, kept));
  TRY(ids_->remove_unnamed());
  return remove_taken_bundles();
}

Status Lane::remove_taken_bundles() {
  const std::string& folder = journal_->state_folder();
  TRY_ASSIGN(const auto names, environment_.files.list(folder));
  for (const std::string& name : names) {
    const std::string path = io::join(folder, name);
    const bool kept = std::ranges::any_of(kept_.bundles, [&](const Bundle& bundle) { return folder_of(bundle) == path; });
    if (is_bundle_folder(name) && !kept) TRY(environment_.files.remove_all(path));
  }
  return {};
}

Result<std::uint64_t> Lane::lag() {
  TRY_ASSIGN(const OffsetRange range, reader_->range(partition_));
  return range.end.value - std::min(range.end.value, state_.next.value);
}

}  // namespace playhead::pipeline
