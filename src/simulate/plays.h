// simulate/plays.h: plays as TuneTracker's producer makes them, of listeners and tracks that stay the same people and songs.
//
// A play is one JSON object, spelled as TuneTracker's (Python's json.dumps) spells it:
//   {"user_id": "u4711", "track_id": "t100042", "genre": "jazz", "timestamp": "2026-03-01T12:00:00.250000"}
// The timestamp has no zone, as there; here it is always UTC, where TuneTracker writes the local time of its machine.
// Better than there: a track keeps its genre for ever (in every run and with every seed), and a few tracks and listeners are
// popular (simulate/popularity.h). `uniform` is TuneTracker's own chance: 9,000 listeners, 900,000 tracks, and a genre drawn
// anew for each play, all equally likely.
//
// Time:    reads no clock: the caller says when the play is. Instants outside the years 1 to 9999 are written as the nearest inside.
// Chance:  same options, same plays, byte for byte.
// Threads: one owner at a time.
// Memory:  12 bytes per listener and track. No allocation per play once `key` and `value` have their capacity (under 128 bytes).
// Fails:   make() with kInvalid when an option is outside its limits; next() never.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "simulate/popularity.h"

namespace playhead::simulate {

inline constexpr std::array<std::string_view, 8> kGenres = {"pop",        "rock",    "jazz",    "classical",
                                                            "electronic", "hip-hop", "country", "blues"};

// The genre that track number `track` ("t" and this number) has in every simulation.
std::string_view genre_of(std::uint32_t track);

struct PlaysOptions {
  std::uint64_t seed = 0;
  std::uint32_t listeners = 9'000;  // u1000 onward; past u9999 the numbers have five digits and more. 1 to 10 million
  std::uint32_t tracks = 20'000;    // t100000 onward; past t999999, seven digits. 1 to 10 million
  double listener_exponent = 0.5;   // the keenest of 9,000 listeners makes 0.5 % of the plays
  double track_exponent = 0.9;      // the hit of 20,000 tracks has 6 % of the plays
  bool uniform = false;             // as TuneTracker: the four numbers above do not apply
};

class Plays {
 public:
  static Result<std::unique_ptr<Plays>> make(const PlaysOptions& options);

  // Replaces `key` by the next play's user id and `value` by its JSON.
  void next(Timestamp time, std::string& key, std::string& value);

 private:
  struct Chance {
    Popularity listeners;
    Popularity tracks;
  };

  Plays(std::uint64_t seed, std::optional<Chance> chance) : random_(seed), chance_(std::move(chance)) {}
  void write_time(Timestamp time);

  Random random_;
  std::optional<Chance> chance_;                                        // none: uniform
  std::array<char, 26> time_text_;                                      // "2026-03-01T12:00:00.250000"
  std::chrono::sys_seconds written_ = std::chrono::sys_seconds::max();  // the second that time_text_ shows
};

}  // namespace playhead::simulate
