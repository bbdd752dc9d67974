#include "pipeline/loss.h"

#include <algorithm>

#include "base/bytes.h"

namespace playhead::pipeline {
namespace {

// A null key or value is another one than an empty one.
void put(ByteWriter& out, std::string_view part) {
  out.number(static_cast<std::uint64_t>(part.data() == nullptr ? UINT64_MAX : part.size()));
  out.number(checksum(part));
}

// Whether the record that was processed last is there no more, and another one is.
Result<bool> is_replaced(log::Reader& reader, Partition partition, const LastRecord& last, const OffsetRange& kept) {
  if (last.offset < kept.start || last.offset >= kept.end) return false;
  log::RecordBatch records;
  const Status read = reader.read(partition, last.offset, last.offset.next(), records);
  if (!read && read.error().kind == ErrorKind::kNotFound) return false;  // removed at this moment
  TRY(read);
  return records.size() > 0 && hash_of(records, 0) != last.hash;
}

}  // namespace

Standing standing_of(const Snapshot& snapshot, const std::vector<Recorded>& epochs) {
  Standing standing{.topic_id = snapshot.topic_id,
                    .needed = snapshot.next,
                    .next = snapshot.next,
                    .last = snapshot.last,
                    .begun = snapshot.epoch > Epoch{0} || !epochs.empty()};
  for (const Recorded& recorded : epochs) {
    standing.topic_id = recorded.cut.topic_id;
    standing.next = recorded.cut.offsets.end;
    if (recorded.outcome) standing.last = recorded.outcome->last;
    if (!recorded.cut.reset) continue;
    standing.needed = recorded.cut.offsets.end;
    standing.last.reset();
  }
  return standing;
}

std::uint64_t hash_of(const log::RecordBatch& records, std::size_t index) {
  ByteWriter out;
  out.number(to_micros(records.timestamps[index]));
  put(out, records.keys[index]);
  put(out, records.values[index]);
  put(out, records.headers[index].empty() ? std::string_view("") : records.headers[index]);
  return checksum(out.bytes());
}

Result<Loss> find_loss(log::Reader& reader, Partition partition, const Standing& standing) {
  if (!standing.begun) return Loss::kNone;
  if (!standing.topic_id.empty() && standing.topic_id != reader.topic().id) return Loss::kOtherTopic;
  TRY_ASSIGN(const OffsetRange kept, reader.range(partition));
  if (standing.next > kept.end) return Loss::kAboveEnd;
  if (standing.last) {
    TRY_ASSIGN(const bool replaced, is_replaced(reader, partition, *standing.last, kept));
    if (replaced) return Loss::kOtherRecords;
  }
  return standing.needed < kept.start ? Loss::kBelowStart : Loss::kNone;
}

std::string describe(Loss loss, const log::TopicDescription& topic, Partition partition, const Standing& standing,
                     const OffsetRange& kept) {
  const std::string& name = topic.options.name;
  const auto text = [](Offset offset) { return std::to_string(offset.value); };
  if (loss == Loss::kOtherTopic) return "topic " + name + " was deleted and made anew since the job ran: its offsets mean other records";
  const std::string holds =
      name + "/" + std::to_string(partition.value) + " holds offsets " + text(kept.start) + " to " + text(kept.end) + ", ";
  if (loss == Loss::kOtherRecords)
    return holds + "but another record at " + text(standing.last->offset) +
           " than the job has processed: the log was made anew or restored";
  if (loss == Loss::kBelowStart && standing.next >= kept.start) {
    return holds + "and the job goes on at " + text(standing.next) + ", but first has to read again from " + text(standing.needed) +
           ": records are lost";
  }
  return holds + "but the job goes on at " + text(standing.next) + ": records are lost";
}

}  // namespace playhead::pipeline
