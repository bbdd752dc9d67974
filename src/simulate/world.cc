#include "simulate/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "simulate/faults.h"

namespace playhead::simulate {
namespace {

void check_range(Faults& faults, const char* key, double value, double least, double most) {
  if (!(value >= least && value <= most)) {
    faults.add(fmt::format("{}: {} is not allowed; allowed is a number from {} to {}", key, value, least, most));
  }
}

void check_service(const ServiceOptions& options, Faults& faults) {
  check_range(faults, "listeners", options.listeners, 0, 10'000'000);
  if (options.first_user_id > kFirstUserIdMax) {
    faults.add(fmt::format("first user id: {} is not allowed; allowed is a number from 0 to {}", options.first_user_id, kFirstUserIdMax));
  }
  if (options.end != kNever && options.end < options.start) {
    faults.add(fmt::format("end: {} is before the start, {}", format_iso(options.end), format_iso(options.start)));
  }
  check_range(faults, "growth", options.growth, 0, 1'000);
  check_range(faults, "attrition", options.attrition, 0, 1);
  check_range(faults, "alpha", options.alpha_seconds, 0.001, 1e9);
  check_range(faults, "beta", options.beta_seconds, 0.001, 1e9);
  check_range(faults, "activity drift", options.activity_drift, 0, 2);
  check_range(faults, "offline share", options.offline_share, 0, 1);
  check_range(faults, "offline mean, in seconds", std::chrono::duration<double>(options.offline_mean).count(), 0, 2'592'000);
  check_range(faults, "shuffle share", options.shuffle_share, 0, 1);
}

void check_listening(const ListeningOptions& options, Faults& faults) {
  check_range(faults, "like share", options.like_share, 0, 1);
  check_range(faults, "rating share", options.rating_share, 0, 1);
  check_range(faults, "private share", options.private_share, 0, 1);
}

void check_artists(const WorldOptions& options, std::uint32_t artists, Faults& faults) {
  for (const Spike& spike : options.time.spikes) {
    if (spike.artist > artists) {
      faults.add(fmt::format("spike at {}: artist {} is not known; the catalogue has {}", format_iso(spike.start), spike.artist, artists));
    }
    check_range(faults, "share of a spike's artist", spike.artist_share, 0, 1);
  }
}

void check_farms(const WorldOptions& options, std::uint32_t artists, Faults& faults) {
  check_range(faults, "number of farms", static_cast<double>(options.farms.size()), 0, kFarmsMax);
  for (const FarmOptions& farm : options.farms) {
    check_range(faults, "accounts of a farm", farm.accounts, 0, 1'000'000);
    if (farm.kind == FarmKind::kNone) faults.add("farm: its kind is not set; allowed are looper, thirty-second, diluted and burst");
    if (farm.artist == 0 || farm.artist > artists) {
      faults.add(fmt::format("farm: artist {} is not known; allowed is a number from 1 to {}", farm.artist, artists));
    }
  }
  const auto plays = [](const State& state) { return state.kind == PageKind::kNextSong; };
  if (!options.farms.empty() && std::ranges::none_of(options.machine.states(), plays)) {
    faults.add("farm: the sessions have no page NextSong, so nothing can be played");
  }
}

// What eventsim does not know does not happen there.
void make_compatible(WorldOptions& options) {
  options.region = Region::kUnitedStates;
  options.other_gender_share = 0;
  options.taste.plain = true;
  options.listening.never_skips = true;
  options.listening.like_share = 0;
  options.listening.private_share = 0;
  options.service.activity_drift = 0;
  options.service.offline_share = 0;
}

template <typename Value>
std::optional<Value> value_of(Result<Value> result, Faults& faults) {
  if (result) return *std::move(result);
  faults.add(std::move(result.error().message));
  return std::nullopt;
}

Result<std::vector<const TimeZone*>> zones_of(const Places& places, const World::ZoneNamed& zone_named) {
  std::vector<const TimeZone*> zones;
  for (const std::string_view name : places.zones()) {
    TRY_ASSIGN(const TimeZone* zone, zone_named(std::string(name)));
    zones.push_back(zone);
  }
  return zones;
}

void write_service(ByteWriter& bytes, const ServiceOptions& options) {
  bytes.number(options.seed);
  bytes.number(to_micros(options.start));
  bytes.number(options.listeners);
  bytes.number(options.first_user_id);
  for (const double number : {options.growth, options.attrition, options.alpha_seconds, options.beta_seconds, options.activity_drift,
                              options.offline_share, options.shuffle_share}) {
    bytes.number(number);
  }
  bytes.number(options.offline_mean.count());
  bytes.number(std::uint8_t{options.always_listening});
  bytes.number(std::uint8_t{options.compat_eventsim});
  bytes.text(options.tag);
}

void write_time(ByteWriter& bytes, const TimeShapeOptions& options, const EventsimTime& eventsim) {
  for (const double rate : options.hours) bytes.number(rate);
  for (const double rate : options.weekdays) bytes.number(rate);
  bytes.number(options.holiday);
  bytes.number(std::uint8_t{options.flat});
  for (const Spike& spike : options.spikes) {
    bytes.number(to_micros(spike.start));
    bytes.number(spike.length.count());
    bytes.number(spike.factor);
    bytes.number(spike.artist);
    bytes.number(spike.artist_share);
  }
  bytes.number(eventsim.damping);
  bytes.number(eventsim.weekend_damping);
  for (const Duration span : {eventsim.weekend_offset, eventsim.weekend_scale, eventsim.session_gap}) bytes.number(span.count());
}

void write_listening(ByteWriter& bytes, const TasteOptions& taste, const ListeningOptions& listening) {
  bytes.number(taste.seed);
  bytes.number(std::uint8_t{taste.plain});
  for (const double number : {taste.strength, taste.repeat_share, taste.same_artist_share}) bytes.number(number);
  bytes.number(taste.candidates);
  bytes.number(std::uint8_t{listening.never_skips});
  for (const double number : {listening.like_share, listening.rating_share, listening.private_share}) bytes.number(number);
}

std::uint64_t fingerprint_of(const WorldOptions& options, const Catalogue& catalogue) {
  ByteWriter bytes;
  write_service(bytes, options.service);
  write_time(bytes, options.time, options.eventsim_time);
  write_listening(bytes, options.taste, options.listening);
  bytes.number(options.machine.fingerprint());
  bytes.number(static_cast<std::uint8_t>(options.region));
  bytes.number(options.other_gender_share);
  for (const FarmOptions& farm : options.farms) {
    bytes.number(static_cast<std::uint8_t>(farm.kind));
    bytes.number(farm.accounts);
    bytes.number(farm.artist);
  }
  Checksum checksum;
  checksum.add(bytes.bytes());
  for (std::uint32_t track = 0; track < catalogue.size(); ++track) {
    ByteWriter facts;
    facts.number(catalogue[track].artist);
    facts.number(catalogue[track].duration_ms);
    facts.number(catalogue[track].weight);
    checksum.add(facts.bytes());
  }
  return checksum.value();
}

}  // namespace

struct World::Parts {
  WorldOptions options;
  std::uint64_t fingerprint;
  std::unique_ptr<Catalogue> catalogue;
  std::unique_ptr<Places> places;
  Tastes tastes;
  TimeShape time;
};

Result<std::unique_ptr<World>> World::make(WorldOptions options, const ZoneNamed& zone_named) {
  if (options.service.compat_eventsim) make_compatible(options);
  Faults faults;
  check_service(options.service, faults);
  check_listening(options.listening, faults);
  std::unique_ptr<Catalogue> catalogue = std::move(options.imported);
  if (catalogue == nullptr) catalogue = value_of(Catalogue::synthetic(options.catalogue), faults).value_or(nullptr);
  if (catalogue == nullptr) {  // to look at the other options
    TRY_ASSIGN(catalogue, Catalogue::synthetic({.tracks = 1, .artists = 1}));
  }
  check_artists(options, catalogue->artists(), faults);
  check_farms(options, catalogue->artists(), faults);
  auto places = std::make_unique<Places>(Places::built_in(options.region));
  TRY_ASSIGN(std::vector<const TimeZone*> zones, zones_of(*places, zone_named));
  auto tastes = value_of(Tastes::make(options.taste, *catalogue), faults);
  auto time = value_of(TimeShape::make(options.time, *places, std::move(zones)), faults);
  TRY(faults.status());
  const std::uint64_t fingerprint = fingerprint_of(options, *catalogue);
  return std::unique_ptr<World>(new World(Parts{.options = std::move(options),
                                                .fingerprint = fingerprint,
                                                .catalogue = std::move(catalogue),
                                                .places = std::move(places),
                                                .tastes = *std::move(tastes),
                                                .time = *std::move(time)}));
}

World::World(Parts parts)
    : service_(std::move(parts.options.service)),
      listening_(parts.options.listening),
      eventsim_time_(parts.options.eventsim_time),
      machine_(std::move(parts.options.machine)),
      farms_(std::move(parts.options.farms)),
      fingerprint_(parts.fingerprint),
      catalogue_(std::move(parts.catalogue)),
      places_(std::move(parts.places)),
      people_(service_.seed, *places_, parts.options.other_gender_share),
      tastes_(std::move(parts.tastes)),
      time_(std::move(parts.time)) {
  durations_ms_.reserve(catalogue_->size());
  for (std::uint32_t track = 0; track < catalogue_->size(); ++track) durations_ms_.push_back((*catalogue_)[track].duration_ms);
}

}  // namespace playhead::simulate
