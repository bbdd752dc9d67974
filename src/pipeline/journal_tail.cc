#include "pipeline/journal_tail.h"

#include <utility>

#include "pipeline/journal_file.h"

namespace playhead::pipeline {

std::string JournalTail::folder_of(const Bundle& bundle) const {
  return bundle_folder(io::join(folder_, state_folder_name(writer_.value)), bundle.through);
}

Result<std::vector<Outcome>> JournalTail::poll() {
  std::vector<Outcome> news;
  const auto journals = journals_in(files_, folder_);
  if (!journals && journals.error().kind != ErrorKind::kNotFound) return std::unexpected(journals.error());
  if (!journals || journals->empty()) return news;
  if (const std::string& newest = journals->back().file; newest != name_) {
    name_ = newest;
    position_ = 0;
    bundles_.clear();
  }
  const auto file = files_.open(io::join(folder_, name_), io::Open::kRead);
  if (!file && file.error().kind == ErrorKind::kNotFound) return news;  // its writer has begun another just now: the next call finds it
  if (!file) return std::unexpected(file.error());
  TRY_ASSIGN(const std::uint64_t size, (*file)->size());
  if (size <= position_) return news;
  std::string bytes;
  TRY((*file)->read_at(position_, size - position_, bytes));
  TRY_ASSIGN(const std::size_t whole,
             each_frame(bytes, [&](FrameType type, std::string_view payload) { return take(type, payload, news); }));
  position_ += whole;
  return news;
}

Status JournalTail::take(FrameType type, std::string_view payload, std::vector<Outcome>& news) {
  if (type == FrameType::kHead) {
    auto head = decode_head(payload);
    if (!head) return fail(head.error().kind, io::join(folder_, name_) + ": " + head.error().message);
    writer_ = head->writer;
    format_ = head->format;
    return {};
  }
  if (type == FrameType::kBundle) {
    TRY_ASSIGN(Bundle bundle, decode_bundle(payload));
    bundles_.push_back(std::move(bundle));
    return {};
  }
  if (type == FrameType::kCut) return {};
  TRY_ASSIGN(Outcome outcome, decode_outcome(payload, format_));
  if (outcome.epoch <= epoch_) return {};
  if (outcome.epoch != epoch_.next()) {
    return fail(ErrorKind::kInvalid, io::join(folder_, name_) + " goes on with epoch " + std::to_string(outcome.epoch.value) +
                                         ", and those after " + std::to_string(epoch_.value) +
                                         " are not merged: the checkpoint was lost or is older. Restore it, or start over with 'playhead "
                                         "jobs reset'");
  }
  epoch_ = outcome.epoch;
  news.push_back(std::move(outcome));
  return {};
}

}  // namespace playhead::pipeline
