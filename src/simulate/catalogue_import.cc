#include "simulate/catalogue_import.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "simulate/chance.h"
#include "simulate/csv.h"
#include "simulate/mood.h"

namespace playhead::simulate {
namespace {

constexpr std::size_t kTextMax = std::size_t{2} << 30;
constexpr std::uint32_t kFirstId = 100'000;

// What a column can be of a track. The audio features come last, in the order of AudioFeatures.
enum Field : std::size_t {
  kId,
  kTitle,
  kArtist,
  kAlbum,
  kGenre,
  kDurationMs,
  kDurationSeconds,
  kPopularity,
  kExplicit,
  kYear,
  kDanceability,
  kEnergy,
  kLoudness,
  kSpeechiness,
  kAcousticness,
  kInstrumentalness,
  kLiveness,
  kValence,
  kTempo,
  kKey,
  kMode,
  kTimeSignature,
  kFields
};
constexpr std::size_t kMappedFields = kDanceability;
constexpr std::array<std::string_view, kMappedFields> kFieldNames = {"id",          "title",      "artist",     "album",    "genre",
                                                                     "duration_ms", "duration_s", "popularity", "explicit", "year"};

struct NamedColumn {
  Field field;
  std::string_view column;
};
constexpr std::array<NamedColumn, 20> kSpotify = {{{kId, "track_id"},
                                                   {kArtist, "artists"},
                                                   {kAlbum, "album_name"},
                                                   {kTitle, "track_name"},
                                                   {kPopularity, "popularity"},
                                                   {kDurationMs, "duration_ms"},
                                                   {kExplicit, "explicit"},
                                                   {kDanceability, "danceability"},
                                                   {kEnergy, "energy"},
                                                   {kKey, "key"},
                                                   {kLoudness, "loudness"},
                                                   {kMode, "mode"},
                                                   {kSpeechiness, "speechiness"},
                                                   {kAcousticness, "acousticness"},
                                                   {kInstrumentalness, "instrumentalness"},
                                                   {kLiveness, "liveness"},
                                                   {kValence, "valence"},
                                                   {kTempo, "tempo"},
                                                   {kTimeSignature, "time_signature"},
                                                   {kGenre, "track_genre"}}};

// Where the fields of a track stand in a row.
struct Layout {
  std::array<std::optional<std::size_t>, kFields> places{};
  std::size_t columns = 0;
  char separator = ',';
  bool header = true;
  bool several_artists = true;  // with ";" between them
  bool logarithmic = false;     // popularity is Spotify's
};

// The number that is the whole text; nullopt else, and for what is no finite number.
std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The fields of the first row: of the header, or of eventsim's first track.
std::vector<std::string> first_row(std::string_view text, char separator) {
  std::vector<std::string_view> fields;
  CsvReader reader(text, separator);
  reader.next(fields);
  return {fields.begin(), fields.end()};
}

std::optional<std::size_t> place_of(std::string_view column, const std::vector<std::string>& header) {
  const auto found = std::find(header.begin(), header.end(), column);
  if (found == header.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.begin());
}

std::optional<Layout> listen_counts_layout(std::string_view text) {
  const std::vector<std::string> row = first_row(text, '\t');
  if (row.size() != 5 || !number_of(row[3]) || !number_of(row[4])) return std::nullopt;
  Layout layout{.columns = 5, .separator = '\t', .header = false, .several_artists = false};
  layout.places[kId] = 0;
  layout.places[kArtist] = 1;
  layout.places[kTitle] = 2;
  layout.places[kDurationSeconds] = 3;
  layout.places[kPopularity] = 4;
  return layout;
}

Result<Layout> spotify_layout(const std::vector<std::string>& header) {
  Layout layout{.columns = header.size(), .logarithmic = true};
  std::string missing;
  std::size_t found = 0;
  for (const auto& [field, column] : kSpotify) {
    layout.places[field] = place_of(column, header);
    found += layout.places[field].has_value();
    if (!layout.places[field]) missing.append(missing.empty() ? "" : ", ").append(column);
  }
  if (found == kSpotify.size()) return layout;
  if (found < kSpotify.size() / 2) {
    return fail(ErrorKind::kInvalid,
                "line 1: neither the header of Spotify's tracks (track_id, artists, ...) nor a track of eventsim's listen counts; "
                "for another CSV say which column is the title, artist and duration_ms");
  }
  return fail(ErrorKind::kInvalid, "line 1: the header of Spotify's tracks lacks: " + missing);
}

Result<Layout> mapped_layout(const std::vector<std::string>& header, const ColumnMapping& mapping) {
  Layout layout{.columns = header.size()};
  std::string faults;
  for (const auto& [name, column] : mapping) {
    const auto field = std::find(kFieldNames.begin(), kFieldNames.end(), name);
    const auto place = place_of(column, header);
    if (field == kFieldNames.end()) faults += "\n'" + name + "' is no field of a track";
    if (!place) faults.append("\nline 1: there is no column '").append(column).append("' for ").append(name);
    if (field != kFieldNames.end()) layout.places[static_cast<std::size_t>(field - kFieldNames.begin())] = place;
  }
  if (!mapping.contains("title")) faults += "\nthe mapping lacks title";
  if (!mapping.contains("artist")) faults += "\nthe mapping lacks artist";
  if (!mapping.contains("duration_ms") && !mapping.contains("duration_s")) faults += "\nthe mapping lacks duration_ms or duration_s";
  if (!faults.empty()) return fail(ErrorKind::kInvalid, faults.substr(1));
  return layout;
}

Result<Layout> layout_of(std::string_view text, const ColumnMapping& mapping) {
  if (!mapping.empty()) return mapped_layout(first_row(text, ','), mapping);
  if (const auto listen_counts = listen_counts_layout(text)) return *listen_counts;
  return spotify_layout(first_row(text, ','));
}

// Numbers for names, from 0 in the order in which they are first seen.
class Names {
 public:
  std::uint32_t number_of(std::string_view name) {
    const auto [place, added] = numbers_.try_emplace(std::string(name), static_cast<std::uint32_t>(numbers_.size()));
    if (added) names_.push_back(place->first);
    return place->second;
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> names_;
};

class Importer {
 public:
  Importer(const Layout& layout, std::uint64_t seed) : layout_(layout), seed_(seed) {}

  Result<ImportedCatalogue> import(std::string_view text) {
    CsvReader reader(text, layout_.separator);
    std::vector<std::string_view> row;
    if (layout_.header) reader.next(row);
    const auto rows = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    tracks_.reserve(std::min<std::size_t>(rows, kPopularityCountMax));
    while (reader.next(row)) {
      const std::string_view reason = reader.broken() ? "broken quotes" : take(row);
      if (!reason.empty()) ++left_out_[std::string(reason)];
      if (tracks_.size() > kPopularityCountMax)
        return fail(ErrorKind::kInvalid, "line " + std::to_string(reader.line()) + ": more than 10 million tracks");
    }
    if (tracks_.empty()) return fail(ErrorKind::kInvalid, "line " + std::to_string(reader.line()) + ": the file ends without a track");
    TRY_ASSIGN(auto catalogue, Catalogue::of(std::move(tracks_), artists_.take(), std::move(albums_), genres_.take(), seed_));
    return ImportedCatalogue{std::move(catalogue), std::move(left_out_)};
  }

 private:
  // Why the row is left out; empty: it is a track.
  std::string_view take(const std::vector<std::string_view>& row) {
    if (row.size() != layout_.columns) return "wrong number of columns";
    if (!std::ranges::all_of(row, is_utf8)) return "not UTF-8";
    const std::string_view title = text(row, kTitle);
    const std::string_view artists = text(row, kArtist);
    const std::string_view artist = layout_.several_artists ? trimmed(artists.substr(0, artists.find(';'))) : artists;
    const double milliseconds = duration(row);
    if (title.empty()) return "no title";
    if (artist.empty()) return "no artist";
    if (!(milliseconds >= 1 && milliseconds <= std::numeric_limits<std::uint32_t>::max())) return "no duration";
    std::string id(text(row, kId));
    if (id.empty()) id = free_id();
    if (!ids_.insert(id).second) return "a track that was there before";
    const std::string_view genre = text(row, kGenre);
    const std::uint32_t genre_number = genres_.number_of(genre.empty() ? "unknown" : genre);
    if (genre_number > std::numeric_limits<std::uint16_t>::max()) return "too many genres";

    Track& track = tracks_.emplace_back();
    track.id = std::move(id);
    track.title = title;
    track.artist = artists_.number_of(artist) + 1;
    track.album = album_of(text(row, kAlbum), track.artist);
    track.genre = static_cast<std::uint16_t>(genre_number);
    track.is_explicit = is_true(text(row, kExplicit));
    track.year = static_cast<std::uint16_t>(std::clamp(number(row, kYear), 0.0, 9'999.0));
    track.duration_ms = static_cast<std::uint32_t>(std::lround(milliseconds));
    track.weight = weight(row);
    track.audio = audio(row);
    Random random{mixed(mixed(seed_, "mood"), track.id)};
    track.mood = mood_of(track.audio, random);
    return {};
  }

  std::string free_id() const {
    for (std::size_t number = kFirstId + tracks_.size();; ++number) {
      std::string id = "t" + std::to_string(number);
      if (!ids_.contains(id)) return id;
    }
  }
  std::string_view text(const std::vector<std::string_view>& row, Field field) const {
    return layout_.places[field] ? trimmed(row[*layout_.places[field]]) : std::string_view();
  }
  double number(const std::vector<std::string_view>& row, Field field) const { return number_of(text(row, field)).value_or(0); }
  double duration(const std::vector<std::string_view>& row) const {
    return layout_.places[kDurationMs] ? number(row, kDurationMs) : number(row, kDurationSeconds) * 1'000;
  }
  static bool is_true(std::string_view text) { return text == "True" || text == "TRUE" || text == "true" || text == "1"; }

  // Albums of the same name by two artists are two albums.
  std::uint32_t album_of(std::string_view name, std::uint32_t artist) {
    if (name.empty()) return 0;
    const std::uint32_t number = album_keys_.number_of(std::to_string(artist).append(" ").append(name));
    if (number == albums_.size()) albums_.emplace_back(name);
    return number + 1;
  }

  double weight(const std::vector<std::string_view>& row) const {
    if (!layout_.places[kPopularity]) return 1;
    const double popularity = number(row, kPopularity);
    if (layout_.logarithmic) return std::exp(std::clamp(popularity, 0.0, 100.0) / 10);
    return std::max(popularity, 0.5);
  }

  AudioFeatures audio(const std::vector<std::string_view>& row) const {
    const auto real = [&](Field field) { return static_cast<float>(number(row, field)); };
    const auto small = [&](Field field) { return static_cast<std::uint8_t>(std::clamp(number(row, field), 0.0, 255.0)); };
    return {real(kDanceability), real(kEnergy),  real(kLoudness), real(kSpeechiness), real(kAcousticness), real(kInstrumentalness),
            real(kLiveness),     real(kValence), real(kTempo),    small(kKey),        small(kMode),        small(kTimeSignature)};
  }

  Layout layout_;
  std::uint64_t seed_;
  std::vector<Track> tracks_;
  std::vector<std::string> albums_;
  std::unordered_set<std::string> ids_;
  Names artists_, album_keys_, genres_;
  std::map<std::string, std::uint64_t> left_out_;
};

}  // namespace

Result<ImportedCatalogue> import_catalogue(std::string_view text, const ColumnMapping& mapping, std::uint64_t seed) {
  if (text.size() > kTextMax) return fail(ErrorKind::kInvalid, "a catalogue's text has at most 2 GiB");
  TRY_ASSIGN(const Layout layout, layout_of(text, mapping));
  return Importer(layout, seed).import(text);
}

}  // namespace playhead::simulate
