#include "simulate/catalogue.h"

#include <cmath>
#include <utility>

#include "simulate/chance.h"

namespace playhead::simulate {
namespace {

constexpr std::size_t kGenresMax = 4'096;

// What a track's vector is made of, as the lengths of its parts. With these, tracks of one artist have a mean likeness near 0.9, others
// of one genre 0.2 and the rest 0, which is what recommenders need to find artists within genres (docs/simulator.md).
constexpr double kGenrePart = 0.40;
constexpr double kArtistPart = 0.75;
constexpr double kAudioPart = 0.30;
constexpr double kOwnPart = 0.15;

using Direction = std::array<double, kTasteSize>;

void add(Direction& to, const Direction& part, double length) {
  double square = 0;
  for (const double x : part) square += x * x;
  if (square == 0) return;
  const double scale = length / std::sqrt(square);
  for (std::size_t i = 0; i < kTasteSize; ++i) to[i] += scale * part[i];
}

Direction direction_of(std::uint64_t seed) {
  Random random{seed};
  Direction direction;
  for (double& x : direction) x = normal(random);
  return direction;
}

// The nine features that are amounts, each less its usual mean and divided by its usual spread, and the way in which each pulls.
// A track without features (tempo 0 and loudness 0) is pulled nowhere.
Direction audio_direction(const AudioFeatures& audio, std::span<const Direction> pulls) {
  Direction direction{};
  if (audio.tempo == 0 && audio.loudness == 0) return direction;
  const std::array<double, 9> amounts = {
      (audio.danceability - 0.57) / 0.17, (audio.energy - 0.64) / 0.25,       (audio.loudness + 8.3) / 5.0,
      (audio.speechiness - 0.08) / 0.1,   (audio.acousticness - 0.31) / 0.33, (audio.instrumentalness - 0.16) / 0.31,
      (audio.liveness - 0.21) / 0.19,     (audio.valence - 0.47) / 0.26,      (audio.tempo - 122.0) / 30.0};
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    for (std::size_t j = 0; j < kTasteSize; ++j) direction[j] += amounts[i] * pulls[i][j];
  }
  return direction;
}

std::vector<Direction> directions_of(std::span<const std::string> names, std::uint64_t seed) {
  std::vector<Direction> directions;
  directions.reserve(names.size());
  for (const std::string& name : names) directions.push_back(direction_of(mixed(seed, name)));
  return directions;
}

std::vector<TasteVector> vectors_of(std::span<const Track> tracks, std::span<const std::string> artists,
                                    std::span<const std::string> genres, std::uint64_t seed) {
  const std::vector<Direction> of_genre = directions_of(genres, mixed(seed, "genres"));
  const std::vector<Direction> of_artist = directions_of(artists, mixed(seed, "artists"));
  constexpr std::uint64_t kPulls = 9;  // of the audio features
  std::vector<Direction> pulls;
  pulls.reserve(kPulls);
  for (std::uint64_t i = 0; i < kPulls; ++i) pulls.push_back(direction_of(mixed(mixed(seed, "audio"), i)));
  const std::uint64_t own_seed = mixed(seed, "tracks");

  std::vector<TasteVector> vectors;
  vectors.reserve(tracks.size());
  for (const Track& track : tracks) {
    Direction sum{};
    add(sum, of_genre[track.genre], kGenrePart);
    add(sum, of_artist[track.artist - 1], kArtistPart);
    add(sum, audio_direction(track.audio, pulls), kAudioPart);
    add(sum, direction_of(mixed(own_seed, track.id)), kOwnPart);
    Direction unit{};
    add(unit, sum, 1);
    TasteVector& vector = vectors.emplace_back();
    for (std::size_t i = 0; i < kTasteSize; ++i) vector[i] = static_cast<float>(unit[i]);
  }
  return vectors;
}

Status checked(std::span<const Track> tracks, std::size_t artists, std::size_t albums, std::size_t genres) {
  if (tracks.empty()) return fail(ErrorKind::kInvalid, "a catalogue needs at least one track");
  if (tracks.size() > kPopularityCountMax) return fail(ErrorKind::kInvalid, "a catalogue holds at most 10 million tracks");
  if (genres == 0 || genres > kGenresMax) return fail(ErrorKind::kInvalid, "a catalogue has 1 to 4,096 genres");
  for (const Track& track : tracks) {
    const bool fits = track.artist >= 1 && track.artist <= artists && track.album <= albums && track.genre < genres &&
                      track.mood < kMoods.size() && track.duration_ms > 0 && track.weight > 0 && std::isfinite(track.weight);
    if (!fits)
      return fail(ErrorKind::kInvalid, "track " + track.id + ": artist, album, genre, mood, duration or weight is outside its limits");
  }
  return {};
}

std::vector<double> weights_of(std::span<const Track> tracks) {
  std::vector<double> weights;
  weights.reserve(tracks.size());
  for (const Track& track : tracks) weights.push_back(track.weight);
  return weights;
}

}  // namespace

Result<std::unique_ptr<Catalogue>> Catalogue::of(std::vector<Track> tracks, std::vector<std::string> artists,
                                                 std::vector<std::string> albums, std::vector<std::string> genres, std::uint64_t seed) {
  TRY(checked(tracks, artists.size(), albums.size(), genres.size()));
  TRY_ASSIGN(Popularity all, Popularity::of_weights(weights_of(tracks)));
  std::unique_ptr<Catalogue> made{
      new Catalogue(std::move(tracks), std::move(artists), std::move(albums), std::move(genres), std::move(all))};
  made->vectors_ = vectors_of(made->tracks_, made->artists_, made->genres_, seed);
  made->by_genre_ = made->grouped(made->genres_.size(), [](const Track& track) { return std::size_t{track.genre}; });
  made->by_artist_ = made->grouped(made->artists_.size(), [](const Track& track) { return std::size_t{track.artist} - 1; });
  std::vector<double> weights;
  for (std::size_t genre = 0; genre < made->genres_.size(); ++genre) {
    weights.clear();
    const auto in_genre = made->tracks_of_genre(static_cast<std::uint16_t>(genre));
    for (const std::uint32_t track : in_genre) weights.push_back(made->tracks_[track].weight);
    if (in_genre.empty()) weights.push_back(1);
    TRY_ASSIGN(Popularity of_genre, in_genre.empty() ? Popularity::of_weights(weights) : Popularity::of_weights(weights, in_genre));
    made->of_genre_.push_back(std::move(of_genre));
  }
  return made;
}

Catalogue::Catalogue(std::vector<Track> tracks, std::vector<std::string> artists, std::vector<std::string> albums,
                     std::vector<std::string> genres, Popularity all)
    : tracks_(std::move(tracks)),
      artists_(std::move(artists)),
      albums_(std::move(albums)),
      genres_(std::move(genres)),
      all_(std::move(all)) {}

// A counting sort: it keeps the order of the numbers within a group.
template <typename GroupOf>
Catalogue::Groups Catalogue::grouped(std::size_t groups, GroupOf group_of) const {
  Groups made{std::vector<std::uint32_t>(groups + 1), std::vector<std::uint32_t>(tracks_.size())};
  for (const Track& track : tracks_) ++made.starts[group_of(track) + 1];
  for (std::size_t group = 0; group < groups; ++group) made.starts[group + 1] += made.starts[group];
  std::vector<std::uint32_t> next(made.starts.begin(), made.starts.end() - 1);
  for (std::uint32_t track = 0; track < size(); ++track) made.tracks[next[group_of(tracks_[track])]++] = track;
  return made;
}

std::uint32_t Catalogue::draw_of_artist(std::uint32_t artist, Random& random) const {
  const auto tracks = tracks_of_artist(artist);
  return tracks.empty() ? draw(random) : tracks[random.below(tracks.size())];
}

}  // namespace playhead::simulate
