#include "log/kafka_reader.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>

#include "log/kafka_admin.h"

namespace playhead::log {
namespace {

constexpr int kQuestionMillis = 2'000;
constexpr std::chrono::milliseconds kPollPause{50};
constexpr std::chrono::seconds kTopicCheckPause{1};
constexpr int kUnknownTries = 25;               // of kSliceMillis
constexpr Timestamp kUnknownTime{Duration{0}};  // of records that have none

std::string_view view_of(const void* bytes, std::size_t length) {
  return bytes == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(bytes), length);
}

Timestamp timestamp_of(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t millis = rd_kafka_message_timestamp(&message, &type);
  return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || millis < 0 ? kUnknownTime : Timestamp{std::chrono::milliseconds{millis}};
}

void append_headers(const rd_kafka_message_t& message, std::string& into) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t length = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    const Header header{name, view_of(value, length)};
    encode_headers(std::span(&header, 1), into);
  }
}

// The views are lengths until the buffer has its last address.
void append(const rd_kafka_message_t& message, RecordBatch& batch) {
  batch.offsets.push_back(Offset{static_cast<std::uint64_t>(message.offset)});
  batch.timestamps.push_back(timestamp_of(message));
  batch.keys.push_back(view_of(message.key, message.key_len));
  batch.values.push_back(view_of(message.payload, message.len));
  batch.buffer.append(batch.keys.back()).append(batch.values.back());
  const std::size_t before = batch.buffer.size();
  append_headers(message, batch.buffer);
  batch.headers.emplace_back(batch.buffer.data() + before, batch.buffer.size() - before);
}

void point_into_buffer(RecordBatch& batch) {
  batch.buffer.append(kPaddingBytes, '\0');
  const char* at = batch.buffer.data();
  const auto place = [&at](std::string_view& view) {
    if (view.data() != nullptr) view = {at, view.size()};
    at += view.size();
  };
  for (std::size_t i = 0; i < batch.size(); ++i) {
    place(batch.keys[i]);
    place(batch.values[i]);
    place(batch.headers[i]);
  }
}

void empty(RecordBatch& batch) {
  batch.clear();
  batch.buffer.clear();
}

}  // namespace

// What one call to librdkafka's queue is to bring.
struct KafkaReader::Gathering {
  Lane& lane;
  RecordBatch& batch;
  Offset expected;
  Offset end;

  bool full() const {
    return expected >= end || batch.buffer.size() >= kBatchBytesTarget || batch.size() >= kBatchRecordsMax || lane.early.size() > 0 ||
           lane.error != 0;
  }
};

Result<std::unique_ptr<KafkaReader>> KafkaReader::make(std::shared_ptr<KafkaClient> client, std::shared_ptr<KafkaFetchers> fetchers,
                                                       TopicDescription topic) {
  auto reader = std::unique_ptr<KafkaReader>(new KafkaReader(std::move(client), std::move(fetchers), std::move(topic)));
  TRY_ASSIGN(reader->waiter_, reader->fetchers_->bell()->waiter());
  reader->lanes_.resize(reader->topic_.options.partitions);
  reader->checked_at_ = reader->client_->patience().now();
  return reader;
}

Result<OffsetRange> KafkaReader::range(Partition partition) {
  TRY(check(partition));
  TRY(check_topic_now_and_then());
  Lane& lane = lanes_[partition.value];
  // Takes an end of the partition out of the queue: the bell rings only for a queue that was empty.
  if (lane.fetch && lane.early.size() == 0) {
    Gathering gathering{.lane = lane, .batch = lane.early, .expected = {}, .end = {}};
    rd_kafka_consume_callback_queue(lane.fetch->queue(), 0, on_message, &gathering);
  }
  TRY_ASSIGN(lane.known, ask_range(partition));
  return lane.known;
}

Status KafkaReader::read(Partition partition, Offset from, Offset end, RecordBatch& batch) {
  empty(batch);
  TRY(check(partition));
  Lane& lane = lanes_[partition.value];
  if (from < lane.known.start || from >= lane.known.end) {
    TRY_ASSIGN(lane.known, ask_range(partition));
  }
  if (from < lane.known.start || from >= lane.known.end || from >= end) return outside(partition, from);
  if (!lane.fetch || lane.next != from) TRY(start(partition, from));
  Gathering gathering{.lane = lane, .batch = batch, .expected = from, .end = std::min(end, lane.known.end)};
  TRY(fill(partition, gathering));
  // What came early, or the partition's end, proves that what lies before it does not exist.
  const bool proven = lane.early.size() > 0 || lane.ended_at >= gathering.end;
  batch.next = proven ? gathering.end : gathering.expected;
  lane.next = batch.next;
  point_into_buffer(batch);
  return {};
}

// Until there is a record, or it is proven that there is none.
Status KafkaReader::fill(Partition partition, Gathering& gathering) {
  Lane& lane = gathering.lane;
  if (lane.early.size() > 0 && lane.early.offsets.front() < gathering.end) {
    std::swap(lane.early, gathering.batch);
    gathering.expected = gathering.batch.offsets.front().next();
    empty(lane.early);
  }
  KafkaClient& fetcher = lane.fetch->client();
  KafkaWait wait(fetcher.patience());
  while (!gathering.full()) {
    const bool some = gathering.batch.size() > 0;
    if (!some && lane.ended_at >= gathering.end) break;
    const int served = rd_kafka_consume_callback_queue(lane.fetch->queue(), some ? 0 : kSliceMillis, on_message, &gathering);
    if (served > 0 && lane.error == 0) wait.answered();
    if (served == 0 && some) break;
    if (served == 0) TRY(fetcher.waited(wait, place(partition), RD_KAFKA_RESP_ERR_NO_ERROR));
    if (lane.error == 0) continue;
    const int code = std::exchange(lane.error, 0);
    if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
      stop(partition);
      return outside(partition, gathering.expected);
    }
    TRY(wait_out(wait, fetcher, partition, code));
  }
  return {};
}

void KafkaReader::on_message(rd_kafka_message_s* message, void* opaque) {
  Gathering& gathering = *static_cast<Gathering*>(opaque);
  Lane& lane = gathering.lane;
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    lane.ended_at = Offset{static_cast<std::uint64_t>(message->offset)};
    return;
  }
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    lane.error = message->err;
  } else if (const Offset offset{static_cast<std::uint64_t>(message->offset)}; offset >= std::max(gathering.expected, lane.next)) {
    const bool wanted = offset < gathering.end;
    append(*message, wanted ? gathering.batch : lane.early);
    gathering.expected = wanted ? offset.next() : gathering.expected;
  }
  if (gathering.full()) rd_kafka_yield(lane.fetch->client().handle());
}

Result<Offset> KafkaReader::offset_at(Partition partition, Timestamp time) {
  TRY_ASSIGN(const OffsetRange kept, range(partition));
  const std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)> asked(
      rd_kafka_topic_partition_list_new(1), rd_kafka_topic_partition_list_destroy);
  const auto millis = std::chrono::ceil<std::chrono::milliseconds>(time.time_since_epoch()).count();
  TRY(client_->ask(place(partition), [&] {
    asked->cnt = 0;
    rd_kafka_topic_partition_list_add(asked.get(), topic_.options.name.c_str(), static_cast<std::int32_t>(partition.value))->offset =
        std::max<std::int64_t>(0, millis);
    const auto code = rd_kafka_offsets_for_times(client_->handle(), asked.get(), kQuestionMillis);
    return code != RD_KAFKA_RESP_ERR_NO_ERROR ? code : asked->elems[0].err;
  }));
  const std::int64_t offset = asked->elems[0].offset;
  if (offset < 0) return kept.end;
  return std::clamp(Offset{static_cast<std::uint64_t>(offset)}, kept.start, kept.end);
}

Status KafkaReader::wait(Duration timeout) {
  const Timestamp end = client_->patience().now() + timeout;
  while (true) {
    TRY_ASSIGN(const bool grown, has_grown());
    const Duration left = end - client_->patience().now();
    if (grown || left <= Duration::zero()) return {};
    bool all = true;
    for (std::uint32_t partition = 0; partition < lanes_.size(); ++partition) all &= fetchers_->bell()->rings_for(partition);
    const Duration pause = std::max<Duration>(kPollPause, kPollPause / 10 * static_cast<int>(lanes_.size()));
    if (waiter_->wait(all ? left : std::min(left, pause))) return {};
  }
}

// Whether a partition that nobody fetches has more than at the last look.
Result<bool> KafkaReader::has_grown() {
  bool grown = false;
  for (Partition partition; partition.value < lanes_.size(); partition = partition.next()) {
    if (fetchers_->bell()->rings_for(partition.value)) continue;
    Lane& lane = lanes_[partition.value];
    TRY_ASSIGN(const OffsetRange now, ask_range(partition));
    grown |= now.end > lane.known.end;
    lane.known = now;
  }
  return grown;
}

Status KafkaReader::check(Partition partition) const {
  if (partition.value < lanes_.size()) return {};
  return fail(ErrorKind::kNotFound, "topic '" + topic_.options.name + "' has partitions 0 to " + std::to_string(lanes_.size() - 1) +
                                        ", not " + std::to_string(partition.value));
}

Status KafkaReader::check_topic_now_and_then() {
  const Timestamp now = client_->patience().now();
  if (now - checked_at_ < kTopicCheckPause) return {};
  TRY(check_topic());
  checked_at_ = now;
  return {};
}

// A topic that is deleted and made anew while we read keeps its name, and its offsets then mean other records. A broker that has just
// come up may not know its topics for a moment.
Status KafkaReader::check_topic() {
  for (int tries = 0;; ++tries) {
    const auto found = kafka_topic_identity(*client_, topic_.options.name);
    if (found && found->id == topic_.id) return {};
    if (found) return fail(ErrorKind::kInvalid, "topic '" + topic_.options.name + "' was deleted and made anew while it was read");
    if (found.error().kind != ErrorKind::kNotFound || tries == kUnknownTries) return std::unexpected(found.error());
    rd_kafka_poll(client_->handle(), kSliceMillis);
  }
}

Status KafkaReader::start(Partition partition, Offset from) {
  stop(partition);
  Lane& lane = lanes_[partition.value];
  TRY_ASSIGN(lane.fetch, fetchers_->start(partition, from));
  lane.next = from;
  return {};
}

void KafkaReader::stop(Partition partition) {
  const OffsetRange known = lanes_[partition.value].known;
  lanes_[partition.value] = Lane{};
  lanes_[partition.value].known = known;
}

Result<OffsetRange> KafkaReader::ask_range(Partition partition) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  KafkaWait wait(client_->patience());
  while (true) {
    const int code = rd_kafka_query_watermark_offsets(client_->handle(), topic_.options.name.c_str(),
                                                      static_cast<std::int32_t>(partition.value), &low, &high, kQuestionMillis);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    TRY(wait_out(wait, *client_, partition, code));
  }
  wait.answered();
  return OffsetRange{Offset{static_cast<std::uint64_t>(low)}, Offset{static_cast<std::uint64_t>(std::max(low, high))}};
}

// librdkafka also says that it does not know a topic when it has lost sight of the brokers: so these are asked.
Status KafkaReader::wait_out(KafkaWait& wait, KafkaClient& client, Partition partition, int code) {
  const bool unknown = kind_of(code) == ErrorKind::kNotFound;
  if (unknown) TRY(check_topic());
  if (!unknown && !passes(code)) return client.failure(place(partition), code);
  return client.waited(wait, place(partition), code);
}

std::unexpected<Error> KafkaReader::outside(Partition partition, Offset offset) const {
  return fail(ErrorKind::kNotFound, "offset " + std::to_string(offset.value) + " is not in " + place(partition) + " now");
}

std::string KafkaReader::place(Partition partition) const { return topic_.options.name + "/" + std::to_string(partition.value); }

}  // namespace playhead::log
