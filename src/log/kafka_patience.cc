#include "log/kafka_patience.h"

#include <algorithm>

namespace playhead::log {

Timestamp KafkaPatience::now() const { return options_.clock ? options_.clock->now() : SystemClock{}.now(); }

void KafkaPatience::begin_long(const Error& reason) {
  const std::scoped_lock guard(mutex_);
  if (++long_waits_ == 1 && options_.notice) options_.notice(reason.message + ": waiting for it");
}

void KafkaPatience::end_long(bool answered) {
  const std::scoped_lock guard(mutex_);
  if (--long_waits_ > 0 || !answered) return;
  back_at_ = now();
  if (options_.notice) options_.notice("Kafka at " + options_.bootstrap_servers + " answers again");
}

std::optional<Timestamp> KafkaPatience::back_at() {
  const std::scoped_lock guard(mutex_);
  return back_at_;
}

void KafkaWait::answered() {
  patience_.reached_.store(true, std::memory_order_relaxed);
  end(true);
}

Status KafkaWait::more(const Error& reason) {
  const Timestamp now = patience_.now();
  if (!waiting_) since_ = now;
  waiting_ = true;
  since_ = std::max(since_, patience_.back_at().value_or(since_));  // what follows is another outage, and is to last as long to be told of
  const Duration waited = now - since_;
  const bool reached = patience_.reached_.load(std::memory_order_relaxed);
  if (patience_.options_.cancelled() && waited >= KafkaPatience::kTellAfter) return std::unexpected(reason);
  if (!reached && (reason.kind == ErrorKind::kInvalid || waited >= patience_.options_.timeout)) return std::unexpected(reason);
  if (waited >= KafkaPatience::kTellAfter && !long_) {
    long_ = true;
    patience_.begin_long(reason);
  }
  return {};
}

void KafkaWait::end(bool answered) {
  if (long_) patience_.end_long(answered);
  waiting_ = long_ = false;
}

}  // namespace playhead::log
