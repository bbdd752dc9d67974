// log/log.h: topics of partitions of records, whoever keeps them.
//
// The embedded log (log/embedded.h) and Kafka (log/kafka.h) implement this; the rest of Playhead knows only these interfaces.
// A record is appended to one partition, gets the next offset there, and is readable once it is durable: a reader never sees an
// offset that a power loss could take back. A topic has an id, so that one deleted and made anew under the same name is noticed.
//
// Threads: Log and Appender may be used by any thread; a Reader by one at a time.
// Fails:   kNotFound (no such topic or partition), kExists, kLimit (disk full, record too large), kCorrupt (a checksum fails), kIo.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "log/group.h"
#include "log/record.h"

namespace playhead::log {

enum class ClockSource {
  kAppend,  // the log stamps records as it appends them (Kafka's LogAppendTime)
  kRecord,  // the producer's own stamp is kept (Kafka's CreateTime)
};

struct TopicOptions {
  std::string name;              // 1 to 249 of [A-Za-z0-9._-], not "." or "..", as Kafka
  std::uint32_t partitions = 1;  // 1 to 4096
  ClockSource clock = ClockSource::kAppend;
  std::uint64_t retention_bytes = 0;        // per partition; 0: no bound
  Duration retention_age{0};                // by the newest record of a segment; 0: no bound
  std::uint64_t segment_bytes = 64u << 20;  // a segment is closed at about this size
};

struct TopicDescription {
  TopicOptions options;
  std::string id;  // 32 hexadecimal digits, never used again
};

class Appender {
 public:
  virtual ~Appender() = default;
  virtual const TopicDescription& topic() const = 0;
  // Appends the records in order and returns their offsets once they are durable and readable. Callers that meet share one sync.
  // After an Error none, some or all of them may be in the log (never torn, never reordered): the caller may append them again.
  virtual Result<OffsetRange> append(Partition partition, std::span<const Record> records) = 0;
};

class Reader {
 public:
  virtual ~Reader() = default;
  virtual const TopicDescription& topic() const = 0;
  // The offsets that can be read now: from the oldest kept to below the high-water mark.
  virtual Result<OffsetRange> range(Partition partition) = 0;
  // Replaces `batch` by records from `from` on, all below `end`: no more than one stored block (about 1 MiB), and at least one, unless
  // there are none: offsets may have gaps (Kafka). Read on at batch.next, which is above `from`. kNotFound when `from` is below the oldest
  // kept or at or above the high-water mark.
  virtual Status read(Partition partition, Offset from, Offset end, RecordBatch& batch) = 0;
  // The first offset whose timestamp is at or after `time`; the end of the range if there is none.
  virtual Result<Offset> offset_at(Partition partition, Timestamp time) = 0;
  // Sleeps until any partition of the topic gets records, or `timeout`, or wake(). May return early.
  virtual Status wait(Duration timeout) = 0;
  virtual void wake() = 0;  // from any thread or a signal handler
};

class Log {
 public:
  virtual ~Log() = default;
  virtual Result<TopicDescription> create_topic(const TopicOptions& options) = 0;  // kExists, kInvalid
  virtual Status delete_topic(const std::string& name) = 0;
  virtual Result<std::vector<TopicDescription>> topics() = 0;  // by name
  virtual Result<TopicDescription> topic(const std::string& name) = 0;
  virtual Result<std::unique_ptr<Appender>> appender(const std::string& topic) = 0;
  virtual Result<std::unique_ptr<Reader>> reader(const std::string& topic) = 0;
  // Joins the processes that share the partitions of a topic. kInvalid where the log has no groups.
  virtual Result<std::unique_ptr<Group>> join(const GroupOptions& options) = 0;
  // Retention keeps what is at or above the lowest hold of a partition. A job holds what its oldest usable snapshot needs.
  virtual Status hold(const std::string& topic, const std::string& holder, std::span<const Offset> by_partition) = 0;
  virtual Status release(const std::string& topic, const std::string& holder) = 0;
};

// Kafka's default partitioner: murmur2 of the key bytes (seed 0x9747b28c), sign bit cleared, modulo `partitions`
// (org.apache.kafka.common.utils.Utils). `key` is not null.
Partition partition_of(std::string_view key, std::uint32_t partitions);

}  // namespace playhead::log
