// simulate/taste.h: what a listener wants to hear next.
//
// Each listener has a hidden vector and a few genres, drawn around what the age band and gender like (the weights are a table in
// docs/simulator.md). The next track is, in this order of chances: one of the spike's artist; one again (habit), half of the time one of
// the last few and else a favourite; one of the same artist as the last (session context); else a few tracks are drawn by popularity
// within one of the listener's genres, and one of them is taken with chances that grow with exp(strength x likeness), likeness the
// scalar product of the two vectors. A favourite is drawn in the same way, but always from the same chances, so that a listener has the
// same favourites for ever without their being kept. `plain` is eventsim: by popularity alone, the same for everyone.
//
// Chance:  a taste follows from the seed and the listener's number. Threads: immutable once made; any thread.
// Memory:  borrows the catalogue; 72 bytes a genre. A Taste is 64 bytes and is made anew where it is needed.
// Cost:    no allocation; taste_of() below 1 us, choose() below 300 ns in a catalogue of 20,000 tracks.
// Fails:   make() with kInvalid when an option is outside its limits.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "simulate/catalogue.h"
#include "simulate/person.h"

namespace playhead::simulate {

struct TasteOptions {
  std::uint64_t seed = 1;
  bool plain = false;          // eventsim: popularity alone
  double strength = 12;        // 0: likeness does not count; see docs/simulator.md for what it does to recommendations. 0 to 50
  double repeat_share = 0.25;  // of plays that are one of the listener's last kRecentTracks, or of its favourites
  double same_artist_share = 0.15;
  std::uint32_t candidates = 8;  // tracks drawn to choose from, 1 to 16; each costs 15 to 20 ns a choice
};

inline constexpr std::size_t kTasteGenres = 4;
inline constexpr std::size_t kRecentTracks = 8;

struct Taste {
  TasteVector vector;
  std::array<std::uint16_t, kTasteGenres> genres;
  std::array<float, kTasteGenres> cumulative;  // chances of the genres, the last one is 1
  std::uint64_t favourites;                    // their seed
};

// The tracks a listener heard last, the newest first; kNoTrack where there are fewer.
inline constexpr std::uint32_t kNoTrack = 0xffffffff;
using RecentTracks = std::array<std::uint32_t, kRecentTracks>;

class Tastes {
 public:
  static Result<Tastes> make(const TasteOptions& options, const Catalogue& catalogue);

  Taste taste_of(std::uint32_t listener, const Person& person) const;
  // `release_artist`: whom a spike makes everyone want (0: nobody), with the chance `release_share`.
  std::uint32_t choose(const Taste& taste, const RecentTracks& recent, std::uint32_t release_artist, double release_share,
                       Random& random) const;
  // The scalar product of the two vectors, -1 to 1.
  float likeness(const Taste& taste, std::uint32_t track) const;

 private:
  Tastes(const TasteOptions& options, const Catalogue& catalogue) : options_(options), catalogue_(&catalogue) {}

  std::uint16_t draw_genre(std::size_t kind, Random& random) const;
  std::uint32_t again(const Taste& taste, const RecentTracks& recent, Random& random) const;
  std::uint32_t discover(const Taste& taste, Random& random) const;

  TasteOptions options_;
  const Catalogue* catalogue_;
  std::vector<float> likings_;         // kinds of people (age band and gender) x genres: chances, summed up, of each kind's genres
  std::vector<TasteVector> of_genre_;  // the mean of its tracks
};

}  // namespace playhead::simulate
