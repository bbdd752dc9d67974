// cli/latest_records.h: the newest records of several partitions, in the order of their time.
//
// Records go in in any order; the oldest by timestamp (then partition, offset) falls out when there are more than `records_max`, or more
// bytes than kBytesMax.
// Threads: one owner at a time. Memory: a copy of each record it keeps. Fails: never.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/record.h"

namespace playhead::cli {

class LatestRecords {
 public:
  static constexpr std::uint64_t kBytesMax = 64u << 20;

  explicit LatestRecords(std::uint64_t records_max) : records_max_(records_max) {}

  void add(Partition partition, const log::RecordBatch& batch);
  std::size_t size() const { return records_.size(); }
  // Moves what is kept into a batch, oldest first, and the partition of each record into `partitions`.
  void take(log::RecordBatch& batch, std::vector<Partition>& partitions);

 private:
  struct Kept {
    Timestamp timestamp;
    Partition partition;
    Offset offset;
    bool has_key;
    bool has_value;
    std::uint32_t key_bytes;
    std::uint32_t value_bytes;
    std::string bytes;  // key, value, headers
  };
  static bool newer(const Kept& left, const Kept& right);

  std::uint64_t records_max_;
  std::uint64_t bytes_ = 0;
  std::vector<Kept> records_;  // a heap, the oldest on top
};

}  // namespace playhead::cli
