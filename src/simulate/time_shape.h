// simulate/time_shape.h: when people listen: hours, weekdays, holidays, and what happens to the whole service.
//
// Sessions begin by an inhomogeneous Poisson process of each listener: a mean rate times intensity(), thinned (Lewis and Shedler 1979).
// The intensity is a product of the hour of day and the weekday in the listener's own zone (daylight saving included), holidays of the
// country, spikes and outages; its mean over an ordinary week is 1. Formulas, figures and their sources are in docs/simulator.md.
//
// Within an hour the intensity is two straight lines that meet in its middle, so that nothing jumps and yet the mean over each hour is
// exactly what its option says (in proportion): at the turn of two hours it is the mean of both, at most twice the lower one, and the
// middle makes up for that. Weekdays and holidays turn at midnight.
//
// Limits:  at most kShapesMax spikes and outages together; a spike's factor is 1 to 1,000. Where spikes overlap the first one of the
//          list counts; an outage is stronger than any. Rates are 0 to 1,000.
// Threads: immutable once made; any thread. Memory: borrows the places and the zones.
// Cost:    next() a few hundred nanoseconds, some microseconds where all of a day falls on one hour; at most kTriesMax candidates.
// Fails:   make() with kInvalid and every fault, one a line, each naming what is out of its limits.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time_zone.h"
#include "simulate/holiday.h"
#include "simulate/place.h"

namespace playhead::simulate {

inline constexpr std::size_t kShapesMax = 1'000;
inline constexpr int kTriesMax = 100'000;

struct Spike {  // a release, a concert, a bad day: the whole service listens `factor` times as much
  Timestamp start;
  Duration length;             // above 0, at most ten years
  double factor;               // 0: an outage, in which nothing happens
  std::uint32_t artist = 0;    // with a release: the artist number (from 1) of the catalogue whose tracks everyone then wants; 0: nobody's
  double artist_share = 0.25;  // of the plays during the spike
};

struct TimeShapeOptions {
  // Relative rates; each list is scaled to a mean of 1. The day's peak is in the late afternoon and its trough at four in the morning,
  // as in published diurnal curves of streaming; see docs/simulator.md.
  std::array<double, 24> hours = {0.45, 0.28, 0.18, 0.13, 0.12, 0.18, 0.42, 0.82, 1.12, 1.20, 1.22, 1.25,
                                  1.28, 1.27, 1.28, 1.34, 1.44, 1.55, 1.52, 1.40, 1.29, 1.20, 1.02, 0.74};
  std::array<double, 7> weekdays = {0.98, 0.98, 0.99, 1.01, 1.10, 1.02, 0.92};  // Monday first
  double holiday = 0.8;                                                         // factor on a public holiday of the listener's country
  std::vector<Spike> spikes = {};
  bool flat = false;  // no shape at all but spikes: for tests, and for listeners who never pause
};

class TimeShape {
 public:
  // `zones` are those of `places`, in its order; both are borrowed.
  static Result<TimeShape> make(TimeShapeOptions options, const Places& places, std::vector<const TimeZone*> zones);

  const TimeShapeOptions& options() const { return options_; }  // hours and weekdays scaled to a mean of 1
  std::span<const Spike> spikes() const { return options_.spikes; }

  // Seconds to add to UTC at `time` in the zone of `place`.
  std::int32_t offset_at(Timestamp time, std::uint16_t place) const;
  double intensity(Timestamp time, std::uint16_t place) const;
  // The start of the next session after `after`, whose mean distance would be `mean` if the intensity were 1 throughout. Never more
  // than ten years later.
  Timestamp next(Timestamp after, Duration mean, std::uint16_t place, Random& random) const;
  bool weekend_at(Timestamp time, std::uint16_t place) const;  // Saturday or Sunday there
  // The spike that is on at `time`, or null: also in an outage. The first one where several are.
  const Spike* spike_at(Timestamp time) const;
  // The end of the outage that is on at `time`; `time` itself when there is none.
  Timestamp end_of_outage(Timestamp time) const;

 private:
  // From `start` to the next stretch nothing changes for the whole service.
  struct Stretch {
    Timestamp start;
    double factor;
    const Spike* spike;    // into options_, whose list never changes
    Timestamp outage_end;  // of the outage that is on, else `start`
  };
  // Until `end` the intensity is `factor` times ordinary(), and that is never above `highest`.
  struct Piece {
    Timestamp end;
    double factor;
    double highest;
  };

  TimeShape(TimeShapeOptions options, const Places& places, std::vector<const TimeZone*> zones);
  const Stretch& stretch_at(Timestamp time) const;
  double day_factor(std::chrono::sys_days local_day, std::uint16_t place) const;
  // The intensity without spikes when clocks show `local`.
  double ordinary(Timestamp local, std::uint16_t place) const;
  Piece piece_at(Timestamp time, Timestamp local, Duration mean, std::uint16_t place) const;

  TimeShapeOptions options_;
  const Places* places_;
  std::vector<const TimeZone*> zones_;
  std::vector<Holidays> calendars_;         // of the countries
  std::vector<std::uint16_t> calendar_of_;  // by place
  std::array<double, 49> half_hours_;       // the intensity at each half hour of the day; the last one is the first
  std::vector<Stretch> stretches_;          // by start; the first one begins before all times
  double highest_;                          // of ordinary()
};

// eventsim's own warp of time, for --compat eventsim: one clock (UTC) for all, a sine over the day, and sessions at weekends and on
// holidays of the United States taken away by chance.
//
// Sessions begin by a Poisson process in a time u that flows evenly; the clock shows t = u + damping sin(2 pi (u - 3 h) / 1 d), so that
// they thin out at three in the morning and crowd at three in the afternoon. The way back from t to u is taken as well, which eventsim
// leaves out, so a session never begins before the gap is over. Above a damping of 1 / (2 pi) days the clock would run backwards each
// afternoon; more counts as that. A session at t is then taken away with the chance weekend_damping times the share of
// [t + offset - scale, t + offset] that is weekend or holiday: ramps of length `scale` that begin `offset` before midnight. The
// next one is then drawn from the one taken away, as there: this is thinning, so weekends lose that share of their sessions, however
// often a listener comes, and no other day gains any.
struct EventsimTime {
  double damping = 0;          // days, at least 0
  double weekend_damping = 0;  // the share of sessions taken away, 0 to 1
  Duration weekend_offset{0};  // of the start of the ramp, before midnight
  Duration weekend_scale{0};   // the length of the ramp, at most kRampMax; more counts as that
  Duration session_gap{0};     // between the last event and the earliest next session

  static constexpr Duration kRampMax = std::chrono::days{7};

  // As TimeShape::next, after the session's last event.
  Timestamp next(Timestamp after, Duration mean, Random& random) const;
};

}  // namespace playhead::simulate
