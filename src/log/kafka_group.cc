#include "log/kafka_group.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>

#include "base/clock.h"

namespace playhead::log {
namespace {

constexpr Duration kLeaveWait = std::chrono::seconds{10};
constexpr int kEventsMax = 1'000;  // in one poll()
// Of KIP-848; the header is older than the library.
constexpr int kFencedMemberEpoch = 110;
constexpr int kStaleMemberEpoch = 113;

struct Destroy {
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
using List = std::unique_ptr<rd_kafka_topic_partition_list_t, Destroy>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy>;
using Ignored = std::unique_ptr<rd_kafka_error_t, Destroy>;  // an error that the next rebalance mends

List list_of(const std::string& topic, const std::vector<std::pair<Partition, Offset>>& positions) {
  List list(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
  for (const auto& [partition, offset] : positions) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<std::int32_t>(partition.value))->offset =
        static_cast<std::int64_t>(offset.value);
  }
  return list;
}

std::vector<Partition> partitions_of(const rd_kafka_topic_partition_list_t* list) {
  std::vector<Partition> partitions;
  partitions.reserve(static_cast<std::size_t>(list->cnt));
  for (int i = 0; i < list->cnt; ++i) partitions.push_back({static_cast<std::uint32_t>(list->elems[i].partition)});
  return partitions;
}

// The answers of a broker that knows of a newer generation, or of none, with this member in it.
bool says_not_owner(int code) {
  return code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
         code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS || code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID || code == kFencedMemberEpoch ||
         code == kStaleMemberEpoch || code == RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST;
}

}  // namespace

Result<std::unique_ptr<KafkaGroup>> KafkaGroup::join(const KafkaOptions& options, std::shared_ptr<KafkaPatience> patience,
                                                     const GroupOptions& group) {
  std::map<std::string, std::string> own = {{"group.id", group.group}};
  if (!group.member.empty()) own["group.instance.id"] = group.member;
  if (const auto protocol = options.properties.find("group.protocol");
      protocol == options.properties.end() || protocol->second == "classic") {
    own["partition.assignment.strategy"] = "cooperative-sticky";
  }
  TRY_ASSIGN(auto client, KafkaClient::make(KafkaClient::Role::kMember, options, std::move(patience), own));
  auto member = std::unique_ptr<KafkaGroup>(new KafkaGroup(std::move(client), group.topic));
  rd_kafka_t* const handle = member->client_->handle();
  rd_kafka_poll_set_consumer(handle);
  member->queue_ = rd_kafka_queue_get_consumer(handle);
  const List topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), group.topic.c_str(), RD_KAFKA_PARTITION_UA);
  const rd_kafka_resp_err_t subscribed = rd_kafka_subscribe(handle, topics.get());
  if (subscribed != RD_KAFKA_RESP_ERR_NO_ERROR) return member->client_->failure("group '" + group.group + "'", subscribed);
  return member;
}

KafkaGroup::~KafkaGroup() {
  if (queue_ != nullptr) rd_kafka_queue_destroy(queue_);
}

bool KafkaGroup::is_cooperative() const {
  const char* const protocol = rd_kafka_rebalance_protocol(client_->handle());
  return protocol != nullptr && std::string_view(protocol) == "COOPERATIVE";
}

Status KafkaGroup::poll(const Change& change) {
  Status status;
  for (int i = 0; i < kEventsMax && status; ++i) {
    const Event event(rd_kafka_queue_poll(queue_, 0));
    if (!event) break;
    status = serve(event.get(), change);
  }
  return status;
}

Status KafkaGroup::serve(rd_kafka_event_t* event, const Change& change) {
  if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE) return rebalance(event, change);
  return check_fatal(event);
}

// Errors pass (the client tries again by itself), but for those after which this member is none any more.
Status KafkaGroup::check_fatal(rd_kafka_event_t* event) const {
  const rd_kafka_resp_err_t code = rd_kafka_event_error(event);
  if (code != RD_KAFKA_RESP_ERR__FATAL && code != RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) return {};
  return client_->failure("the consumer group", code);
}

Status KafkaGroup::rebalance(rd_kafka_event_t* event, const Change& change) {
  rd_kafka_t* const handle = client_->handle();
  rd_kafka_topic_partition_list_t* const list = rd_kafka_event_topic_partition_list(event);
  const bool cooperative = is_cooperative();
  const std::vector<Partition> named = partitions_of(list);
  if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = 0;  // an offset of its own, so that none is asked for; nothing is fetched
    if (cooperative) {
      const Ignored error(rd_kafka_incremental_assign(handle, list));
    } else {
      rd_kafka_assign(handle, list);
      assigned_.clear();
    }
    rd_kafka_pause_partitions(handle, list);
    assigned_.insert(assigned_.end(), named.begin(), named.end());
    std::ranges::sort(assigned_);
    assigned_.erase(std::unique(assigned_.begin(), assigned_.end()), assigned_.end());
    return change(assigned_);
  }
  std::erase_if(assigned_, [&](Partition partition) { return !cooperative || std::ranges::find(named, partition) != named.end(); });
  const Status changed = change(assigned_);
  if (cooperative) {
    const Ignored error(rd_kafka_incremental_unassign(handle, list));
  } else {
    rd_kafka_assign(handle, nullptr);
  }
  return changed;
}

// A commit is what a broker answers only to a member of the current generation.
Result<bool> KafkaGroup::is_owner() {
  if (assigned_.empty()) return true;
  if (rd_kafka_assignment_lost(client_->handle()) != 0) return false;
  const List committed = list_of(topic_, {{assigned_.front(), Offset{0}}});
  const rd_kafka_resp_err_t asked = rd_kafka_committed(client_->handle(), committed.get(), kSliceMillis * 25);
  rd_kafka_resp_err_t code = asked;
  if (asked == RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (committed->elems[0].offset < 0) committed->elems[0].offset = 0;
    code = rd_kafka_commit(client_->handle(), committed.get(), 0);
  }
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
  if (says_not_owner(code)) return false;
  return client_->failure("the consumer group", code);
}

void KafkaGroup::tell_progress(const std::vector<std::pair<Partition, Offset>>& positions) {
  if (positions.empty()) return;
  rd_kafka_commit(client_->handle(), list_of(topic_, positions).get(), 1);
}

Status KafkaGroup::leave(const Change& change) {
  assigned_.clear();
  const Status changed = change(assigned_);
  const Ignored error(rd_kafka_consumer_close_queue(client_->handle(), queue_));
  const SystemClock clock;
  const Timestamp end = clock.now() + kLeaveWait;
  while (rd_kafka_consumer_closed(client_->handle()) == 0 && clock.now() < end) {
    const Event event(rd_kafka_queue_poll(queue_, kSliceMillis));
    if (event && rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE) {
      const Status let_go = rebalance(event.get(), [](const std::vector<Partition>&) -> Status { return {}; });
    }
  }
  return changed;
}

}  // namespace playhead::log
