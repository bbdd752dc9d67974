#include "simulate/life_story.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "simulate/arrivals.h"
#include "simulate/chance.h"

namespace playhead::simulate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kLifeSalt = 0x6c69'7665'73;  // "lives"
constexpr double kAgeMaxYears = 5;                   // of a registration before the start, as in eventsim
constexpr double kSureAttrition = 1 - 1e-6;          // a share of 1 would be an infinite hazard
constexpr double kMeanMicrosMax = 1e16;              // of the time between sessions: three centuries
constexpr std::size_t kTastesMax = 1 << 16;

Duration micros(double count) { return Duration{static_cast<std::int64_t>(count)}; }

// Log-normal with mean 1.
float own_factor(Random& random) { return static_cast<float>(std::exp(normal(random) - 0.5)); }

}  // namespace

LifeStory::LifeStory(const World& world, std::size_t tastes)
    : world_(world),
      attrition_hazard_(-std::log1p(-std::min(world.service().attrition, kSureAttrition)) / kYearMicros),
      session_gap_(world.service().compat_eventsim ? world.eventsim_time().session_gap : kSessionGap),
      taste_bits_(static_cast<int>(std::bit_width(std::clamp<std::size_t>(tastes, 2, kTastesMax) - 1))),
      tastes_(std::size_t{1} << taste_bits_) {
  std::vector<Outage> outages;
  for (const Spike& spike : world.time().spikes()) {
    if (spike.factor == 0) outages.push_back({spike.start, spike.start + spike.length});
  }
  std::ranges::sort(outages, {}, &Outage::start);
  for (const Outage& outage : outages) {
    if (outages_.empty() || outage.start > outages_.back().end) {
      outages_.push_back(outage);
    } else {
      outages_.back().end = std::max(outages_.back().end, outage.end);
    }
  }
  const SessionMachine& machine = world.machine();
  for (std::size_t level = 0; level < machine.levels().size(); ++level) {
    StateNumber found = kNoState;
    for (StateNumber state = 0; state < machine.states().size(); ++state) {
      const bool better = found == kNoState || (machine.level_of(state) == level && machine.level_of(found) != level);
      if (machine.states()[state].kind == PageKind::kNextSong && better) found = state;
    }
    farm_states_.push_back(found);
  }
  std::uint32_t first = world.service().listeners;
  for (const FarmOptions& farm : world.farms()) {
    farm_first_.push_back(first);
    first += farm.accounts;
  }
}

Life LifeStory::born_at_start(std::uint32_t listener) {
  const Timestamp start = world_.service().start;
  Life life = person(listener, start);
  life.auth = world_.machine().draw_auth(life.random);
  life.level = world_.machine().draw_level(life.random);
  life.registered = registered_before(start, life.random);
  if (world_.service().always_listening) {
    // Within a minute all of them listen.
    life.next_page = world_.time().end_of_outage(start + micros(life.random.unit() * 60e6));
  } else {
    schedule_session(life, start - session_gap_);
  }
  return life;
}

Life LifeStory::arrived(std::uint32_t listener, Timestamp time) {
  Life life = person(listener, time);
  life.auth = world_.machine().new_auth();
  life.level = world_.machine().new_level();
  life.registered = time;
  life.next_page = world_.time().end_of_outage(time);  // who comes begins a session
  return life;
}

Life LifeStory::account(std::uint32_t listener, std::uint8_t farm) {
  const Timestamp start = world_.service().start;
  Life life = person(listener, start);
  life.farm = static_cast<std::uint8_t>(farm + 1);
  const StateNumber state = farm_states_[world_.machine().draw_level(life.random)];
  life.play_state = state;
  life.auth = world_.machine().auth_of(state);
  life.level = world_.machine().level_of(state);
  life.registered = registered_before(start, life.random);
  life.next_page = world_.time().end_of_outage(start + micros(life.random.unit() * 600e6));  // not all in one second
  return life;
}

Life LifeStory::person(std::uint32_t listener, Timestamp came) {
  const Person person = world_.people().person(listener);
  Life life;
  life.random = Random{mixed(mixed(world_.service().seed, kLifeSalt), listener)};
  life.session_start = came;
  life.recent.fill(kNoTrack);
  life.pace = own_factor(life.random);
  life.reluctance = own_factor(life.random);
  life.place = person.place;
  life.age = person.age;
  ++counts_.arrived;
  ++counts_.listeners;
  return life;
}

// As old as a service that has always grown like this has its listeners; but none is older than five years.
Timestamp LifeStory::registered_before(Timestamp start, Random& random) const {
  const double rate = yearly_rate_of(world_.service());
  if (world_.service().compat_eventsim) {
    return start - micros(std::min(memoryless(random) * world_.service().growth, kAgeMaxYears) * kYearMicros);
  }
  const double unit = random.unit();
  const double years = rate == 0 ? unit * kAgeMaxYears : -std::log1p(unit * std::expm1(-rate * kAgeMaxYears)) / rate;
  return start - micros(years * kYearMicros);
}

void LifeStory::schedule_session(Life& life, Timestamp after) const {
  const ServiceOptions& service = world_.service();
  const double mean_micros = service.beta_seconds * 1e6 * life.reluctance * std::exp(-life.activity);
  const Duration mean = micros(std::clamp(mean_micros, 1.0, kMeanMicrosMax));
  Timestamp next;
  if (service.always_listening) {
    next = after + seconds{1};
  } else if (service.compat_eventsim) {
    next = world_.eventsim_time().next(after, mean, life.random);
  } else {
    next = world_.time().next(after + kSessionGap, mean, life.place, life.random);
  }
  life.next_state = kNoState;
  life.next_page = world_.time().end_of_outage(next);
  if (attrition_hazard_ == 0) return;
  const double wait = memoryless(life.random) / attrition_hazard_;
  if (wait >= static_cast<double>((life.next_page - life.session_start).count())) return;
  life.leaving = true;
  life.next_page = std::max({after, life.session_start + micros(wait), service.start});
}

void LifeStory::fetch(const Life& life, std::uint32_t listener) const {
  constexpr std::size_t kLineBytes = 64;
  const auto fetch_all = [](const auto& object) {
    const char* const bytes = reinterpret_cast<const char*>(&object);
    for (std::size_t at = 0; at < sizeof object; at += kLineBytes) __builtin_prefetch(bytes + at);
    __builtin_prefetch(bytes + sizeof object - 1);
  };
  fetch_all(life);
  fetch_all(tastes_[taste_place(listener)]);
}

const Taste& LifeStory::taste_of(std::uint32_t listener) {
  KeptTaste& kept = tastes_[taste_place(listener)];
  if (kept.owner != std::uint64_t{listener} + 1) {
    kept = {.owner = std::uint64_t{listener} + 1, .taste = world_.tastes().taste_of(listener, world_.people().person(listener))};
  }
  return kept.taste;
}

// The start of the first outage after `time`, which is in none itself.
Timestamp LifeStory::next_outage(Timestamp time) const {
  if (outages_.empty()) return Timestamp::max();
  const auto next = std::ranges::upper_bound(outages_, time, {}, &Outage::start);
  return next == outages_.end() ? Timestamp::max() : next->start;
}

}  // namespace playhead::simulate
