// simulate/life_story.h: how the lives of listeners begin and go on.
//
// The rules, all drawn from the listener's own random numbers, one after another, whatever stretches the time is cut into:
//   a NextSong page opens when the play before it has ended, to the microsecond; without one, after the time of any page;
//   any other page opens after an exponential time of mean alpha, times the listener's own factor, times that of the transition;
//   a redirect is read by nobody: what follows it comes after one second (with compat_eventsim the redirect itself comes one second
//   after the page before it, as there). Pages of a listener never share a microsecond;
//   who logs out or cancels right from a song cuts it short; from any other page it is done when the song has ended;
//   a session ends where the machine says so, and with an outage; a play ends with it only in an outage;
//   the next session begins by simulate/time_shape.h, half an hour after the last one's end or later, so that it is another session by
//   Playhead's own rule as well (with compat_eventsim by EventsimTime; always_listening: after a second);
//   all of an offline session is sent at once, when the device is online again.
//
// Threads: one owner at a time. Memory: borrows the World; keeps a few thousand tastes so that they are seldom made anew.
// Cost:    no allocation once the buffers have grown. Fails: never.
#pragma once

#include <vector>

#include "simulate/life.h"
#include "simulate/service.h"
#include "simulate/world.h"

namespace playhead::simulate {

inline constexpr Duration kSessionGap = std::chrono::minutes{30};  // what ends a session, by Playhead's own rule
inline constexpr std::uint32_t kOfflineItemsMax = 5'000;           // pages after which an offline device is online again

class LifeStory {
 public:
  // `tastes` are kept for at most this many listeners.
  LifeStory(const World& world, std::size_t tastes);

  Life born_at_start(std::uint32_t listener);
  Life arrived(std::uint32_t listener, Timestamp time);
  // An account of the farm, whose number counts from 0.
  Life account(std::uint32_t listener, std::uint8_t farm);

  // Goes on until `until` (exclusive) and appends to `told` what happens. What is held back has Timestamp::max() for `sent`; once the
  // device is online again it is given its time, wherever in `told` it stands.
  void live(Life& life, std::uint32_t listener, Timestamp until, std::vector<Happening>& told);

  // Has the processor fetch the memory of a life that will be lived soon.
  void fetch(const Life& life, std::uint32_t listener) const;

  const ServiceCounts& counts() const { return counts_; }
  void set_counts(const ServiceCounts& counts) { counts_ = counts; }

 private:
  struct Scene;  // the one life that is being lived
  struct KeptTaste {
    std::uint64_t owner = 0;  // listener + 1; 0: nobody's
    Taste taste;
  };
  struct Outage {
    Timestamp start, end;
  };

  Life person(std::uint32_t listener, Timestamp came);
  Timestamp registered_before(Timestamp start, Random& random) const;
  void schedule_session(Life& life, Timestamp after) const;
  std::size_t taste_place(std::uint32_t listener) const { return (listener * 2654435769U) >> (32 - taste_bits_); }
  const Taste& taste_of(std::uint32_t listener);
  Timestamp next_outage(Timestamp after) const;

  const World& world_;
  double attrition_hazard_;  // per microsecond
  Duration session_gap_;
  std::vector<Outage> outages_;            // apart, in order
  std::vector<StateNumber> farm_states_;   // of each level its NextSong page, or that of another
  std::vector<std::uint32_t> farm_first_;  // listener number of each farm's first account
  int taste_bits_;
  std::vector<KeptTaste> tastes_;
  ServiceCounts counts_;
};

}  // namespace playhead::simulate
