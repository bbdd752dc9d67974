#include "log/kafka_fetchers.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <string>

namespace playhead::log {
namespace {

constexpr std::size_t kAheadBytesMin = 1u << 20;

}  // namespace

KafkaFetch::Handle::~Handle() {
  if (topic != nullptr) rd_kafka_topic_destroy(topic);
}

KafkaFetch::~KafkaFetch() {
  if (queue_ != nullptr) {
    rd_kafka_consume_stop(handle_->topic, static_cast<std::int32_t>(partition_.value));
    rd_kafka_queue_cb_event_enable(queue_, nullptr, nullptr);
    rd_kafka_queue_destroy(queue_);
    bell_->end(partition_.value);
  }
  const std::scoped_lock guard(handle_->mutex);
  handle_->taken.erase(partition_.value);
}

Status KafkaFetch::start(const std::string& topic, Offset from) {
  queue_ = rd_kafka_queue_new(client().handle());
  rd_kafka_queue_cb_event_enable(queue_, [](rd_kafka_t*, void* bell) { static_cast<Bell*>(bell)->ring(); }, bell_.get());
  bell_->begin(partition_.value);
  const auto partition = static_cast<std::int32_t>(partition_.value);
  if (rd_kafka_consume_start_queue(handle_->topic, partition, static_cast<std::int64_t>(from.value), queue_) == 0) return {};
  return client().failure(topic + "/" + std::to_string(partition), rd_kafka_last_error());
}

Result<std::unique_ptr<KafkaFetch>> KafkaFetchers::start(Partition partition, Offset from) {
  TRY_ASSIGN(auto handle, take(partition));
  auto fetch = std::unique_ptr<KafkaFetch>(new KafkaFetch(std::move(handle), bell_, partition));
  TRY(fetch->start(topic_.name, from));
  return fetch;
}

// A handle that does not fetch the partition yet, and from now on does.
Result<std::shared_ptr<KafkaFetch::Handle>> KafkaFetchers::take(Partition partition) {
  const std::scoped_lock guard(mutex_);
  std::erase_if(handles_, [](const auto& handle) { return handle.expired(); });
  for (const auto& each : handles_) {
    auto handle = each.lock();
    if (!handle) continue;
    const std::scoped_lock guard_handle(handle->mutex);
    if (handle->taken.insert(partition.value).second) return handle;
  }
  TRY_ASSIGN(auto handle, new_handle());
  handle->taken.insert(partition.value);
  handles_.push_back(handle);
  return handle;
}

Result<std::shared_ptr<KafkaFetch::Handle>> KafkaFetchers::new_handle() const {
  auto handle = std::make_shared<KafkaFetch::Handle>();
  const std::size_t ahead = std::max(kAheadBytesMin, kFetchedBytesMax / topic_.partitions);  // librdkafka counts them by partition
  TRY_ASSIGN(handle->client, KafkaClient::make(KafkaClient::Role::kConsumer, options_, patience_,
                                               {{"queued.max.messages.kbytes", std::to_string(ahead >> 10)}}));
  handle->topic = rd_kafka_topic_new(handle->client->handle(), topic_.name.c_str(), nullptr);
  if (handle->topic == nullptr) return handle->client->failure("topic '" + topic_.name + "'", rd_kafka_last_error());
  return handle;
}

}  // namespace playhead::log
