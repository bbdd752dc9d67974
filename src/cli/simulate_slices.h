// cli/simulate_slices.h: how much simulated time is made at once.
//
// A slice should hold about as many messages as asked for: enough that the cost of a slice is small beside them, few enough that memory
// is. How many there will be is learnt from the slices before; where a spike begins the next slice begins too, and is made shorter by the
// spike's factor. The answers follow from what was learnt alone, so the same run is cut in the same way.
//
// Limits:  a slice is 1 ms to 6 hours long. Threads: one owner at a time. Fails: never.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "simulate/time_shape.h"

namespace playhead::cli {

class Slices {
 public:
  // How many messages a slice should hold where nothing asks for fewer.
  static std::uint64_t events_for(std::uint32_t listeners);

  // `spikes` may be in any order.
  Slices(std::vector<simulate::Spike> spikes, std::uint64_t events_wanted);

  // Where a slice that begins at `from` ends.
  Timestamp end_of(Timestamp from);
  // What a slice of this length came to.
  void learn(Duration length, std::uint64_t events);
  void want(std::uint64_t events) { events_wanted_ = events; }

 private:
  std::vector<simulate::Spike> spikes_;
  std::uint64_t events_wanted_;
  Duration length_;
};

}  // namespace playhead::cli
