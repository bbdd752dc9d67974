#include "log/topic_file.h"

#include <algorithm>

#include "base/bytes.h"

namespace playhead::log {
namespace {

constexpr std::uint32_t kTopicMagic = 0x43504f54;  // "TOPC" as bytes
constexpr std::uint32_t kHoldMagic = 0x444c4f48;   // "HOLD" as bytes
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kNameLengthMax = 249;

bool is_name_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '.' ||
         letter == '_' || letter == '-';
}

std::string seal(ByteWriter writer) {
  writer.number(checksum(writer.bytes()));
  return std::move(writer).take();
}

// The fields between version and checksum.
Result<std::string_view> unseal(std::string_view bytes, std::uint32_t magic) {
  ByteReader reader(bytes);
  const auto found_magic = reader.number<std::uint32_t>();
  const auto version = reader.number<std::uint32_t>();
  if (!reader.ok() || reader.remaining() < sizeof(std::uint64_t) || found_magic != magic)
    return fail(ErrorKind::kCorrupt, "its first bytes are wrong");
  const std::size_t body = bytes.size() - sizeof(std::uint64_t);
  ByteReader tail(bytes.substr(body));
  if (tail.number<std::uint64_t>() != checksum(bytes.substr(0, body))) return fail(ErrorKind::kCorrupt, "its checksum is wrong");
  if (version > kVersion) {
    return fail(ErrorKind::kInvalid, "it has format version " + std::to_string(version) + ", this program knows up to " +
                                         std::to_string(kVersion) + ": use a newer Playhead");
  }
  return bytes.substr(2 * sizeof(std::uint32_t), body - 2 * sizeof(std::uint32_t));
}

int digit_of(char letter) { return letter <= '9' ? letter - '0' : letter - 'a' + 10; }

}  // namespace

Status check_name(std::string_view kind, std::string_view name) {
  const bool allowed =
      !name.empty() && name.size() <= kNameLengthMax && name != "." && name != ".." && std::ranges::all_of(name, is_name_letter);
  if (allowed) return {};
  return fail(ErrorKind::kInvalid, "'" + std::string(name) + "' is not a " + std::string(kind) +
                                       " name: use 1 to 249 letters, digits, '.', '_' and '-', and not '.' or '..' alone");
}

Status check_options(const TopicOptions& options) {
  TRY(check_name("topic", options.name));
  if (options.partitions < 1 || options.partitions > kPartitionsMax) {
    return fail(ErrorKind::kInvalid,
                "a topic has 1 to " + std::to_string(kPartitionsMax) + " partitions, not " + std::to_string(options.partitions));
  }
  if (options.segment_bytes < kSegmentBytesMin || options.segment_bytes > kSegmentBytesMax) {
    return fail(ErrorKind::kInvalid, "a segment has 1 KiB to 1 TiB, not " + std::to_string(options.segment_bytes) + " bytes");
  }
  if (options.retention_age < Duration{0}) return fail(ErrorKind::kInvalid, "the retention age is negative");
  return {};
}

std::string encode_topic(const TopicDescription& topic) {
  ByteWriter writer;
  writer.number(kTopicMagic);
  writer.number(kVersion);
  writer.raw(bytes_of_hex(topic.id));
  writer.text(topic.options.name);
  writer.number(topic.options.partitions);
  writer.number(static_cast<std::uint32_t>(topic.options.clock));
  writer.number(topic.options.retention_bytes);
  writer.number(std::int64_t{topic.options.retention_age.count()});
  writer.number(topic.options.segment_bytes);
  return seal(std::move(writer));
}

Result<TopicDescription> decode_topic(std::string_view bytes) {
  TRY_ASSIGN(const std::string_view body, unseal(bytes, kTopicMagic));
  ByteReader reader(body);
  TopicDescription topic;
  topic.id = hex_of(reader.raw(16));
  topic.options.name = reader.text();
  topic.options.partitions = reader.number<std::uint32_t>();
  const auto clock = reader.number<std::uint32_t>();
  topic.options.clock = static_cast<ClockSource>(clock);
  topic.options.retention_bytes = reader.number<std::uint64_t>();
  topic.options.retention_age = Duration{reader.number<std::int64_t>()};
  topic.options.segment_bytes = reader.number<std::uint64_t>();
  const bool sane = reader.ok() && reader.remaining() == 0 && clock <= static_cast<std::uint32_t>(ClockSource::kRecord);
  if (!sane || !check_options(topic.options)) return fail(ErrorKind::kCorrupt, "its fields make no sense");
  return topic;
}

std::string encode_hold(std::span<const Offset> by_partition) {
  ByteWriter writer;
  writer.number(kHoldMagic);
  writer.number(kVersion);
  writer.number(static_cast<std::uint32_t>(by_partition.size()));
  for (const Offset offset : by_partition) writer.number(offset.value);
  return seal(std::move(writer));
}

Result<std::vector<Offset>> decode_hold(std::string_view bytes) {
  TRY_ASSIGN(const std::string_view body, unseal(bytes, kHoldMagic));
  ByteReader reader(body);
  const auto count = reader.number<std::uint32_t>();
  if (!reader.ok() || reader.remaining() != count * sizeof(std::uint64_t)) return fail(ErrorKind::kCorrupt, "its fields make no sense");
  std::vector<Offset> offsets;
  offsets.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) offsets.push_back(Offset{reader.number<std::uint64_t>()});
  return offsets;
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  for (const char byte : bytes) {
    const auto number = static_cast<unsigned char>(byte);
    digits += kDigits[number >> 4];
    digits += kDigits[number & 15];
  }
  return digits;
}

std::string bytes_of_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) bytes += static_cast<char>(digit_of(digits[i]) * 16 + digit_of(digits[i + 1]));
  return bytes;
}

}  // namespace playhead::log
