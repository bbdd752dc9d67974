#include "log/kafka_appender.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace playhead::log {
namespace {

constexpr std::uint64_t kBatchBytes = 1'000'000;  // librdkafka's own choice
constexpr int kListensBeforeDoubt = 5;            // rounds without a report of ours, as other callers' end rounds early

std::size_t bytes_of(const Record& record) {
  std::size_t bytes = record.key.size() + record.value.size();
  for (const Header& header : record.headers) bytes += header.name.size() + header.value.size();
  return bytes;
}

void* lend(std::string_view bytes) { return const_cast<char*>(bytes.data()); }  // librdkafka only reads it

}  // namespace

Result<std::unique_ptr<KafkaAppender>> KafkaAppender::make(const KafkaOptions& options, std::shared_ptr<KafkaPatience> patience,
                                                           TopicDescription topic, std::uint64_t batch_bytes_max) {
  auto appender = std::unique_ptr<KafkaAppender>(new KafkaAppender(options, std::move(patience), std::move(topic), batch_bytes_max));
  TRY(appender->client());
  return appender;
}

Result<std::shared_ptr<KafkaClient>> KafkaAppender::client() {
  const std::scoped_lock guard(mutex_);
  if (client_ && rd_kafka_fatal_error(client_->handle(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) client_.reset();
  if (!client_) {
    std::map<std::string, std::string> own;
    if (batch_bytes_max_ > 0) own["batch.size"] = std::to_string(std::min(batch_bytes_max_, kBatchBytes));
    TRY_ASSIGN(client_, KafkaClient::make(KafkaClient::Role::kProducer, options_, patience_, own, on_delivered));
  }
  return client_;
}

Result<OffsetRange> KafkaAppender::append(Partition partition, std::span<const Record> records) {
  if (partition.value >= topic_.options.partitions) {
    return fail(ErrorKind::kNotFound, "topic '" + topic_.options.name + "' has partitions 0 to " +
                                          std::to_string(topic_.options.partitions - 1) + ", not " + std::to_string(partition.value));
  }
  if (records.empty()) return fail(ErrorKind::kInvalid, "there is no record to append");
  for (const Record& record : records) {
    if (bytes_of(record) > kRecordBytesMax) {
      return fail(ErrorKind::kLimit, "a record of " + std::to_string(bytes_of(record)) + " bytes is larger than the " +
                                         std::to_string(kRecordBytesMax) + " that a log takes");
    }
  }
  TRY_ASSIGN(const auto client, this->client());
  Sending sending;
  const Status sent = send_all(*client, partition, records, sending);
  const Status arrived = wait_for(*client, partition, sending);
  if (!arrived) give_up(*client, sending);
  TRY(sent);
  TRY(arrived);
  if (sending.error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
    return fail(ErrorKind::kLimit, place(partition) + ": a record is larger than the topic takes (its setting max.message.bytes)");
  }
  if (sending.error != 0) return client->failure(place(partition), sending.error);
  return OffsetRange{Offset{sending.first}, Offset{sending.last + 1}};
}

Status KafkaAppender::send_all(KafkaClient& client, Partition partition, std::span<const Record> records, Sending& sending) {
  for (const Record& record : records) {
    int code = send(client, partition, record, sending);
    KafkaWait wait(*patience_);
    for (int tries = 0; code == RD_KAFKA_RESP_ERR__QUEUE_FULL; code = send(client, partition, record, sending)) {
      const std::size_t before = sending.waiting;
      listen(client);
      if (sending.waiting < before) tries = 0;
      if (++tries > kListensBeforeDoubt) TRY(client.waited(wait, place(partition), 0));
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return client.failure(place(partition), code);
  }
  return {};
}

// Hands one record to librdkafka, which then reports on it.
int KafkaAppender::send(KafkaClient& client, Partition partition, const Record& record, Sending& sending) {
  std::vector<rd_kafka_vu_t> fields;
  fields.reserve(7 + record.headers.size());
  const auto field = [&fields](rd_kafka_vtype_t type) -> auto& {
    fields.emplace_back().vtype = type;
    return fields.back().u;
  };
  field(RD_KAFKA_VTYPE_TOPIC).cstr = topic_.options.name.c_str();
  field(RD_KAFKA_VTYPE_PARTITION).i32 = static_cast<std::int32_t>(partition.value);
  field(RD_KAFKA_VTYPE_MSGFLAGS).i = 0;
  field(RD_KAFKA_VTYPE_KEY).mem = {lend(record.key), record.key.size()};
  field(RD_KAFKA_VTYPE_VALUE).mem = {lend(record.value), record.value.size()};
  field(RD_KAFKA_VTYPE_TIMESTAMP).i64 = std::chrono::floor<std::chrono::milliseconds>(record.timestamp).time_since_epoch().count();
  field(RD_KAFKA_VTYPE_OPAQUE).ptr = &sending;
  std::vector<std::string> names;  // librdkafka wants them with an end
  names.reserve(record.headers.size());
  for (const Header& header : record.headers) {
    names.emplace_back(header.name);
    auto& into = field(RD_KAFKA_VTYPE_HEADER).header;
    into.name = names.back().c_str();
    into.val = header.value.data();
    into.size = static_cast<ssize_t>(header.value.size());
  }
  ++sending.waiting;  // before it can be reported
  rd_kafka_error_t* const error = rd_kafka_produceva(client.handle(), fields.data(), fields.size());
  if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
  --sending.waiting;
  const int code = rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  return code;
}

Status KafkaAppender::wait_for(KafkaClient& client, Partition partition, Sending& sending) {
  KafkaWait wait(*patience_);
  for (int tries = 0; sending.waiting > 0;) {
    const std::size_t before = sending.waiting;
    listen(client);
    if (sending.waiting < before) {
      tries = 0;
      wait.answered();
    } else if (++tries > kListensBeforeDoubt) {
      TRY(client.waited(wait, place(partition), 0));
    }
  }
  return {};
}

// One caller serves librdkafka's reports, of all callers; the others wait for the end of its round.
void KafkaAppender::listen(KafkaClient& client) {
  std::unique_lock lock(mutex_);
  if (listening_) {
    reported_.wait_for(lock, std::chrono::milliseconds{kSliceMillis});
    return;
  }
  listening_ = true;
  lock.unlock();
  rd_kafka_poll(client.handle(), kSliceMillis);
  lock.lock();
  listening_ = false;
  reported_.notify_all();
}

// Takes back what is on its way: the records are the caller's, who goes now. Other callers' go with them, and are told so.
void KafkaAppender::give_up(KafkaClient& client, Sending& sending) {
  rd_kafka_purge(client.handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  while (sending.waiting > 0) listen(client);
  const std::scoped_lock guard(mutex_);
  if (client_.get() == &client) client_.reset();
}

void KafkaAppender::on_delivered(rd_kafka_s*, const rd_kafka_message_s* message, void*) {
  Sending& sending = *static_cast<Sending*>(message->_private);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const auto offset = static_cast<std::uint64_t>(message->offset);
    sending.first = std::min(sending.first, offset);
    sending.last = std::max(sending.last, offset);
  } else if (sending.error == 0) {
    sending.error = message->err;
  }
  --sending.waiting;  // last: the caller may be gone then
}

std::string KafkaAppender::place(Partition partition) const { return topic_.options.name + "/" + std::to_string(partition.value); }

}  // namespace playhead::log
