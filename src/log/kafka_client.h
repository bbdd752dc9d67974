// log/kafka_client.h: one handle of librdkafka.
//
// Every request goes through ask(), which tries again while the error is one that passes (a broker that is down, a leader that moves).
// Limits:  a wait is looked at again every kSliceMillis.
// Threads: any; librdkafka's handles are safe.
// Memory:  a client owns its handle, and shares the patience (log/kafka_patience.h) with the others of its log.
// Fails:   as log/kafka.h.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "log/kafka.h"
#include "log/kafka_patience.h"

struct rd_kafka_s;
struct rd_kafka_message_s;

namespace playhead::log {

inline constexpr int kSliceMillis = 200;

class KafkaClient {
 public:
  enum class Role {
    kProducer,
    kConsumer,
    kMember,  // a consumer that is told of changes in its group by events of its queue
  };
  using Delivered = void (*)(rd_kafka_s*, const rd_kafka_message_s*, void*);

  // `own` are properties that this use needs; the options' may not say otherwise. `delivered` is for a producer.
  static Result<std::unique_ptr<KafkaClient>> make(Role role, const KafkaOptions& options, std::shared_ptr<KafkaPatience> patience,
                                                   const std::map<std::string, std::string>& own = {}, Delivered delivered = nullptr);
  ~KafkaClient();
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  rd_kafka_s* handle() const { return handle_; }
  KafkaPatience& patience() const { return *patience_; }
  const std::shared_ptr<KafkaPatience>& shared_patience() const { return patience_; }

  // Calls `request` (which gives a code of librdkafka; 0: done) until it has an answer. `what` is for the Error: "topic 'x'".
  Status ask(const std::string& what, const std::function<int()>& request);
  // After a slice in which nothing came because of `code` (0: no reason is known): an Error when it is time to give up.
  Status waited(KafkaWait& wait, const std::string& what, int code);
  // An Error for a code of librdkafka that does not pass.
  std::unexpected<Error> failure(const std::string& what, int code) const;

 private:
  explicit KafkaClient(std::shared_ptr<KafkaPatience> patience) : patience_(std::move(patience)) {}
  static void on_error(rd_kafka_s* handle, int code, const char* reason, void* self);
  static void on_log(const rd_kafka_s* handle, int level, const char* facility, const char* line);
  void forget_reason();
  void ask_for_leaders();
  Error reason_for(const std::string& what, int code) const;

  std::shared_ptr<KafkaPatience> patience_;
  rd_kafka_s* handle_ = nullptr;
  mutable std::mutex mutex_;
  std::string last_reason_;     // what librdkafka last said of its connections
  bool login_refused_ = false;  // and that it was this
  Timestamp asked_for_leaders_at_;
};

// Whether the same request may succeed later with nothing changed by us.
bool passes(int code);
ErrorKind kind_of(int code);

}  // namespace playhead::log
