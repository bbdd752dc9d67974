// simulate/world.h: all that stays the same while a service is simulated: its people, places, tracks, tastes, pages and hours.
//
// Made once from the options of each part; then immutable and shared by the threads that simulate listeners (simulate/service.h).
//
// With compat_eventsim what eventsim does not know is taken out of the options: no skips, likes, tastes, offline or private sessions, no
// drift of activity, and listeners of the United States only.
//
// Limits:  as each part's; kFarmsMax farms. Threads: any. Memory: owns its parts, which borrow one another, so a World does not move.
// Fails:   make() with kInvalid and every fault of the options in one message, one a line: each names the key and what is allowed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/catalogue.h"
#include "simulate/farm.h"
#include "simulate/listening.h"
#include "simulate/person.h"
#include "simulate/place.h"
#include "simulate/session_machine.h"
#include "simulate/taste.h"
#include "simulate/time_shape.h"

namespace playhead::simulate {

inline constexpr std::size_t kFarmsMax = 200;
// All user ids stay below 2^33, however many listeners and accounts come: then a session id, which is the user id times 2^20 and the
// session's number, is below 2^53, which every reader of JSON can hold.
inline constexpr std::uint64_t kFirstUserIdMax = 8'000'000'000;

struct ServiceOptions {
  std::uint64_t seed = 1;
  Timestamp start{};
  Timestamp end = kNever;           // kNever: without end. Nothing that happens depends on it
  std::uint32_t listeners = 1'000;  // that are there at the start; 0 to 10 million
  std::uint64_t first_user_id = 1;  // of listener 0, the others follow; parallel runs take ranges that do not meet
  double growth = 0;                // a year, as a fraction: 10 is eleven times as many after a year. 0 to 1,000
  double attrition = 0;             // the share of listeners that leave within a year, besides those that cancel. 0 to 1
  double alpha_seconds = 90;        // the mean time on a page; each listener's own is this times a log-normal factor of mean 1
  double beta_seconds = 604'800;    // the mean time between two sessions, likewise
  double activity_drift = 0.1;      // standard deviation of the change of a listener's activity (its logarithm) in 30 days. 0 to 2
  bool always_listening = false;    // --concurrency: the next session begins when one ends
  double offline_share = 0.03;      // of sessions whose plays arrive later
  Duration offline_mean = std::chrono::hours{8};  // until the device is online again; exponential, at most 30 days
  double shuffle_share = 0.3;                     // of sessions
  bool compat_eventsim = false;                   // eventsim's documented statistics: its warp of time, no skips, no taste, one country
  std::string tag;                                // of an A/B test; empty: none
};

struct WorldOptions {
  ServiceOptions service;
  CatalogueOptions catalogue;
  TasteOptions taste;
  ListeningOptions listening;
  TimeShapeOptions time;
  EventsimTime eventsim_time;  // with compat_eventsim
  Region region = Region::kWorld;
  double other_gender_share = 0.02;
  std::vector<FarmOptions> farms = {};
  std::unique_ptr<Catalogue> imported = nullptr;  // instead of the synthetic catalogue
  SessionMachine machine = default_sessions().machine;
};

class World {
 public:
  using ZoneNamed = std::function<Result<const TimeZone*>(const std::string&)>;  // the zones live as long as the World

  static Result<std::unique_ptr<World>> make(WorldOptions options, const ZoneNamed& zone_named);

  const ServiceOptions& service() const { return service_; }
  const ListeningOptions& listening() const { return listening_; }
  const Places& places() const { return *places_; }
  const People& people() const { return people_; }
  const Catalogue& catalogue() const { return *catalogue_; }
  // The same as catalogue()[track].duration_ms, from a list so small that it stays in the cache.
  std::chrono::milliseconds duration_of(std::uint32_t track) const { return std::chrono::milliseconds{durations_ms_[track]}; }
  const Tastes& tastes() const { return tastes_; }
  const TimeShape& time() const { return time_; }
  const EventsimTime& eventsim_time() const { return eventsim_time_; }
  const SessionMachine& machine() const { return machine_; }
  const std::vector<FarmOptions>& farms() const { return farms_; }
  // Of everything that decides what happens; not the end, so that a run may be made longer.
  std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  struct Parts;
  explicit World(Parts parts);

  ServiceOptions service_;
  ListeningOptions listening_;
  EventsimTime eventsim_time_;
  SessionMachine machine_;
  std::vector<FarmOptions> farms_;
  std::uint64_t fingerprint_;
  std::unique_ptr<Catalogue> catalogue_;
  std::vector<std::uint32_t> durations_ms_;
  std::unique_ptr<Places> places_;  // others borrow it, so it stays where it is
  People people_;
  Tastes tastes_;
  TimeShape time_;
};

}  // namespace playhead::simulate
