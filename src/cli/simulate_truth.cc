#include "cli/simulate_truth.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "event/event_id.h"
#include "table/parquet_writer.h"

namespace playhead::cli {
namespace {

using table::ColumnType;
using table::Rows;
using table::Schema;

constexpr std::size_t kLotRows = 32'768;

class TableFile {
 public:
  static Result<std::unique_ptr<TableFile>> make(io::FileSystem& files, const std::string& folder, std::string_view name, Schema schema) {
    TRY_ASSIGN(auto file, files.open(io::join(folder, std::string(name) + ".parquet"), io::Open::kCreate));
    TRY(file->truncate(0));
    auto opened = std::make_unique<TableFile>();
    opened->rows = Rows(schema);
    TRY_ASSIGN(opened->writer_, table::ParquetWriter::make(*file, std::move(schema), {}));
    opened->file_ = std::move(file);
    return opened;
  }

  // What the caller has put into `rows` and has not yet written; `all`: also where they are few.
  Status write(bool all) {
    if (rows.size() == 0 || (!all && rows.size() < kLotRows)) return {};
    TRY(writer_->add(rows));
    rows.clear();
    return {};
  }
  Status close() {
    TRY(write(true));
    TRY(writer_->close());
    return file_->sync();
  }

  Rows rows;

 private:
  std::unique_ptr<io::File> file_;
  std::unique_ptr<table::ParquetWriter> writer_;
};

// Puts values into the columns of one row, from left to right.
class Row {
 public:
  explicit Row(Rows& rows) : column_(rows.columns.data()) {}

  template <typename Number>
    requires std::is_integral_v<Number>
  Row& operator<<(Number number) {
    (column_++)->add_number(static_cast<std::int64_t>(number));
    return *this;
  }
  Row& operator<<(double real) {
    (column_++)->add_real(real);
    return *this;
  }
  Row& operator<<(std::string_view text) {
    (column_++)->add_text(text);
    return *this;
  }
  Row& operator<<(Timestamp time) { return *this << to_micros(time); }
  Row& operator<<(Duration span) { return *this << span.count() / 1'000; }  // milliseconds
  Row& operator<<(const table::Id& id) {
    (column_++)->add_id(id);
    return *this;
  }

 private:
  table::Values* column_;
};

Schema schema_of(std::initializer_list<std::pair<const char*, ColumnType>> columns) {
  Schema schema;
  for (const auto& [name, type] : columns) schema.push_back({name, type, false});
  return schema;
}

constexpr auto kInteger = ColumnType::kInteger;
constexpr auto kText = ColumnType::kText;
constexpr auto kTimestamp = ColumnType::kTimestamp;
constexpr auto kFlag = ColumnType::kFlag;
constexpr auto kReal = ColumnType::kReal;

Schema play_schema() {
  return schema_of({{"listener", kInteger},
                    {"user_id", kInteger},
                    {"play", kInteger},
                    {"session", kInteger},
                    {"track", kText},
                    {"genre", kText},
                    {"start", kTimestamp},
                    {"sent", kTimestamp},
                    {"position_ms", kInteger},
                    {"duration_ms", kInteger},
                    {"reason", kText},
                    {"completed", kFlag},
                    {"skipped", kFlag},
                    {"offline", kFlag},
                    {"private", kFlag},
                    {"level", kText},
                    {"farm", kText}});
}

Schema session_schema() {
  return schema_of({{"listener", kInteger},
                    {"user_id", kInteger},
                    {"session", kInteger},
                    {"start", kTimestamp},
                    {"end", kTimestamp},
                    {"pages", kInteger},
                    {"plays", kInteger}});
}

Schema delivery_schema() {
  return schema_of({{"topic", kText},
                    {"listener", kInteger},
                    {"sequence", kInteger},
                    {"event_id", ColumnType::kId},
                    {"sent", kTimestamp},
                    {"event_time", kTimestamp},
                    {"fate", kText},
                    {"delayed", kFlag},
                    {"skew_us", kInteger}});
}

Schema listener_schema() {
  Schema schema = schema_of({{"listener", kInteger}, {"user_id", kInteger}, {"registered", kTimestamp},
                             {"gone", kFlag},        {"auth", kText},       {"level", kText},
                             {"farm", kText},        {"first_name", kText}, {"last_name", kText},
                             {"email", kText},       {"gender", kText},     {"age", kInteger},
                             {"city", kText},        {"region", kText},     {"country", kText},
                             {"time_zone", kText},   {"latitude", kReal},   {"longitude", kReal},
                             {"platform", kText},    {"user_agent", kText}});
  for (std::size_t i = 0; i < simulate::kTasteGenres; ++i) {
    schema.push_back({fmt::format("genre_{}", i + 1), kText, false});
    schema.push_back({fmt::format("genre_{}_share", i + 1), kReal, false});
  }
  for (std::size_t i = 0; i < simulate::kTasteSize; ++i) schema.push_back({fmt::format("taste_{}", i + 1), kReal, false});
  return schema;
}

Schema track_schema() {
  Schema schema = schema_of({{"track", kText},
                             {"title", kText},
                             {"artist", kText},
                             {"artist_number", kInteger},
                             {"album", kText},
                             {"genre", kText},
                             {"mood", kText},
                             {"year", kInteger},
                             {"duration_ms", kInteger},
                             {"explicit", kFlag},
                             {"weight", kReal}});
  for (std::size_t i = 0; i < simulate::kTasteSize; ++i) schema.push_back({fmt::format("taste_{}", i + 1), kReal, false});
  return schema;
}

constexpr std::string_view name_of(simulate::Fate fate) {
  return fate == simulate::Fate::kIntact ? "intact" : fate == simulate::Fate::kDuplicate ? "duplicate" : "malformed";
}

// A row of one thread's truth, and what it is sorted by.
struct Place {
  Timestamp time;
  std::uint32_t listener;
  std::uint32_t number;
  unsigned thread;
  std::size_t row;

  auto operator<=>(const Place&) const = default;
};

template <typename Table, typename PlaceOf>
std::vector<Place> places_in_order(Generator& generator, const Table& table_of, const PlaceOf& place_of) {
  std::vector<Place> places;
  for (unsigned thread = 0; thread < generator.threads(); ++thread) {
    const auto& rows = table_of(*generator.truth(thread));
    for (std::size_t row = 0; row < rows.size(); ++row) {
      Place place = place_of(rows, row);
      place.thread = thread;
      place.row = row;
      places.push_back(place);
    }
  }
  std::sort(places.begin(), places.end());
  return places;
}

}  // namespace

class TruthFiles::Tables {
 public:
  Tables(io::FileSystem& files, std::string folder, const simulate::World& world)
      : files_(files), folder_(std::move(folder)), world_(world) {}

  Status open() {
    TRY(files_.make_folders(folder_));
    TRY_ASSIGN(plays_, TableFile::make(files_, folder_, "plays", play_schema()));
    TRY_ASSIGN(sessions_, TableFile::make(files_, folder_, "sessions", session_schema()));
    TRY_ASSIGN(deliveries_, TableFile::make(files_, folder_, "deliveries", delivery_schema()));
    TRY_ASSIGN(listeners_, TableFile::make(files_, folder_, "listeners", listener_schema()));
    TRY_ASSIGN(tracks_, TableFile::make(files_, folder_, "tracks", track_schema()));
    return {};
  }

  void add(const simulate::Arrival& arrival) {
    Row(deliveries_->rows) << simulate::default_name_of(arrival.message.topic) << arrival.message.listener << arrival.message.sequence
                           << event::event_id({arrival.event_id.data(), arrival.event_id.size()}, std::nullopt, {}, {}, {}).bytes
                           << arrival.message.sent << arrival.message.event_time << name_of(arrival.fate) << arrival.delayed
                           << arrival.skew.count();
  }

  Status write(Generator& generator) {
    write_plays(generator);
    write_sessions(generator);
    for (unsigned thread = 0; thread < generator.threads(); ++thread) generator.truth(thread)->clear();
    for (TableFile* const file : {plays_.get(), sessions_.get(), deliveries_.get()}) TRY(file->write(false));
    return {};
  }

  Status finish(Generator& generator, std::uint64_t arrived) {
    for (unsigned thread = 0; thread < generator.threads(); ++thread) generator.truth(thread)->finish();
    TRY(write(generator));
    for (std::uint64_t listener = 0; listener < arrived; ++listener) {
      write_listener(generator, static_cast<std::uint32_t>(listener));
      TRY(listeners_->write(false));
    }
    for (std::uint32_t track = 0; track < world_.catalogue().size(); ++track) {
      write_track(track);
      TRY(tracks_->write(false));
    }
    for (TableFile* const file : {plays_.get(), sessions_.get(), deliveries_.get(), listeners_.get(), tracks_.get()}) TRY(file->close());
    return files_.sync_folder(folder_);
  }

 private:
  // Accounts of farms are numbered behind the listeners of the start (simulate/service.h).
  simulate::FarmKind farm_of(std::uint32_t listener) const {
    std::uint64_t first = world_.service().listeners;
    for (const simulate::FarmOptions& farm : world_.farms()) {
      if (listener >= first && listener < first + farm.accounts) return farm.kind;
      first += farm.accounts;
    }
    return simulate::FarmKind::kNone;
  }
  std::string_view genre_of(const simulate::Track& track) const { return world_.catalogue().genres()[track.genre]; }

  void write_plays(Generator& generator) {
    const auto places = places_in_order(
        generator, [](const simulate::Truth& truth) -> const simulate::TruePlays& { return truth.plays(); },
        [](const simulate::TruePlays& plays, std::size_t row) {
          return Place{plays.sent[row], plays.listener[row], plays.play[row], 0, 0};
        });
    for (const Place& place : places) {
      const simulate::TruePlays& plays = generator.truth(place.thread)->plays();
      const std::size_t i = place.row;
      const simulate::Track& track = world_.catalogue()[plays.track[i]];
      Row(plays_->rows) << plays.listener[i] << plays.user_id[i] << plays.play[i] << plays.session[i] << track.id << genre_of(track)
                        << plays.start[i] << plays.sent[i] << plays.position[i] << plays.duration[i] << name_of(plays.reason[i])
                        << plays.completed[i] << plays.skipped[i] << plays.offline[i] << plays.private_session[i]
                        << world_.machine().levels()[plays.level[i]] << simulate::name_of(plays.farm[i]);
    }
  }

  void write_sessions(Generator& generator) {
    const auto places = places_in_order(
        generator, [](const simulate::Truth& truth) -> const simulate::TrueSessions& { return truth.sessions(); },
        [](const simulate::TrueSessions& sessions, std::size_t row) {
          return Place{sessions.start[row], sessions.listener[row], sessions.session[row], 0, 0};
        });
    for (const Place& place : places) {
      const simulate::TrueSessions& sessions = generator.truth(place.thread)->sessions();
      const std::size_t i = place.row;
      Row(sessions_->rows) << sessions.listener[i] << world_.service().first_user_id + sessions.listener[i] << sessions.session[i]
                           << sessions.start[i] << sessions.end[i] << sessions.pages[i] << sessions.plays[i];
    }
  }

  void write_listener(const Generator& generator, std::uint32_t listener) {
    const simulate::Person person = world_.people().person(listener);
    const simulate::Place& home = world_.places()[person.place];
    const simulate::Taste taste = world_.tastes().taste_of(listener, person);
    const auto standing = generator.standing(listener);
    world_.people().write_email(person, listener, email_);
    Row row(listeners_->rows);
    row << listener << world_.service().first_user_id + listener << standing.registered << standing.gone
        << world_.machine().auths()[standing.auth] << world_.machine().levels()[standing.level] << simulate::name_of(farm_of(listener))
        << person.first_name << person.last_name << std::string_view(email_) << simulate::letter_of(person.gender) << person.age
        << home.city << home.region << home.country << home.zone << home.latitude << home.longitude << person.platform << person.user_agent;
    for (std::size_t i = 0; i < simulate::kTasteGenres; ++i) {
      row << world_.catalogue().genres()[taste.genres[i]]
          << static_cast<double>(taste.cumulative[i] - (i == 0 ? 0 : taste.cumulative[i - 1]));
    }
    for (const float coordinate : taste.vector) row << static_cast<double>(coordinate);
  }

  void write_track(std::uint32_t number) {
    const simulate::Catalogue& catalogue = world_.catalogue();
    const simulate::Track& track = catalogue[number];
    Row row(tracks_->rows);
    row << track.id << track.title << catalogue.artist_name(track.artist) << track.artist << catalogue.album_name(track.album)
        << genre_of(track) << simulate::kMoods[track.mood] << track.year << track.duration_ms << track.is_explicit << track.weight;
    for (const float coordinate : catalogue.vector(number)) row << static_cast<double>(coordinate);
  }

  io::FileSystem& files_;
  std::string folder_;
  const simulate::World& world_;
  std::unique_ptr<TableFile> plays_, sessions_, deliveries_, listeners_, tracks_;
  std::string email_;
};

TruthFiles::TruthFiles(std::unique_ptr<Tables> tables) : tables_(std::move(tables)) {}
TruthFiles::~TruthFiles() = default;

Result<std::unique_ptr<TruthFiles>> TruthFiles::make(io::FileSystem& files, const std::string& folder, const simulate::World& world) {
  auto tables = std::make_unique<Tables>(files, folder, world);
  TRY(tables->open());
  return std::unique_ptr<TruthFiles>(new TruthFiles(std::move(tables)));
}

void TruthFiles::add(const simulate::Arrival& arrival) { tables_->add(arrival); }
Status TruthFiles::write(Generator& generator) { return tables_->write(generator); }
Status TruthFiles::finish(Generator& generator, std::uint64_t arrived) { return tables_->finish(generator, arrived); }

}  // namespace playhead::cli
