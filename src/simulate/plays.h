// simulate/plays.h: plays as TuneTracker's producer makes them, by pure chance.
//
// A play is one JSON object, spelled as TuneTracker's (Python's json.dumps) spells it:
//   {"user_id": "u4711", "track_id": "t100042", "genre": "jazz", "timestamp": "2026-03-01T12:00:00.250000"}
// One of 9,000 listeners plays one of 900,000 tracks, whose genre is drawn anew for each play; all are equally likely. The timestamp has no
// zone, as there; here it is always UTC, where TuneTracker writes the local time of its machine. Services with people in them are made by
// simulate/service.h; they share the genres, and the genre of each track.
//
// Time:    reads no clock: the caller says when the play is. Instants outside the years 1 to 9999 are written as the nearest inside.
// Chance:  same seed, same plays, byte for byte.
// Threads: one owner at a time. Memory: no allocation per play once `key` and `value` have their capacity (under 128 bytes).
// Fails:   never.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/time.h"
#include "simulate/message_text.h"

namespace playhead::simulate {

inline constexpr std::array<std::string_view, 8> kGenres = {"pop",        "rock",    "jazz",    "classical",
                                                            "electronic", "hip-hop", "country", "blues"};

// The genre that track number `track` ("t" and this number) has in every simulation.
std::string_view genre_of(std::uint32_t track);

class UniformPlays {
 public:
  explicit UniformPlays(std::uint64_t seed) : random_(seed) {}

  // Replaces `key` by the next play's user id and `value` by its JSON.
  void next(Timestamp time, std::string& key, std::string& value);

 private:
  Random random_;
  TimeText time_text_{Timestamp{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}}};
};

}  // namespace playhead::simulate
