#include "simulate/message.h"

#include <xxhash.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/bytes.h"
#include "simulate/message_text.h"

namespace playhead::simulate {
namespace {

constexpr std::size_t kFewMessages = 256;  // up to here comparing is the cheaper way to sort

}  // namespace

std::string_view default_name_of(Topic topic) {
  static constexpr std::array<std::string_view, kTopicCount> kNames = {
      "music-plays", "page_view_events", "listen_events", "auth_events", "status_change_events", "music-streams", "music_streaming_data"};
  return kNames[static_cast<std::size_t>(topic)];
}

std::optional<Topic> topic_named(std::string_view name) {
  for (std::size_t i = 0; i < kTopicCount; ++i) {
    const Topic topic{static_cast<std::uint8_t>(i)};
    if (default_name_of(topic) == name) return topic;
  }
  return std::nullopt;
}

event::Dialect dialect_of(Topic topic) {
  switch (topic) {
    case Topic::kMusicPlays: return event::Dialect::kTuneTracker;
    case Topic::kPageViews:
    case Topic::kListens:
    case Topic::kAuth:
    case Topic::kStatusChanges: return event::Dialect::kEventsim;
    case Topic::kMusicStreams: return event::Dialect::kMusicStreams;
    case Topic::kStreaming: return event::Dialect::kStreamingEvents;
  }
  return event::Dialect::kAuto;
}

std::vector<Topic> topics_of(std::span<const event::Dialect> dialects) {
  std::vector<Topic> topics;
  for (std::size_t i = 0; i < kTopicCount; ++i) {
    const Topic topic{static_cast<std::uint8_t>(i)};
    if (std::ranges::find(dialects, dialect_of(topic)) != dialects.end()) topics.push_back(topic);
  }
  return topics;
}

bool comes_before(const Message& one, const Message& other) {
  return std::tie(one.sent, one.listener, one.sequence, one.topic) < std::tie(other.sent, other.listener, other.sequence, other.topic);
}

// Least significant digits first, 11 bits at a time, as many of them as the times have.
void Messages::sort_keys(std::uint64_t micros_max) {
  constexpr unsigned kBits = 11;
  constexpr std::uint64_t kMask = (1U << kBits) - 1;
  sorted_keys_.resize(keys_.size());
  for (unsigned shift = 0; shift < 64 && micros_max >> shift != 0; shift += kBits) {
    std::array<std::uint32_t, kMask + 1> next{};
    for (const SortKey& key : keys_) ++next[(key.micros >> shift) & kMask];
    std::uint32_t start = 0;
    for (std::uint32_t& count : next) start += std::exchange(count, start);
    for (const SortKey& key : keys_) sorted_keys_[next[(key.micros >> shift) & kMask]++] = key;
    keys_.swap(sorted_keys_);
  }
}

void Messages::sort() {
  if (list.size() <= kFewMessages) {
    std::ranges::sort(list, comes_before);
    return;
  }
  const auto [first, last] = std::ranges::minmax(list, {}, &Message::sent);
  const auto micros_after_first = [&first](const Message& message) {
    return static_cast<std::uint64_t>((message.sent - first.sent).count());
  };
  keys_.resize(list.size());
  for (std::uint32_t i = 0; i < keys_.size(); ++i) keys_[i] = {micros_after_first(list[i]), i};
  sort_keys(micros_after_first(last));
  sorted_.resize(list.size());
  for (std::size_t i = 0; i < keys_.size(); ++i) sorted_[i] = list[keys_[i].index];
  for (auto run = sorted_.begin(); run != sorted_.end();) {
    const auto end = std::find_if(run + 1, sorted_.end(), [&run](const Message& message) { return message.sent != run->sent; });
    if (end - run > 1) std::sort(run, end, comes_before);
    run = end;
  }
  list.swap(sorted_);
}

EventIdText event_id_of(const ServiceOptions& service, std::uint32_t listener, std::uint32_t sequence, Topic topic) {
  const std::array<std::uint64_t, 4> parts = {service.seed, checksum(service.tag), service.first_user_id + listener,
                                              std::uint64_t{sequence} << 8 | static_cast<std::uint64_t>(topic)};
  const XXH128_hash_t hash = XXH3_128bits(parts.data(), sizeof parts);
  EventIdText id;
  JsonPen(id.data()).hexadecimal(hash.high64).hexadecimal(hash.low64);
  return id;
}

}  // namespace playhead::simulate
