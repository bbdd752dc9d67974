#include "log/kafka_admin.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <limits>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "log/topic_file.h"

// What librdkafka has had since 2.3 and 2.4, and the header of 2.0 that we compile with does not know.
extern "C" {
struct rd_kafka_TopicCollection_s;
struct rd_kafka_TopicDescription_s;
struct rd_kafka_TopicPartitionInfo_s;
struct rd_kafka_Uuid_s;
rd_kafka_TopicCollection_s* rd_kafka_TopicCollection_of_topic_names(const char** topics, size_t topics_cnt);
void rd_kafka_TopicCollection_destroy(rd_kafka_TopicCollection_s* topics);
void rd_kafka_DescribeTopics(rd_kafka_t* rk, const rd_kafka_TopicCollection_s* topics, const rd_kafka_AdminOptions_t* options,
                             rd_kafka_queue_t* rkqu);
const rd_kafka_event_t* rd_kafka_event_DescribeTopics_result(rd_kafka_event_t* rkev);
const rd_kafka_TopicDescription_s** rd_kafka_DescribeTopics_result_topics(const rd_kafka_event_t* result, size_t* cntp);
const rd_kafka_TopicPartitionInfo_s** rd_kafka_TopicDescription_partitions(const rd_kafka_TopicDescription_s* topicdesc, size_t* cntp);
const char* rd_kafka_TopicDescription_name(const rd_kafka_TopicDescription_s* topicdesc);
const rd_kafka_Uuid_s* rd_kafka_TopicDescription_topic_id(const rd_kafka_TopicDescription_s* topicdesc);
int rd_kafka_TopicDescription_is_internal(const rd_kafka_TopicDescription_s* topicdesc);
const rd_kafka_error_t* rd_kafka_TopicDescription_error(const rd_kafka_TopicDescription_s* topicdesc);
int64_t rd_kafka_Uuid_least_significant_bits(const rd_kafka_Uuid_s* uuid);
int64_t rd_kafka_Uuid_most_significant_bits(const rd_kafka_Uuid_s* uuid);
}

namespace playhead::log {
namespace {

constexpr int kRequestMillis = 3'000;
constexpr int kOperationMillis = 30'000;  // to make or delete a topic on all brokers
constexpr int kLeaderTries = 150;         // of kSliceMillis
constexpr std::uint64_t kForEver = std::numeric_limits<std::uint64_t>::max();

template <typename T, void (*kDestroy)(T*)>
struct Destroy {
  void operator()(T* pointer) const { kDestroy(pointer); }
};
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_t, rd_kafka_event_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_t, rd_kafka_queue_destroy>>;
using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>>;
using DeleteTopic = std::unique_ptr<rd_kafka_DeleteTopic_t, Destroy<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy>>;
using ConfigResource = std::unique_ptr<rd_kafka_ConfigResource_t, Destroy<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>>;
using TopicNames = std::unique_ptr<rd_kafka_TopicCollection_s, Destroy<rd_kafka_TopicCollection_s, rd_kafka_TopicCollection_destroy>>;

std::string named(const std::string& topic) { return "topic '" + topic + "'"; }

// Sends a request to a queue of its own, and waits for its answer. Null: there came none.
template <typename Send>
Event answer_to(KafkaClient& client, rd_kafka_admin_op_t operation, const Send& send) {
  const Queue queue(rd_kafka_queue_new(client.handle()));
  const AdminOptions options(rd_kafka_AdminOptions_new(client.handle(), operation));
  std::array<char, 8> unused{};
  const bool changes = operation == RD_KAFKA_ADMIN_OP_CREATETOPICS || operation == RD_KAFKA_ADMIN_OP_DELETETOPICS;
  rd_kafka_AdminOptions_set_request_timeout(options.get(), changes ? kOperationMillis : kRequestMillis, unused.data(), unused.size());
  if (changes) rd_kafka_AdminOptions_set_operation_timeout(options.get(), kOperationMillis, unused.data(), unused.size());
  send(options.get(), queue.get());
  return Event(rd_kafka_queue_poll(queue.get(), 2 * kOperationMillis));  // the request ends by its own timeout long before
}

int error_of(const Event& event) { return event ? rd_kafka_event_error(event.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT; }

// The same, asked again while it may be answered better. `send` passes a request with these options to the queue.
template <typename Send>
Result<Event> ask(KafkaClient& client, const std::string& what, rd_kafka_admin_op_t operation, const Send& send) {
  Event event;
  TRY(client.ask(what, [&] {
    event = answer_to(client, operation, send);
    return error_of(event);
  }));
  return event;
}

// The one topic's own answer of those that make or delete topics.
Status result_of(KafkaClient& client, const std::string& name, std::span<const rd_kafka_topic_result_t* const> results) {
  if (results.size() != 1) return fail(ErrorKind::kIo, named(name) + ": Kafka gave an answer without a result");
  const auto code = rd_kafka_topic_result_error(results[0]);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return fail(ErrorKind::kExists, named(name) + " exists already");
  if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return fail(ErrorKind::kNotFound, "there is no " + named(name) + " in Kafka");
  const char* const reason = rd_kafka_topic_result_error_string(results[0]);
  return reason != nullptr && *reason != '\0' ? fail(kind_of(code), named(name) + ": " + reason) : client.failure(named(name), code);
}

std::string number_or_none(std::uint64_t number) { return number == 0 ? "-1" : std::to_string(number); }

// A clock, a retention and, where it is not the default, a segment size. The rest is the broker's choice, replicas too.
Result<NewTopic> new_topic(const TopicOptions& options) {
  std::array<char, 512> reason{};
  NewTopic topic(rd_kafka_NewTopic_new(options.name.c_str(), static_cast<int>(options.partitions), -1, reason.data(), reason.size()));
  if (!topic) return fail(ErrorKind::kInvalid, named(options.name) + ": " + reason.data());
  const auto millis = static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(options.retention_age).count());
  rd_kafka_NewTopic_set_config(topic.get(), "message.timestamp.type",
                               options.clock == ClockSource::kAppend ? "LogAppendTime" : "CreateTime");
  rd_kafka_NewTopic_set_config(topic.get(), "retention.ms", number_or_none(millis).c_str());
  rd_kafka_NewTopic_set_config(topic.get(), "retention.bytes", number_or_none(options.retention_bytes).c_str());
  if (options.segment_bytes != TopicOptions{}.segment_bytes) {
    rd_kafka_NewTopic_set_config(topic.get(), "segment.bytes", std::to_string(options.segment_bytes).c_str());
  }
  return topic;
}

std::uint64_t number_from(std::string_view text) {
  if (text.starts_with('-')) return 0;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc::result_out_of_range ? kForEver : number;
}

void take_setting(std::string_view name, std::string_view value, TopicOptions& options) {
  constexpr std::uint64_t kMillisMax = std::numeric_limits<std::int64_t>::max() / 1000;
  if (name == "message.timestamp.type") options.clock = value == "LogAppendTime" ? ClockSource::kAppend : ClockSource::kRecord;
  if (name == "retention.bytes") options.retention_bytes = number_from(value);
  if (name == "segment.bytes") options.segment_bytes = number_from(value);
  if (name == "retention.ms") {
    const std::uint64_t millis = number_from(value);
    options.retention_age = std::chrono::milliseconds{millis > kMillisMax ? 0 : millis};  // hundreds of thousands of years: no bound
  }
}

using SettingSeen = std::function<void(std::string_view topic, std::string_view name, std::string_view value)>;

// What the cluster lets us see of the settings of these topics.
Status each_setting(KafkaClient& client, const std::vector<std::string>& topics, const SettingSeen& seen) {
  std::vector<ConfigResource> resources;
  std::vector<rd_kafka_ConfigResource_t*> asked;
  for (const std::string& topic : topics) {
    resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    asked.push_back(resources.back().get());
  }
  Event event;
  const Status answered = client.ask("the settings of topics", [&] {
    event = answer_to(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
      rd_kafka_DescribeConfigs(client.handle(), asked.data(), asked.size(), options, queue);
    });
    const int code = error_of(event);
    return code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE || !passes(code) ? static_cast<int>(RD_KAFKA_RESP_ERR_NO_ERROR) : code;
  });
  TRY(answered);
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  std::size_t count = 0;
  const auto* const* const found = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  for (const rd_kafka_ConfigResource_t* resource : std::span(found, count)) {
    if (rd_kafka_ConfigResource_error(resource) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    std::size_t entries = 0;
    const auto* const* const entry = rd_kafka_ConfigResource_configs(resource, &entries);
    for (std::size_t i = 0; i < entries; ++i) {
      const char* const value = rd_kafka_ConfigEntry_value(entry[i]);
      if (value != nullptr) seen(rd_kafka_ConfigResource_name(resource), rd_kafka_ConfigEntry_name(entry[i]), value);
    }
  }
  return {};
}

Status take_settings(KafkaClient& client, std::vector<TopicDescription>& topics) {
  std::vector<std::string> names;
  names.reserve(topics.size());
  for (const TopicDescription& topic : topics) names.push_back(topic.options.name);
  return each_setting(client, names, [&topics](std::string_view topic, std::string_view name, std::string_view value) {
    const auto found = std::ranges::find(topics, topic, [](const TopicDescription& each) { return std::string_view(each.options.name); });
    if (found != topics.end()) take_setting(name, value, found->options);
  });
}

// As Java prints a UUID, without the dashes.
std::string id_of(std::uint64_t high, std::uint64_t low) {
  std::string bytes;
  for (const std::uint64_t half : {high, low}) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>((half >> shift) & 0xff);
  }
  return hex_of(bytes);
}

// What brokers before 2.8 have in the place of an id.
Result<std::string> stand_in_id(KafkaClient& client, const std::string& name) {
  std::string cluster;
  TRY(client.ask("the cluster's id", [&] {
    char* const id = rd_kafka_clusterid(client.handle(), kRequestMillis);
    if (id == nullptr) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    cluster = id;
    rd_kafka_mem_free(client.handle(), id);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  }));
  return id_of(checksum(cluster), checksum(cluster + "/" + name));
}

Result<TopicDescription> description_of(KafkaClient& client, const rd_kafka_TopicDescription_s* found) {
  TopicDescription topic;
  topic.options.name = rd_kafka_TopicDescription_name(found);
  topic.options.clock = ClockSource::kRecord;  // Kafka's default
  if (const auto code = rd_kafka_error_code(rd_kafka_TopicDescription_error(found)); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (kind_of(code) == ErrorKind::kNotFound) return fail(ErrorKind::kNotFound, "there is no " + named(topic.options.name) + " in Kafka");
    return client.failure(named(topic.options.name), code);
  }
  std::size_t partitions = 0;
  rd_kafka_TopicDescription_partitions(found, &partitions);
  topic.options.partitions = static_cast<std::uint32_t>(partitions);
  const rd_kafka_Uuid_s* const id = rd_kafka_TopicDescription_topic_id(found);
  const auto high = static_cast<std::uint64_t>(id == nullptr ? 0 : rd_kafka_Uuid_most_significant_bits(id));
  const auto low = static_cast<std::uint64_t>(id == nullptr ? 0 : rd_kafka_Uuid_least_significant_bits(id));
  if (high != 0 || low != 0) {
    topic.id = id_of(high, low);
  } else {
    TRY_ASSIGN(topic.id, stand_in_id(client, topic.options.name));
  }
  return topic;
}

// Ids and partitions of these topics. With `leave_out`, those that are gone or Kafka's own are not among them.
Result<std::vector<TopicDescription>> identities(KafkaClient& client, const std::vector<std::string>& names, bool leave_out) {
  std::vector<const char*> asked;
  asked.reserve(names.size());
  for (const std::string& name : names) asked.push_back(name.c_str());
  const TopicNames collection(rd_kafka_TopicCollection_of_topic_names(asked.data(), asked.size()));
  TRY_ASSIGN(const Event event, ask(client, names.size() == 1 ? named(names.front()) : "the topics", RD_KAFKA_ADMIN_OP_ANY,
                                    [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                                      rd_kafka_DescribeTopics(client.handle(), collection.get(), options, queue);
                                    }));
  std::size_t count = 0;
  const auto* const* const found = rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(event.get()), &count);
  std::vector<TopicDescription> topics;
  for (const rd_kafka_TopicDescription_s* each : std::span(found, count)) {
    if (leave_out && rd_kafka_TopicDescription_is_internal(each) != 0) continue;
    auto topic = description_of(client, each);
    if (!topic && leave_out && topic.error().kind == ErrorKind::kNotFound) continue;
    if (!topic) return std::unexpected(topic.error());
    topics.push_back(*std::move(topic));
  }
  return topics;
}

Result<std::vector<std::string>> all_names(KafkaClient& client) {
  const rd_kafka_metadata_t* metadata = nullptr;
  TRY(client.ask("the topics",
                 [&] { return static_cast<int>(rd_kafka_metadata(client.handle(), 1, nullptr, &metadata, kRequestMillis)); }));
  std::vector<std::string> names;
  for (const rd_kafka_metadata_topic& topic : std::span(metadata->topics, static_cast<std::size_t>(metadata->topic_cnt))) {
    names.emplace_back(topic.topic);
  }
  rd_kafka_metadata_destroy(metadata);
  std::ranges::sort(names);
  return names;
}

bool has_leaders(KafkaClient& client, const TopicDescription& topic) {
  for (std::uint32_t partition = 0; partition < topic.options.partitions; ++partition) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    if (rd_kafka_query_watermark_offsets(client.handle(), topic.options.name.c_str(), static_cast<std::int32_t>(partition), &low, &high,
                                         kRequestMillis) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return false;
    }
  }
  return true;
}

}  // namespace

// A topic is made when it can be used: brokers learn of it one after the other.
Result<TopicDescription> create_kafka_topic(KafkaClient& client, const TopicOptions& options) {
  TRY(check_options(options));
  TRY_ASSIGN(const NewTopic wanted, new_topic(options));
  TRY_ASSIGN(const Event event, ask(client, named(options.name), RD_KAFKA_ADMIN_OP_CREATETOPICS,
                                    [&](const rd_kafka_AdminOptions_t* how, rd_kafka_queue_t* queue) {
                                      rd_kafka_NewTopic_t* topic = wanted.get();
                                      rd_kafka_CreateTopics(client.handle(), &topic, 1, how, queue);
                                    }));
  std::size_t count = 0;
  const auto* const* const results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  TRY(result_of(client, options.name, std::span(results, count)));
  for (int attempt = 0; attempt < kLeaderTries && !client.patience().cancelled(); ++attempt) {
    auto made = kafka_topic(client, options.name);
    if (!made && made.error().kind != ErrorKind::kNotFound) return made;
    if (made && has_leaders(client, *made)) return made;
    rd_kafka_poll(client.handle(), kSliceMillis);
  }
  return fail(ErrorKind::kIo, named(options.name) + " was made, but its partitions get no leader");
}

Status delete_kafka_topic(KafkaClient& client, const std::string& name) {
  const DeleteTopic wanted(rd_kafka_DeleteTopic_new(name.c_str()));
  TRY_ASSIGN(const Event event,
             ask(client, named(name), RD_KAFKA_ADMIN_OP_DELETETOPICS, [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
               rd_kafka_DeleteTopic_t* topic = wanted.get();
               rd_kafka_DeleteTopics(client.handle(), &topic, 1, options, queue);
             }));
  std::size_t count = 0;
  const auto* const* const results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count);
  return result_of(client, name, std::span(results, count));
}

Result<std::vector<TopicDescription>> kafka_topics(KafkaClient& client) {
  TRY_ASSIGN(const auto names, all_names(client));
  if (names.empty()) return std::vector<TopicDescription>{};
  TRY_ASSIGN(auto topics, identities(client, names, true));
  if (!topics.empty()) TRY(take_settings(client, topics));
  return topics;
}

Result<TopicDescription> kafka_topic(KafkaClient& client, const std::string& name) {
  TRY(check_name("topic", name));
  TRY_ASSIGN(auto topics, identities(client, {name}, false));
  TRY(take_settings(client, topics));
  return std::move(topics.front());
}

Result<TopicDescription> kafka_topic_identity(KafkaClient& client, const std::string& name) {
  TRY_ASSIGN(auto topics, identities(client, {name}, false));
  return std::move(topics.front());
}

Result<std::uint64_t> kafka_batch_bytes_max(KafkaClient& client, const std::string& name) {
  std::uint64_t bytes = 0;
  TRY(each_setting(client, {name}, [&bytes](std::string_view, std::string_view setting, std::string_view value) {
    if (setting == "max.message.bytes") bytes = number_from(value);
  }));
  return bytes;
}

}  // namespace playhead::log
