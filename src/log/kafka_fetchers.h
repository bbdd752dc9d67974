// log/kafka_fetchers.h: what fetches the records of one topic ahead, for all of its Readers in this process.
//
// Readers share a handle of librdkafka, which has a connection and a thread for each broker: a job with a hundred partitions, each read
// by its own Reader, costs no more of them than one with a single partition. A handle fetches a partition for one Reader at a time, so a
// second Reader of the same partition has another handle; one that nobody uses any more is closed.
// Limits:  as log/kafka.h. Threads: any; a KafkaFetch by one at a time.
// Memory:  a KafkaFetch shares its handle and the bell. Fails: as log/kafka.h.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "log/bell.h"
#include "log/kafka_client.h"
#include "log/log.h"

struct rd_kafka_queue_s;
struct rd_kafka_topic_s;

namespace playhead::log {

// A partition that is being fetched, until this goes.
class KafkaFetch {
 public:
  ~KafkaFetch();
  KafkaFetch(const KafkaFetch&) = delete;
  KafkaFetch& operator=(const KafkaFetch&) = delete;

  KafkaClient& client() const { return *handle_->client; }
  rd_kafka_queue_s* queue() const { return queue_; }

 private:
  friend class KafkaFetchers;
  struct Handle {
    ~Handle();
    std::unique_ptr<KafkaClient> client;
    rd_kafka_topic_s* topic = nullptr;
    std::mutex mutex;
    std::set<std::uint32_t> taken;  // partitions
  };
  // `partition` is taken already.
  KafkaFetch(std::shared_ptr<Handle> handle, std::shared_ptr<Bell> bell, Partition partition)
      : handle_(std::move(handle)), bell_(std::move(bell)), partition_(partition) {}
  Status start(const std::string& topic, Offset from);

  std::shared_ptr<Handle> handle_;
  std::shared_ptr<Bell> bell_;
  Partition partition_;
  rd_kafka_queue_s* queue_ = nullptr;
};

class KafkaFetchers {
 public:
  KafkaFetchers(KafkaOptions options, std::shared_ptr<KafkaPatience> patience, TopicOptions topic)
      : options_(std::move(options)), patience_(std::move(patience)), topic_(std::move(topic)) {}
  // Rings when records come to a partition that is fetched.
  const std::shared_ptr<Bell>& bell() const { return bell_; }
  Result<std::unique_ptr<KafkaFetch>> start(Partition partition, Offset from);

 private:
  Result<std::shared_ptr<KafkaFetch::Handle>> take(Partition partition);
  Result<std::shared_ptr<KafkaFetch::Handle>> new_handle() const;

  KafkaOptions options_;
  std::shared_ptr<KafkaPatience> patience_;
  TopicOptions topic_;
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::mutex mutex_;
  std::vector<std::weak_ptr<KafkaFetch::Handle>> handles_;
};

}  // namespace playhead::log
