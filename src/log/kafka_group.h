// log/kafka_group.h: a member of a Kafka consumer group that fetches nothing.
//
// Kafka does membership and assignment (cooperative, so that only the partitions move that have to; static membership where the member has
// a name of its own: group.instance.id). Records are read by Readers of their own, from the offsets of the job's journals: what is
// committed to Kafka is for Kafka's tools. The assigned partitions are paused.
//
// Threads, Fails: as log/group.h. Heartbeats are librdkafka's own thread, so that a long step costs no membership.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/group.h"
#include "log/kafka_client.h"

struct rd_kafka_queue_s;
struct rd_kafka_op_s;
struct rd_kafka_topic_partition_list_s;

namespace playhead::log {

class KafkaGroup final : public Group {
 public:
  static Result<std::unique_ptr<KafkaGroup>> join(const KafkaOptions& options, std::shared_ptr<KafkaPatience> patience,
                                                  const GroupOptions& group);
  ~KafkaGroup() override;

  Status poll(const Change& change) override;
  const std::vector<Partition>& assigned() const override { return assigned_; }
  Result<bool> is_owner() override;
  void tell_progress(const std::vector<std::pair<Partition, Offset>>& positions) override;
  Status leave(const Change& change) override;

 private:
  KafkaGroup(std::unique_ptr<KafkaClient> client, std::string topic) : client_(std::move(client)), topic_(std::move(topic)) {}
  Status serve(rd_kafka_op_s* event, const Change& change);
  Status rebalance(rd_kafka_op_s* event, const Change& change);
  Status check_fatal(rd_kafka_op_s* event) const;
  bool is_cooperative() const;

  std::unique_ptr<KafkaClient> client_;
  std::string topic_;
  rd_kafka_queue_s* queue_ = nullptr;
  std::vector<Partition> assigned_;
};

}  // namespace playhead::log
