#include "cli/replay.h"

#include <algorithm>
#include <utility>

namespace playhead::cli {
namespace {

// What an event costs while it waits: its bytes, and about this much for its place.
constexpr std::uint64_t kEventOverheadBytes = 128;

std::uint64_t cost_of(const Replay::Event& event) { return event.line.size() + event.user.size() + kEventOverheadBytes; }

}  // namespace

Result<std::unique_ptr<Replay>> Replay::make(std::vector<std::unique_ptr<Lines>> files, const ReplayOptions& options) {
  if (files.size() > kReplayFilesMax) {
    return fail(ErrorKind::kLimit, std::to_string(files.size()) + " files are more than the " + std::to_string(kReplayFilesMax) +
                                       " that are merged at once: join some with cat");
  }
  auto replay = std::unique_ptr<Replay>(new Replay(std::move(files), options));
  for (std::size_t file = 0; file < replay->files_.size(); ++file) TRY(replay->advance(file));
  return replay;
}

Replay::Replay(std::vector<std::unique_ptr<Lines>> files, const ReplayOptions& options)
    : files_(std::move(files)), options_(options), random_(options.seed), heads_(files_.size()) {}

Result<bool> Replay::next(Event& event) {
  if (options_.shuffle) return shuffled(event);
  if (options_.jitter > Duration::zero()) return jittered(event);
  return merged(event);
}

// Reads the file's next event into its head, and queues the file by its time.
Status Replay::advance(std::size_t file) {
  Head& head = heads_[file];
  TRY_ASSIGN(const bool found, files_[file]->next(head.event.line));
  if (!found) return {};
  read_facts(head.event.line, head.facts);
  if (head.facts.time) {
    head.event.time = *head.facts.time;
  } else {
    ++events_without_time_;
  }
  head.event.user.swap(head.facts.user);
  files_by_time_.push({head.event.time, file, file});
  return {};
}

// The file an event came from is read on only when the next event is asked for: a damaged line takes no good one before it along.
Result<bool> Replay::merged(Event& event) {
  if (taken_from_) TRY(advance(*taken_from_));
  taken_from_.reset();
  if (files_by_time_.empty()) return false;
  taken_from_ = files_by_time_.top().slot;
  files_by_time_.pop();
  Head& head = heads_[*taken_from_];
  event.time = head.event.time;
  event.user.swap(head.event.user);
  event.line.swap(head.event.line);
  return true;
}

// An event may go once no event still to be read can come before it: all of those are at or after the time read so far.
Result<bool> Replay::jittered(Event& event) {
  while (!all_read_ && (held_by_time_.empty() || held_by_time_.top().time > read_up_to_)) {
    TRY_ASSIGN(const bool found, merged(event));
    all_read_ = !found;
    if (!found) break;
    read_up_to_ = std::max(read_up_to_, event.time);
    if (event.time != kNever) event.time += delay();
    const Timestamp time = event.time;
    TRY_ASSIGN(const std::size_t slot, keep(event));
    held_by_time_.push({time, events_read_++, slot});
  }
  if (held_by_time_.empty()) return false;
  give(held_by_time_.top().slot, event);
  held_by_time_.pop();
  return true;
}

Result<bool> Replay::shuffled(Event& event) {
  while (!all_read_) {
    TRY_ASSIGN(const bool found, merged(event));
    all_read_ = !found;
    if (!found) break;
    TRY_ASSIGN(const std::size_t slot, keep(event));
    shuffled_order_.push_back(slot);
  }
  if (shuffled_order_.empty()) return false;
  std::swap(shuffled_order_[random_.below(shuffled_order_.size())], shuffled_order_.back());
  give(shuffled_order_.back(), event);
  shuffled_order_.pop_back();
  return true;
}

Result<std::size_t> Replay::keep(Event& event) {
  held_bytes_ += cost_of(event);
  if (held_bytes_ > options_.held_bytes_max) {
    return fail(ErrorKind::kLimit,
                "more than " + std::to_string(options_.held_bytes_max >> 20) +
                    " MiB of events would have to wait for their turn: use a shorter --jitter, or fewer files at a time");
  }
  if (free_slots_.empty()) {
    free_slots_.push_back(held_.size());
    held_.emplace_back();
  }
  const std::size_t slot = free_slots_.back();
  free_slots_.pop_back();
  std::swap(held_[slot], event);
  return slot;
}

void Replay::give(std::size_t slot, Event& event) {
  std::swap(held_[slot], event);
  held_bytes_ -= cost_of(event);
  free_slots_.push_back(slot);
}

Duration Replay::delay() {
  return Duration{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(options_.jitter.count()) + 1))};
}

}  // namespace playhead::cli
