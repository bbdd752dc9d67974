#include "simulate/transport.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace playhead::simulate {
namespace {

constexpr Duration kSpanMax = std::chrono::days{30};
constexpr std::uint32_t kSaveVersion = 1;

// What is drawn for a message or a listener; each has random numbers of its own.
enum class Purpose : std::uint8_t { kMessage, kSkew };

Random random_of(const ServiceOptions& service, std::uint32_t listener, std::uint64_t place, Purpose purpose) {
  Random user{service.seed ^ Random{service.first_user_id + listener}.next()};
  return Random{user.next() ^ Random{place << 8 | static_cast<std::uint64_t>(purpose)}.next()};
}

// Longer than nothing, at most `max`.
Duration part_of(Duration max, double share) {
  return Duration{1 + static_cast<std::int64_t>(share * static_cast<double>(max.count() - 1))};
}

// Exponential with a mean of a third of `max`, of which the 5 % beyond it are `max`.
Duration delay_of(Duration max, Random& random) { return part_of(max, std::min(1.0, -std::log(1.0 - random.unit()) / 3)); }

// What befalls a message.
struct Lot {
  bool malformed;
  std::uint64_t malformation;  // random; see break_value()
  Duration delay{0};
  Duration duplicate_after{0};  // 0: there is none
};

// The three chances and what follows from each are drawn in any case, so that none moves another.
Lot draw_lot(const TransportOptions& options, Random random) {
  Lot lot{.malformed = random.chance(options.malformed), .malformation = random.next()};
  const bool delayed = random.chance(options.disorder);
  Random delay = random.fork();
  if (delayed) lot.delay = delay_of(options.disorder_max, delay);
  const bool twice = random.chance(options.duplicates);
  const double after = random.unit();
  if (twice && !lot.malformed) lot.duplicate_after = part_of(options.duplicate_delay_max, after);
  return lot;
}

// Makes `value`, a JSON object, into something that is no JSON. An object cut short lacks its last bracket; no byte 0xff is in UTF-8.
void break_value(std::string& value, std::uint64_t malformation) {
  Random random{malformation};
  if (value.size() < 2) return value.clear();
  switch (random.below(7)) {
    case 0: value.clear(); break;
    case 1: value.resize(1 + random.below(value.size() - 1)); break;
    case 2: value[random.below(value.size())] = '\xff'; break;
    case 3: value.front() = '['; break;
    case 4: value.back() = ']'; break;
    case 5: value[std::min(value.find(':'), value.size() - 1)] = ';'; break;  // behind the first key: none of ours has a colon
    default: value = random.chance(0.5) ? "503 Service Unavailable" : "<html><body>It works!</body></html>"; break;
  }
}

// A message that is still under way, with its bytes.
struct Held {
  Message message;  // sent: when it arrives
  Fate fate;
  bool delayed;
  std::string bytes;  // key, then value

  std::string_view key() const { return std::string_view(bytes).substr(0, message.key_bytes); }
  std::string_view value() const { return std::string_view(bytes).substr(message.key_bytes); }
};

// The order of arrival: a message never comes before the one it duplicates.
bool arrives_before(const Message& one, Fate fate, const Message& other, Fate other_fate) {
  if (comes_before(one, other)) return true;
  return !comes_before(other, one) && fate < other_fate;
}

bool arrives_after(const Held& one, const Held& other) { return arrives_before(other.message, other.fate, one.message, one.fate); }

std::string problem_with(const TransportOptions& options) {
  const auto share = [](double value) { return value >= 0 && value <= 1; };
  const auto span = [](Duration value) { return value > Duration{0} && value <= kSpanMax; };
  const std::tuple<const char*, double, const char*, Duration> parts[] = {
      {"duplicates", options.duplicates, "duplicate_delay_max", options.duplicate_delay_max},
      {"disorder", options.disorder, "disorder_max", options.disorder_max},
      {"skew", options.skew, "skew_max", options.skew_max},
      {"malformed", options.malformed, "", kSpanMax}};
  for (const auto& [name, value, span_name, length] : parts) {
    if (!share(value)) return std::string(name) + " is a share: 0 to 1";
    if (value > 0 && !span(length)) return std::string(span_name) + " is a time above 0, at most 30d";
  }
  return {};
}

}  // namespace

class Transport::Road {
 public:
  Road(const TransportOptions& options, const ServiceOptions& service) : options_(options), service_(service) {}

  Status carry(const Messages& messages, Timestamp until, const std::function<Status(const Arrival&)>& each) {
    const Message* last = nullptr;
    for (const Message& message : messages.list) {
      if (message.sent < reached_ || (last != nullptr && comes_before(message, *last))) {
        return fail(ErrorKind::kInvalid, "a message is sent before one that was carried: messages are sorted, and go on in time");
      }
      reached_ = message.sent;
      last = &message;
      TRY(depart(messages, message, until, each));
    }
    reached_ = std::max(reached_, until);
    while (!held_.empty() && held_.front().message.sent < until) TRY(arrive(each));
    return {};
  }

  Duration skew_of(std::uint32_t listener) const {
    if (options_.skew == 0) return Duration{0};
    Random random = random_of(service_, listener, 0, Purpose::kSkew);
    if (!random.chance(options_.skew)) return Duration{0};
    const bool ahead = random.chance(0.5);
    const Duration skew = part_of(options_.skew_max, random.unit());
    return ahead ? skew : -skew;
  }

  void save(std::string& bytes) const;
  Status restore(std::string_view bytes);

 private:
  // Hands a message over at once where it can, and holds what arrives later.
  Status depart(const Messages& messages, Message message, Timestamp until, const std::function<Status(const Arrival&)>& each) {
    const std::string_view key = messages.key(message);
    const std::string_view value = messages.value(message);
    const Lot lot = lot_of(message);
    if (lot.malformed) {
      std::string broken(value);
      break_value(broken, lot.malformation);
      message.value_bytes = static_cast<std::uint32_t>(broken.size());
      message.sent += lot.delay;
      return hand_over_or_hold({message, Fate::kMalformed, lot.delay > Duration{0}, {}}, key, broken, until, each);
    }
    message.sent += lot.delay;
    TRY(hand_over_or_hold({message, Fate::kIntact, lot.delay > Duration{0}, {}}, key, value, until, each));
    if (lot.duplicate_after == Duration{0}) return {};
    message.sent += lot.duplicate_after;
    hold({message, Fate::kDuplicate, false, {}}, key, value);
    return {};
  }

  Status hand_over_or_hold(Held&& held, std::string_view key, std::string_view value, Timestamp until,
                           const std::function<Status(const Arrival&)>& each) {
    if (held.delayed || held.message.sent >= until) {
      hold(std::move(held), key, value);
      return {};
    }
    while (!held_.empty() && arrives_before(held_.front().message, held_.front().fate, held.message, held.fate)) TRY(arrive(each));
    return hand_over(held, key, value, each);
  }

  void hold(Held&& held, std::string_view key, std::string_view value) {
    held.bytes.reserve(key.size() + value.size());
    held.bytes.append(key).append(value);
    held_.push_back(std::move(held));
    std::ranges::push_heap(held_, arrives_after);
  }

  // The first of those that are held.
  Status arrive(const std::function<Status(const Arrival&)>& each) {
    std::ranges::pop_heap(held_, arrives_after);
    const Held held = std::move(held_.back());
    held_.pop_back();
    return hand_over(held, held.key(), held.value(), each);
  }

  Status hand_over(const Held& held, std::string_view key, std::string_view value,
                   const std::function<Status(const Arrival&)>& each) const {
    const Message& message = held.message;
    return each({.message = message,
                 .key = key,
                 .value = value,
                 .event_id = event_id_of(service_, message.listener, message.sequence, message.topic),
                 .fate = held.fate,
                 .delayed = held.delayed,
                 .skew = skew_of(message.listener)});
  }

  Lot lot_of(const Message& message) const {
    if (options_.malformed == 0 && options_.disorder == 0 && options_.duplicates == 0) return {};
    const std::uint64_t place = std::uint64_t{message.sequence} << 8 | static_cast<std::uint64_t>(message.topic);
    return draw_lot(options_, random_of(service_, message.listener, place, Purpose::kMessage));
  }

  std::uint64_t options_sum() const;

  const TransportOptions options_;
  const ServiceOptions service_;
  Timestamp reached_ = kNever;  // nothing is sent before it any more
  std::vector<Held> held_;      // a heap by arrival
};

// Says to which options what was saved belongs.
std::uint64_t Transport::Road::options_sum() const {
  ByteWriter writer;
  for (const double share : {options_.duplicates, options_.disorder, options_.skew, options_.malformed}) writer.number(share);
  for (const Duration span : {options_.duplicate_delay_max, options_.disorder_max, options_.skew_max}) writer.number(span.count());
  writer.number(service_.seed);
  writer.number(service_.first_user_id);
  writer.text(service_.tag);
  return checksum(writer.bytes());
}

void Transport::Road::save(std::string& bytes) const {
  ByteWriter writer;
  writer.number(kSaveVersion);
  writer.number(options_sum());
  writer.number(to_micros(reached_));
  writer.number(static_cast<std::uint64_t>(held_.size()));
  for (const Held& held : held_) {
    writer.number(to_micros(held.message.sent));
    writer.number(to_micros(held.message.event_time));
    writer.number(held.message.listener);
    writer.number(held.message.sequence);
    writer.number(static_cast<std::uint8_t>(held.message.topic));
    writer.number(static_cast<std::uint8_t>(held.fate));
    writer.number(static_cast<std::uint8_t>(held.delayed));
    writer.text(held.key());
    writer.text(held.value());
  }
  writer.number(checksum(writer.bytes()));
  bytes.append(writer.bytes());
}

Status Transport::Road::restore(std::string_view bytes) {
  const auto corrupt = [](const char* what) { return fail(ErrorKind::kCorrupt, std::string("what was saved of the transport ") + what); };
  if (bytes.size() < sizeof(std::uint64_t)) return corrupt("is cut short");
  const std::string_view saved = bytes.substr(0, bytes.size() - sizeof(std::uint64_t));
  if (ByteReader(bytes.substr(saved.size())).number<std::uint64_t>() != checksum(saved)) return corrupt("is damaged");
  ByteReader reader(saved);
  if (reader.number<std::uint32_t>() != kSaveVersion) return corrupt("is of another version");
  if (reader.number<std::uint64_t>() != options_sum()) return corrupt("is of other options");
  const Timestamp reached = from_micros(reader.number<std::int64_t>());
  std::vector<Held> held;
  for (std::uint64_t left = reader.number<std::uint64_t>(); left > 0 && reader.ok(); --left) {
    Held& one = held.emplace_back();
    one.message.sent = from_micros(reader.number<std::int64_t>());
    one.message.event_time = from_micros(reader.number<std::int64_t>());
    one.message.listener = reader.number<std::uint32_t>();
    one.message.sequence = reader.number<std::uint32_t>();
    one.message.topic = Topic{reader.number<std::uint8_t>()};
    one.fate = Fate{reader.number<std::uint8_t>()};
    one.delayed = reader.number<std::uint8_t>() != 0;
    const std::string_view key = reader.text();
    const std::string_view value = reader.text();
    one.message.key_bytes = static_cast<std::uint8_t>(key.size());
    one.message.value_bytes = static_cast<std::uint32_t>(value.size());
    one.bytes.append(key).append(value);
  }
  if (!reader.ok() || reader.remaining() != 0) return corrupt("is damaged");
  reached_ = reached;
  held_ = std::move(held);
  std::ranges::make_heap(held_, arrives_after);
  return {};
}

Result<std::unique_ptr<Transport>> Transport::make(const TransportOptions& options, const ServiceOptions& service) {
  if (std::string problem = problem_with(options); !problem.empty()) return fail(ErrorKind::kInvalid, std::move(problem));
  return std::unique_ptr<Transport>(new Transport(std::make_unique<Road>(options, service)));
}

Transport::Transport(std::unique_ptr<Road> road) : road_(std::move(road)) {}
Transport::~Transport() = default;

Status Transport::carry(const Messages& messages, Timestamp until, const std::function<Status(const Arrival&)>& each) {
  return road_->carry(messages, until, each);
}

Duration Transport::skew_of(std::uint32_t listener) const { return road_->skew_of(listener); }

void Transport::save(std::string& bytes) const { road_->save(bytes); }

Status Transport::restore(std::string_view bytes) { return road_->restore(bytes); }

}  // namespace playhead::simulate
