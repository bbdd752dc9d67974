// A log in memory that can lose records, as Kafka does: by compaction, by retention, with a broker that came back from an older backup.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/log.h"

namespace playhead::pipeline {

class KeptLog final : public log::Log {
 public:
  struct Kept {
    std::string key;
    std::string value;
    Timestamp timestamp;
  };
  struct Contents {
    Offset start;
    Offset end;
    std::map<std::uint64_t, Kept> records;  // offsets between them hold none
  };

  KeptLog(std::string name, std::uint32_t partitions) { make_anew(std::move(name), partitions); }

  // The topic of the log, with another id and no records.
  void make_anew(std::string name, std::uint32_t partitions) {
    topic_ = {.options = {.name = std::move(name), .partitions = partitions}, .id = "topic-" + std::to_string(++topics_made_)};
    partitions_.assign(partitions, {});
  }
  void grow(std::uint32_t partitions) {
    topic_.options.partitions = partitions;
    partitions_.resize(partitions);
  }

  void append(std::uint32_t partition, std::string key, std::string value, Timestamp timestamp) {
    Contents& contents = partitions_[partition];
    contents.records[contents.end.value] = {std::move(key), std::move(value), timestamp};
    contents.end = contents.end.next();
  }
  // What ends a transaction takes an offset too.
  void append_mark(std::uint32_t partition) { partitions_[partition].end = partitions_[partition].end.next(); }
  void compact_away(std::uint32_t partition, std::uint64_t offset) { partitions_[partition].records.erase(offset); }
  void replace(std::uint32_t partition, std::uint64_t offset, std::string value) {
    partitions_[partition].records[offset].value = std::move(value);
  }
  void remove_below(std::uint32_t partition, std::uint64_t offset) {
    Contents& contents = partitions_[partition];
    contents.start = Offset{offset};
    contents.records.erase(contents.records.begin(), contents.records.lower_bound(offset));
  }
  void remove_from(std::uint32_t partition, std::uint64_t offset) {
    Contents& contents = partitions_[partition];
    contents.end = Offset{offset};
    contents.records.erase(contents.records.lower_bound(offset), contents.records.end());
  }

  Result<log::TopicDescription> create_topic(const log::TopicOptions&) override { return fail(ErrorKind::kInvalid, "it has its topic"); }
  Status delete_topic(const std::string&) override { return fail(ErrorKind::kInvalid, "it keeps its topic"); }
  Result<std::vector<log::TopicDescription>> topics() override { return std::vector{topic_}; }
  Result<log::TopicDescription> topic(const std::string&) override { return topic_; }
  Result<std::unique_ptr<log::Appender>> appender(const std::string&) override { return fail(ErrorKind::kInvalid, "use append()"); }
  Result<std::unique_ptr<log::Reader>> reader(const std::string&) override { return std::make_unique<KeptReader>(*this); }
  Result<std::unique_ptr<log::Group>> join(const log::GroupOptions&) override { return fail(ErrorKind::kInvalid, "has no groups"); }
  Status hold(const std::string&, const std::string&, std::span<const Offset>) override { return {}; }
  Status release(const std::string&, const std::string&) override { return {}; }

 private:
  class KeptReader final : public log::Reader {
   public:
    explicit KeptReader(const KeptLog& log) : log_(log) {}

    const log::TopicDescription& topic() const override { return log_.topic_; }
    Result<OffsetRange> range(Partition partition) override {
      const Contents& contents = log_.partitions_[partition.value];
      return OffsetRange{contents.start, contents.end};
    }
    Status read(Partition partition, Offset from, Offset end, log::RecordBatch& batch) override {
      const Contents& contents = log_.partitions_[partition.value];
      if (from < contents.start || from >= contents.end) return fail(ErrorKind::kNotFound, "it is not there");
      batch.clear();
      batch.buffer.clear();
      batch.next = std::min(end, contents.end);
      const auto last = contents.records.lower_bound(batch.next.value);
      for (auto at = contents.records.lower_bound(from.value); at != last; ++at) add(at->first, at->second, batch);
      return {};
    }
    Result<Offset> offset_at(Partition partition, Timestamp time) override {
      const Contents& contents = log_.partitions_[partition.value];
      for (const auto& [offset, record] : contents.records) {
        if (record.timestamp >= time) return Offset{offset};
      }
      return contents.end;
    }
    Status wait(Duration) override { return {}; }
    void wake() override {}

   private:
    // Few records: each has a buffer of its own, with the padding that the decoder asks for.
    void add(std::uint64_t offset, const Kept& record, log::RecordBatch& batch) {
      std::string& value = values_[offset];
      value = record.value + std::string(log::kPaddingBytes, '\0');
      batch.offsets.push_back({offset});
      batch.timestamps.push_back(record.timestamp);
      batch.keys.emplace_back(record.key);
      batch.values.emplace_back(value.data(), record.value.size());
      batch.headers.emplace_back();
    }

    const KeptLog& log_;
    std::map<std::uint64_t, std::string> values_;
  };

  log::TopicDescription topic_;
  std::vector<Contents> partitions_;
  int topics_made_ = 0;
};

}  // namespace playhead::pipeline
