#include "simulate/catalogue.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "base/utf8.h"
#include "music.h"
#include "simulate/plays.h"

namespace playhead::simulate {
namespace {

const Catalogue& catalogue() {
  static const std::unique_ptr<Catalogue> made = catalogue_of({});
  return *made;
}

float likeness(std::uint32_t a, std::uint32_t b) {
  float sum = 0;
  for (std::size_t i = 0; i < kTasteSize; ++i) sum += catalogue().vector(a)[i] * catalogue().vector(b)[i];
  return sum;
}

// The slope of log count over log (rank + shift), fitted to the first `ranks` by least squares.
double fitted_exponent(const Catalogue& tracks, double shift, std::size_t ranks, int draws) {
  std::vector<double> counts(tracks.size());
  Random random{4};
  for (int i = 0; i < draws; ++i) ++counts[tracks.draw(random)];
  std::sort(counts.begin(), counts.end(), std::greater<>());
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t i = 0; i < ranks; ++i) {
    const double x = std::log(static_cast<double>(i) + 1 + shift);
    const double y = std::log(counts[i]);
    sx += x, sy += y, sxx += x * x, sxy += x * y;
  }
  const auto n = static_cast<double>(ranks);
  return -(n * sxy - sx * sy) / (n * sxx - sx * sx);
}

TEST(Catalogue, PopularityHasTheExponentThatWasAsked) {
  for (const double exponent : {0.6, 0.9, 1.2}) {
    for (const double shift : {0.0, 2.7, 20.0}) {
      const auto made = catalogue_of({.exponent = exponent, .shift = shift});
      EXPECT_NEAR(fitted_exponent(*made, shift, 300, 2'000'000), exponent, 0.03) << "shift " << shift;
    }
  }
}

TEST(Catalogue, ExponentZeroMakesAllAlike) {
  const auto made = catalogue_of({.tracks = 100, .artists = 10, .exponent = 0});
  std::vector<int> counts(100);
  Random random{4};
  for (int i = 0; i < 500'000; ++i) ++counts[made->draw(random)];
  for (const int count : counts) EXPECT_NEAR(count, 5'000, 5 * std::sqrt(5'000));
}

TEST(Catalogue, SameOptionsSameTracks) {
  const auto again = catalogue_of({});
  const auto other = catalogue_of({.seed = 2});
  int same = 0;
  for (std::uint32_t i = 0; i < catalogue().size(); ++i) {
    const Track &one = catalogue()[i], &two = (*again)[i];
    ASSERT_EQ(one.id, two.id);
    ASSERT_EQ(one.title, two.title);
    ASSERT_EQ(catalogue().artist_name(one.artist), again->artist_name(two.artist));
    ASSERT_EQ(catalogue().album_name(one.album), again->album_name(two.album));
    ASSERT_EQ(std::tuple(one.genre, one.mood, one.year, one.duration_ms, one.weight, one.audio.tempo),
              std::tuple(two.genre, two.mood, two.year, two.duration_ms, two.weight, two.audio.tempo));
    ASSERT_EQ(catalogue().vector(i), again->vector(i));
    same += one.title == (*other)[i].title;
  }
  EXPECT_LT(same, 1'000);
}

TEST(Catalogue, IdsAndGenresAreThoseOfPlays) {
  for (std::uint32_t i = 0; i < catalogue().size(); ++i) {
    ASSERT_EQ(catalogue()[i].id, "t" + std::to_string(100'000 + i));
    ASSERT_EQ(catalogue().genres()[catalogue()[i].genre], genre_of(100'000 + i));
  }
}

TEST(Catalogue, EveryTrackIsWithinTheLimits) {
  for (std::uint32_t i = 0; i < catalogue().size(); ++i) {
    const Track& track = catalogue()[i];
    ASSERT_FALSE(track.title.empty());
    ASSERT_TRUE(is_utf8(track.title)) << track.title;
    ASSERT_TRUE(is_utf8(catalogue().artist_name(track.artist)));
    ASSERT_FALSE(catalogue().album_name(track.album).empty());
    ASSERT_LT(track.mood, kMoods.size());
    ASSERT_TRUE(track.year >= 1950 && track.year <= 2026) << track.year;
    ASSERT_TRUE(track.duration_ms >= 9'000 && track.duration_ms <= 1'800'000) << track.duration_ms;
    ASSERT_GT(track.weight, 0);
    const AudioFeatures& audio = track.audio;
    for (const float share :
         {audio.danceability, audio.energy, audio.speechiness, audio.acousticness, audio.instrumentalness, audio.liveness, audio.valence}) {
      ASSERT_TRUE(share > 0 && share < 1) << share;
    }
    ASSERT_TRUE(audio.loudness >= -45 && audio.loudness <= 1);
    ASSERT_TRUE(audio.tempo >= 45 && audio.tempo <= 220);
    ASSERT_TRUE(audio.key < 12 && audio.mode < 2 && (audio.time_signature == 3 || audio.time_signature == 4));
    ASSERT_NEAR(likeness(i, i), 1, 1e-5);
  }
}

TEST(Catalogue, NamesAreAsOddAsReal) {
  std::string all;
  for (std::uint32_t i = 0; i < catalogue().size(); ++i) all += catalogue()[i].title + '\n';
  for (std::uint32_t i = 1; i <= catalogue().artists(); ++i) all.append(catalogue().artist_name(i)) += '\n';
  for (const char* const part : {"\"", "&", "'", "\\", "é", "夜", "Ночной", "أغنية", "💔", "(feat. ", " - Live", "Op. "}) {
    EXPECT_NE(all.find(part), std::string::npos) << part;
  }
}

TEST(Catalogue, ArtistsHaveTracksAndNamesOfTheirOwn) {
  std::set<std::string_view> names;
  std::size_t largest = 0;
  for (std::uint32_t artist = 1; artist <= catalogue().artists(); ++artist) {
    names.insert(catalogue().artist_name(artist));
    const auto tracks = catalogue().tracks_of_artist(artist);
    ASSERT_FALSE(tracks.empty()) << artist;
    largest = std::max(largest, tracks.size());
    for (const std::uint32_t track : tracks) {
      ASSERT_EQ(catalogue()[track].artist, artist);
      ASSERT_EQ(catalogue()[track].genre, catalogue()[tracks.front()].genre);
    }
  }
  EXPECT_EQ(names.size(), 2'000u);
  EXPECT_GT(largest, 30u);
}

TEST(Catalogue, AlbumsAreOfOneArtistAndHaveUpToFourteenTracks) {
  std::map<std::uint32_t, std::vector<std::uint32_t>> albums;
  for (std::uint32_t i = 0; i < catalogue().size(); ++i) albums[catalogue()[i].album].push_back(i);
  for (const auto& [album, tracks] : albums) {
    ASSERT_GT(album, 0u);
    ASSERT_LE(tracks.size(), 14u);
    for (const std::uint32_t track : tracks) {
      ASSERT_EQ(catalogue()[track].artist, catalogue()[tracks.front()].artist);
      ASSERT_EQ(catalogue()[track].year, catalogue()[tracks.front()].year);
    }
  }
  EXPECT_NEAR(20'000.0 / static_cast<double>(albums.size()), 5.5, 2.5);
}

TEST(Catalogue, DurationsGoWithTheGenre) {
  std::vector<double> sums(kGenres.size()), counts(kGenres.size());
  int half_minute = 0;
  double sum = 0;
  for (std::uint32_t i = 0; i < catalogue().size(); ++i) {
    const double minutes = catalogue()[i].duration_ms / 60'000.0;
    sums[catalogue()[i].genre] += minutes;
    counts[catalogue()[i].genre] += 1;
    sum += std::log(minutes);
    half_minute += minutes < 0.5;
  }
  EXPECT_NEAR(std::exp(sum / catalogue().size()), 3.6, 0.15);  // the geometric mean
  EXPECT_GT(sums[3] / counts[3], sums[0] / counts[0] + 1);     // classical, pop
  EXPECT_LT(sums[5] / counts[5], sums[0] / counts[0]);         // hip-hop
  EXPECT_TRUE(half_minute > 20 && half_minute < 200) << half_minute;
}

TEST(Catalogue, FeaturesAndMoodsGoWithTheGenre) {
  std::vector<double> energy(kGenres.size()), explicits(kGenres.size()), counts(kGenres.size());
  std::map<std::uint16_t, std::map<std::string_view, int>> moods;
  for (std::uint32_t i = 0; i < catalogue().size(); ++i) {
    const Track& track = catalogue()[i];
    energy[track.genre] += track.audio.energy;
    explicits[track.genre] += track.is_explicit;
    counts[track.genre] += 1;
    ++moods[track.genre][kMoods[track.mood]];
  }
  EXPECT_NEAR(energy[1] / counts[1], 0.74, 0.03);  // rock
  EXPECT_NEAR(energy[3] / counts[3], 0.21, 0.04);  // classical
  EXPECT_NEAR(explicits[5] / counts[5], 0.42, 0.04);
  EXPECT_EQ(explicits[3], 0);
  EXPECT_GT(moods[3]["Melancholic"], 10 * moods[3]["Hype"]);
  EXPECT_GT(moods[4]["Energetic"], 3 * moods[4]["Sad"]);
}

TEST(Catalogue, NearToATrackLieItsArtistsOthersThenItsGenres) {
  Random random{8};
  double artist = 0, genre = 0, other = 0;
  int artists = 0, genres = 0, others = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto one = static_cast<std::uint32_t>(random.below(catalogue().size()));
    const auto of_artist = catalogue().tracks_of_artist(catalogue()[one].artist);
    if (const auto two = of_artist[random.below(of_artist.size())]; one != two) artist += likeness(one, two), ++artists;
    const auto two = static_cast<std::uint32_t>(random.below(catalogue().size()));
    if (catalogue()[one].artist == catalogue()[two].artist) continue;
    (catalogue()[one].genre == catalogue()[two].genre ? genre : other) += likeness(one, two);
    ++(catalogue()[one].genre == catalogue()[two].genre ? genres : others);
  }
  EXPECT_GT(artist / artists, 0.8);
  EXPECT_NEAR(genre / genres, 0.2, 0.1);
  EXPECT_NEAR(other / others, 0, 0.1);
}

TEST(Catalogue, DrawsOfAGenreAndAnArtistStayThere) {
  Random random{8};
  std::map<std::uint32_t, int> of_artist;
  double top = 0, first = 0;
  for (const std::uint32_t track : catalogue().tracks_of_genre(2)) top = std::max(top, catalogue()[track].weight);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint32_t track = catalogue().draw_of_genre(2, random);
    ASSERT_EQ(catalogue()[track].genre, 2);
    first += catalogue()[track].weight == top;
    ++of_artist[catalogue().draw_of_artist(5, random)];
  }
  EXPECT_GT(first / 20'000, 0.005);  // the genre's hit, of some 2,500 tracks
  ASSERT_EQ(of_artist.size(), catalogue().tracks_of_artist(5).size());
  const double mean = 20'000.0 / static_cast<double>(of_artist.size());
  for (const auto& [track, count] : of_artist) EXPECT_NEAR(count, mean, 5 * std::sqrt(mean)) << track;
}

TEST(Catalogue, SmallOnesWork) {
  for (const std::uint32_t tracks : {1u, 2u, 3u, 9u, 100u}) {
    for (const std::uint32_t artists : {1u, 2u, 2'000u}) {
      const auto made = catalogue_of({.tracks = tracks, .artists = artists});
      EXPECT_EQ(made->size(), tracks);
      EXPECT_EQ(made->artists(), std::min(tracks, artists));
      Random random{1};
      for (std::uint16_t genre = 0; genre < made->genres().size(); ++genre) EXPECT_LT(made->draw_of_genre(genre, random), tracks);
      for (std::uint32_t artist = 1; artist <= made->artists(); ++artist) EXPECT_LT(made->draw_of_artist(artist, random), tracks);
    }
  }
}

TEST(Catalogue, RefusesWhatIsOutsideItsLimits) {
  const auto kind_of = [](const CatalogueOptions& options) { return Catalogue::synthetic(options).error().kind; };
  EXPECT_EQ(kind_of({.tracks = 0}), ErrorKind::kInvalid);
  EXPECT_EQ(kind_of({.tracks = 10'000'001}), ErrorKind::kInvalid);
  EXPECT_EQ(kind_of({.artists = 0}), ErrorKind::kInvalid);
  EXPECT_EQ(kind_of({.exponent = 4.5}), ErrorKind::kInvalid);
  EXPECT_EQ(kind_of({.exponent = std::nan("")}), ErrorKind::kInvalid);
  EXPECT_EQ(kind_of({.shift = -1}), ErrorKind::kInvalid);
}

Track plain_track() {
  Track track{};
  track.id = "a";
  track.title = "A";
  track.artist = 1;
  track.duration_ms = 1'000;
  track.weight = 1;
  return track;
}

TEST(Catalogue, OfRefusesTracksThatDoNotFit) {
  EXPECT_TRUE(Catalogue::of({plain_track()}, {"One"}, {}, {"unknown"}, 1).has_value());
  EXPECT_EQ(Catalogue::of({}, {"One"}, {}, {"unknown"}, 1).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Catalogue::of({plain_track()}, {"One"}, {}, {}, 1).error().kind, ErrorKind::kInvalid);
  const auto refused = [](auto change) {
    Track track = plain_track();
    change(track);
    return !Catalogue::of({track}, {"One"}, {"First"}, {"unknown"}, 1).has_value();
  };
  EXPECT_FALSE(refused([](Track& track) { track.album = 1; }));
  EXPECT_TRUE(refused([](Track& track) { track.album = 2; }));
  EXPECT_TRUE(refused([](Track& track) { track.artist = 0; }));
  EXPECT_TRUE(refused([](Track& track) { track.artist = 2; }));
  EXPECT_TRUE(refused([](Track& track) { track.genre = 1; }));
  EXPECT_TRUE(refused([](Track& track) { track.mood = 15; }));
  EXPECT_TRUE(refused([](Track& track) { track.duration_ms = 0; }));
  EXPECT_TRUE(refused([](Track& track) { track.weight = 0; }));
  EXPECT_TRUE(refused([](Track& track) { track.weight = INFINITY; }));
}

TEST(Catalogue, AGenreWithoutTracksDrawsOfAll) {
  const auto made = Catalogue::of({plain_track()}, {"One", "Two"}, {}, {"a", "b"}, 1);
  ASSERT_TRUE(made.has_value());
  Random random{1};
  EXPECT_EQ((*made)->draw_of_genre(1, random), 0u);
  EXPECT_EQ((*made)->draw_of_artist(2, random), 0u);
  EXPECT_TRUE((*made)->tracks_of_artist(2).empty());
}

}  // namespace
}  // namespace playhead::simulate
