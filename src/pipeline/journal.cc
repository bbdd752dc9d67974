#include "pipeline/journal.h"

#include <algorithm>

#include "pipeline/journal_file.h"

namespace playhead::pipeline {
namespace {

constexpr int kRacesMax = 100;
constexpr std::string_view kStatePrefix = "state-";

// The highest claimed writer epoch; 0 where nobody has claimed.
Result<WriterEpoch> highest_claim(io::FileSystem& files, const std::string& folder) {
  auto names = files.list(io::join(folder, "claims"));
  if (!names) return std::unexpected(names.error());
  WriterEpoch highest{0};
  for (const std::string& name : *names) {
    if (const auto number = number_of_digits(name)) highest = std::max(highest, WriterEpoch{*number});
  }
  return highest;
}

// Adds a cut or an outcome; epochs follow each other without a gap.
Status add_epoch(JournalContents& contents, FrameType type, std::string_view payload, std::uint32_t format, const std::string& path) {
  const Epoch last = contents.epochs.empty() ? contents.snapshot.epoch : contents.epochs.back().cut.epoch;
  if (type == FrameType::kCut) {
    TRY_ASSIGN(Cut cut, decode_cut(payload, format));
    if (cut.epoch != last.next())
      return fail(ErrorKind::kCorrupt, path + ": epoch " + std::to_string(cut.epoch.value) + " follows " + std::to_string(last.value));
    contents.epochs.push_back({std::move(cut), std::nullopt});
    return {};
  }
  TRY_ASSIGN(Outcome outcome, decode_outcome(payload, format));
  if (contents.epochs.empty() || outcome.epoch != last) return fail(ErrorKind::kCorrupt, path + ": an outcome without its cut");
  contents.epochs.back().outcome = std::move(outcome);
  return {};
}

Status add_kept(Kept& kept, FrameType type, std::string_view payload, std::uint32_t format) {
  if (type == FrameType::kKept) {
    TRY_ASSIGN(Outcome outcome, decode_outcome(payload, format));
    kept.outcomes.push_back(std::move(outcome));
    return {};
  }
  TRY_ASSIGN(Bundle bundle, decode_bundle(payload));
  kept.bundles.push_back(std::move(bundle));
  return {};
}

Result<JournalContents> read_journal(io::FileSystem& files, const std::string& path) {
  TRY_ASSIGN(const std::string bytes, io::read_file(files, path, kJournalBytesMax));
  JournalContents contents;
  std::uint32_t format = 0;  // unknown before the head
  const auto take = [&](FrameType type, std::string_view payload) -> Status {
    if (type == FrameType::kHead) {
      auto head = decode_head(payload);
      if (!head) return fail(head.error().kind, path + ": " + head.error().message);
      format = head->format;
      contents.writer = head->writer;
      contents.snapshot = std::move(head->snapshot);
      return {};
    }
    if (format == 0) return {};
    const bool kept = type == FrameType::kKept || type == FrameType::kBundle;
    return kept ? add_kept(contents.kept, type, payload, format) : add_epoch(contents, type, payload, format, path);
  };
  TRY(each_frame(bytes, take));
  if (format == 0) return fail(ErrorKind::kCorrupt, path + ": the head is damaged; restore it from a backup or reset the job");
  return contents;
}

}  // namespace

Result<std::optional<JournalContents>> Journal::look(io::FileSystem& files, const std::string& folder) {
  TRY_ASSIGN(const bool present, files.exists(folder));
  if (!present) return std::nullopt;
  for (int attempt = 0; attempt < kRacesMax; ++attempt) {
    TRY_ASSIGN(const auto journals, journals_in(files, folder));
    if (journals.empty()) return std::nullopt;
    auto contents = read_journal(files, io::join(folder, journals.back().file));
    if (contents) return std::move(*contents);
    // Its writer has started a new file, and removed the one that was just listed: look again.
    if (contents.error().kind != ErrorKind::kNotFound) return std::unexpected(contents.error());
  }
  return fail(ErrorKind::kBusy, folder + ": the journal changes faster than it can be read");
}

Result<std::unique_ptr<Journal>> Journal::claim(io::FileSystem& files, std::string folder) {
  const std::string claims = io::join(folder, "claims");
  TRY(files.make_folders(claims));
  for (int attempt = 0; attempt < kRacesMax; ++attempt) {
    TRY_ASSIGN(const WriterEpoch highest, highest_claim(files, folder));
    const WriterEpoch mine = highest.next();
    const std::string path = io::join(claims, digits_of(mine.value));
    // Two claimants may write one temporary name: both write nothing into it, and only one gets the final name.
    if (auto created = io::create_file(files, path, path + ".new", ""); !created) {
      if (created.error().kind == ErrorKind::kExists || created.error().kind == ErrorKind::kNotFound) continue;
      return std::unexpected(created.error());
    }
    auto journal = std::unique_ptr<Journal>(new Journal(files, std::move(folder), mine));
    const Status taken = journal->take_over();
    if (taken) return journal;
    TRY(journal->confirm());  // a newer claim is the cause of whatever went wrong
    return std::unexpected(taken.error());
  }
  return fail(ErrorKind::kBusy, folder + ": too many processes claim it at once");
}

// The state beside the journal changes its name with its owner: what a stopped writer still means to write or delete there leads nowhere.
// This comes before the newest journal is read, so that all the files it names are still there.
Status Journal::take_state_folder() {
  TRY_ASSIGN(const auto names, files_.list(folder_));
  state_folder_ = io::join(folder_, state_folder_name(writer_.value));
  std::vector<std::string> found;  // the last is of the latest owner
  for (const std::string& name : names) {
    const auto owner = name.starts_with(kStatePrefix) ? number_of_digits(std::string_view(name).substr(kStatePrefix.size())) : std::nullopt;
    if (!owner) continue;
    if (*owner > writer_.value) return fail(ErrorKind::kFenced, folder_ + ": a newer writer has taken over");
    found.push_back(io::join(folder_, name));
  }
  if (found.empty()) {
    TRY(files_.make_folders(state_folder_));
  } else {
    TRY(files_.rename(found.back(), state_folder_));
    found.pop_back();
  }
  for (const std::string& empty : found) TRY(files_.remove_all(empty));
  return files_.sync_folder(folder_);
}

Status Journal::take_over() {
  TRY(take_state_folder());
  TRY_ASSIGN(auto contents, look(files_, folder_));
  if (contents) contents_ = std::move(*contents);
  TRY(start(contents_.snapshot, contents_.kept, contents_.epochs));
  return remove_older_claims();
}

Status Journal::remove_older_claims() {
  const std::string claims = io::join(folder_, "claims");
  TRY_ASSIGN(const auto names, files_.list(claims));
  for (const std::string& name : names) {
    const auto number = number_of_digits(name);
    if (number && *number < writer_.value) TRY(files_.remove(io::join(claims, name)));
  }
  return {};
}

Status Journal::start(const Snapshot& snapshot, const Kept& kept, const std::vector<Recorded>& epochs) {
  std::string bytes = frame_of(FrameType::kHead, encode(writer_, snapshot));
  for (const Outcome& outcome : kept.outcomes) bytes += frame_of(FrameType::kKept, encode(outcome));
  for (const Bundle& bundle : kept.bundles) bytes += frame_of(FrameType::kBundle, encode(bundle));
  for (const Recorded& recorded : epochs) {
    bytes += frame_of(FrameType::kCut, encode(recorded.cut));
    if (recorded.outcome) bytes += frame_of(FrameType::kOutcome, encode(*recorded.outcome));
  }
  const std::string path = io::join(folder_, journal_name(writer_.value, sequence_++));
  TRY(io::replace_file(files_, path, bytes));
  TRY_ASSIGN(file_, files_.open(path, io::Open::kWrite));
  position_ = bytes.size();
  base_bytes_ = position_;
  base_ = snapshot;
  // The new journal is durable under its name: the older ones, of this and of earlier writers, are of no more use.
  TRY_ASSIGN(const auto journals, journals_in(files_, folder_));
  for (const JournalName& journal : journals) {
    const std::string old = io::join(folder_, journal.file);
    if (journal.writer > writer_.value) return fail(ErrorKind::kFenced, folder_ + ": a newer writer has taken over");
    if (old != path) TRY(files_.remove(old));
  }
  return {};
}

Status Journal::append_frame(FrameType type, std::string_view payload) {
  const std::string frame = frame_of(type, payload);
  TRY(file_->write_at(position_, frame));
  position_ += frame.size();
  return {};
}

Status Journal::append(const Cut& cut) { return append_frame(FrameType::kCut, encode(cut)); }
Status Journal::append(const Outcome& outcome) { return append_frame(FrameType::kOutcome, encode(outcome)); }
Status Journal::sync() { return file_->sync(); }

Status Journal::confirm() {
  TRY_ASSIGN(const WriterEpoch highest, highest_claim(files_, folder_));
  if (highest > writer_) {
    return fail(ErrorKind::kFenced,
                folder_ + ": writer epoch " + std::to_string(highest.value) + " has taken over from " + std::to_string(writer_.value));
  }
  return {};
}

Status Journal::checkpoint(const Snapshot& snapshot, const Kept& kept) {
  TRY(confirm());
  return start(snapshot, kept, {});
}

}  // namespace playhead::pipeline
