#include "simulate/taste.h"

#include <algorithm>
#include <cmath>

#include "simulate/chance.h"
#include "simulate/plays.h"

namespace playhead::simulate {
namespace {

constexpr std::size_t kGenders = 3;
constexpr std::size_t kKinds = kAgeBands * kGenders;
constexpr std::uint64_t kFavourites = 24;

// How much of what people of an age band and gender hear is of each genre, in per cent, in the order of kGenres. Our own, after what
// surveys agree on: pop and hip-hop with the young, rock in the middle, classical, jazz and blues with age; electronic, rock and hip-hop
// a little more with men, pop and country with women. X is the mean of both.
using Likings = std::array<double, kGenres.size()>;
constexpr std::array<Likings, kAgeBands> kWomen = {{{34, 10, 3, 4, 14, 25, 8, 2},
                                                    {30, 12, 4, 5, 18, 21, 8, 2},
                                                    {27, 17, 6, 6, 15, 14, 11, 4},
                                                    {24, 22, 8, 9, 9, 8, 14, 6},
                                                    {20, 22, 11, 14, 5, 4, 15, 9},
                                                    {15, 17, 15, 22, 2, 2, 16, 11}}};
constexpr std::array<Likings, kAgeBands> kMen = {{{19, 14, 3, 3, 21, 33, 5, 2},
                                                  {16, 19, 4, 4, 24, 26, 5, 2},
                                                  {14, 25, 6, 5, 20, 18, 8, 4},
                                                  {13, 32, 8, 7, 12, 10, 11, 7},
                                                  {10, 32, 12, 12, 6, 4, 13, 11},
                                                  {7, 25, 17, 20, 3, 2, 13, 13}}};

std::size_t kind_of(const Person& person) { return person.age_band() * kGenders + static_cast<std::size_t>(person.gender); }

double table_liking(std::size_t kind, std::size_t genre) {
  const double woman = kWomen[kind / kGenders][genre];
  const double man = kMen[kind / kGenders][genre];
  switch (static_cast<Gender>(kind % kGenders)) {
    case Gender::kFemale: return woman;
    case Gender::kMale: return man;
    default: return (woman + man) / 2;
  }
}

// Of a genre that the table does not know: the root of what the catalogue has of it, so that no genre swallows the rest, times a
// log-normal number that the seed, the genre's name and the kind decide.
double drawn_liking(std::uint64_t seed, std::size_t kind, std::string_view name, double weight) {
  Random random{mixed(mixed(seed, name), kind)};
  return std::sqrt(weight) * std::exp(0.8 * normal(random));
}

double weight_of_genre(const Catalogue& catalogue, std::uint16_t genre) {
  double sum = 0;
  for (const std::uint32_t track : catalogue.tracks_of_genre(genre)) sum += catalogue[track].weight;
  return sum;
}

// Chances of the genres for each kind of people, summed up. A genre without tracks has none.
std::vector<float> likings_of(const Catalogue& catalogue, std::uint64_t seed) {
  const auto genres = catalogue.genres();
  const bool known = std::ranges::equal(genres, kGenres);
  std::vector<double> weights;
  weights.reserve(genres.size());
  for (std::size_t genre = 0; genre < genres.size(); ++genre) {
    weights.push_back(weight_of_genre(catalogue, static_cast<std::uint16_t>(genre)));
  }
  std::vector<float> likings;
  likings.reserve(kKinds * genres.size());
  std::vector<double> sums(genres.size());
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    double sum = 0;
    for (std::size_t genre = 0; genre < genres.size(); ++genre) {
      if (weights[genre] > 0) sum += known ? table_liking(kind, genre) : drawn_liking(seed, kind, genres[genre], weights[genre]);
      sums[genre] = sum;
    }
    for (const double part : sums) likings.push_back(static_cast<float>(part / sum));
  }
  return likings;
}

TasteVector unit_of(const TasteVector& vector) {
  float square = 0;
  for (const float x : vector) square += x * x;
  if (square == 0) return {1};
  TasteVector unit = vector;
  for (float& x : unit) x /= std::sqrt(square);
  return unit;
}

std::vector<TasteVector> means_of(const Catalogue& catalogue) {
  std::vector<TasteVector> means;
  for (std::uint16_t genre = 0; genre < catalogue.genres().size(); ++genre) {
    TasteVector sum{};
    for (const std::uint32_t track : catalogue.tracks_of_genre(genre)) {
      for (std::size_t i = 0; i < kTasteSize; ++i) sum[i] += catalogue.vector(track)[i];
    }
    means.push_back(unit_of(sum));
  }
  return means;
}

Status checked(const TasteOptions& options) {
  if (!(options.strength >= 0 && options.strength <= 50)) return fail(ErrorKind::kInvalid, "taste: the strength must be 0 to 50");
  const double shares = options.repeat_share + options.same_artist_share;
  if (!(options.repeat_share >= 0 && options.same_artist_share >= 0 && shares <= 1)) {
    return fail(ErrorKind::kInvalid, "taste: the shares of repeats and of the same artist must be 0 to 1, and so must their sum");
  }
  if (options.candidates < 1 || options.candidates > 16) return fail(ErrorKind::kInvalid, "taste: the candidates must be 1 to 16");
  return {};
}

// The chances of a listener's first to last genre, before its own luck: one genre is half of what most people hear.
constexpr std::array<double, kTasteGenres> kGenreChances = {0.50, 0.26, 0.15, 0.09};

// A listener's vector is the mean of its genres' and a direction of its own, longer, because within a genre only that one tells
// listeners apart, and so lets a recommender find more than the hits of a genre.
constexpr float kGenrePart = 0.5f;
constexpr float kOwnPart = 0.85f;

}  // namespace

Result<Tastes> Tastes::make(const TasteOptions& options, const Catalogue& catalogue) {
  TRY(checked(options));
  Tastes made{options, catalogue};
  made.likings_ = likings_of(catalogue, options.seed);
  made.of_genre_ = means_of(catalogue);
  return made;
}

std::uint16_t Tastes::draw_genre(std::size_t kind, Random& random) const {
  const auto first = likings_.begin() + static_cast<std::ptrdiff_t>(kind * of_genre_.size());
  const auto last = first + static_cast<std::ptrdiff_t>(of_genre_.size());
  const auto place = std::upper_bound(first, last - 1, static_cast<float>(random.unit()));
  return static_cast<std::uint16_t>(place - first);
}

Taste Tastes::taste_of(std::uint32_t listener, const Person& person) const {
  Random random{mixed(mixed(options_.seed, "taste"), listener)};
  const std::size_t kind = kind_of(person);
  Taste taste{};
  TasteVector mean{};
  std::array<double, kTasteGenres> chances;
  double sum = 0;
  for (std::size_t i = 0; i < kTasteGenres; ++i) {
    // A genre that is there already is drawn again a few times; where the catalogue has too few genres it stays.
    const auto end = taste.genres.begin() + static_cast<std::ptrdiff_t>(i);
    taste.genres[i] = draw_genre(kind, random);
    for (int tries = 0; tries < 32 && std::find(taste.genres.begin(), end, taste.genres[i]) != end; ++tries) {
      taste.genres[i] = draw_genre(kind, random);
    }
    chances[i] = kGenreChances[i] * std::exp(0.3 * normal(random));
    sum += chances[i];
  }
  double below = 0;
  for (std::size_t i = 0; i < kTasteGenres; ++i) {
    below += chances[i] / sum;
    taste.cumulative[i] = static_cast<float>(below);
    for (std::size_t j = 0; j < kTasteSize; ++j) mean[j] += static_cast<float>(chances[i]) * of_genre_[taste.genres[i]][j];
  }
  taste.cumulative.back() = 1;
  static_assert(kTasteSize % 2 == 0);
  TasteVector own;
  for (std::size_t j = 0; j < kTasteSize; j += 2) {
    const auto [one, other] = two_normals(random);
    own[j] = static_cast<float>(one);
    own[j + 1] = static_cast<float>(other);
  }
  mean = unit_of(mean);
  own = unit_of(own);
  for (std::size_t j = 0; j < kTasteSize; ++j) taste.vector[j] = kGenrePart * mean[j] + kOwnPart * own[j];
  taste.vector = unit_of(taste.vector);
  taste.favourites = random.next();
  return taste;
}

std::uint32_t Tastes::choose(const Taste& taste, const RecentTracks& recent, std::uint32_t release_artist, double release_share,
                             Random& random) const {
  if (release_artist != 0 && random.chance(release_share)) return catalogue_->draw_of_artist(release_artist, random);
  if (options_.plain) return catalogue_->draw(random);
  const double kind = random.unit();
  if (kind < options_.repeat_share) return again(taste, recent, random);
  if (kind < options_.repeat_share + options_.same_artist_share && recent.front() != kNoTrack) {
    return catalogue_->draw_of_artist((*catalogue_)[recent.front()].artist, random);
  }
  return discover(taste, random);
}

// Half of the time one of the last few, all alike; else a favourite, the first ones more often than the last ones.
std::uint32_t Tastes::again(const Taste& taste, const RecentTracks& recent, Random& random) const {
  const auto heard = static_cast<std::size_t>(std::find(recent.begin(), recent.end(), kNoTrack) - recent.begin());
  if (heard > 0 && random.chance(0.5)) return recent[random.below(heard)];
  const double u = random.unit();
  Random own{taste.favourites + static_cast<std::uint64_t>(kFavourites * u * u)};
  return discover(taste, own);
}

std::uint32_t Tastes::discover(const Taste& taste, Random& random) const {
  const auto u = static_cast<float>(random.unit());
  std::size_t place = 0;
  while (place + 1 < kTasteGenres && u >= taste.cumulative[place]) ++place;
  const std::uint16_t genre = taste.genres[place];
  std::array<std::uint32_t, 16> candidates;
  std::array<float, 16> below;
  // All are drawn before any is looked at, so that the memory of all of them is waited for at once.
  for (std::uint32_t i = 0; i < options_.candidates; ++i) {
    candidates[i] = catalogue_->draw_of_genre(genre, random);
    __builtin_prefetch(&catalogue_->vector(candidates[i]));
  }
  float sum = 0;
  for (std::uint32_t i = 0; i < options_.candidates; ++i) {
    sum += std::exp(static_cast<float>(options_.strength) * (likeness(taste, candidates[i]) - 1));
    below[i] = sum;
  }
  const float chosen = sum * static_cast<float>(random.unit());
  std::uint32_t i = 0;
  while (i + 1 < options_.candidates && chosen >= below[i]) ++i;
  return candidates[i];
}

float Tastes::likeness(const Taste& taste, std::uint32_t track) const {
  const TasteVector& other = catalogue_->vector(track);
  float sum = 0;
  for (std::size_t i = 0; i < kTasteSize; ++i) sum += taste.vector[i] * other[i];
  return sum;
}

}  // namespace playhead::simulate
