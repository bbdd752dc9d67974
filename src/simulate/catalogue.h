// simulate/catalogue.h: the tracks of the service: an own synthetic catalogue, or one that was imported.
//
// The synthetic one follows from its options: artists with names and a genre, albums, tracks with titles, durations, moods and audio
// features that go with the genre, and a popularity by Zipf-Mandelbrot's law: the track of rank r (from 1) has the weight
// (r + shift)^-exponent. Tracks of one artist tend to be popular together. Each track also has a place in the space of taste
// (simulate/taste.h): near to it lie its artist's others, less near those of its genre.
//
// Limits:  1 to 10 million tracks, 1 to 4,096 genres. About 200 bytes a track, and its texts where they are longer than 15 bytes.
// Threads: immutable once made; any thread. Memory: owns everything that a Track views.
// Fails:   kInvalid when an option is outside its limits. Imports: catalogue_import.h.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "simulate/popularity.h"

namespace playhead::simulate {

inline constexpr std::size_t kTasteSize = 8;        // dimensions of the space of taste
using TasteVector = std::array<float, kTasteSize>;  // of length 1

// The fifteen moods of music-streams.
inline constexpr std::array<std::string_view, 15> kMoods = {"Happy", "Sad",       "Energetic",   "Calm",    "Romantic",
                                                            "Moody", "Chill",     "Melancholic", "Hype",    "Dreamy",
                                                            "Dark",  "Uplifting", "Groovy",      "Hopeful", "Lo-fi"};

// The twelve audio columns of Spotify's tracks.
struct AudioFeatures {
  float danceability, energy, loudness, speechiness, acousticness, instrumentalness, liveness, valence, tempo;
  std::uint8_t key, mode, time_signature;
};

struct Track {
  std::string id;  // "t100042" in the synthetic catalogue; else as imported
  std::string title;
  std::uint32_t artist;  // number, from 1; see artist_name()
  std::uint32_t album;   // number, from 1; 0: none
  std::uint16_t genre;   // number, from 0; see genres()
  std::uint8_t mood;     // of kMoods
  bool is_explicit;
  std::uint16_t year;         // 0: not known
  std::uint32_t duration_ms;  // above 0
  double weight;              // of its popularity, above 0
  AudioFeatures audio;
};

struct CatalogueOptions {
  std::uint64_t seed = 1;
  std::uint32_t tracks = 20'000;
  std::uint32_t artists = 2'000;  // at least 1; never more than tracks, so that everyone has one
  double exponent = 0.9;          // of Zipf-Mandelbrot's law; 0: all alike. In the plays of all listeners taste makes it 0.1 flatter
  double shift = 2.7;             // its offset of the rank: flattens the very top
};

class Catalogue {
 public:
  // The genres are the eight of TuneTracker (simulate/plays.h, kGenres).
  static Result<std::unique_ptr<Catalogue>> synthetic(const CatalogueOptions& options);
  // Of tracks that were read somewhere. Taste vectors are made from the artist's and the genre's name, the id and the audio features.
  // kInvalid: no track, or one that is outside the limits of Track's fields.
  static Result<std::unique_ptr<Catalogue>> of(std::vector<Track> tracks, std::vector<std::string> artists, std::vector<std::string> albums,
                                               std::vector<std::string> genres, std::uint64_t seed);

  std::uint32_t size() const { return static_cast<std::uint32_t>(tracks_.size()); }
  const Track& operator[](std::uint32_t track) const { return tracks_[track]; }
  // Has the processor fetch the track's memory, for whoever looks at it a little later.
  void fetch(std::uint32_t track) const {
    __builtin_prefetch(&tracks_[track]);
    __builtin_prefetch(&tracks_[track].duration_ms);
  }
  std::span<const std::string> genres() const { return genres_; }
  std::uint32_t artists() const { return static_cast<std::uint32_t>(artists_.size()); }
  std::string_view artist_name(std::uint32_t artist) const { return artists_[artist - 1]; }
  std::string_view album_name(std::uint32_t album) const { return album == 0 ? std::string_view() : albums_[album - 1]; }
  const TasteVector& vector(std::uint32_t track) const { return vectors_[track]; }

  // In the order of their numbers; empty where there is none.
  std::span<const std::uint32_t> tracks_of_genre(std::uint16_t genre) const { return by_genre_.of(genre); }
  std::span<const std::uint32_t> tracks_of_artist(std::uint32_t artist) const { return by_artist_.of(artist - 1); }

  std::uint32_t draw(Random& random) const { return all_.draw(random); }  // by popularity
  // By popularity within the genre, or of any where it has none.
  std::uint32_t draw_of_genre(std::uint16_t genre, Random& random) const {
    return by_genre_.of(genre).empty() ? draw(random) : of_genre_[genre].draw(random);
  }
  // All of an artist's tracks alike, or of any artist by popularity where this one has none.
  std::uint32_t draw_of_artist(std::uint32_t artist, Random& random) const;

 private:
  // Tracks in groups, and where each group begins; a group's tracks in the order of their numbers.
  struct Groups {
    std::vector<std::uint32_t> starts;  // one more than groups
    std::vector<std::uint32_t> tracks;

    std::span<const std::uint32_t> of(std::size_t group) const {
      return {tracks.data() + starts[group], tracks.data() + starts[group + 1]};
    }
  };

  Catalogue(std::vector<Track> tracks, std::vector<std::string> artists, std::vector<std::string> albums, std::vector<std::string> genres,
            Popularity all);
  template <typename GroupOf>
  Groups grouped(std::size_t groups, GroupOf group_of) const;

  std::vector<Track> tracks_;
  std::vector<std::string> artists_;
  std::vector<std::string> albums_;
  std::vector<std::string> genres_;
  std::vector<TasteVector> vectors_;
  Popularity all_;
  Groups by_genre_;
  std::vector<Popularity> of_genre_;  // never drawn from where the genre is empty
  Groups by_artist_;
};

}  // namespace playhead::simulate
