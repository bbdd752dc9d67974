// log/mark.h: the high-water mark of a partition: what is durable, so what may be read.
//
// One small file, overwritten in place and never synced: it is written only after the records below it are. After kill -9 it is exact,
// since the page cache survives; after a power loss it may be old or torn, and recovery (log/recovery.h) finds the true end again.
// Threads: pure functions; any thread. A reader may meet a half-written mark: its checksum fails, and it reads again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "base/time.h"

namespace playhead::log {

inline constexpr std::size_t kMarkBytes = 64;
inline constexpr std::size_t kTopicIdBytes = 16;

struct Mark {
  std::string topic_id;        // kTopicIdBytes bytes: a mark of another topic of the same name is noticed
  Offset segment;              // the base offset of the active segment
  std::uint64_t position = 0;  // bytes of that segment that are durable
  Offset next;                 // the offset that the next record gets
  Timestamp last_append{};     // the append time of the newest block: append times never decrease

  bool operator==(const Mark&) const = default;
};

std::string encode_mark(const Mark& mark);
// nullopt: not a whole mark. kInvalid: a whole mark of a newer format version.
Result<std::optional<Mark>> decode_mark(std::string_view bytes);

}  // namespace playhead::log
