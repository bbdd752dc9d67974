#include "pipeline/pipeline.h"

#include <algorithm>

#include "event/decoder.h"
#include "pipeline/rejected.h"

namespace playhead::pipeline {
namespace {

constexpr std::uint64_t kIdentityBytesMax = 1u << 20;

std::string partition_folder(const Options& options, Partition partition) {
  return io::join(options.checkpoint, "p" + std::to_string(partition.value));
}

}  // namespace

// The tools that turn a cut into an outcome, made for the options that the cut names.
struct Machine {
  std::string options_text;
  std::unique_ptr<event::Decoder> decoder;
  stream::PartitionStage stage;
};

struct Pipeline::Lane {
  Partition partition;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<log::Reader> reader;
  Snapshot state;  // after the last processed epoch
  std::optional<Machine> machine;
  log::RecordBatch records;
  event::EventBatch events;
  RejectedRecords rejected;
  Timestamp last_record_at;  // wall clock

  // Of the step under way.
  Cut cut;
  Outcome outcome;
  Status status;
};

Pipeline::Pipeline(Environment environment, Options options)
    : environment_(std::move(environment)), options_(std::move(options)), options_text_(to_text(options_.stream)) {}
Pipeline::~Pipeline() = default;

Result<std::unique_ptr<Pipeline>> Pipeline::make(Environment environment, Options options) {
  auto pipeline = std::unique_ptr<Pipeline>(new Pipeline(std::move(environment), std::move(options)));
  if (const Status opened = pipeline->open(); !opened) return std::unexpected(pipeline->cause_of(opened.error()));
  return pipeline;
}

// kFenced if another writer has claimed any of the partitions.
Status Pipeline::confirm_lanes() const {
  for (const auto& lane : lanes_) TRY(lane->journal->confirm());
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
    TRY_ASSIGN(const bool more, decide(*lane));
    progress.more |= more;
    if (lane->cut.epoch == lane->state.epoch.next()) cut.push_back(lane.get());
  }
  for (const Lane* lane : cut) progress.records += lane->cut.offsets.count();
  TRY(run_cuts(cut));
  TRY(merger_->publish());
  std::uint64_t journal_bytes = 0;
  for (const auto& lane : lanes_) journal_bytes += lane->journal->bytes();
  const bool due = environment_.clock.now() - checkpointed_at_ >= options_.checkpoint_interval;
  if (epochs_since_checkpoint_ && (due || journal_bytes > options_.journal_bytes_max)) TRY(try_checkpoint());
  return progress;
}

// Decides the lane's next cut, if there is something to cut. Returns whether records remain beyond it.
Result<bool> Pipeline::decide(Lane& lane) {
  TRY_ASSIGN(const OffsetRange range, lane.reader->range(lane.partition));
  const Offset next = lane.state.next;
  const std::string where = options_.identity.topic + "/" + std::to_string(lane.partition.value);
  if (next < range.start || next > range.end) {
    return fail(ErrorKind::kInvalid, where + " holds offsets " + std::to_string(range.start.value) + " to " +
                                         std::to_string(range.end.value) + ", but the job goes on at " + std::to_string(next.value) +
                                         ": records are lost. Restore the log, or start over with 'playhead jobs reset'");
  }
  const Timestamp now = environment_.clock.now();
  const Offset end{std::min(range.end.value, next.value + options_.epoch_records_max)};
  if (end > next) lane.last_record_at = now;
  const bool turns_idle = end == next && !lane.state.idle && now - lane.last_record_at >= options_.idle_after;
  if (end == next && !turns_idle) return false;
  lane.cut = {.epoch = lane.state.epoch.next(),
              .topic_id = options_.identity.topic_id,
              .offsets = {next, end},
              .watermark_in = lane.state.watermark,
              .idle = turns_idle,
              .decided_at = now,
              .writer = lane.journal->writer(),
              .options = options_text_,
              .program = options_.program};
  return end < range.end;
}

// The order is the promise: cuts durable, still the owner, then process, then publish.
Status Pipeline::run_cuts(std::vector<Lane*>& cut) {
  for (Lane* lane : cut) TRY(lane->journal->append(lane->cut));
  for (Lane* lane : cut) {
    TRY(lane->journal->sync());
    TRY(lane->journal->confirm());
  }
  environment_.run_each(cut.size(), [&](std::size_t i) { cut[i]->status = process(*cut[i]); });
  for (Lane* lane : cut) {
    TRY(lane->status);
    TRY(lane->journal->append(lane->outcome));
    TRY(merger_->absorb(lane->partition, lane->journal->writer(), lane->outcome));
    epochs_since_checkpoint_ = true;
  }
  return {};
}

Status Pipeline::process(Lane& lane) {
  TRY_ASSIGN(lane.outcome, outcome_of(lane, lane.cut));
  const stream::EpochOutcome& result = lane.outcome.result;
  lane.state = {
      .epoch = lane.cut.epoch, .next = lane.cut.offsets.end, .idle = lane.cut.idle, .state = result.state, .watermark = result.watermark};
  lane.rejected.add(lane.cut.epoch, result.rejected);
  return {};
}

// Reads and counts the records of a cut. Depends on the cut, the state before and the records only.
Result<Outcome> Pipeline::outcome_of(Lane& lane, const Cut& cut) {
  if (!lane.machine || lane.machine->options_text != cut.options) {
    TRY_ASSIGN(const StreamOptions options, stream_options_from(cut.options));
    TRY_ASSIGN(const TimeZone* zone, environment_.zone_named(options.time_zone));
    TRY_ASSIGN(auto decoder, event::Decoder::make({.dialect = options.dialect, .projection = {options_.identity.key}, .zone = zone}));
    lane.machine.emplace(cut.options, std::move(decoder),
                         stream::PartitionStage(time_rules(options_.identity, options), options_.identity.key));
  }
  stream::PartitionStage& stage = lane.machine->stage;
  stage.begin(lane.state.state);
  for (Offset next = cut.offsets.start; next < cut.offsets.end;) {
    TRY(lane.reader->read(lane.partition, next, cut.offsets.end, lane.records));
    lane.machine->decoder->decode(lane.records.values, lane.records.timestamps, lane.events);
    stage.add(lane.events, lane.records.offsets, lane.records.timestamps);
    next = lane.records.offsets.back().next();
  }
  return Outcome{.epoch = cut.epoch, .end = cut.offsets.end, .idle = cut.idle, .result = stage.finish()};
}

Status Pipeline::try_checkpoint() {
  TRY(merger_->save());
  for (const auto& lane : lanes_) {
    TRY(lane->rejected.save(environment_.files, partition_folder(options_, lane->partition), lane->journal->writer()));
    TRY(lane->journal->checkpoint(lane->state));
  }
  TRY(hold_records());
  checkpointed_at_ = environment_.clock.now();
  epochs_since_checkpoint_ = false;
  return {};
}

// Retention keeps what a restart may replay.
Status Pipeline::hold_records() {
  std::vector<Offset> needed;
  needed.reserve(lanes_.size());
  for (const auto& lane : lanes_) needed.push_back(lane->journal->base().next);
  return environment_.log.hold(options_.identity.topic, options_.identity.job, needed);
}

Result<std::uint64_t> Pipeline::lag() {
  std::uint64_t records = 0;
  for (const auto& lane : lanes_) {
    TRY_ASSIGN(const OffsetRange range, reader_->range(lane->partition));
    records += range.end.value - std::min(range.end.value, lane->state.next.value);
  }
  return records;
}

Status Pipeline::open() {
  TRY_ASSIGN(const log::TopicDescription topic, environment_.log.topic(options_.identity.topic));
  options_.identity.topic_id = topic.id;
  options_.identity.partitions = topic.options.partitions;
  TRY(check_identity());
  TRY_ASSIGN(reader_, environment_.log.reader(options_.identity.topic));
  TRY(make_lanes());
  TRY_ASSIGN(auto table, sink::WindowTable::claim(environment_.files, {.folder = options_.output,
                                                                       .key_name = std::string(event::name_of(options_.identity.key)),
                                                                       .window = options_.identity.window,
                                                                       .provisional = options_.identity.provisional,
                                                                       .owner = to_text(options_.identity),
                                                                       .may_claim = [this] { return confirm_lanes(); }}));
  TRY_ASSIGN(merger_, Merger::make(environment_.files,
                                   {.folder = options_.checkpoint,
                                    .partitions = options_.identity.partitions,
                                    .window = options_.identity.window,
                                    .emit = options_.identity.provisional ? Emit::kUpdates : Emit::kClosed,
                                    .open_windows_max = options_.open_windows_max},
                                   std::move(table)));
  for (const auto& lane : lanes_) TRY(recover(*lane));
  TRY(hold_records());
  TRY(merger_->publish());
  checkpointed_at_ = environment_.clock.now();
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

Status Pipeline::make_lanes() {
  for (std::uint32_t number = 0; number < options_.identity.partitions; ++number) {
    auto lane = std::make_unique<Lane>();
    lane->partition = {number};
    TRY_ASSIGN(lane->journal, Journal::claim(environment_.files, partition_folder(options_, lane->partition)));
    TRY_ASSIGN(lane->reader, environment_.log.reader(options_.identity.topic));
    lane->last_record_at = environment_.clock.now();
    lanes_.push_back(std::move(lane));
  }
  return {};
}

// Brings the lane to the end of its journal: recorded outcomes are taken as they are, a cut without one is replayed.
Status Pipeline::recover(Lane& lane) {
  JournalContents contents = lane.journal->take_contents();
  lane.state = contents.snapshot;
  if (lane.state.epoch == Epoch{0} && contents.epochs.empty()) {
    TRY_ASSIGN(const OffsetRange range, lane.reader->range(lane.partition));
    lane.state.next = range.start;  // a new job begins with what the log still has
  }
  const LedgerPartition& ledger = merger_->committed().partitions[lane.partition.value];
  const Epoch last = contents.epochs.empty() ? lane.state.epoch : contents.epochs.back().cut.epoch;
  const std::string where = "partition " + std::to_string(lane.partition.value) + ": ";
  if (ledger.epoch > last) {
    return fail(ErrorKind::kInvalid, where + "the output in " + options_.output + " holds epoch " + std::to_string(ledger.epoch.value) +
                                         ", the checkpoint only " + std::to_string(last.value) +
                                         ": the checkpoint was lost or is older. Restore it, or start over with 'playhead jobs reset'");
  }
  if (ledger.epoch < lane.state.epoch) {
    return fail(ErrorKind::kInvalid, where + "the checkpoint begins after epoch " + std::to_string(lane.state.epoch.value) +
                                         ", the output in " + options_.output + " ends at " + std::to_string(ledger.epoch.value) +
                                         ": the output was lost or is older. Restore it, or start over with 'playhead jobs reset'");
  }
  for (Recorded& recorded : contents.epochs) {
    lane.cut = recorded.cut;
    const bool replay = !recorded.outcome || options_.verify_replay;
    if (replay) {
      TRY_ASSIGN(lane.outcome, outcome_of(lane, lane.cut));
      ++replayed_epochs_;
      if (recorded.outcome && encode(*recorded.outcome) != encode(lane.outcome)) {
        return fail(ErrorKind::kCorrupt, where + "replaying epoch " + std::to_string(lane.cut.epoch.value) + " came to another outcome");
      }
      if (!recorded.outcome) TRY(lane.journal->append(lane.outcome));
    } else {
      lane.outcome = std::move(*recorded.outcome);
    }
    const stream::EpochOutcome& result = lane.outcome.result;
    lane.state = {
        .epoch = lane.cut.epoch, .next = lane.cut.offsets.end, .idle = lane.cut.idle, .state = result.state, .watermark = result.watermark};
    lane.rejected.add(lane.cut.epoch, result.rejected);
    TRY(merger_->absorb(lane.partition, lane.journal->writer(), lane.outcome));
    epochs_since_checkpoint_ = true;
  }
  return {};
}

}  // namespace playhead::pipeline
