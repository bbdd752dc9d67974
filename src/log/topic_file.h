// log/topic_file.h: the small files that describe a topic, and the rules for its name and options.
//
// `topic` holds options and id, written once when the topic is made; `holds/<holder>.hold` the offsets a job still needs, one a
// partition. Both are little: magic, format version, fields, checksum over all before it.
// Threads: pure functions; any thread. Fails: kInvalid for options and names outside the rules and for newer format versions,
//          kCorrupt for damaged bytes; messages do not know the file, so callers add it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/log.h"

namespace playhead::log {

inline constexpr std::uint32_t kPartitionsMax = 4096;
inline constexpr std::uint64_t kSegmentBytesMin = 1024;
inline constexpr std::uint64_t kSegmentBytesMax = std::uint64_t{1} << 40;

// 1 to 249 of [A-Za-z0-9._-], not "." or "..": Kafka's rule, so that a topic can move there.
Status check_name(std::string_view kind, std::string_view name);
Status check_options(const TopicOptions& options);

std::string encode_topic(const TopicDescription& topic);
Result<TopicDescription> decode_topic(std::string_view bytes);

std::string encode_hold(std::span<const Offset> by_partition);
Result<std::vector<Offset>> decode_hold(std::string_view bytes);

// 16 bytes <-> 32 hexadecimal digits.
std::string hex_of(std::string_view bytes);
std::string bytes_of_hex(std::string_view digits);

}  // namespace playhead::log
