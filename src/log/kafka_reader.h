// log/kafka_reader.h: records of a Kafka topic, fetched ahead by librdkafka and copied once, into the batch.
//
// Offsets are not taken on trust: a record below the one expected is dropped, one above it is a gap that the broker answers for.
// Fetching of a partition begins with its first read() and goes on from there; a read elsewhere begins anew. wait() is woken by what is
// fetched for any Reader of the topic that shares the fetchers; of partitions that nobody fetches it asks the broker now and then.
// Limits:  as log/kafka.h. A batch ends at kBatchBytesTarget or kBatchRecordsMax, and holds always one record.
// Threads, Memory: as log/log.h. Fails: as log/kafka.h; kInvalid when the topic was made anew since the Reader was.
#pragma once

#include <memory>
#include <vector>

#include "log/kafka_fetchers.h"
#include "log/log.h"

namespace playhead::log {

class KafkaReader final : public Reader {
 public:
  static constexpr std::size_t kBatchBytesTarget = 512u << 10;
  static constexpr std::size_t kBatchRecordsMax = 8192;

  // `client` is the log's, for questions.
  static Result<std::unique_ptr<KafkaReader>> make(std::shared_ptr<KafkaClient> client, std::shared_ptr<KafkaFetchers> fetchers,
                                                   TopicDescription topic);

  const TopicDescription& topic() const override { return topic_; }
  Result<OffsetRange> range(Partition partition) override;
  Status read(Partition partition, Offset from, Offset end, RecordBatch& batch) override;
  Result<Offset> offset_at(Partition partition, Timestamp time) override;
  Status wait(Duration timeout) override;
  void wake() override { waiter_->wake(); }

 private:
  // One partition.
  struct Lane {
    std::unique_ptr<KafkaFetch> fetch;  // null: not fetched
    Offset next;                        // everything below has been handed out or is a gap
    Offset ended_at;                    // the end of the partition that librdkafka last met
    OffsetRange known;                  // at the last question
    RecordBatch early;                  // at most one record, taken from the queue before it was wanted
    int error = 0;                      // the last one that came instead of a record
  };
  struct Gathering;

  KafkaReader(std::shared_ptr<KafkaClient> client, std::shared_ptr<KafkaFetchers> fetchers, TopicDescription topic)
      : client_(std::move(client)), fetchers_(std::move(fetchers)), topic_(std::move(topic)) {}
  Status check(Partition partition) const;
  Status check_topic_now_and_then();
  Status check_topic();
  Status wait_out(KafkaWait& wait, KafkaClient& client, Partition partition, int code);
  Status start(Partition partition, Offset from);
  void stop(Partition partition);
  Result<OffsetRange> ask_range(Partition partition);
  Status fill(Partition partition, Gathering& gathering);
  static void on_message(rd_kafka_message_s* message, void* gathering);
  std::unexpected<Error> outside(Partition partition, Offset offset) const;
  std::string place(Partition partition) const;
  Result<bool> has_grown();

  std::shared_ptr<KafkaClient> client_;
  std::shared_ptr<KafkaFetchers> fetchers_;
  TopicDescription topic_;
  std::unique_ptr<Bell::Waiter> waiter_;
  std::vector<Lane> lanes_;
  Timestamp checked_at_;
};

}  // namespace playhead::log
