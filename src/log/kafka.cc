#include "log/kafka.h"

#include <mutex>

#include "log/kafka_admin.h"
#include "log/kafka_appender.h"
#include "log/kafka_client.h"
#include "log/kafka_fetchers.h"
#include "log/kafka_group.h"
#include "log/kafka_reader.h"

namespace playhead::log {
namespace {

class KafkaLog final : public Log {
 public:
  KafkaLog(KafkaOptions options, std::shared_ptr<KafkaClient> client) : options_(std::move(options)), client_(std::move(client)) {}

  Result<TopicDescription> create_topic(const TopicOptions& options) override { return create_kafka_topic(*client_, options); }
  Status delete_topic(const std::string& name) override { return delete_kafka_topic(*client_, name); }
  Result<std::vector<TopicDescription>> topics() override { return kafka_topics(*client_); }
  Result<TopicDescription> topic(const std::string& name) override { return kafka_topic(*client_, name); }

  Result<std::unique_ptr<Appender>> appender(const std::string& name) override {
    TRY_ASSIGN(auto described, topic(name));
    TRY_ASSIGN(const std::uint64_t batch_bytes, kafka_batch_bytes_max(*client_, name));
    return KafkaAppender::make(options_, client_->shared_patience(), std::move(described), batch_bytes);
  }
  Result<std::unique_ptr<Reader>> reader(const std::string& name) override {
    TRY_ASSIGN(auto described, topic(name));
    auto fetchers = fetchers_of(described);
    return KafkaReader::make(client_, std::move(fetchers), std::move(described));
  }
  Result<std::unique_ptr<Group>> join(const GroupOptions& options) override {
    return KafkaGroup::join(options_, client_->shared_patience(), options);
  }
  Status hold(const std::string&, const std::string&, std::span<const Offset>) override { return {}; }
  Status release(const std::string&, const std::string&) override { return {}; }

 private:
  // The same for all Readers of the topic that are there at a time.
  std::shared_ptr<KafkaFetchers> fetchers_of(const TopicDescription& topic) {
    const std::scoped_lock guard(mutex_);
    std::erase_if(fetchers_, [](const auto& each) { return each.second.expired(); });
    auto found = fetchers_[topic.id].lock();
    if (!found) found = std::make_shared<KafkaFetchers>(options_, client_->shared_patience(), topic.options);
    fetchers_[topic.id] = found;
    return found;
  }

  KafkaOptions options_;
  std::shared_ptr<KafkaClient> client_;  // shared with Readers, which outlive the log
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<KafkaFetchers>> fetchers_;  // by the topic's id
};

}  // namespace

Result<std::unique_ptr<Log>> make_kafka(KafkaOptions options) {
  if (options.bootstrap_servers.empty()) return fail(ErrorKind::kInvalid, "no Kafka server is named (host:port)");
  auto patience = std::make_shared<KafkaPatience>(options);
  TRY_ASSIGN(auto client, KafkaClient::make(KafkaClient::Role::kProducer, options, std::move(patience)));
  return std::make_unique<KafkaLog>(std::move(options), std::move(client));
}

}  // namespace playhead::log
