// The synthetic catalogue: who the artists are, what they recorded, and who is popular.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "simulate/catalogue.h"
#include "simulate/catalogue_words.h"
#include "simulate/chance.h"
#include "simulate/mood.h"
#include "simulate/plays.h"

namespace playhead::simulate {
namespace {

constexpr std::uint32_t kFirstTrack = 100'000;  // as in simulate/plays.h, so that a track id names one genre everywhere
constexpr std::uint16_t kThisYear = 2026;
constexpr std::size_t kClassical = 3;

// What the tracks of a genre are like, in the order of kGenres. Means of the audio features are rounded from Spotify's published tracks.
struct Manner {
  double minutes;  // the median of the duration
  double spread;   // of its logarithm
  double reach;    // added to the popularity of its tracks
  double explicit_share;
  std::uint16_t since;  // the earliest debut
  double danceability, energy, loudness, speechiness, acousticness, instrumentalness, liveness, valence, tempo;
};
constexpr std::array<Manner, 8> kManners = {{
    {3.35, 0.20, 0.7, 0.10, 1985, 0.65, 0.62, -6.5, 0.07, 0.33, 0.02, 0.17, 0.51, 120},    // pop
    {3.80, 0.25, 0.5, 0.08, 1965, 0.51, 0.74, -6.9, 0.06, 0.19, 0.05, 0.20, 0.50, 125},    // rock
    {4.40, 0.38, -0.6, 0.00, 1950, 0.51, 0.36, -12.5, 0.05, 0.71, 0.30, 0.17, 0.49, 113},  // jazz
    {4.60, 0.55, -0.6, 0.00, 1955, 0.38, 0.19, -20.5, 0.05, 0.87, 0.60, 0.16, 0.38, 108},  // classical
    {3.70, 0.30, 0.2, 0.05, 1990, 0.63, 0.75, -7.0, 0.08, 0.12, 0.34, 0.19, 0.43, 124},    // electronic
    {3.05, 0.24, 0.6, 0.42, 1988, 0.74, 0.68, -6.7, 0.20, 0.20, 0.01, 0.19, 0.55, 118},    // hip-hop
    {3.30, 0.18, -0.2, 0.03, 1965, 0.56, 0.60, -7.3, 0.04, 0.32, 0.01, 0.18, 0.53, 124},   // country
    {3.75, 0.30, -0.7, 0.01, 1955, 0.55, 0.55, -9.5, 0.05, 0.46, 0.08, 0.20, 0.60, 119},   // blues
}};

// Interludes, skits and sound pieces: tracks that a rule of 30 seconds must know what to do with.
constexpr double kInterludes = 0.006;
constexpr std::uint32_t kShortestMs = 9'000;
constexpr std::uint32_t kLongestMs = 30 * 60'000;

template <std::size_t kCount>
std::string_view one_of(const std::array<std::string_view, kCount>& words, Random& random) {
  return words[random.below(kCount)];
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (const std::string_view part : parts) whole.append(part);
  return whole;
}

std::string artist_name(std::size_t genre, Random& random) {
  using namespace words;
  const double kind = random.unit();
  const std::string_view first = one_of(kFirstNames, random);
  const std::string_view last = one_of(kLastNames, random);
  if (kind < 0.45 || (genre == kClassical && kind < 0.6)) return joined({first, " ", last});
  if (kind < 0.65) return joined({last, " ", one_of(kEnsembles[genre], random)});
  if (kind < 0.82) return joined({"The ", one_of(kAdjectives, random), " ", one_of(kBands, random)});
  if (kind < 0.90) return joined({one_of(kTowns, random), " ", one_of(kBands, random)});
  if (kind < 0.96) return joined({first, " & the ", one_of(kBands, random)});
  return std::string(one_of(kWorldArtists, random));
}

std::string work_title(Random& random) {
  using namespace words;
  const std::string opus = std::to_string(random.below(130) + 1);
  const std::string number = std::to_string(random.below(24) + 1);
  const std::string_view form = one_of(kForms, random);
  const std::string_view key = one_of(kKeyNames, random);
  if (random.chance(0.3)) return joined({form, " in ", key, ", Op. ", opus});
  return joined({form, " No. ", number, " in ", key, ", Op. ", opus, ": ", one_of(kMovements, random)});
}

std::string song_title(Random& random) {
  using namespace words;
  const std::string_view adjective = one_of(kAdjectives, random);
  const std::string_view noun = one_of(kNouns, random);
  switch (random.below(12)) {
    case 0:
    case 1: return joined({adjective, " ", noun});
    case 2: return std::string(noun);
    case 3:
    case 4: return joined({one_of(kVerbs, random), " the ", noun});
    case 5: return joined({noun, " of ", one_of(kTowns, random)});
    case 6: return joined({"The ", noun, " & the ", one_of(kNouns, random)});
    case 7: return joined({"Don't Take My ", noun});
    case 8: return joined({"\"", noun, "\" (", one_of(kFirstNames, random), "'s Song)"});
    case 9: return std::string(one_of(kWorldTitles, random));
    case 10: return joined({one_of(kTowns, random), " ", noun});
    default: return joined({one_of(kFirstNames, random), "'s ", adjective, " ", noun});
  }
}

double within(double value, double low, double high) { return std::min(std::max(value, low), high); }
float share_around(double mean, double spread, Random& random) {
  return static_cast<float>(within(mean + spread * normal(random), 0.001, 0.99));
}

AudioFeatures audio_of(const Manner& manner, Random& random) {
  AudioFeatures audio;
  audio.danceability = share_around(manner.danceability, 0.14, random);
  audio.energy = share_around(manner.energy, 0.17, random);
  audio.loudness = static_cast<float>(within(manner.loudness + 3 * normal(random), -45, 1));
  audio.speechiness = share_around(manner.speechiness, 0.04, random);
  audio.acousticness = share_around(manner.acousticness, 0.22, random);
  audio.instrumentalness = share_around(manner.instrumentalness, 0.18, random);
  audio.liveness = share_around(manner.liveness, 0.10, random);
  audio.valence = share_around(manner.valence, 0.21, random);
  audio.tempo = static_cast<float>(within(manner.tempo + 26 * normal(random), 45, 220));
  audio.key = static_cast<std::uint8_t>(random.below(12));
  audio.mode = random.chance(0.64) ? 1 : 0;
  audio.time_signature = random.chance(0.9) ? 4 : 3;
  return audio;
}

std::uint32_t duration_of(const Manner& manner, Random& random) {
  if (random.chance(kInterludes)) return kShortestMs + static_cast<std::uint32_t>(random.below(36'000));
  const double minutes = manner.minutes * std::exp(manner.spread * normal(random));
  return static_cast<std::uint32_t>(within(minutes * 60'000, kShortestMs, kLongestMs));
}

// Makes a catalogue in three steps: tracks with their artists; then, artist by artist, albums and titles; then ranks.
class Composer {
 public:
  explicit Composer(const CatalogueOptions& options) : options_(options) {}

  Result<std::unique_ptr<Catalogue>> compose() {
    TRY(share_out());
    name_artists();
    for (std::uint32_t artist = 1; artist <= artists_.size(); ++artist) record(artist);
    rank();
    return Catalogue::of(std::move(tracks_), std::move(artists_), std::move(albums_), {kGenres.begin(), kGenres.end()}, options_.seed);
  }

 private:
  Random random_of(std::string_view part, std::uint64_t number) const { return Random{mixed(mixed(options_.seed, part), number)}; }

  // Track i is of artist i + 1 while there are artists without one; then of an artist of its genre, few of whom record a lot.
  Status share_out() {
    const std::uint32_t artists = std::min(options_.artists, options_.tracks);
    artists_.resize(artists);
    works_.resize(artists);
    std::array<std::vector<std::uint32_t>, kGenres.size()> of_genre;
    std::vector<Popularity> diligence;
    tracks_.resize(options_.tracks);
    for (std::uint32_t i = 0; i < options_.tracks; ++i) {
      const std::string_view genre = genre_of(kFirstTrack + i);
      tracks_[i].genre = static_cast<std::uint16_t>(std::find(kGenres.begin(), kGenres.end(), genre) - kGenres.begin());
      if (i < artists) of_genre[tracks_[i].genre].push_back(i + 1);
    }
    for (const auto& members : of_genre) {
      const auto count = static_cast<std::uint32_t>(std::max<std::size_t>(members.size(), 1));
      TRY_ASSIGN(Popularity made, Popularity::make(count, 0.5, mixed(options_.seed, diligence.size())));
      diligence.push_back(std::move(made));
    }
    Random random = random_of("artists of tracks", 0);
    for (std::uint32_t i = 0; i < options_.tracks; ++i) {
      const auto& members = of_genre[tracks_[i].genre];
      const std::uint32_t place = diligence[tracks_[i].genre].draw(random);
      tracks_[i].artist = i < artists ? i + 1 : members.empty() ? 1 + static_cast<std::uint32_t>(random.below(artists)) : members[place];
      works_[tracks_[i].artist - 1].push_back(i);
    }
    return {};
  }

  // No two artists are called the same: after a few names that are taken, a number follows.
  void name_artists() {
    std::unordered_set<std::string> taken;
    for (std::uint32_t i = 0; i < artists_.size(); ++i) {
      Random random = random_of("artist", i);
      std::string name = artist_name(tracks_[i].genre, random);
      for (int tries = 0; tries < 4 && taken.contains(name); ++tries) name = artist_name(tracks_[i].genre, random);
      const std::string plain = name;
      for (std::uint64_t number = 2; !taken.insert(name).second; ++number) name = plain + " " + std::to_string(number);
      artists_[i] = std::move(name);
    }
  }

  // An artist's tracks become albums of up to 14, one after another, some years apart; a tenth are singles of their own name.
  void record(std::uint32_t artist) {
    const std::vector<std::uint32_t>& works = works_[artist - 1];
    const Manner& manner = kManners[tracks_[works.front()].genre];
    Random random = random_of("record", artist);
    auto year = static_cast<std::uint16_t>(manner.since + random.below(kThisYear - manner.since));
    std::size_t left = 0;  // of the album that is being filled
    for (const std::uint32_t work : works) {
      Track& track = tracks_[work];
      perform(track, work, random);
      if (left == 0) {
        const bool single = random.chance(0.1);
        left = single ? 1 : 4 + random.below(11);
        albums_.push_back(single || random.chance(0.3) ? track.title : song_title(random));
        if (work != works.front()) year = static_cast<std::uint16_t>(std::min<std::uint64_t>(year + random.below(4), kThisYear));
      }
      track.album = static_cast<std::uint32_t>(albums_.size());
      track.year = year;
      --left;
    }
  }

  void perform(Track& track, std::uint32_t number, Random& random) const {
    const Manner& manner = kManners[track.genre];
    track.id = "t" + std::to_string(kFirstTrack + number);
    track.title = track.genre == kClassical && random.chance(0.8) ? work_title(random) : song_title(random);
    if (random.chance(0.06)) track.title += one_of(words::kAfterTitles, random);
    if (random.chance(0.04)) track.title += " (feat. " + artists_[random.below(artists_.size())] + ")";
    track.duration_ms = duration_of(manner, random);
    track.is_explicit = random.chance(manner.explicit_share);
    track.audio = audio_of(manner, random);
    track.mood = mood_of(track.audio, random);
  }

  // Fame is mostly the artist's, partly the track's own; the order by fame gives the ranks of the law.
  void rank() {
    std::vector<double> fame(tracks_.size());
    for (std::uint32_t i = 0; i < tracks_.size(); ++i) {
      Random artist = random_of("fame", tracks_[i].artist);
      Random own = random_of("fame of tracks", i);
      fame[i] = kManners[tracks_[i].genre].reach + 1.0 * normal(artist) + 0.8 * normal(own);
    }
    std::vector<std::uint32_t> order(tracks_.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(),
              [&fame](std::uint32_t a, std::uint32_t b) { return std::pair(-fame[a], a) < std::pair(-fame[b], b); });
    for (std::uint32_t i = 0; i < order.size(); ++i) tracks_[order[i]].weight = std::pow(i + 1 + options_.shift, -options_.exponent);
  }

  const CatalogueOptions& options_;
  std::vector<Track> tracks_;
  std::vector<std::string> artists_;
  std::vector<std::string> albums_;
  std::vector<std::vector<std::uint32_t>> works_;  // the tracks of each artist
};

}  // namespace

Result<std::unique_ptr<Catalogue>> Catalogue::synthetic(const CatalogueOptions& options) {
  if (options.tracks == 0 || options.tracks > kPopularityCountMax) {
    return fail(ErrorKind::kInvalid, "catalogue: " + std::to_string(options.tracks) + " tracks are outside 1 to 10 million");
  }
  if (options.artists == 0) return fail(ErrorKind::kInvalid, "catalogue: there must be at least one artist");
  if (!(options.exponent >= 0 && options.exponent <= 4)) {
    return fail(ErrorKind::kInvalid, "catalogue: an exponent of " + std::to_string(options.exponent) + " is outside 0 to 4");
  }
  if (!(options.shift >= 0 && options.shift <= 1'000)) {
    return fail(ErrorKind::kInvalid, "catalogue: a shift of " + std::to_string(options.shift) + " is outside 0 to 1,000");
  }
  return Composer(options).compose();
}

}  // namespace playhead::simulate
