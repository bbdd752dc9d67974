#include "cli/sender.h"

#include <utility>

namespace playhead::cli {

Sender::Sender(std::unique_ptr<log::Appender> appender) : appender_(std::move(appender)), batches_(appender_->topic().options.partitions) {}

Status Sender::send(std::string_view key, std::string_view value, Timestamp timestamp, std::string_view event_id) {
  const bool has_key = key.data() != nullptr;
  const std::uint32_t partition = has_key ? log::partition_of(key, static_cast<std::uint32_t>(batches_.size())).value : keyless_partition_;
  Batch& batch = batches_[partition];
  batch.places.push_back({batch.bytes.size(), key.size(), value.size(), event_id.size(), timestamp, has_key});
  batch.bytes.append(key).append(value).append(event_id);
  pending_ = true;
  if (batch.places.size() < kBatchRecords && batch.bytes.size() < kBatchBytes) return {};
  return append(partition);
}

Status Sender::flush() {
  for (std::uint32_t partition = 0; partition < batches_.size(); ++partition) TRY(append(partition));
  pending_ = false;
  return {};
}

Status Sender::append(std::uint32_t partition) {
  Batch& batch = batches_[partition];
  if (batch.places.empty()) return {};
  records_.resize(batch.places.size());  // so that the headers' memory is used again
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const Place& place = batch.places[i];
    const std::string_view bytes{batch.bytes.data() + place.start, place.key_bytes + place.value_bytes + place.id_bytes};
    log::Record& record = records_[i];
    record.key = place.has_key ? bytes.substr(0, place.key_bytes) : std::string_view();
    record.value = bytes.substr(place.key_bytes, place.value_bytes);
    record.timestamp = place.timestamp;
    record.headers.clear();
    if (place.id_bytes > 0) record.headers.push_back({kEventIdHeader, bytes.substr(place.key_bytes + place.value_bytes)});
  }
  TRY(appender_->append(Partition{partition}, records_));
  sent_ += records_.size();
  batch.places.clear();
  batch.bytes.clear();
  if (partition == keyless_partition_) keyless_partition_ = (partition + 1) % static_cast<std::uint32_t>(batches_.size());
  return {};
}

Result<std::unique_ptr<Sender>> open_sender(log::Log& log, const log::TopicOptions& options, bool partitions_asked) {
  auto topic = log.topic(options.name);
  if (!topic && topic.error().kind == ErrorKind::kNotFound) {
    topic = log.create_topic(options);
    if (!topic && topic.error().kind == ErrorKind::kExists) topic = log.topic(options.name);  // another producer was quicker
  }
  if (!topic) return std::unexpected(topic.error());
  if (partitions_asked && topic->options.partitions != options.partitions) {
    return fail(ErrorKind::kInvalid, "topic " + options.name + " has " + std::to_string(topic->options.partitions) +
                                         (topic->options.partitions == 1 ? " partition" : " partitions") + ", not the " +
                                         std::to_string(options.partitions) + " of --partitions: leave the flag out, or use another topic");
  }
  TRY_ASSIGN(auto appender, log.appender(options.name));
  return std::make_unique<Sender>(std::move(appender));
}

}  // namespace playhead::cli
