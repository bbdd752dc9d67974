// cli/service_plays.h: the plays of a simulated service, one after another, at times of the caller's.
//
// The listeners are those of simulate/service.h, and none of them pauses. Who plays what, and in which order, is theirs and follows from
// the options alone; when they do is the caller's to say. When half of them have left, all begin anew with another seed, so that plays
// never end. All clocks of this service show UTC, so that it needs no time zones from the system.
//
// Limits:  1 to 10 million listeners, and as many tracks.
// Threads: one owner at a time. Memory: 128 bytes a listener, about 250 a track, and the plays of ten simulated seconds.
// Fails:   make() as the parts of the service do; next() only where what make() has made can not be made anew.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time_zone.h"
#include "simulate/form.h"
#include "simulate/service.h"
#include "simulate/world.h"

namespace playhead::cli {

class ServicePlays {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::uint32_t listeners = 9'000;  // u1000 onward
    std::uint32_t tracks = 20'000;    // t100000 onward
  };
  static constexpr double kSecondsBetweenPlays = 156;  // of one listener who never pauses, songs skipped included

  static Result<std::unique_ptr<ServicePlays>> make(const Options& options);
  // Replaces `key` by the next play's user id and `value` by its JSON in TuneTracker's dialect.
  Status next(Timestamp time, std::string& key, std::string& value);

 private:
  explicit ServicePlays(const Options& options) : options_(options) {}
  Status begin();
  Status live_on();

  const Options options_;
  std::uint64_t beginnings_ = 0;
  const std::unique_ptr<TimeZone> utc_ = TimeZone::utc();
  std::unique_ptr<simulate::World> world_;
  std::unique_ptr<simulate::Service> service_;
  std::unique_ptr<simulate::Form> form_;
  Timestamp lived_until_{};
  std::vector<simulate::Happening> plays_;  // of the last step that had any
  std::size_t next_ = 0;
  simulate::Messages message_;
};

}  // namespace playhead::cli
