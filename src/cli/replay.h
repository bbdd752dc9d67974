// cli/replay.h: recorded events of several files as one sequence, in order or in a seeded disorder.
//
// Each file is taken in its own order; the next event comes from the file whose head is earliest (the first named of equals).
// An event without a readable time has the time of the one before it in its file; before the first readable time it has none
// (kNever) and goes first. With `jitter` each event is delayed by its own share of that span, and events go by their delayed
// times; with `shuffle` they come in an order that has nothing to do with time.
//
// Limits:  at most 1,024 files at once. Jitter holds the events of one span of `jitter`, shuffle holds all; either at most
// `held_bytes_max`. Chance:  same files, options and seed: same sequence. Threads: one owner at a time. Memory: as under limits; the
// strings of an Event are swapped, not copied. Fails:   kLimit when the bound is passed; else as its files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/event_line.h"
#include "cli/lines.h"

namespace playhead::cli {

inline constexpr std::size_t kReplayFilesMax = 1'024;

struct ReplayOptions {
  std::uint64_t seed = 0;
  Duration jitter{0};                         // the longest delay of an event; 0: none
  bool shuffle = false;                       // not together with jitter
  std::uint64_t held_bytes_max = 1ull << 30;  // of events that wait for their turn
};

class Replay {
 public:
  struct Event {
    Timestamp time = kNever;  // as sent: delayed where jitter says so
    std::string user;         // empty: nobody
    std::string line;
  };

  static Result<std::unique_ptr<Replay>> make(std::vector<std::unique_ptr<Lines>> files, const ReplayOptions& options);

  // Replaces `event` by the next one. False: that was all.
  Result<bool> next(Event& event);

  std::uint64_t events_without_time() const { return events_without_time_; }

 private:
  struct Head {
    Event event;
    EventFacts facts;
  };
  struct Turn {  // who is next: by time, then by number (of the file, or of the event as it was read)
    Timestamp time;
    std::uint64_t number;
    std::size_t slot;
    bool operator>(const Turn& other) const { return time != other.time ? time > other.time : number > other.number; }
  };
  using Turns = std::priority_queue<Turn, std::vector<Turn>, std::greater<>>;

  Replay(std::vector<std::unique_ptr<Lines>> files, const ReplayOptions& options);
  Status advance(std::size_t file);
  Result<bool> merged(Event& event);
  Result<bool> jittered(Event& event);
  Result<bool> shuffled(Event& event);
  Result<std::size_t> keep(Event& event);
  void give(std::size_t slot, Event& event);
  Duration delay();

  std::vector<std::unique_ptr<Lines>> files_;
  ReplayOptions options_;
  Random random_;
  std::vector<Head> heads_;  // one per file
  Turns files_by_time_;
  std::optional<std::size_t> taken_from_;  // the file whose head was given away
  std::uint64_t events_without_time_ = 0;
  // Events that wait for their turn, in slots that are used again.
  std::vector<Event> held_;
  std::vector<std::size_t> free_slots_;
  std::uint64_t held_bytes_ = 0;
  Turns held_by_time_;
  std::vector<std::size_t> shuffled_order_;  // the next one last
  std::uint64_t events_read_ = 0;
  Timestamp read_up_to_ = kNever;  // the highest undelayed time so far
  bool all_read_ = false;
};

}  // namespace playhead::cli
