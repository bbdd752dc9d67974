// simulate/service.h: the lives of some of the service's listeners, a stretch of simulated time after another.
//
// Every listener lives by its own random numbers, so what happens to it does not depend on who else is simulated where: a Service with
// all listeners and several with a share each give the same happenings. Listener n belongs to the share n modulo `shares`. Listeners
// that come later (growth) are made when their time has come; their arrivals follow from the seed alone (a Yule process).
//
// Life: a session begins (simulate/time_shape.h), goes from page to page (simulate/session_machine.h); a NextSong page begins a play
// (simulate/taste.h) that ends by simulate/listening.h; the rules are in simulate/life_story.h. Upgrades, downgrades, registration and
// cancellation change the listener for good. Farms (simulate/farm.h) are accounts numbered behind the listeners of the start; those that
// come later are numbered behind them.
//
// Cost:    advance() looks at the time of every listener's next happening, 8 bytes each, and at the lives of those whose time has come.
//          A slice should be so long that some of each hundred listeners have something to do in it.
// Limits:  time goes forward. 128 bytes a listener, and 88 a happening of those that wait to be sent, at most 15,000 of an offline
//          session: a device is online again after 5,000 pages. kListenersMax listeners in all (simulate/arrivals.h).
// Threads: one owner at a time; Services over one World may run on a thread each. Memory: borrows the World.
// Fails:   make() with kInvalid for a wrong share. restore() with kCorrupt for bytes that save() of the same options did not write.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "simulate/happening.h"
#include "simulate/world.h"

namespace playhead::simulate {

struct Share {
  std::uint32_t number = 0;
  std::uint32_t count = 1;
};

struct ServiceCounts {
  std::uint64_t listeners = 0;  // alive now: arrived, and not left
  std::uint64_t arrived = 0;    // since the start, those that were there included; accounts of farms as well
  std::uint64_t left = 0;
  std::uint64_t sessions = 0;    // begun
  std::uint64_t in_session = 0;  // in one now, or hearing its last song
  std::uint64_t plays = 0;       // begun
};

class Service {
 public:
  static Result<std::unique_ptr<Service>> make(const World& world, Share share);
  ~Service();

  // Lives until `until` (exclusive) and hands over what the service hears of by then, each listener's happenings together, in the order
  // of `sent`, then `sequence`. Listeners come in no order that means anything. The span dies with the call.
  // `until` before the last one: nothing happens.
  void advance(Timestamp until, const std::function<void(std::uint32_t listener, std::span<const Happening>)>& each);

  Timestamp now() const;  // what advance() has reached
  ServiceCounts counts() const;
  // What a listener is: its level and auth change in its life, `registered` is when it came.
  struct Standing {
    Timestamp registered;
    std::uint8_t auth, level;  // indices into the machine's
    bool gone;
  };
  Standing standing(std::uint32_t listener) const;  // of this share

  // All that is needed to go on elsewhere, and the reading of it. Not a stable format: it says so by a version and the options' hash.
  void save(std::string& bytes) const;
  static Result<std::unique_ptr<Service>> restore(const World& world, Share share, std::string_view bytes);

 private:
  class Lives;  // service.cc
  explicit Service(std::unique_ptr<Lives> lives);
  std::unique_ptr<Lives> lives_;
};

}  // namespace playhead::simulate
