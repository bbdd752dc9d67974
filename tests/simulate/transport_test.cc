#include "simulate/transport.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "base/random.h"
#include "event/decoder.h"
#include "event/record_scan.h"

namespace playhead::simulate {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kStart = from_micros(1'772'323'200'000'000);
constexpr TransportOptions kBadNetwork{.duplicates = 0.05, .disorder = 0.1, .skew = 0.2, .malformed = 0.02};
const ServiceOptions kService{.seed = 42, .first_user_id = 1'000, .tag = ""};

// Messages about `gap` apart, some at the same instant.
Messages messages_of(std::uint32_t count, Duration gap = milliseconds{100}) {
  Messages messages;
  Random random{5};
  for (std::uint32_t i = 0; i < count; ++i) {
    const Timestamp sent = kStart + (i / 3) * 3 * gap;
    const Message message{.sent = sent,
                          .event_time = sent,
                          .listener = static_cast<std::uint32_t>(random.below(50)),
                          .sequence = i,
                          .topic = random.chance(0.5) ? Topic::kMusicPlays : Topic::kListens};
    const std::string key = "u" + std::to_string(message.listener);
    const std::string value = R"({"user_id": ")" + key + R"(", "track_id": "t)" + std::to_string(i) +
                              R"(", "genre": "rock", "timestamp": ")" + format_iso(sent) + R"("})";
    messages.add(message, key, value.size(), [&value](char* at) { return std::ranges::copy(value, at).out; });
  }
  messages.sort();
  return messages;
}

// The messages of the span, as another Messages.
Messages between(const Messages& messages, Timestamp from, Timestamp to) {
  Messages part;
  for (const Message& message : messages.list) {
    if (message.sent < from || message.sent >= to) continue;
    const std::string_view value = messages.value(message);
    part.add(message, messages.key(message), value.size(), [value](char* at) { return std::ranges::copy(value, at).out; });
  }
  return part;
}

struct Arrived {
  Timestamp sent, event_time;
  std::uint32_t listener, sequence;
  Topic topic;
  std::string key, value, event_id;
  Fate fate;
  bool delayed;
  Duration skew;
  bool operator==(const Arrived&) const = default;
};

auto keep(std::vector<Arrived>& arrived) {
  return [&arrived](const Arrival& arrival) -> Status {
    const Message& message = arrival.message;
    EXPECT_EQ(message.key_bytes, arrival.key.size());
    EXPECT_EQ(message.value_bytes, arrival.value.size());
    arrived.push_back({message.sent, message.event_time, message.listener, message.sequence, message.topic, std::string(arrival.key),
                       std::string(arrival.value), std::string(arrival.event_id.data(), 32), arrival.fate, arrival.delayed, arrival.skew});
    return {};
  };
}

std::unique_ptr<Transport> transport_of(const TransportOptions& options) { return Transport::make(options, kService).value(); }

std::vector<Arrived> carried(const TransportOptions& options, const Messages& messages) {
  std::vector<Arrived> arrived;
  EXPECT_TRUE(transport_of(options)->carry(messages, Timestamp::max(), keep(arrived)).has_value());
  return arrived;
}

using Place = std::tuple<std::uint32_t, std::uint32_t, Topic>;
Place place_of(const Arrived& one) { return {one.listener, one.sequence, one.topic}; }

TEST(Transport, APerfectOneChangesNothing) {
  const Messages messages = messages_of(1'000);
  const auto arrived = carried({}, messages);
  ASSERT_EQ(arrived.size(), messages.list.size());
  for (std::size_t i = 0; i < arrived.size(); ++i) {
    const Message& sent = messages.list[i];
    const EventIdText id = event_id_of(kService, sent.listener, sent.sequence, sent.topic);
    EXPECT_EQ(arrived[i], (Arrived{sent.sent, sent.event_time, sent.listener, sent.sequence, sent.topic, std::string(messages.key(sent)),
                                   std::string(messages.value(sent)), std::string(id.data(), 32), Fate::kIntact, false, Duration{0}}));
  }
}

// Every message arrives once, in order; a duplicate is the same again, later; what is malformed has no other copy.
TEST(Transport, ABadOneLosesNothing) {
  const Messages messages = messages_of(100'000, milliseconds{10});
  const auto arrived = carried(kBadNetwork, messages);
  std::map<Place, const Message*> sent;
  for (const Message& message : messages.list) sent[{message.listener, message.sequence, message.topic}] = &message;
  std::map<Place, const Arrived*> first;
  std::size_t duplicates = 0, delayed = 0, malformed = 0;
  for (std::size_t i = 0; i < arrived.size(); ++i) {
    const Arrived& one = arrived[i];
    ASSERT_TRUE(i == 0 || arrived[i - 1].sent <= one.sent);
    const Message& message = *sent.at(place_of(one));
    ASSERT_EQ(one.key, messages.key(message));
    ASSERT_EQ(one.event_time, message.event_time);
    if (one.fate == Fate::kDuplicate) {
      ++duplicates;
      const Arrived& original = *first.at(place_of(one));
      ASSERT_EQ(original.fate, Fate::kIntact);
      ASSERT_EQ(one.value, original.value);
      ASSERT_EQ(one.event_id, original.event_id);
      ASSERT_GT(one.sent, original.sent);
      ASSERT_LE(one.sent, original.sent + kBadNetwork.duplicate_delay_max);
      continue;
    }
    ASSERT_TRUE(first.emplace(place_of(one), &one).second);
    ASSERT_EQ(one.delayed, one.sent > message.sent);
    ASSERT_LE(one.sent, message.sent + kBadNetwork.disorder_max);
    ASSERT_EQ(one.fate == Fate::kMalformed, one.value != messages.value(message));
    delayed += one.delayed ? 1 : 0;
    malformed += one.fate == Fate::kMalformed ? 1 : 0;
  }
  EXPECT_EQ(first.size(), sent.size());
  const auto share = [&](std::size_t count) { return static_cast<double>(count) / static_cast<double>(sent.size()); };
  EXPECT_NEAR(share(duplicates), 0.05 * 0.98, 0.003);
  EXPECT_NEAR(share(delayed), 0.1, 0.004);
  EXPECT_NEAR(share(malformed), 0.02, 0.002);
}

TEST(Transport, CutsMakeNoDifference) {
  const Messages messages = messages_of(3'000);
  const Timestamp end = messages.list.back().sent + minutes{10};
  const auto whole = carried(kBadNetwork, messages);
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Random random{seed};
    const auto transport = transport_of(kBadNetwork);
    std::vector<Arrived> arrived;
    Timestamp from = kNever;
    for (Timestamp until = kStart; from < end; from = until) {
      until += milliseconds{random.below(seed % 2 == 0 ? 2'000 : 60'000)};
      ASSERT_TRUE(transport->carry(between(messages, from, until), until, keep(arrived)).has_value());
      ASSERT_TRUE(arrived.empty() || arrived.back().sent < until);
    }
    ASSERT_EQ(arrived, whole) << "seed " << seed;
  }
}

// What may come before messages that are already there waits, too.
TEST(Transport, MessagesOfLaterAreHeld) {
  const Messages messages = messages_of(300);
  const auto transport = transport_of(kBadNetwork);
  std::vector<Arrived> arrived;
  const Timestamp middle = messages.list[150].sent;
  ASSERT_TRUE(transport->carry(messages, middle, keep(arrived)).has_value());
  EXPECT_LT(arrived.back().sent, middle);
  EXPECT_GT(arrived.size(), 100U);
  ASSERT_TRUE(transport->carry({}, Timestamp::max(), keep(arrived)).has_value());
  EXPECT_EQ(arrived, carried(kBadNetwork, messages));
}

TEST(Transport, WhatWasSavedGoesOn) {
  const Messages messages = messages_of(3'000);
  const auto whole = carried(kBadNetwork, messages);
  const Timestamp middle = messages.list[1'500].sent;
  std::vector<Arrived> arrived;
  const auto transport = transport_of(kBadNetwork);
  ASSERT_TRUE(transport->carry(between(messages, kNever, middle), middle, keep(arrived)).has_value());
  std::string saved;
  transport->save(saved);
  const auto other = transport_of(kBadNetwork);
  ASSERT_TRUE(other->restore(saved).has_value());
  ASSERT_TRUE(other->carry(between(messages, middle, Timestamp::max()), Timestamp::max(), keep(arrived)).has_value());
  EXPECT_EQ(arrived, whole);
  EXPECT_FALSE(other->carry(messages, Timestamp::max(), keep(arrived)).has_value());
}

TEST(Transport, WhatIsDamagedIsNotRestored) {
  const Messages messages = messages_of(50);
  const auto transport = transport_of(kBadNetwork);
  std::vector<Arrived> arrived;
  ASSERT_TRUE(transport->carry(messages, messages.list[25].sent, keep(arrived)).has_value());
  std::string saved;
  transport->save(saved);
  for (std::size_t at = 0; at < saved.size(); ++at) {
    std::string damaged = saved;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const Status status = transport_of(kBadNetwork)->restore(damaged);
    ASSERT_FALSE(status.has_value()) << at;
    ASSERT_EQ(status.error().kind, ErrorKind::kCorrupt);
    ASSERT_FALSE(transport_of(kBadNetwork)->restore(std::string_view(saved).substr(0, at)).has_value()) << at;
  }
  TransportOptions others = kBadNetwork;
  others.disorder = 0.5;
  EXPECT_EQ(transport_of(others)->restore(saved).error().kind, ErrorKind::kCorrupt);
  EXPECT_TRUE(transport_of(kBadNetwork)->restore(saved).has_value());
}

// One share does not move what another one strikes.
TEST(Transport, SharesAreIndependent) {
  const Messages messages = messages_of(20'000);
  const auto struck = [](const std::vector<Arrived>& arrived, Fate fate) {
    std::set<Place> places;
    for (const Arrived& one : arrived) {
      if (one.fate == fate) places.insert(place_of(one));
    }
    return places;
  };
  const auto duplicates = struck(carried({.duplicates = 0.05}, messages), Fate::kDuplicate);
  const auto malformed = struck(carried({.malformed = 0.02}, messages), Fate::kMalformed);
  EXPECT_GT(duplicates.size(), 900U);
  EXPECT_GT(malformed.size(), 300U);
  const auto all = carried(kBadNetwork, messages);
  EXPECT_EQ(struck(all, Fate::kMalformed), malformed);
  auto expected = duplicates;
  for (const Place& place : malformed) expected.erase(place);
  EXPECT_EQ(struck(all, Fate::kDuplicate), expected);
}

TEST(Transport, SkewIsTheListeners) {
  const auto transport = transport_of({.skew = 0.2, .skew_max = minutes{2}});
  std::size_t skewed = 0, ahead = 0;
  for (std::uint32_t listener = 0; listener < 20'000; ++listener) {
    const Duration skew = transport->skew_of(listener);
    ASSERT_EQ(skew, transport->skew_of(listener));
    ASSERT_LE(std::chrono::abs(skew), minutes{2});
    skewed += skew != Duration{0} ? 1 : 0;
    ahead += skew > Duration{0} ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(skewed), 4'000, 250);
  EXPECT_NEAR(static_cast<double>(ahead), 2'000, 200);
  EXPECT_EQ(transport_of({})->skew_of(7), Duration{0});
  for (const Arrived& one : carried(kBadNetwork, messages_of(1'000))) {
    ASSERT_EQ(one.skew, transport_of(kBadNetwork)->skew_of(one.listener));
  }
}

TEST(Transport, MalformedRecordsAreNeverEvents) {
  const Messages messages = messages_of(100'000);
  const auto arrived = carried({.malformed = 1}, messages);
  ASSERT_EQ(arrived.size(), 100'000U);
  std::string bytes;
  std::vector<std::size_t> starts;
  for (const Arrived& one : arrived) {
    starts.push_back(bytes.size());
    bytes.append(one.value).append(event::kReadableBehind, '"');
  }
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < arrived.size(); ++i) values.emplace_back(bytes.data() + starts[i], arrived[i].value.size());
  event::EventBatch batch;
  event::Decoder::make({}).value()->decode(values, std::vector<Timestamp>(values.size(), kStart), batch);
  EXPECT_EQ(batch.size(), 0U);
  std::map<event::Reject, std::size_t> reasons;
  for (const event::Rejected& one : batch.rejected) ++reasons[one.reason];
  EXPECT_EQ(reasons.size(), 2U);
  EXPECT_NEAR(static_cast<double>(reasons[event::Reject::kNotJson]), 100'000.0 * 6 / 7, 1'000);
  EXPECT_NEAR(static_cast<double>(reasons[event::Reject::kNoValue]), 100'000.0 / 7, 1'000);
}

TEST(Transport, FailsWithItsReceiver) {
  const Messages messages = messages_of(10);
  int calls = 0;
  const Status status = transport_of({})->carry(messages, Timestamp::max(), [&calls](const Arrival&) -> Status {
    if (++calls == 3) return fail(ErrorKind::kLimit, "full");
    return {};
  });
  EXPECT_EQ(status.error().kind, ErrorKind::kLimit);
  EXPECT_EQ(calls, 3);
}

TEST(Transport, RefusesWhatGoesBackInTime) {
  std::vector<Arrived> arrived;
  Messages messages = messages_of(10);
  const auto transport = transport_of({});
  ASSERT_TRUE(transport->carry({}, kStart + seconds{1}, keep(arrived)).has_value());
  EXPECT_EQ(transport->carry(messages, Timestamp::max(), keep(arrived)).error().kind, ErrorKind::kInvalid);
  std::ranges::reverse(messages.list);
  EXPECT_EQ(transport_of({})->carry(messages, Timestamp::max(), keep(arrived)).error().kind, ErrorKind::kInvalid);
}

TEST(Transport, OptionsHaveLimits) {
  const auto problem = [](const TransportOptions& options) {
    const auto made = Transport::make(options, kService);
    return made ? std::string() : made.error().message;
  };
  EXPECT_EQ(problem({.duplicates = 1, .disorder = 1, .skew = 1, .malformed = 1}), "");
  EXPECT_EQ(problem({.duplicate_delay_max = Duration{0}}), "");
  EXPECT_TRUE(problem({.duplicates = 1.5}).starts_with("duplicates is"));
  EXPECT_TRUE(problem({.malformed = -0.1}).starts_with("malformed is"));
  EXPECT_TRUE(problem({.skew = std::numeric_limits<double>::quiet_NaN()}).starts_with("skew is"));
  EXPECT_TRUE(problem({.disorder = 0.1, .disorder_max = Duration{0}}).starts_with("disorder_max is"));
  EXPECT_TRUE(problem({.skew = 0.1, .skew_max = std::chrono::days{31}}).starts_with("skew_max is"));
  EXPECT_TRUE(TransportOptions{}.perfect());
  EXPECT_FALSE(kBadNetwork.perfect());
}

}  // namespace
}  // namespace playhead::simulate
