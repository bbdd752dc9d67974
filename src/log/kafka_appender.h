// log/kafka_appender.h: records on their way into a Kafka topic; one call, one wait until all of them are acknowledged.
//
// Each record's own delivery report is looked at. Records are lent to librdkafka, not copied: append() returns when it has let go of all.
// Callers that meet share the sending; one of them listens for reports on behalf of all.
// Limits:  as log/kafka.h. Threads: any. Memory: as log/log.h.
// Fails:   as log/kafka.h; kLimit for a record that the broker finds too large. After an error that ends librdkafka's promise of order
//          and no duplicates the next append begins with a new producer.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>

#include "log/kafka_client.h"
#include "log/log.h"

namespace playhead::log {

class KafkaAppender final : public Appender {
 public:
  // The topic refuses batches above `batch_bytes_max`; 0: nothing is known of that.
  static Result<std::unique_ptr<KafkaAppender>> make(const KafkaOptions& options, std::shared_ptr<KafkaPatience> patience,
                                                     TopicDescription topic, std::uint64_t batch_bytes_max);
  const TopicDescription& topic() const override { return topic_; }
  Result<OffsetRange> append(Partition partition, std::span<const Record> records) override;

 private:
  // One call's records on their way.
  struct Sending {
    std::atomic<std::size_t> waiting = 0;
    std::uint64_t first = std::numeric_limits<std::uint64_t>::max();  // these three are written by who listens, read when none is waiting
    std::uint64_t last = 0;
    int error = 0;
  };

  KafkaAppender(KafkaOptions options, std::shared_ptr<KafkaPatience> patience, TopicDescription topic, std::uint64_t batch_bytes_max)
      : options_(std::move(options)), patience_(std::move(patience)), topic_(std::move(topic)), batch_bytes_max_(batch_bytes_max) {}
  Result<std::shared_ptr<KafkaClient>> client();
  Status send_all(KafkaClient& client, Partition partition, std::span<const Record> records, Sending& sending);
  int send(KafkaClient& client, Partition partition, const Record& record, Sending& sending);
  Status wait_for(KafkaClient& client, Partition partition, Sending& sending);
  void listen(KafkaClient& client);
  void give_up(KafkaClient& client, Sending& sending);
  static void on_delivered(rd_kafka_s* handle, const rd_kafka_message_s* message, void* opaque);

  std::string place(Partition partition) const;

  KafkaOptions options_;
  std::shared_ptr<KafkaPatience> patience_;
  TopicDescription topic_;
  std::uint64_t batch_bytes_max_;
  std::mutex mutex_;  // of the client and of who listens
  std::condition_variable reported_;
  bool listening_ = false;
  std::shared_ptr<KafkaClient> client_;  // shared with the calls under way
};

}  // namespace playhead::log
