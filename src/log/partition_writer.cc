#include "log/partition_writer.h"

#include <algorithm>

namespace playhead::log {
namespace {

constexpr std::size_t kKeptBytesMax = 2u << 20;

Status check_sizes(std::span<const Record> records, std::size_t& bytes) {
  for (const Record& record : records) {
    const std::size_t size = encoded_bytes(record);
    if (size > kRecordBytesMax) {
      return fail(ErrorKind::kLimit, "a record has " + std::to_string(size) + " bytes with key and headers; the log takes at most " +
                                         std::to_string(kRecordBytesMax));
    }
    bytes += size;
  }
  return {};
}

}  // namespace

PartitionWriter::PartitionWriter(PartitionFiles files, const TopicOptions& options, const Clock& clock, Codec codec)
    : files_(std::move(files)), options_(options), clock_(clock), encoder_(codec, options.clock == ClockSource::kRecord) {}

Result<OffsetRange> PartitionWriter::append(std::span<const Record> records) {
  Waiting mine{.records = records};
  TRY(check_sizes(records, mine.bytes));
  std::unique_lock guard(mutex_);
  queue_.push_back(&mine);
  changed_.wait(guard, [&] { return mine.done || !working_; });
  while (!mine.done) {
    working_ = true;
    const auto group = take_group();
    guard.unlock();
    commit(group);
    guard.lock();
    working_ = false;
    for (Waiting* call : group) call->done = true;
    changed_.notify_all();
  }
  return std::move(mine.outcome);
}

std::vector<PartitionWriter::Waiting*> PartitionWriter::take_group() {
  std::vector<Waiting*> group;
  std::size_t bytes = 0;
  std::size_t records = 0;
  while (!queue_.empty()) {
    Waiting* next = queue_.front();
    bytes += next->bytes;
    records += next->records.size();
    if (!group.empty() && (bytes > kGroupBytesMax || records > kGroupRecordsMax)) break;
    group.push_back(next);
    queue_.pop_front();
  }
  return group;
}

void PartitionWriter::commit(std::span<Waiting* const> group) {
  auto first = commit_locked(group);
  give_back_memory();
  if (!first) {
    for (Waiting* call : group) call->outcome = std::unexpected(first.error());
    return;
  }
  Offset next = *first;
  for (Waiting* call : group) {
    const Offset end{next.value + call->records.size()};
    call->outcome = OffsetRange{next, end};
    next = end;
  }
}

// The offset of the group's first record.
Result<Offset> PartitionWriter::commit_locked(std::span<Waiting* const> group) {
  Cursor cursor;
  encode_piece(group, cursor);  // compressing is most of the work, and needs no lock
  if (!lock_) {
    TRY_ASSIGN(lock_, files_.files().open_lock(files_.lock_path()));
  }
  TRY(lock_->acquire());
  const auto release = std::unique_ptr<io::FileLock, void (*)(io::FileLock*)>(lock_.get(), [](io::FileLock* lock) { lock->release(); });
  TRY_ASSIGN(Tail tail, Tail::make(files_, options_, clock_));
  const Offset first = tail.next();
  auto status = write_all(group, cursor, tail);
  if (status) status = tail.commit();
  if (!status) {
    tail.undo();
    return std::unexpected(std::move(status.error()));
  }
  return first;
}

Status PartitionWriter::write_all(std::span<Waiting* const> group, Cursor& cursor, Tail& tail) {
  for (; !blocks_.lengths.empty(); encode_piece(group, cursor)) TRY(tail.append(blocks_));
  return {};
}

void PartitionWriter::encode_piece(std::span<Waiting* const> group, Cursor& cursor) {
  piece_.clear();
  blocks_.clear();
  std::size_t bytes = 0;
  while (cursor.call < group.size() && bytes <= kGroupBytesMax && piece_.size() < kGroupRecordsMax) {
    const auto records = group[cursor.call]->records;
    if (cursor.record == records.size()) {
      ++cursor.call;
      cursor.record = 0;
      continue;
    }
    bytes += encoded_bytes(records[cursor.record]);
    piece_.push_back(&records[cursor.record++]);
  }
  for (std::span<const Record* const> rest = piece_; !rest.empty();) rest = rest.subspan(encoder_.encode(rest, blocks_));
}

void PartitionWriter::give_back_memory() {
  if (blocks_.bytes.capacity() > kKeptBytesMax) blocks_.bytes = {};
  if (piece_.capacity() * sizeof(Record*) > kKeptBytesMax) piece_ = {};
}

}  // namespace playhead::log
