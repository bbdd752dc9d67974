#include "simulate/place.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "base/time_zone.h"

namespace playhead::simulate {
namespace {

std::vector<Place> all_of(Region region) {
  const Places places = Places::built_in(region);
  std::vector<Place> all;
  for (std::uint16_t i = 0; i < places.size(); ++i) all.push_back(places[i]);
  return all;
}

TEST(Places, AreAFewHundredTownsOfSomeFortyCountries) {
  const std::vector<Place> places = all_of(Region::kWorld);
  EXPECT_GE(places.size(), 150u);
  EXPECT_LE(places.size(), 400u);
  std::set<std::string_view> countries;
  for (const Place& place : places) countries.insert(place.country);
  EXPECT_GE(countries.size(), 40u);
}

TEST(Places, OfTheUnitedStatesHaveAStateAndAZipCode) {
  const std::vector<Place> places = all_of(Region::kUnitedStates);
  EXPECT_GE(places.size(), 60u);
  std::set<std::string_view> states, codes;
  for (const Place& place : places) {
    EXPECT_EQ(place.country, "US") << place.city;
    EXPECT_TRUE(place.region.size() == 2 && std::ranges::all_of(place.region, [](char c) { return c >= 'A' && c <= 'Z'; })) << place.city;
    EXPECT_TRUE(place.postal_code.size() == 5 && std::ranges::all_of(place.postal_code, [](char c) { return c >= '0' && c <= '9'; }))
        << place.city;
    EXPECT_TRUE(codes.insert(place.postal_code).second) << place.city;
    states.insert(place.region);
  }
  EXPECT_GE(states.size(), 45u);
}

TEST(Places, OfTheWorldBeginWithThoseOfTheUnitedStates) {
  const std::vector<Place> world = all_of(Region::kWorld);
  const std::vector<Place> states = all_of(Region::kUnitedStates);
  for (std::size_t i = 0; i < states.size(); ++i) EXPECT_EQ(world[i].city, states[i].city);
  EXPECT_EQ(std::ranges::count(world, "US", &Place::country), static_cast<std::ptrdiff_t>(states.size()));
}

TEST(Places, AreCompleteAndNoneIsThereTwice) {
  std::set<std::tuple<std::string_view, std::string_view, std::string_view>> towns;
  std::set<std::pair<double, double>> spots;
  for (const Place& place : all_of(Region::kWorld)) {
    EXPECT_TRUE(towns.insert({place.country, place.region, place.city}).second) << place.city;
    EXPECT_TRUE(spots.insert({place.latitude, place.longitude}).second) << place.city;
    EXPECT_FALSE(place.city.empty() || place.region.empty() || place.postal_code.empty() || place.zone.empty()) << place.city;
    EXPECT_LE(std::abs(place.latitude), 70) << place.city;  // no town of the table is nearer to a pole
    EXPECT_LE(std::abs(place.longitude), 180) << place.city;
    EXPECT_GE(place.people, 20u) << place.city;
    EXPECT_LE(place.people, 30'000u) << place.city;
  }
}

TEST(Places, CountriesAndTheirNamesGoTogether) {
  std::map<std::string_view, std::string_view> name_of, code_of;
  for (const Place& place : all_of(Region::kWorld)) {
    EXPECT_EQ(place.country.size(), 2u) << place.city;
    EXPECT_FALSE(place.country_name.empty()) << place.city;
    EXPECT_EQ(name_of.emplace(place.country, place.country_name).first->second, place.country_name) << place.city;
    EXPECT_EQ(code_of.emplace(place.country_name, place.country).first->second, place.country) << place.city;
  }
}

// A slip of a digit or a sign in a coordinate puts a town far from its countrymen.
TEST(Places, TownsOfACountryLieNearOneAnother) {
  const std::vector<Place> places = all_of(Region::kWorld);
  for (const Place& place : places) {
    double nearest = 1e9;
    for (const Place& other : places) {
      if (other.country != place.country || &other == &place) continue;
      nearest = std::min(nearest, std::hypot(other.latitude - place.latitude, other.longitude - place.longitude));
    }
    if (std::ranges::count(places, place.country, &Place::country) > 1) {
      EXPECT_LT(nearest, place.region == "HI" || place.region == "AK" ? 45 : 25) << place.city;
    }
    for (const Place& other : places) {
      if (other.zone != place.zone) continue;
      EXPECT_EQ(other.country, place.country) << place.city << " and " << other.city << " share a zone";
      EXPECT_LT(std::abs(other.longitude - place.longitude), 25) << place.city << " and " << other.city << " share a zone";
    }
  }
}

TEST(Places, ZonesAreInTheSystemsDataAndAgreeWithTheLongitude) {
  const Timestamp january = parse_iso("2026-01-15T12:00:00Z")->time;
  for (const Place& place : all_of(Region::kWorld)) {
    std::ifstream stream("/usr/share/zoneinfo/" + std::string(place.zone), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(stream), {});
    if (bytes.empty() && !std::ifstream("/usr/share/zoneinfo/UTC")) GTEST_SKIP() << "no time zone data is installed";
    const auto zone = TimeZone::make(bytes);
    ASSERT_TRUE(zone) << place.city << ": " << place.zone;
    const double hours = static_cast<double>((*zone)->offset_at(january).count()) / 3600;
    EXPECT_NEAR(hours, place.longitude / 15, 2.5) << place.city;
  }
}

TEST(Places, KnowTheirZones) {
  const Places places = Places::built_in(Region::kWorld);
  const std::set<std::string_view> different(places.zones().begin(), places.zones().end());
  EXPECT_EQ(different.size(), places.zones().size());
  EXPECT_GE(different.size(), 50u);
  for (std::uint16_t i = 0; i < places.size(); ++i) EXPECT_EQ(places.zones()[places.zone_of(i)], places[i].zone);
}

TEST(Places, AreDrawnByTheirPeople) {
  const Places places = Places::built_in(Region::kWorld);
  constexpr int kDraws = 1'000'000;
  std::vector<int> counts(places.size());
  Random random{4};
  for (int i = 0; i < kDraws; ++i) ++counts.at(places.draw(random));
  double people = 0;
  for (std::uint16_t i = 0; i < places.size(); ++i) people += places[i].people;
  for (std::uint16_t i = 0; i < places.size(); ++i) {
    const double expected = places[i].people / people * kDraws;
    EXPECT_NEAR(counts[i], expected, 5 * std::sqrt(expected)) << places[i].city;
  }
}

}  // namespace
}  // namespace playhead::simulate
