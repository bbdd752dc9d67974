#include "pipeline/merger.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/bytes.h"

namespace playhead::pipeline {
namespace {

constexpr std::uint32_t kFormat = 1;
constexpr std::uint64_t kSavedBytesMax = 4ull << 30;
constexpr std::string_view kPrefix = "open-windows-";
constexpr std::size_t kDigits = 20;  // of a number in the name

std::string saved_name(WriterEpoch writer, std::uint64_t sequence) {
  char text[80];
  std::snprintf(text, sizeof text, "%s%020llu-%020llu", kPrefix.data(), static_cast<unsigned long long>(writer.value),
                static_cast<unsigned long long>(sequence));
  return text;
}

// Names of saved open windows, the oldest first: fixed width, so that the order of names is that of writers and sequences.
Result<std::vector<std::string>> saved_in(io::FileSystem& files, const std::string& folder) {
  TRY_ASSIGN(auto names, files.list(folder));
  const std::size_t length = saved_name({}, 0).size();
  std::erase_if(names, [&](const std::string& name) { return !name.starts_with(kPrefix) || name.size() != length; });
  return names;
}

std::string encode_saved(const std::vector<Epoch>& epochs, const std::vector<stream::Increase>& rows) {
  ByteWriter out;
  out.number(kFormat);
  out.number(static_cast<std::uint32_t>(epochs.size()));
  for (const Epoch epoch : epochs) out.number(epoch.value);
  out.number(static_cast<std::uint64_t>(rows.size()));
  for (const stream::Increase& row : rows) {
    out.number(to_micros(row.window_start));
    out.number(row.count);
    out.text(row.key);
  }
  const std::uint64_t sum = checksum(out.bytes());
  out.number(sum);
  return std::move(out).take();
}

struct Saved {
  std::vector<Epoch> epochs;
  std::vector<stream::Increase> rows;
};

Result<Saved> decode_saved(std::string_view bytes, const std::string& path) {
  const auto damaged = [&] { return fail(ErrorKind::kCorrupt, path + " is damaged: restore it from a backup or reset the job"); };
  if (bytes.size() < sizeof(std::uint64_t)) return damaged();
  ByteReader tail(bytes.substr(bytes.size() - sizeof(std::uint64_t)));
  bytes.remove_suffix(sizeof(std::uint64_t));
  if (tail.number<std::uint64_t>() != checksum(bytes)) return damaged();
  ByteReader in(bytes);
  if (in.number<std::uint32_t>() > kFormat) return fail(ErrorKind::kInvalid, path + " was written by a newer Playhead: use that version");
  Saved saved;
  const auto partitions = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < partitions && in.ok(); ++i) saved.epochs.push_back({in.number<std::uint64_t>()});
  const auto rows = in.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < rows && in.ok(); ++i) {
    const Timestamp start = from_micros(in.number<std::int64_t>());
    const auto count = in.number<std::uint64_t>();
    saved.rows.push_back({start, std::string(in.text()), count});
  }
  if (!in.ok() || in.remaining() != 0) return damaged();
  return saved;
}

}  // namespace

Result<std::unique_ptr<Merger>> Merger::make(io::FileSystem& files, Options options, std::unique_ptr<sink::WindowTable> table) {
  auto merger = std::unique_ptr<Merger>(new Merger(files, std::move(options), std::move(table)));
  TRY(merger->load());
  return merger;
}

Status Merger::load() {
  if (table_->ledger() != "null") {
    TRY_ASSIGN(committed_, ledger_from(table_->ledger()));
  }
  if (committed_.partitions.size() < options_.partitions) committed_.partitions.resize(options_.partitions);  // it is new, or grew
  if (committed_.partitions.size() != options_.partitions) {
    return fail(ErrorKind::kInvalid, "the ledger has " + std::to_string(committed_.partitions.size()) + " partitions, the topic " +
                                         std::to_string(options_.partitions));
  }
  current_ = committed_;
  absorbed_.assign(options_.partitions, Epoch{0});
  TRY(files_.make_folders(options_.folder));
  TRY_ASSIGN(const auto names, saved_in(files_, options_.folder));
  if (names.empty()) return {};
  const std::string path = io::join(options_.folder, names.back());
  TRY_ASSIGN(const std::string bytes, io::read_file(files_, path, kSavedBytesMax));
  TRY_ASSIGN(Saved saved, decode_saved(bytes, path));
  if (saved.epochs.size() < options_.partitions) saved.epochs.resize(options_.partitions);  // the topic has grown since
  if (saved.epochs.size() != options_.partitions) return fail(ErrorKind::kCorrupt, path + " is of another number of partitions");
  absorbed_ = saved.epochs;
  for (std::size_t i = 0; i < absorbed_.size(); ++i) {
    if (absorbed_[i] > committed_.partitions[i].epoch) {
      return fail(ErrorKind::kInvalid,
                  path + " is ahead of the ledger in the output folder: the output was lost or is older. Restore it, or " +
                      "start over with 'playhead jobs reset'");
    }
  }
  for (const stream::Increase& row : saved.rows) {
    if (row.window_start + options_.window > committed_.published_through) TRY(open_.add(row));
  }
  return {};
}

Status Merger::absorb(Partition partition, WriterEpoch writer, const Outcome& outcome) {
  Epoch& absorbed = absorbed_[partition.value];
  if (outcome.epoch <= absorbed) return {};
  if (outcome.epoch != absorbed.next()) {
    return fail(ErrorKind::kCorrupt, "partition " + std::to_string(partition.value) + ": epoch " + std::to_string(outcome.epoch.value) +
                                         " does not follow " + std::to_string(absorbed.value) +
                                         ", the last one that is merged: the checkpoint was lost or is older. Restore it, or start over " +
                                         "with 'playhead jobs reset'");
  }
  absorbed = outcome.epoch;
  const bool held = outcome.epoch <= committed_.partitions[partition.value].epoch;
  for (const stream::Increase& increase : outcome.result.increases) TRY(absorb_increase(outcome.epoch, partition, increase));
  if (held) return {};
  current_.partitions[partition.value] = ledger_entry(writer, outcome);
  return {};
}

Status Merger::absorb_increase(Epoch epoch, Partition partition, const stream::Increase& increase) {
  const bool published = increase.window_start + options_.window <= current_.published_through;
  if (epoch <= committed_.partitions[partition.value].epoch) {
    // The table has it, in a published row; what it added to a window that is still open is added again here.
    return published ? Status{} : open_.add(increase);
  }
  if (published) {
    restated_[{increase.window_start, increase.key}] += increase.count;
    return {};
  }
  if (options_.emit == Emit::kUpdates) touched_.insert(increase.window_start);
  return open_.add(increase);
}

bool Merger::is_behind() const {
  for (std::size_t i = 0; i < absorbed_.size(); ++i) {
    if (absorbed_[i] < committed_.partitions[i].epoch) return true;
  }
  return false;
}

// The file is found before the table's writer: a writer that claims the table after that finds the same file, or a newer one.
Result<std::vector<Epoch>> Merger::saved(io::FileSystem& files, const std::string& folder, const std::string& output) {
  const auto names = saved_in(files, folder);
  if (!names || names->empty()) return std::vector<Epoch>{};
  const std::string path = io::join(folder, names->back());
  const auto bytes = io::read_file(files, path, kSavedBytesMax);
  if (!bytes && bytes.error().kind == ErrorKind::kNotFound) return std::vector<Epoch>{};  // a newer one takes its place
  if (!bytes) return std::unexpected(bytes.error());
  TRY_ASSIGN(Saved saved, decode_saved(*bytes, path));
  TRY_ASSIGN(const auto manifest, table::PublishedFolder::newest(files, output));
  if (!manifest || !names->back().starts_with(saved_name(manifest->writer_epoch, 0).substr(0, kPrefix.size() + kDigits))) {
    return std::vector<Epoch>{};
  }
  return std::move(saved.epochs);
}

Status Merger::publish() {
  std::vector<stream::PartitionProgress> progress;
  progress.reserve(current_.partitions.size());
  for (const LedgerPartition& partition : current_.partitions) progress.push_back({partition.watermark, partition.idle});
  current_.job_watermark = stream::job_watermark(progress, current_.job_watermark);
  return commit(current_.job_watermark, false);
}

Status Merger::drain() {
  TRY(publish());
  if (open_.entries() == 0) return {};
  return commit(open_.last_end(), false);
}

Status Merger::replace(std::vector<stream::Increase> counts) {
  TRY(publish());
  if (counts.empty()) return {};
  const sink::WindowChanges changes{.closed = std::move(counts)};
  TRY_ASSIGN(const std::int64_t difference, table_->prepare(changes));
  current_.published_plays += static_cast<std::uint64_t>(difference);
  current_.recomputed_plays += difference;
  TRY(table_->commit(to_text(current_)));
  rows_published_ += changes.closed.size();
  committed_ = current_;
  return table_->settle();
}

Status Merger::save() {
  TRY(publish());
  if (current_ != committed_) TRY(commit(current_.published_through, true));
  TRY(table_->settle());
  std::vector<Epoch> epochs;
  epochs.reserve(current_.partitions.size());
  for (const LedgerPartition& partition : current_.partitions) epochs.push_back(partition.epoch);
  const std::string name = saved_name(table_->writer(), sequence_++);
  TRY(io::replace_file(files_, io::join(options_.folder, name), encode_saved(epochs, open_.rows())));
  TRY_ASSIGN(const auto names, saved_in(files_, options_.folder));
  for (const std::string& older : names) {
    if (older < name) TRY(files_.remove(io::join(options_.folder, older)));
  }
  return {};
}

sink::WindowChanges Merger::take_changes(Timestamp through) {
  sink::WindowChanges changes;
  for (const auto& [window_and_key, count] : restated_) changes.restated.push_back({window_and_key.first, window_and_key.second, count});
  restated_.clear();
  changes.closed = open_.take_through(through);
  for (const Timestamp start : touched_) {
    const auto rows = open_.rows_of(start);
    changes.provisional.insert(changes.provisional.end(), rows.begin(), rows.end());
  }
  touched_.clear();
  return changes;
}

// Publishes the open windows that end by `through`, if any, with all that is restated; the ledger says so.
Status Merger::commit(Timestamp through, bool even_if_empty) {
  const bool closes = open_.any_ends_by(through);
  if (!closes && restated_.empty() && touched_.empty() && !even_if_empty) return {};
  const sink::WindowChanges changes = take_changes(through);
  if (closes) current_.published_through = std::max(current_.published_through, through);
  TRY_ASSIGN(const std::int64_t published, table_->prepare(changes));
  current_.published_plays += static_cast<std::uint64_t>(published);
  current_.open_plays = open_.plays();
  if (!current_.reconciles()) {
    return fail(ErrorKind::kCorrupt, "published " + std::to_string(current_.published_plays) + " and open " +
                                         std::to_string(current_.open_plays) + " plays are not the " +
                                         std::to_string(current_.tally().plays_counted()) + " counted: nothing was published");
  }
  TRY(table_->commit(to_text(current_)));
  rows_published_ += changes.closed.size() + changes.restated.size() + changes.provisional.size();
  committed_ = current_;
  return {};
}

}  // namespace playhead::pipeline
