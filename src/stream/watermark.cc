#include "stream/watermark.h"

namespace playhead::stream {

Timestamp job_watermark(std::span<const PartitionProgress> partitions, Timestamp before) {
  Timestamp lowest = Timestamp::max();
  Timestamp highest = kNever;
  bool all_idle = true;
  for (const PartitionProgress& partition : partitions) {
    highest = std::max(highest, partition.watermark);
    if (partition.idle) continue;
    all_idle = false;
    lowest = std::min(lowest, partition.watermark);
  }
  return std::max(before, all_idle ? highest : lowest);
}

}  // namespace playhead::stream
