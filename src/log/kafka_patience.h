// log/kafka_patience.h: how long brokers that do not answer are waited for, and who is told.
//
// A log has one patience; each caller that waits for an answer has a KafkaWait of its own. However many wait, one notice says that they
// do, after kTellAfter, and one that the last of them has its answer. Before the first answer ever a wait ends at the options' timeout,
// or at once when the login is refused; after it only when the options' `cancelled` says so (and then leaves kTellAfter for what is on
// its way).
// Threads: any; a KafkaWait by one at a time. Memory: a wait refers to its patience. Fails: more() gives the reason it was given.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "log/kafka.h"

namespace playhead::log {

class KafkaPatience {
 public:
  static constexpr Duration kTellAfter = std::chrono::seconds{2};

  explicit KafkaPatience(KafkaOptions options) : options_(std::move(options)) {}
  Timestamp now() const;  // only differences mean something
  bool cancelled() const { return options_.cancelled(); }

 private:
  friend class KafkaWait;
  void begin_long(const Error& reason);
  void end_long(bool answered);
  std::optional<Timestamp> back_at();

  KafkaOptions options_;
  std::atomic<bool> reached_{false};  // ever
  std::mutex mutex_;
  int long_waits_ = 0;
  std::optional<Timestamp> back_at_;  // when the last of them got its answer
};

class KafkaWait {
 public:
  explicit KafkaWait(KafkaPatience& patience) : patience_(patience) {}
  ~KafkaWait() { end(false); }
  KafkaWait(const KafkaWait&) = delete;
  KafkaWait& operator=(const KafkaWait&) = delete;

  // A broker has answered: if there is more to wait for, that is another wait.
  void answered();
  // After a while without an answer, because of `reason`: an Error when it is time to give up.
  Status more(const Error& reason);

 private:
  void end(bool answered);

  KafkaPatience& patience_;
  bool waiting_ = false;
  bool long_ = false;
  Timestamp since_;
};

}  // namespace playhead::log
