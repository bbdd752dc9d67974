// event/text_arena.h: a place for texts that stay where they are put.
//
// Room is handed out from chunks that never move, so views into it stay valid until clear(), also when the arena itself is moved.
//
// Limits:  a piece has at most 4 GiB; a piece over kChunkBytes gets a chunk of its own.
// Memory:  clear() keeps the chunks for the next round, so that an arena that is filled and cleared in turns stops allocating; it
//          holds as much as its fullest round needed.
// Threads: one owner at a time.
// Fails:   never, but for memory that the system does not have.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace playhead::event {

class TextArena {
 public:
  static constexpr std::size_t kChunkBytes = 64 * 1024;

  // Room for `bytes` bytes, of which give_back() may return the unused tail right afterwards. Never null, even for nothing.
  char* take(std::size_t bytes) {
    if (chunks_.empty() || bytes > chunks_[current_].size - used_) next_chunk(bytes);
    char* room = chunks_[current_].bytes.get() + used_;
    used_ += bytes;
    return room;
  }
  // Returns the last `bytes` bytes of the latest take().
  void give_back(std::size_t bytes) { used_ -= bytes; }

  std::string_view copy(std::string_view text) {
    char* room = take(text.size());
    if (!text.empty()) std::memcpy(room, text.data(), text.size());
    return {room, text.size()};
  }

  void clear() {
    current_ = 0;
    used_ = 0;
  }

  // What the arena holds from the system, used or not.
  std::size_t capacity() const {
    std::size_t bytes = 0;
    for (const Chunk& chunk : chunks_) bytes += chunk.size;
    return bytes;
  }

 private:
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };

  // Goes on to the next kept chunk that is large enough, or to a new one. The chunks passed over come back at clear().
  void next_chunk(std::size_t bytes) {
    used_ = 0;
    std::size_t next = chunks_.empty() ? 0 : current_ + 1;
    while (next < chunks_.size() && chunks_[next].size < bytes) ++next;
    if (next == chunks_.size()) {
      const std::size_t size = std::max(bytes, kChunkBytes);
      chunks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    }
    current_ = next;
  }

  std::vector<Chunk> chunks_;
  std::size_t current_ = 0;
  std::size_t used_ = 0;
};

}  // namespace playhead::event
