#include "log/tail.h"

#include <algorithm>

#include "log/recovery.h"
#include "log/retention.h"

namespace playhead::log {

Result<Tail> Tail::make(const PartitionFiles& files, const TopicOptions& options, const Clock& clock) {
  TRY_ASSIGN(auto mark, files.read_mark());
  // The mark's topic id says that the folder is still ours; where there is no mark, recovery asks the topic file.
  if (mark && mark->topic_id != files.topic_id()) TRY(files.check_topic());
  TRY_ASSIGN(const bool settled, is_settled(files, mark));
  if (!settled) {
    TRY_ASSIGN(mark, recover(files, mark));
  }
  TRY_ASSIGN(auto segment, files.files().open(files.segment_path(mark->segment), io::Open::kWrite));
  return Tail(files, options, clock, *std::move(mark), std::move(segment));
}

Tail::Tail(const PartitionFiles& files, const TopicOptions& options, const Clock& clock, Mark mark, std::unique_ptr<io::File> segment)
    : files_(&files),
      options_(&options),
      clock_(&clock),
      mark_(std::move(mark)),
      segment_(std::move(segment)),
      position_(mark_.position),
      next_(mark_.next),
      last_append_(mark_.last_append) {}

Status Tail::append(EncodedBlocks& blocks) {
  last_append_ = std::max(last_append_, clock_->now());
  std::size_t written = 0;
  std::size_t at = 0;
  for (const std::uint32_t length : blocks.lengths) {
    const std::uint64_t filled = position_ + (at - written);
    if (filled > 0 && filled + length > options_->segment_bytes) {
      TRY(write(std::string_view(blocks.bytes).substr(written, at - written)));
      TRY(roll());
      written = at;
    }
    next_.value += stamp_block(blocks.bytes.data() + at, length, next_, last_append_);
    at += length;
  }
  return write(std::string_view(blocks.bytes).substr(written, at - written));
}

Status Tail::commit() {
  if (position_ == mark_.position && next_ == mark_.next) return {};
  TRY(sync());
  return move_mark({files_->topic_id(), mark_.segment, position_, next_, last_append_});
}

void Tail::undo() {
  // Where the mark may have moved, readers may have seen it: nothing is taken back.
  if (mark_doubtful_) return;
  if (sync_failed_) {
    static_cast<void>(retire());
  } else {
    static_cast<void>(segment_->truncate(mark_.position));
  }
}

Status Tail::write(std::string_view bytes) {
  if (bytes.empty()) return {};
  TRY(segment_->write_at(position_, bytes));
  position_ += bytes.size();
  return {};
}

Status Tail::sync() {
  auto status = segment_->sync();
  sync_failed_ = !status;
  return status;
}

Status Tail::move_mark(Mark mark) {
  mark_doubtful_ = true;
  TRY(files_->write_mark(mark));
  mark_doubtful_ = false;
  mark_ = std::move(mark);
  return {};
}

Status Tail::roll() {
  TRY(sync());
  TRY(move_mark({files_->topic_id(), mark_.segment, position_, next_, last_append_}));
  TRY_ASSIGN(auto fresh, create_segment(next_));
  TRY(files_->files().sync_folder(files_->folder()));
  // Old segments that can't be removed now are removed next time; appending doesn't fail for them.
  static_cast<void>(apply_retention(*files_, *options_, clock_->now()));
  TRY(move_mark({files_->topic_id(), next_, 0, next_, last_append_}));
  segment_ = std::move(fresh);
  position_ = 0;
  return {};
}

Result<std::unique_ptr<io::File>> Tail::create_segment(Offset base) {
  return files_->files().open(files_->segment_path(base), io::Open::kCreateNew);
}

// After a failed sync nothing in the segment above the mark can be trusted, nor the file itself: it is cut, and a new one is begun.
Status Tail::retire() {
  TRY(segment_->truncate(mark_.position));
  if (mark_.position > 0) {
    TRY(create_segment(mark_.next));
  } else {
    // The new segment takes the very name. Until that is durable there is no mark, so that whoever comes next has to recover first.
    TRY_ASSIGN(const auto mark, files_->files().open(files_->mark_path(), io::Open::kWrite));
    TRY(mark->truncate(0));
    const std::string temporary = files_->segment_path(mark_.segment) + ".new";
    TRY(io::write_file_synced(files_->files(), temporary, ""));
    TRY(files_->files().rename(temporary, files_->segment_path(mark_.segment)));
  }
  TRY(files_->files().sync_folder(files_->folder()));
  return move_mark({files_->topic_id(), mark_.next, 0, mark_.next, mark_.last_append});
}

}  // namespace playhead::log
