#include "cli/latest_records.h"

#include <algorithm>
#include <tuple>

namespace playhead::cli {

bool LatestRecords::newer(const Kept& left, const Kept& right) {
  return std::tuple(left.timestamp, left.partition, left.offset) > std::tuple(right.timestamp, right.partition, right.offset);
}

void LatestRecords::add(Partition partition, const log::RecordBatch& batch) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::string_view key = batch.keys[i];
    const std::string_view value = batch.values[i];
    const std::string_view headers = batch.headers[i];
    Kept kept{.timestamp = batch.timestamps[i],
              .partition = partition,
              .offset = batch.offsets[i],
              .has_key = key.data() != nullptr,
              .has_value = value.data() != nullptr,
              .key_bytes = static_cast<std::uint32_t>(key.size()),
              .value_bytes = static_cast<std::uint32_t>(value.size()),
              .bytes = {}};
    if (records_.size() >= records_max_ && (records_.empty() || !newer(kept, records_.front()))) continue;
    kept.bytes.append(key).append(value).append(headers);
    bytes_ += kept.bytes.size();
    records_.push_back(std::move(kept));
    std::push_heap(records_.begin(), records_.end(), newer);
    while (records_.size() > records_max_ || (bytes_ > kBytesMax && records_.size() > 1)) {
      std::pop_heap(records_.begin(), records_.end(), newer);
      bytes_ -= records_.back().bytes.size();
      records_.pop_back();
    }
  }
}

void LatestRecords::take(log::RecordBatch& batch, std::vector<Partition>& partitions) {
  std::sort(records_.begin(), records_.end(), [](const Kept& left, const Kept& right) { return newer(right, left); });
  batch.clear();
  partitions.clear();
  // The views are made when the buffer does not grow any more.
  batch.buffer.clear();
  batch.buffer.reserve(bytes_ + log::kPaddingBytes);
  for (const Kept& kept : records_) batch.buffer.append(kept.bytes);
  batch.buffer.append(log::kPaddingBytes, '\0');
  const char* at = batch.buffer.data();
  for (const Kept& kept : records_) {
    const std::size_t headers_bytes = kept.bytes.size() - kept.key_bytes - kept.value_bytes;
    partitions.push_back(kept.partition);
    batch.offsets.push_back(kept.offset);
    batch.timestamps.push_back(kept.timestamp);
    batch.keys.push_back(kept.has_key ? std::string_view(at, kept.key_bytes) : std::string_view());
    batch.values.push_back(kept.has_value ? std::string_view(at + kept.key_bytes, kept.value_bytes) : std::string_view());
    batch.headers.emplace_back(at + kept.key_bytes + kept.value_bytes, headers_bytes);
    at += kept.bytes.size();
  }
  records_.clear();
  bytes_ = 0;
}

}  // namespace playhead::cli
