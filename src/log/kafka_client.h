// log/kafka_client.h: one handle of librdkafka, and the patience with brokers that all handles of a log share.
//
// Every request goes through ask(), which tries again while the error is one that passes (a broker that is down, a leader that moves).
// Limits:  a wait is looked at again every kSliceMillis.
// Threads: any; librdkafka's handles are safe.
// Memory:  a client owns its handle, and shares the patience with the others of its log.
// Fails:   as log/kafka.h.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "log/kafka.h"

struct rd_kafka_s;
struct rd_kafka_message_s;

namespace playhead::log {

inline constexpr int kSliceMillis = 200;

// Decides how long brokers that do not answer are waited for, and tells of it once.
class KafkaPatience {
 public:
  explicit KafkaPatience(const KafkaOptions& options);
  // A broker has answered.
  void answered();
  // After a slice without an answer, because of `reason`: an Error when it is time to give up.
  Status waited(const Error& reason);
  bool cancelled() const { return cancelled_(); }
  Timestamp now() const { return clock_.now(); }

 private:
  std::string servers_;
  Duration timeout_;
  std::function<void(const std::string&)> notice_;
  std::function<bool()> cancelled_;
  std::mutex mutex_;
  std::atomic<bool> waiting_{false};
  std::atomic<bool> reached_{false};  // ever
  bool told_ = false;                 // of this wait
  Timestamp since_;
  SystemClock clock_;  // a cluster is no part of any replay, so nobody passes another
};

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
  Status waited(const std::string& what, int code);
  // An Error for a code of librdkafka that does not pass.
  std::unexpected<Error> failure(const std::string& what, int code) const;

 private:
  explicit KafkaClient(std::shared_ptr<KafkaPatience> patience) : patience_(std::move(patience)) {}
  static void on_error(rd_kafka_s* handle, int code, const char* reason, void* self);
  Error reason_for(const std::string& what, int code) const;

  std::shared_ptr<KafkaPatience> patience_;
  rd_kafka_s* handle_ = nullptr;
  mutable std::mutex mutex_;
  std::string last_reason_;     // what librdkafka last said of its connections
  bool login_refused_ = false;  // and that it was this
};

// Whether the same request may succeed later with nothing changed by us.
bool passes(int code);
ErrorKind kind_of(int code);

}  // namespace playhead::log
