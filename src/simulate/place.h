// simulate/place.h: the towns in which listeners live, each with a country, an IANA time zone and coordinates that agree.
//
// The built-in table has a few hundred towns of some forty countries, weighted by their people (rounded public figures). The towns of
// the United States have a state and a ZIP code, as eventsim's events show them; others have a region code and a postal code.
//
// Limits:  at most 65,535 places, at least one. Threads: immutable once made; any thread.
// Memory:  the texts are constants of the program (simulate/place_table.h). Fails: never.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "simulate/popularity.h"

namespace playhead::simulate {

struct Place {
  std::string_view city;
  std::string_view region;        // state or region code: "CA", "BY", "IDF"
  std::string_view country;       // ISO 3166-1 alpha-2: "US"
  std::string_view country_name;  // "United States"
  std::string_view postal_code;
  std::string_view zone;  // IANA: "America/Los_Angeles"
  double latitude;        // degrees, WGS 84
  double longitude;
  std::uint32_t people;  // thousands
};

enum class Region : std::uint8_t { kWorld, kUnitedStates };  // eventsim knows the United States alone

class Places {
 public:
  static Places built_in(Region region);

  std::uint16_t size() const { return static_cast<std::uint16_t>(places_.size()); }
  const Place& operator[](std::uint16_t number) const { return places_[number]; }
  std::uint16_t draw(Random& random) const { return static_cast<std::uint16_t>(chance_.draw(random)); }  // by people
  // The different zones of all places, and which of them a place has.
  std::span<const std::string_view> zones() const { return zones_; }
  std::uint16_t zone_of(std::uint16_t place) const { return zone_of_[place]; }

 private:
  Places(std::vector<Place> places, Popularity chance);

  std::vector<Place> places_;
  Popularity chance_;
  std::vector<std::string_view> zones_;
  std::vector<std::uint16_t> zone_of_;
};

}  // namespace playhead::simulate
