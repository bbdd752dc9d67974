#include "simulate/taste.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "music.h"

namespace playhead::simulate {
namespace {

constexpr std::uint32_t kListeners = 3'000;
constexpr int kPlays = 120;

const Catalogue& catalogue() {
  static const std::unique_ptr<Catalogue> made = catalogue_of({});
  return *made;
}

Tastes tastes_of(const TasteOptions& options) {
  auto made = Tastes::make(options, catalogue());
  EXPECT_TRUE(made.has_value());
  return std::move(*made);
}

// What each listener heard, each track once; a fifth of it is put aside to be guessed.
struct Split {
  std::vector<std::vector<std::uint32_t>> train, test;
};

Split split_of(const Tastes& tastes, std::uint64_t seed) {
  Split split;
  for (std::uint32_t listener = 0; listener < kListeners; ++listener) {
    std::set<std::uint32_t> heard;
    listen(tastes, listener, kPlays, seed, [&heard](const Taste&, std::uint32_t track) { heard.insert(track); });
    split.train.emplace_back();
    split.test.emplace_back();
    Random random{mixed(seed + 1, listener)};
    for (const std::uint32_t track : heard) (random.chance(0.2) ? split.test : split.train).back().push_back(track);
  }
  return split;
}

// Mean over the listeners of hits / min(20, tracks put aside) of the twenty best scored tracks that they have not heard.
template <typename Score>
double recall(const Split& split, Score score) {
  double sum = 0;
  int counted = 0;
  std::vector<float> scores(catalogue().size());
  for (std::uint32_t listener = 0; listener < kListeners; listener += 3) {  // a third of them is enough, and quick
    const auto& test = split.test[listener];
    if (test.empty()) continue;
    std::fill(scores.begin(), scores.end(), 0.f);
    score(split.train[listener], scores);
    for (const std::uint32_t track : split.train[listener]) scores[track] = -1;
    std::vector<std::uint32_t> order(scores.size());
    std::iota(order.begin(), order.end(), 0u);
    std::partial_sort(order.begin(), order.begin() + 20, order.end(),
                      [&scores](std::uint32_t a, std::uint32_t b) { return std::pair(-scores[a], a) < std::pair(-scores[b], b); });
    const auto hits = std::count_if(order.begin(), order.begin() + 20,
                                    [&test](std::uint32_t track) { return std::binary_search(test.begin(), test.end(), track); });
    sum += static_cast<double>(hits) / static_cast<double>(std::min<std::size_t>(20, test.size()));
    ++counted;
  }
  return sum / counted;
}

std::vector<std::vector<std::uint32_t>> listeners_by_track(const Split& split) {
  std::vector<std::vector<std::uint32_t>> listeners(catalogue().size());
  for (std::uint32_t listener = 0; listener < kListeners; ++listener) {
    for (const std::uint32_t track : split.train[listener]) listeners[track].push_back(listener);
  }
  return listeners;
}

// The 200 tracks that are nearest to each by the cosine of their listeners.
using Neighbours = std::vector<std::vector<std::pair<float, std::uint32_t>>>;
Neighbours neighbours_of(const Split& split) {
  const auto listeners = listeners_by_track(split);
  Neighbours neighbours(listeners.size());
  std::vector<std::uint32_t> together(listeners.size());
  std::vector<std::uint32_t> touched;
  for (std::uint32_t track = 0; track < listeners.size(); ++track) {
    touched.clear();
    for (const std::uint32_t listener : listeners[track]) {
      for (const std::uint32_t other : split.train[listener]) {
        if (other != track && together[other]++ == 0) touched.push_back(other);
      }
    }
    auto& nearest = neighbours[track];
    for (const std::uint32_t other : touched) {
      nearest.emplace_back(
          static_cast<float>(together[other]) / std::sqrt(static_cast<float>(listeners[track].size() * listeners[other].size())), other);
      together[other] = 0;
    }
    const auto kept = std::min<std::size_t>(200, nearest.size());
    std::partial_sort(nearest.begin(), nearest.begin() + static_cast<std::ptrdiff_t>(kept), nearest.end(), std::greater<>());
    nearest.resize(kept);
  }
  return neighbours;
}

double recall_of_popularity(const Split& split) {
  const auto listeners = listeners_by_track(split);
  return recall(split, [&listeners](const auto&, std::vector<float>& scores) {
    for (std::size_t track = 0; track < scores.size(); ++track) scores[track] = static_cast<float>(listeners[track].size());
  });
}

double recall_of_neighbours(const Split& split) {
  const Neighbours neighbours = neighbours_of(split);
  return recall(split, [&neighbours](const std::vector<std::uint32_t>& heard, std::vector<float>& scores) {
    for (const std::uint32_t track : heard) {
      for (const auto& [likeness, other] : neighbours[track]) scores[other] += likeness;
    }
  });
}

TEST(Taste, NeighboursFindWhatPopularityDoesNot) {
  const Split split = split_of(tastes_of({}), 5);
  const double popularity = recall_of_popularity(split);
  const double neighbours = recall_of_neighbours(split);
  RecordProperty("popularity", std::to_string(popularity));
  RecordProperty("neighbours", std::to_string(neighbours));
  EXPECT_GE(neighbours, 1.8 * popularity);
  EXPECT_GT(popularity, 0.03);  // hits are hits all the same
}

TEST(Taste, NeighboursOfPlainTasteFindNoMoreThanPopularity) {
  const Split split = split_of(tastes_of({.plain = true}), 5);
  EXPECT_LT(recall_of_neighbours(split), 1.05 * recall_of_popularity(split));
}

double entropy(const std::vector<double>& shares) {
  double sum = 0;
  for (const double share : shares) sum -= share > 0 ? share * std::log2(share) : 0;
  return sum;
}

std::vector<double> genre_shares(const Tastes& tastes, std::uint32_t listener, int plays) {
  std::vector<double> shares(catalogue().genres().size());
  listen(tastes, listener, plays, 3, [&](const Taste&, std::uint32_t track) { shares[catalogue()[track].genre] += 1.0 / plays; });
  return shares;
}

// Between listeners 2 i and 2 i + 1; in bits, 0 (alike) to 1.
double mean_divergence(const Tastes& tastes) {
  double sum = 0;
  constexpr int kPairs = 500;
  for (std::uint32_t pair = 0; pair < kPairs; ++pair) {
    const auto one = genre_shares(tastes, 2 * pair, 200);
    const auto other = genre_shares(tastes, 2 * pair + 1, 200);
    std::vector<double> middle(one.size());
    for (std::size_t i = 0; i < one.size(); ++i) middle[i] = (one[i] + other[i]) / 2;
    sum += entropy(middle) - (entropy(one) + entropy(other)) / 2;
  }
  return sum / kPairs;
}

TEST(Taste, ListenersDifferInTheirGenres) {
  const double tastes = mean_divergence(tastes_of({}));
  const double plain = mean_divergence(tastes_of({.plain = true}));
  RecordProperty("tastes", std::to_string(tastes));
  RecordProperty("plain", std::to_string(plain));
  EXPECT_GT(tastes, 0.40);
  EXPECT_LT(plain, 0.03);
}

TEST(Taste, LikenessOfWhatIsChosenGrowsWithStrength) {
  const auto mean_likeness = [](const Tastes& tastes) {
    double sum = 0;
    int plays = 0;
    for (std::uint32_t listener = 0; listener < 500; ++listener) {
      listen(tastes, listener, 100, 7, [&](const Taste& taste, std::uint32_t track) { sum += tastes.likeness(taste, track), ++plays; });
    }
    return sum / plays;
  };
  const double none = mean_likeness(tastes_of({.strength = 0}));
  const double half = mean_likeness(tastes_of({.strength = 3}));
  const double usual = mean_likeness(tastes_of({}));
  EXPECT_GT(half, none + 0.05);
  EXPECT_GT(usual, half + 0.05);
}

// The slope of log count over log (rank + shift), fitted by least squares to ranks 10 to 1,000.
TEST(Taste, PlaysOfAllListenersStillHaveHitsAndATail) {
  std::vector<double> counts(catalogue().size());
  const Tastes tastes = tastes_of({});
  for (std::uint32_t listener = 0; listener < kListeners; ++listener) {
    listen(tastes, listener, kPlays, 7, [&](const Taste&, std::uint32_t track) { ++counts[track]; });
  }
  std::sort(counts.begin(), counts.end(), std::greater<>());
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t rank = 10; rank <= 1'000; ++rank) {
    const double x = std::log(static_cast<double>(rank) + CatalogueOptions{}.shift);
    const double y = std::log(counts[rank - 1]);
    n += 1, sx += x, sy += y, sxx += x * x, sxy += x * y;
  }
  EXPECT_NEAR(-(n * sxy - sx * sy) / (n * sxx - sx * sx), 0.80, 0.06);  // the catalogue's 0.9, made flatter by taste
}

TEST(Taste, ATasteFollowsFromSeedAndListener) {
  const Tastes one = tastes_of({}), again = tastes_of({}), other = tastes_of({.seed = 2});
  int same = 0;
  for (std::uint32_t listener = 0; listener < 200; ++listener) {
    const Person person = person_of(listener);
    const Taste taste = one.taste_of(listener, person);
    EXPECT_EQ(taste.vector, again.taste_of(listener, person).vector);
    EXPECT_EQ(taste.genres, again.taste_of(listener, person).genres);
    EXPECT_EQ(taste.cumulative, again.taste_of(listener, person).cumulative);
    EXPECT_EQ(taste.favourites, again.taste_of(listener, person).favourites);
    same += taste.vector == other.taste_of(listener, person).vector;
    const std::set<std::uint16_t> genres(taste.genres.begin(), taste.genres.end());
    EXPECT_EQ(genres.size(), kTasteGenres);
    EXPECT_TRUE(std::is_sorted(taste.cumulative.begin(), taste.cumulative.end()));
    EXPECT_EQ(taste.cumulative.back(), 1);
    EXPECT_NEAR(std::inner_product(taste.vector.begin(), taste.vector.end(), taste.vector.begin(), 0.f), 1, 1e-5);
  }
  EXPECT_EQ(same, 0);
}

// The share of a genre among the first genres of people of an age and gender.
double share_of(const Tastes& tastes, std::uint16_t genre, std::uint8_t age, Gender gender) {
  Person person{};
  person.age = age;
  person.gender = gender;
  int first = 0;
  for (std::uint32_t listener = 0; listener < 4'000; ++listener) first += tastes.taste_of(listener, person).genres[0] == genre;
  return first / 4'000.0;
}

TEST(Taste, GenresGoWithAgeAndGender) {
  const Tastes tastes = tastes_of({});
  constexpr std::uint16_t kPop = 0, kClassical = 3, kHipHop = 5;
  EXPECT_NEAR(share_of(tastes, kHipHop, 15, Gender::kMale), 0.33, 0.03);
  EXPECT_NEAR(share_of(tastes, kHipHop, 65, Gender::kMale), 0.02, 0.01);
  EXPECT_NEAR(share_of(tastes, kPop, 15, Gender::kFemale), 0.34, 0.03);
  EXPECT_NEAR(share_of(tastes, kPop, 15, Gender::kOther), 0.265, 0.03);
  EXPECT_NEAR(share_of(tastes, kClassical, 65, Gender::kFemale), 0.22, 0.03);
}

struct Repeats {
  double lately, ever;  // the share of plays of one of the last eight tracks, and of one that was heard before
};
Repeats repeats_of(const TasteOptions& options) {
  const Tastes tastes = tastes_of(options);
  double lately = 0, ever = 0, plays = 0;
  for (std::uint32_t listener = 0; listener < 500; ++listener) {
    std::vector<std::uint32_t> heard;
    listen(tastes, listener, 200, 7, [&](const Taste&, std::uint32_t track) {
      const auto recent = heard.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(heard.size(), kRecentTracks));
      lately += std::find(recent, heard.end(), track) != heard.end();
      ever += std::find(heard.begin(), heard.end(), track) != heard.end();
      heard.push_back(track);
      ++plays;
    });
  }
  return {lately / plays, ever / plays};
}

TEST(Taste, HabitBringsBackWhatWasHeard) {
  const Repeats usual = repeats_of({});
  const Repeats never = repeats_of({.repeat_share = 0});
  EXPECT_NEAR(usual.lately - never.lately, 0.125, 0.03);  // half of repeat_share
  EXPECT_GT(usual.ever, never.ever + 0.1);                // a favourite is heard for the first time too
}

TEST(Taste, TheSameArtistFollowsInASession) {
  const auto share = [](const TasteOptions& options) {
    const Tastes tastes = tastes_of(options);
    double same = 0, plays = 0;
    for (std::uint32_t listener = 0; listener < 500; ++listener) {
      std::uint32_t last = 0;
      listen(tastes, listener, 100, 7, [&](const Taste&, std::uint32_t track) {
        same += catalogue()[track].artist == last;
        last = catalogue()[track].artist;
        ++plays;
      });
    }
    return same / plays;
  };
  EXPECT_NEAR(share({.repeat_share = 0}) - share({.repeat_share = 0, .same_artist_share = 0}), 0.15, 0.02);
}

TEST(Taste, ASpikeMakesEveryoneWantItsArtist) {
  const Tastes tastes = tastes_of({});
  Random random{1};
  RecentTracks recent;
  recent.fill(kNoTrack);
  const Taste taste = tastes.taste_of(0, person_of(0));
  int wanted = 0;
  for (int i = 0; i < 20'000; ++i) wanted += catalogue()[tastes.choose(taste, recent, 1'234, 0.25, random)].artist == 1'234;
  EXPECT_NEAR(wanted / 20'000.0, 0.25, 0.02);
}

TEST(Taste, CatalogueOfOneGenreOrOfManyThatTheTableLacks) {
  for (const std::size_t genres : {1u, 2u, 114u}) {
    std::vector<Track> tracks;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < genres; ++i) names.push_back("genre " + std::to_string(i));
    for (std::uint32_t i = 0; i < 1'000; ++i) {
      Track track{};
      track.id = std::to_string(i);
      track.artist = 1 + i % 7;
      track.genre = static_cast<std::uint16_t>(i % genres);
      track.duration_ms = 1;
      track.weight = 1;
      tracks.push_back(track);
    }
    const auto made = Catalogue::of(tracks, {"a", "b", "c", "d", "e", "f", "g"}, {}, names, 1);
    ASSERT_TRUE(made.has_value());
    const auto tastes = Tastes::make({}, **made);
    ASSERT_TRUE(tastes.has_value());
    std::set<std::uint16_t> first;
    for (std::uint32_t listener = 0; listener < 500; ++listener) {
      listen(*tastes, listener, 20, 7, [&](const Taste& taste, std::uint32_t track) {
        first.insert(taste.genres[0]);
        ASSERT_LT(track, 1'000u);
      });
    }
    EXPECT_GE(first.size(), std::min<std::size_t>(genres, 60));
  }
}

TEST(Taste, RefusesWhatIsOutsideItsLimits) {
  const auto refused = [](const TasteOptions& options) {
    const auto made = Tastes::make(options, catalogue());
    return !made && made.error().kind == ErrorKind::kInvalid;
  };
  EXPECT_TRUE(refused({.strength = -1}));
  EXPECT_TRUE(refused({.strength = 51}));
  EXPECT_TRUE(refused({.repeat_share = 0.9, .same_artist_share = 0.2}));
  EXPECT_TRUE(refused({.repeat_share = -0.1}));
  EXPECT_TRUE(refused({.same_artist_share = std::nan("")}));
  EXPECT_TRUE(refused({.candidates = 0}));
  EXPECT_TRUE(refused({.candidates = 17}));
}

}  // namespace
}  // namespace playhead::simulate
