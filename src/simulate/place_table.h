// simulate/place_table.h: the towns and countries that Places is made of; constants of the program.
//
// Coordinates are of the centre, to two or three digits; people are those of the town proper, in thousands, rounded, of about 2020.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace playhead::simulate {

struct Country {
  std::string_view code;  // ISO 3166-1 alpha-2
  std::string_view name;
};

struct Town {
  std::string_view city, region, country, postal_code, zone;
  double latitude, longitude;
  std::uint32_t people;
};

std::span<const Country> table_of_countries();
std::span<const Town> towns_of_united_states();
std::span<const Town> towns_elsewhere();

}  // namespace playhead::simulate
