// simulate/person.h: who a listener is: name, age, gender, home, devices. All invented.
//
// A person follows from the seed and the listener's number alone, so nothing is kept per listener: asking again gives the same person,
// on any thread and in any run. First names go with gender and country, and names are in their own script's Latin form with its
// accents (UTF-8). The e-mail address is at example.com, .org or .net (RFC 2606), unique by the listener's number.
//
// Threads: immutable once made; any thread. Memory: views are constants of the program (simulate/person_table.h). Borrows the Places.
// Cost:    below 200 ns a person. Fails: never.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/place.h"

namespace playhead::simulate {

enum class Gender : std::uint8_t { kFemale, kMale, kOther };  // F, M, X
std::string_view letter_of(Gender gender);

// The age bands of the preference table of streaming events: 10-19, 20-29, 30-39, 40-49, 50-59, 60 and over.
inline constexpr std::size_t kAgeBands = 6;

struct Person {
  std::string_view first_name;
  std::string_view last_name;
  std::string_view user_agent;  // a browser's, without quotes around it
  std::string_view platform;    // of music-streams: "Spotify", "Apple Music", "YouTube Music", "SoundCloud", "Amazon Music"
  Gender gender;
  std::uint8_t age;  // 13 to 84, when the listener signed up
  std::uint16_t place;

  std::size_t age_band() const;  // 0 to kAgeBands - 1
};

class People {
 public:
  // `other_share`: of persons whose gender is X; eventsim knows F and M only (0). `places` is borrowed.
  People(std::uint64_t seed, const Places& places, double other_share);

  Person person(std::uint32_t listener) const;
  // Replaces `email`, for instance by "zoe.mueller.4711@example.org".
  void write_email(const Person& person, std::uint32_t listener, std::string& email) const;
  const Places& places() const { return places_; }

 private:
  std::uint64_t seed_;
  const Places& places_;
  double other_share_;
  std::vector<std::uint8_t> name_group_of_;  // by place
};

}  // namespace playhead::simulate
