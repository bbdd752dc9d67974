#include "cli/job_state.h"

#include <algorithm>

#include "cli/stream_job.h"
#include "table/published_folder.h"

namespace playhead::cli {
namespace {

constexpr std::uint64_t kIdentityBytesMax = 1u << 20;

// Where the journal stands: after the last outcome it holds.
JobPartition partition_of(Partition partition, const pipeline::JournalContents& contents, stream::Tally& tally) {
  JobPartition state{.partition = partition,
                     .next = contents.snapshot.next,
                     .watermark = contents.snapshot.watermark,
                     .idle = contents.snapshot.idle,
                     .epoch = contents.snapshot.epoch};
  const stream::PartitionState* last = &contents.snapshot.state;
  for (const pipeline::Recorded& recorded : contents.epochs) {
    if (!recorded.outcome) break;
    state.next = recorded.outcome->end;
    state.watermark = recorded.outcome->result.watermark;
    state.idle = recorded.outcome->idle;
    state.epoch = recorded.outcome->epoch;
    last = &recorded.outcome->result.state;
  }
  tally += last->tally;
  return state;
}

Status add_partitions(Workspace& workspace, JobState& state) {
  std::unique_ptr<log::Reader> reader;
  TRY_ASSIGN(log::Log* const log, workspace.log());
  const auto topic = log->topic(state.identity.topic);
  state.topic_missing = !topic || topic->id != state.identity.topic_id;
  if (!state.topic_missing) {
    TRY_ASSIGN(reader, log->reader(state.identity.topic));
  }
  for (std::uint32_t number = 0; number < state.identity.partitions; ++number) {
    TRY_ASSIGN(const auto contents, pipeline::Journal::look(workspace.files(), io::join(state.checkpoint, "p" + std::to_string(number))));
    JobPartition partition{.partition = {number}, .next = {}, .epoch = {}};
    if (contents) partition = partition_of({number}, *contents, state.tally);
    if (reader) {
      TRY_ASSIGN(const OffsetRange range, reader->range({number}));
      const Offset next = std::max(partition.next, range.start);
      partition.lag = range.end.value - std::min(range.end.value, next.value);
    }
    state.partitions.push_back(partition);
  }
  return {};
}

}  // namespace

std::uint64_t JobState::lag() const {
  std::uint64_t records = 0;
  for (const JobPartition& partition : partitions) records += partition.lag;
  return records;
}

Result<JobState> state_of(Workspace& workspace, const std::string& checkpoint) {
  auto text = io::read_file(workspace.files(), io::join(checkpoint, "job"), kIdentityBytesMax);
  if (!text && text.error().kind == ErrorKind::kNotFound)
    return fail(ErrorKind::kNotFound, "there is no job in " + checkpoint + ": 'playhead jobs list' shows those that are");
  if (!text) return std::unexpected(text.error());
  JobState state;
  state.checkpoint = checkpoint;
  TRY_ASSIGN(state.identity, pipeline::identity_from(*text));
  if (auto output = output_of(workspace, checkpoint)) state.output = *output;
  TRY_ASSIGN(const auto lock, workspace.files().open_lock(io::join(checkpoint, "lock")));
  TRY_ASSIGN(const bool free, lock->try_acquire());
  state.running = !free;
  if (free) lock->release();
  TRY(add_partitions(workspace, state));
  if (state.output.empty()) return state;
  TRY_ASSIGN(const auto manifest, table::PublishedFolder::newest(workspace.files(), state.output));
  if (manifest && manifest->ledger != "null") {
    TRY_ASSIGN(state.published, pipeline::ledger_from(manifest->ledger));
  }
  return state;
}

}  // namespace playhead::cli
