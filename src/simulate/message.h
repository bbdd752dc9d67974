// simulate/message.h: what a simulated service sends: messages with their topic, key and bytes, many in one buffer.
//
// An event id is 32 hexadecimal digits of a hash over the service's seed and tag, the listener's user id, the happening's sequence and
// the topic: unique among all of a run's messages, and among runs that differ in seed, tag or user ids.
//
// Limits:  a key of 255 bytes, a value below 4 GiB. Threads: one owner at a time.
// Memory:  the arena and the list grow as they are filled, and sort() keeps 72 bytes a message; clear() keeps all of it, so that filling
//          and sorting them again allocates nothing.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/decoder.h"
#include "simulate/world.h"

namespace playhead::simulate {

enum class Topic : std::uint8_t { kMusicPlays, kPageViews, kListens, kAuth, kStatusChanges, kMusicStreams, kStreaming };
inline constexpr std::size_t kTopicCount = 7;
std::string_view default_name_of(Topic topic);            // "music-plays", "page_view_events", "listen_events", "auth_events", ...
std::optional<Topic> topic_named(std::string_view name);  // its default name
event::Dialect dialect_of(Topic topic);
std::vector<Topic> topics_of(std::span<const event::Dialect> dialects);

// One message, its bytes in the arena of its Messages.
struct Message {
  Timestamp sent;        // orders the messages, with listener, sequence and topic
  Timestamp event_time;  // as the message itself says: what its dialect does not write is cut off
  std::uint32_t listener;
  std::uint32_t sequence;
  Topic topic;
  std::uint8_t key_bytes = 0;
  std::uint32_t value_bytes = 0;
  std::uint64_t start = 0;  // in the arena: key, then value
};

// The one order that does not depend on how listeners were shared out: no two messages of a run are alike in it.
bool comes_before(const Message& one, const Message& other);

struct Messages {
  std::string arena;
  std::vector<Message> list;

  std::string_view key(const Message& message) const { return {arena.data() + message.start, message.key_bytes}; }
  std::string_view value(const Message& message) const { return {arena.data() + message.start + message.key_bytes, message.value_bytes}; }
  void clear() { arena.clear(), list.clear(); }
  void sort();  // the list, by comes_before()

  // Appends a message. write(at) puts its value at `at`, where there is room for `value_bytes_max`, and returns its end.
  template <typename Write>
  void add(Message message, std::string_view key, std::size_t value_bytes_max, Write write) {
    message.start = arena.size();
    message.key_bytes = static_cast<std::uint8_t>(key.size());
    arena.resize_and_overwrite(message.start + key.size() + value_bytes_max, [&](char* bytes, std::size_t) {
      char* const value = bytes + message.start + key.size();
      if (!key.empty()) std::memcpy(bytes + message.start, key.data(), key.size());
      char* const end = write(value);
      message.value_bytes = static_cast<std::uint32_t>(end - value);
      return static_cast<std::size_t>(end - bytes);
    });
    list.push_back(message);
  }

 private:
  struct SortKey {
    std::uint64_t micros;  // after the first message
    std::uint32_t index;
  };

  void sort_keys(std::uint64_t micros_max);

  // What sort() needs besides the list, kept for the next one.
  std::vector<SortKey> keys_, sorted_keys_;
  std::vector<Message> sorted_;
};

using EventIdText = std::array<char, 32>;
EventIdText event_id_of(const ServiceOptions& service, std::uint32_t listener, std::uint32_t sequence, Topic topic);

}  // namespace playhead::simulate
