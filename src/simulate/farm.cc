#include "simulate/farm.h"

#include <algorithm>
#include <cmath>

#include "simulate/chance.h"

namespace playhead::simulate {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kDilutedArtists = 10;
constexpr std::uint64_t kBurstPlays = 60;  // three to four hours of one release

Duration duration_of(const Catalogue& catalogue, std::uint32_t track) { return milliseconds{catalogue[track].duration_ms}; }
Duration between(Duration low, Duration high, Random& random) {
  return low + Duration{static_cast<Duration::rep>(random.below(static_cast<std::uint64_t>((high - low).count())))};
}
Duration exponential(Duration mean, Random& random) { return std::chrono::duration_cast<Duration>(mean * memoryless(random)); }

// The artists of a farm, one after another; past the last artist of the catalogue the first one follows.
std::uint32_t artist_of(const FarmOptions& farm, std::uint32_t number, const Catalogue& catalogue) {
  return (std::max(farm.artist, 1u) - 1 + number) % catalogue.artists() + 1;
}

// The newest of an artist's tracks; the last of those that are equally new.
std::uint32_t release_of(std::uint32_t artist, const Catalogue& catalogue, Random& random) {
  const auto tracks = catalogue.tracks_of_artist(artist);
  if (tracks.empty()) return catalogue.draw(random);
  return *std::max_element(tracks.begin(), tracks.end(), [&catalogue](std::uint32_t a, std::uint32_t b) {
    return std::pair(catalogue[a].year, a) < std::pair(catalogue[b].year, b);
  });
}

FarmPlay loop(const FarmOptions& farm, const Catalogue& catalogue, Random& random) {
  const auto tracks = catalogue.tracks_of_artist(artist_of(farm, 0, catalogue));
  const std::uint32_t track = tracks.empty() ? catalogue.draw(random) : tracks.front();
  return {track, duration_of(catalogue, track)};
}

// 30 to 33 s, where the track has so many, of one track of the artist after another; each account begins with another one.
FarmPlay leave_at_thirty(const FarmOptions& farm, std::uint32_t account, std::uint64_t play, const Catalogue& catalogue, Random& random) {
  const auto tracks = catalogue.tracks_of_artist(artist_of(farm, 0, catalogue));
  const std::uint32_t track = tracks.empty() ? catalogue.draw(random) : tracks[(account + play) % tracks.size()];
  const Duration heard = between(seconds{30}, seconds{33}, random);
  return {track, std::min(heard, duration_of(catalogue, track)), between(Duration{0}, seconds{1}, random)};
}

// Half a minute to a minute of any of the ten artists' tracks, and some rest: each account alone would not be noticed.
FarmPlay dilute(const FarmOptions& farm, const Catalogue& catalogue, Random& random) {
  const auto number = static_cast<std::uint32_t>(random.below(std::min(kDilutedArtists, catalogue.artists())));
  const std::uint32_t track = catalogue.draw_of_artist(artist_of(farm, number, catalogue), random);
  const Duration heard = between(seconds{31}, seconds{61}, random);
  return {track, std::min(heard, duration_of(catalogue, track)), exponential(seconds{90}, random)};
}

// Accounts do not all stop at once: each has its own place in the row of plays.
FarmPlay burst(const FarmOptions& farm, std::uint32_t account, std::uint64_t play, const Catalogue& catalogue, Random& random) {
  const std::uint32_t track = release_of(artist_of(farm, 0, catalogue), catalogue, random);
  const bool last = (play + mixed(farm.artist, account)) % kBurstPlays == kBurstPlays - 1;
  return {track, duration_of(catalogue, track), last ? hours{12} + exponential(hours{24}, random) : Duration{0}};
}

}  // namespace

std::string_view name_of(FarmKind kind) {
  switch (kind) {
    case FarmKind::kNone: return "";
    case FarmKind::kLooper: return "looper";
    case FarmKind::kThirtySecond: return "thirty-second";
    case FarmKind::kDiluted: return "diluted";
    case FarmKind::kBurst: return "burst";
  }
  return "";
}

FarmPlay next_play(const FarmOptions& farm, std::uint32_t account, std::uint64_t play, const Catalogue& catalogue, Random& random) {
  switch (farm.kind) {
    case FarmKind::kThirtySecond: return leave_at_thirty(farm, account, play, catalogue, random);
    case FarmKind::kDiluted: return dilute(farm, catalogue, random);
    case FarmKind::kBurst: return burst(farm, account, play, catalogue, random);
    case FarmKind::kNone:
    case FarmKind::kLooper: break;
  }
  return loop(farm, catalogue, random);
}

}  // namespace playhead::simulate
