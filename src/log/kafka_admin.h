// log/kafka_admin.h: topics of a Kafka cluster: made, deleted, listed and described.
//
// Each function asks by the client it is given, and waits for the answer. What the cluster does not let us see of a topic's settings
// is taken to be Kafka's default.
// Threads: any. Fails: as log/log.h; kIo when a topic that was made does not get a leader.
#pragma once

#include <string>
#include <vector>

#include "log/kafka_client.h"
#include "log/log.h"

namespace playhead::log {

Result<TopicDescription> create_kafka_topic(KafkaClient& client, const TopicOptions& options);
Status delete_kafka_topic(KafkaClient& client, const std::string& name);
// By name; without Kafka's own.
Result<std::vector<TopicDescription>> kafka_topics(KafkaClient& client);
Result<TopicDescription> kafka_topic(KafkaClient& client, const std::string& name);
// Only the topic's id and number of partitions, which costs one request.
Result<TopicDescription> kafka_topic_identity(KafkaClient& client, const std::string& name);
// What the topic takes at once (max.message.bytes: of one record, but also of a batch of many); 0: the cluster does not tell.
Result<std::uint64_t> kafka_batch_bytes_max(KafkaClient& client, const std::string& name);

}  // namespace playhead::log
