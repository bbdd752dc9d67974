#include "simulate/place.h"

#include <algorithm>
#include <utility>

#include "simulate/place_table.h"

namespace playhead::simulate {
namespace {

std::string_view name_of_country(std::string_view code) { return std::ranges::find(table_of_countries(), code, &Country::code)->name; }

void add_towns(std::span<const Town> towns, std::vector<Place>& places) {
  for (const Town& town : towns) {
    places.push_back({town.city, town.region, town.country, name_of_country(town.country), town.postal_code, town.zone, town.latitude,
                      town.longitude, town.people});
  }
}

}  // namespace

Places Places::built_in(Region region) {
  std::vector<Place> places;
  add_towns(towns_of_united_states(), places);
  if (region == Region::kWorld) add_towns(towns_elsewhere(), places);
  std::vector<double> weights;
  weights.reserve(places.size());
  for (const Place& place : places) weights.push_back(place.people);
  return Places(std::move(places), *Popularity::of_weights(weights));  // the table has towns, and each has people
}

Places::Places(std::vector<Place> places, Popularity chance) : places_(std::move(places)), chance_(std::move(chance)) {
  for (const Place& place : places_) {
    const auto known = std::ranges::find(zones_, place.zone);
    zone_of_.push_back(static_cast<std::uint16_t>(known - zones_.begin()));
    if (known == zones_.end()) zones_.push_back(place.zone);
  }
}

}  // namespace playhead::simulate
