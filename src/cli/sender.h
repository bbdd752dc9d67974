// cli/sender.h: records on their way into a topic, many to a sync.
//
// Records are gathered per partition and appended when one has kBatchRecords or kBatchBytes, and on flush(): then they are durable.
// A record with a key goes to the key's partition; one without goes to one partition per batch, each in turn.
//
// Limits:  holds at most one batch per partition, about 1 MiB each. No allocation per record once the buffers have grown.
// Threads: one owner at a time.
// Fails:   as log::Appender. After an Error what was gathered may or may not be in the log; sent() counts what surely is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/log.h"

namespace playhead::cli {

inline constexpr std::string_view kEventIdHeader = "event-id";  // of a record: the id that its producer gave the event

class Sender {
 public:
  static constexpr std::size_t kBatchRecords = 10'000;
  static constexpr std::size_t kBatchBytes = 1 << 20;

  explicit Sender(std::unique_ptr<log::Appender> appender);

  // A key whose data() is null is no key. An event id that is not empty becomes the header kEventIdHeader.
  Status send(std::string_view key, std::string_view value, Timestamp timestamp, std::string_view event_id = {});
  Status flush();

  std::uint64_t sent() const { return sent_; }
  bool pending() const { return pending_; }
  const log::TopicDescription& topic() const { return appender_->topic(); }

 private:
  struct Place {  // of one record in its partition's bytes: the key, the value, the event id
    std::size_t start;
    std::size_t key_bytes;
    std::size_t value_bytes;
    std::size_t id_bytes;
    Timestamp timestamp;
    bool has_key;
  };
  struct Batch {
    std::string bytes;
    std::vector<Place> places;
  };

  Status append(std::uint32_t partition);

  std::unique_ptr<log::Appender> appender_;
  std::vector<Batch> batches_;  // one per partition
  std::vector<log::Record> records_;
  std::uint32_t keyless_partition_ = 0;
  std::uint64_t sent_ = 0;
  bool pending_ = false;
};

// Opens the topic for sending, made first where it is absent. Where it is there already with another number of partitions than
// `options` asks for, and `partitions_asked`, the Error (kInvalid) names both numbers.
Result<std::unique_ptr<Sender>> open_sender(log::Log& log, const log::TopicOptions& options, bool partitions_asked);

}  // namespace playhead::cli
