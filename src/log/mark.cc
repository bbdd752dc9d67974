#include "log/mark.h"

#include <cassert>

#include "base/bytes.h"

namespace playhead::log {
namespace {

constexpr std::uint32_t kMagic = 0x4b52414d;  // "MARK" as bytes
constexpr std::uint32_t kVersion = 1;

}  // namespace

std::string encode_mark(const Mark& mark) {
  assert(mark.topic_id.size() == kTopicIdBytes);
  ByteWriter writer;
  writer.number(kMagic);
  writer.number(kVersion);
  writer.raw(mark.topic_id);
  writer.number(mark.segment.value);
  writer.number(mark.position);
  writer.number(mark.next.value);
  writer.number(to_micros(mark.last_append));
  writer.number(checksum(writer.bytes()));
  return std::move(writer).take();
}

Result<std::optional<Mark>> decode_mark(std::string_view bytes) {
  if (bytes.size() < kMarkBytes) return std::nullopt;
  ByteReader reader(bytes.substr(0, kMarkBytes));
  const auto magic = reader.number<std::uint32_t>();
  const auto version = reader.number<std::uint32_t>();
  Mark mark;
  mark.topic_id = reader.raw(kTopicIdBytes);
  mark.segment = Offset{reader.number<std::uint64_t>()};
  mark.position = reader.number<std::uint64_t>();
  mark.next = Offset{reader.number<std::uint64_t>()};
  mark.last_append = from_micros(reader.number<std::int64_t>());
  const auto stated = reader.number<std::uint64_t>();
  if (magic != kMagic || stated != checksum(bytes.substr(0, kMarkBytes - sizeof stated))) return std::nullopt;
  if (version > kVersion) {
    return fail(ErrorKind::kInvalid, "the mark has format version " + std::to_string(version) + ", this program knows up to " +
                                         std::to_string(kVersion) + ": use a newer Playhead");
  }
  return mark;
}

}  // namespace playhead::log
