// log/kafka.h: the log that is a Kafka cluster, by librdkafka.
//
// A topic is Kafka's topic, and its id Kafka's topic id, so that one made anew under the same name is told apart. (Brokers before 2.8
// have no such ids: there the id is a hash of the cluster's id and the name, which tells clusters apart, but not a topic made anew.)
//   append   idempotent, acknowledged by all replicas in sync, compressed with LZ4 unless the properties say otherwise. The returned
//            range goes from the first record's offset to after the last one's; records of other producers may lie between.
//   read     only what is committed, if a producer uses transactions. Offsets have gaps where transactions end and where the topic is
//            compacted.
//   time     Kafka keeps milliseconds: what is finer is cut off. A record of 1970's first millisecond gets the time of sending, for that
//            is what librdkafka takes a 0 for.
//   hold     does nothing: how long records are kept is the topic's own setting (retention.ms, retention.bytes), and a reader that was
//            overtaken by it is told so by kNotFound. TopicOptions' 0 is "no bound" here too; a segment size that is TopicOptions'
//            default is left to the broker.
// A broker that does not answer is waited for: `timeout` at the first contact, and once it has answered for as long as it takes; one
// notice says so, and one that it is back.
//
// Limits:  the Readers of a topic hold up to kFetchedBytesMax of records that Kafka has sent ahead, all partitions together (and at least
//          one record a partition; a second Reader of a partition has its own); an Appender up to kUnsentBytesMax. What a broker takes as
//          the largest message is its own setting (kLimit).
// Threads: as log/log.h; librdkafka has some of its own: about four for each topic that is read, however many Readers it has, and for
//          each Appender.
// Memory:  Readers and Appenders may outlive the Log. `notice` and `cancelled` are called from any thread that waits,
//          notices one at a time.
// Fails:   as log/log.h; kInvalid for a property that librdkafka refuses, or that would break a promise made here, and for a login that
//          is refused at the first contact; kIo where no broker answers in time. No value of a secret property is in any message.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/time.h"
#include "log/log.h"

namespace playhead::log {

inline constexpr std::size_t kFetchedBytesMax = 64u << 20;
inline constexpr std::size_t kUnsentBytesMax = 64u << 20;

struct KafkaOptions {
  std::string bootstrap_servers;                           // host:port,...
  std::map<std::string, std::string> properties = {};      // librdkafka's, over the ones chosen here
  Duration timeout = std::chrono::seconds{30};             // until a broker must have answered for the first time, ever
  std::function<void(const std::string&)> notice = {};     // told once when brokers stop answering, once when they are back
  std::function<bool()> cancelled = [] { return false; };  // true ends every wait, with kIo
  std::shared_ptr<const Clock> clock = {};                 // of waits; one that does not jump. Null: the system's
};

// Whether the property's value (a password, a key) is to be kept from people's eyes; no message ever repeats it.
bool is_secret(std::string_view property);

// Checks the properties; a broker is only asked when something is wanted of it.
Result<std::unique_ptr<Log>> make_kafka(KafkaOptions options);

}  // namespace playhead::log
