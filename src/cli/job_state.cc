#include "cli/job_state.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "cli/job_log.h"
#include "cli/lake_place.h"
#include "pipeline/row_ledger.h"
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
  TRY_ASSIGN(log::Log* const log, log_of_job(workspace, state.checkpoint));
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

// Whether these windows are where another data folder has those of a job of this name: this one is a copy of it.
bool are_of_another_folder(const std::string& windows, const std::string& job, const std::string& checkpoint) {
  const std::string end = "/windows/" + job;
  if (!windows.ends_with(end)) return false;
  const std::string theirs = windows.substr(0, windows.size() - end.size()) + "/checkpoints/" + job;
  const auto real = [](const std::string& path) {
    const std::unique_ptr<char, decltype(&std::free)> found(::realpath(path.c_str(), nullptr), &std::free);
    return found ? std::string(found.get()) : std::string();
  };
  return !real(theirs).empty() && real(theirs) != real(checkpoint);
}

Result<std::optional<RowTable>> row_table_in(Workspace& workspace, const JobState& state, std::string folder) {
  TRY_ASSIGN(const auto manifest, table::PublishedFolder::newest(workspace.files(), folder));
  if (!manifest) return std::nullopt;
  TRY_ASSIGN(const pipeline::RowLedger ledger, pipeline::row_ledger_from(manifest->ledger));
  RowTable table{.folder = std::move(folder), .commit = manifest->number};
  for (std::size_t i = 0; i < state.partitions.size(); ++i) {
    const pipeline::RowLedgerPartition partition = i < ledger.size() ? ledger[i] : pipeline::RowLedgerPartition{};
    table.records += partition.records();
    table.behind += state.partitions[i].next.value - std::min(state.partitions[i].next.value, partition.next.value);
  }
  table.behind = std::min(table.behind, state.tally.total());  // a table without a commit does not know where the job began
  return table;
}

}  // namespace

Result<std::string> windows_of(Workspace& workspace, const std::string& job, const std::string& checkpoint) {
  TRY_ASSIGN(JobPlace place, place_of(workspace, job, checkpoint, ""));
  TRY_ASSIGN(const bool own, workspace.files().exists(io::join(place.output, ".manifests")));
  auto remembered = output_of(workspace, checkpoint);
  if (own || !remembered || are_of_another_folder(*remembered, job, checkpoint)) return std::move(place.output);
  return remembered;
}

Result<std::unique_ptr<StreamJob>> hold_stopped(Workspace& workspace, const JobPlace& place) {
  auto job = StreamJob::make(workspace, place, false, "", 1);
  if (job || job.error().kind != ErrorKind::kBusy) return job;
  return fail(ErrorKind::kBusy, "another process streams the job in " + place.checkpoint + ": stop it first");
}

Result<std::string> lake_folder_of(Workspace& workspace, const JobState& state) {
  TRY_ASSIGN(const auto owner, lake_owner(workspace, state.identity.topic));
  TRY_ASSIGN(const bool written, has_written_lake(workspace, state.checkpoint));
  const bool own = owner ? owner->job == state.identity.job : written;
  return own ? lake_folder(workspace, state.identity.topic) : std::string();
}

Result<std::optional<RowTable>> lake_of(Workspace& workspace, const JobState& state) {
  TRY_ASSIGN(std::string folder, lake_folder_of(workspace, state));
  if (folder.empty()) return std::nullopt;
  TRY_ASSIGN(auto table, row_table_in(workspace, state, folder));
  return table ? std::move(table) : RowTable{.folder = std::move(folder), .missing = true};
}

Result<std::optional<RowTable>> rejects_of(Workspace& workspace, const JobState& state) {
  return row_table_in(workspace, state, rejects_folder(workspace, state.identity.job));
}

std::string_view JobState::activity() const {
  if (!running) return "running or not: this user may not look";
  return *running ? "running" : "not running";
}

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
  TRY_ASSIGN(state.output, windows_of(workspace, state.identity.job, checkpoint));
  if (const auto lock = workspace.files().open_lock(io::join(checkpoint, "lock"))) {
    TRY_ASSIGN(const bool free, (*lock)->try_acquire());
    state.running = !free;
    if (free) (*lock)->release();
  }
  TRY(add_partitions(workspace, state));
  if (state.output.empty()) return state;
  TRY_ASSIGN(const auto manifest, table::PublishedFolder::newest(workspace.files(), state.output));
  if (manifest && manifest->ledger != "null") {
    TRY_ASSIGN(state.published, pipeline::ledger_from(manifest->ledger));
  }
  return state;
}

}  // namespace playhead::cli
