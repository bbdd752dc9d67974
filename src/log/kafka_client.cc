#include "log/kafka_client.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace playhead::log {
namespace {

constexpr std::chrono::seconds kLeaderPause{1};
constexpr std::size_t kReasonBytesMax = 512;

// Set by us because a promise hangs on them; a file that says otherwise is refused, not overruled in silence.
constexpr std::array<std::string_view, 8> kPromised = {"enable.idempotence",    "acks",
                                                       "request.required.acks", "auto.offset.reset",
                                                       "enable.auto.commit",    "enable.auto.offset.store",
                                                       "enable.partition.eof",  "allow.auto.create.topics"};

const std::map<std::string, std::string>& properties_of(KafkaClient::Role role) {
  static const std::map<std::string, std::string> consumer = {
      {"client.id", "playhead"},
      {"auto.offset.reset", "error"},
      {"enable.auto.commit", "false"},
      {"enable.partition.eof", "true"},
      {"enable.auto.offset.store", "false"},
      {"isolation.level", "read_committed"},
      {"check.crcs", "true"},
      {"fetch.message.max.bytes", "1048576"},
      {"fetch.queue.backoff.ms", "5"},
      // A partition that needs records waits for the request under way, which may be one that waits at the ends of others.
      {"queued.min.messages", "10000"},
      {"fetch.wait.max.ms", "20"},
  };
  static const std::map<std::string, std::string> producer = {
      {"client.id", "playhead"},
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"compression.codec", "lz4"},
      {"linger.ms", "2"},
      {"batch.num.messages", "100000"},
      {"message.timeout.ms", "0"},  // KafkaPatience decides
      {"message.max.bytes", std::to_string(kRecordBytesMax + (1u << 20))},
      {"queue.buffering.max.kbytes", std::to_string(kUnsentBytesMax >> 10)},
      {"isolation.level", "read_committed"},  // for the offsets that it is asked for
  };
  return role == KafkaClient::Role::kProducer ? producer : consumer;
}

Status set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, kReasonBytesMax> reason{};
  const rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size());
  if (result == RD_KAFKA_CONF_OK) return {};
  std::string because = is_secret(name) ? "librdkafka refuses its value" : reason.data();  // whose own words repeat the value
  if (result == RD_KAFKA_CONF_UNKNOWN) because = "librdkafka knows no such property";
  if (name == "sasl.jaas.config") because += " (it is for Java: write sasl.mechanism, sasl.username and sasl.password)";
  return fail(ErrorKind::kInvalid, "the Kafka property " + name + ": " + because);
}

Status set_all(rd_kafka_conf_t* conf, KafkaClient::Role role, const KafkaOptions& options, const std::map<std::string, std::string>& own) {
  for (const auto& [name, value] : properties_of(role)) TRY(set(conf, name, value));
  for (const auto& [name, value] : options.properties) {
    if (std::ranges::find(kPromised, name) != kPromised.end()) {
      return fail(ErrorKind::kInvalid,
                  "the Kafka property " + name + " is not free: Playhead's exactness hangs on its own value; leave it out");
    }
    TRY(set(conf, name, value));
  }
  TRY(set(conf, "bootstrap.servers", options.bootstrap_servers));
  for (const auto& [name, value] : own) {
    if (!options.properties.contains(name)) TRY(set(conf, name, value));
  }
  return {};
}

// Said when the two ends do not trust each other, which no waiting mends; other failures of a handshake may be a broker that stops.
bool is_distrust(std::string_view reason) { return reason.find("certificate") != std::string_view::npos; }

}  // namespace

Result<std::unique_ptr<KafkaClient>> KafkaClient::make(Role role, const KafkaOptions& options, std::shared_ptr<KafkaPatience> patience,
                                                       const std::map<std::string, std::string>& own, Delivered delivered) {
  auto client = std::unique_ptr<KafkaClient>(new KafkaClient(std::move(patience)));
  std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)> conf(rd_kafka_conf_new(), rd_kafka_conf_destroy);
  TRY(set_all(conf.get(), role, options, own));
  rd_kafka_conf_set_opaque(conf.get(), client.get());
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  if (delivered != nullptr) rd_kafka_conf_set_dr_msg_cb(conf.get(), delivered);
  std::array<char, kReasonBytesMax> reason{};
  if (role == Role::kMember) rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_REBALANCE);
  const rd_kafka_type_t type = role == Role::kProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
  client->handle_ = rd_kafka_new(type, conf.get(), reason.data(), reason.size());
  if (client->handle_ == nullptr)
    return fail(ErrorKind::kInvalid, "the Kafka properties do not go together: " + std::string(reason.data()));
  [[maybe_unused]] const rd_kafka_conf_t* const taken = conf.release();  // it is the handle's now
  return client;
}

KafkaClient::~KafkaClient() {
  if (handle_ != nullptr) rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void KafkaClient::on_error(rd_kafka_t*, int code, const char* reason, void* self) {
  auto* const client = static_cast<KafkaClient*>(self);
  const std::scoped_lock guard(client->mutex_);
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;  // said of each of them already
  client->last_reason_ = reason;
  client->login_refused_ = code == RD_KAFKA_RESP_ERR__AUTHENTICATION || (code == RD_KAFKA_RESP_ERR__SSL && is_distrust(reason));
}

// librdkafka's log is told to nobody. But why a connection was closed it says only there, if it thinks it normal.
void KafkaClient::on_log(const rd_kafka_t* handle, int level, const char* facility, const char* line) {
  constexpr int kInformation = 6;
  constexpr std::string_view kThreadEnd = "]: ";
  if (handle == nullptr || level > kInformation || std::string_view(facility) != "FAIL") return;
  auto* const client = static_cast<KafkaClient*>(rd_kafka_opaque(handle));
  std::string_view reason = line;
  if (const std::size_t end = reason.find(kThreadEnd); end != std::string_view::npos) reason.remove_prefix(end + kThreadEnd.size());
  const bool mute = reason.find("APIVERSION_QUERY") != std::string_view::npos;
  const std::scoped_lock guard(client->mutex_);
  if (client->login_refused_) return;
  client->last_reason_ = std::string(reason) + (mute ? ": does this port want TLS (security.protocol)?" : "");
}

Status KafkaClient::ask(const std::string& what, const std::function<int()>& request) {
  KafkaWait wait(*patience_);
  while (true) {
    const int code = request();
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      wait.answered();
      forget_reason();
      return {};
    }
    if (!passes(code)) return failure(what, code);
    TRY(waited(wait, what, code));
  }
}

Status KafkaClient::waited(KafkaWait& wait, const std::string& what, int code) {
  rd_kafka_poll(handle_, code == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : kSliceMillis);  // also tells on_error
  ask_for_leaders();
  return wait.more(reason_for(what, code));
}

// librdkafka asks who leads when a connection breaks, which is before another is chosen, and then not again for minutes.
void KafkaClient::ask_for_leaders() {
  {
    const Timestamp now = patience_->now();
    const std::scoped_lock guard(mutex_);
    if (now - asked_for_leaders_at_ < kLeaderPause) return;
    asked_for_leaders_at_ = now;
  }
  const rd_kafka_metadata_t* known = nullptr;
  if (rd_kafka_metadata(handle_, 0, nullptr, &known, kSliceMillis) == RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_metadata_destroy(known);
}

void KafkaClient::forget_reason() {
  const std::scoped_lock guard(mutex_);
  last_reason_.clear();
  login_refused_ = false;
}

Error KafkaClient::reason_for(const std::string& what, int code) const {
  const std::scoped_lock guard(mutex_);
  std::string why = last_reason_;
  const bool is_brokers = code > RD_KAFKA_RESP_ERR_NO_ERROR;  // librdkafka's own are below
  if (why.empty() || is_brokers) why = code == 0 ? "no answer" : rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code));
  if (login_refused_) return {ErrorKind::kInvalid, what + ": Kafka refuses the login: " + why};
  return {ErrorKind::kIo, what + ": Kafka does not answer: " + why};
}

std::unexpected<Error> KafkaClient::failure(const std::string& what, int code) const {
  return fail(kind_of(code), what + ": " + rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code)));
}

bool is_secret(std::string_view property) {
  constexpr std::array<std::string_view, 6> kWords = {"password", "secret", "key", "pem", "jaas", "config"};
  return std::ranges::any_of(kWords, [property](std::string_view word) { return property.find(word) != std::string_view::npos; });
}

bool passes(int code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__WAIT_CACHE:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__UNKNOWN_BROKER:
    case RD_KAFKA_RESP_ERR__RETRY:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND: return true;
    default: return false;
  }
}

ErrorKind kind_of(int code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: return ErrorKind::kNotFound;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: return ErrorKind::kExists;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE: return ErrorKind::kLimit;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG: return ErrorKind::kCorrupt;
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION: return ErrorKind::kInvalid;
    default: return ErrorKind::kIo;
  }
}

}  // namespace playhead::log
