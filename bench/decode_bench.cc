// Measures the decoder, the dictionary and event ids on one core, by CPU time: medians of five rounds, one JSON line a case.
//
//   decode_bench [events]   (default 400000)
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "cli/service_plays.h"
#include "event/decoder.h"
#include "event/dictionary.h"
#include "event/event_id.h"
#include "stream/window.h"

namespace {

using namespace playhead;
using event::Field;

constexpr int kRounds = 5;
constexpr std::size_t kBatch = 4096;

double cpu_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Records as a log hands them over: one after the other in a buffer, with some bytes of framing between.
struct Corpus {
  std::string bytes;
  std::vector<std::pair<std::size_t, std::size_t>> places;

  void add(const std::string& record) {
    places.emplace_back(bytes.size(), record.size());
    bytes += record;
    bytes.append(10, '\0');
  }
  std::vector<std::string_view> values() {
    bytes.append(64, '\0');
    std::vector<std::string_view> views;
    for (const auto& [at, length] : places) views.emplace_back(bytes.data() + at, length);
    return views;
  }
};

std::string print(const char* format, auto... values) {
  char text[2048];
  return {text, static_cast<std::size_t>(std::snprintf(text, sizeof text, format, values...))};
}

std::string track_play(Random& random) {
  static constexpr const char* kGenres[] = {"pop", "rock", "jazz", "classical", "electronic", "hip-hop", "country", "blues"};
  return print(R"({"user_id": "u%d", "track_id": "t%d", "genre": "%s", "timestamp": "2025-08-04T16:%02d:%02d.%06d"})",
               static_cast<int>(1000 + random.below(9000)), static_cast<int>(100000 + random.below(900000)), kGenres[random.below(8)],
               static_cast<int>(random.below(60)), static_cast<int>(random.below(60)), static_cast<int>(random.below(1000000)));
}

std::string listen(Random& random) {
  return print(
      R"({"artist":"The Artist Number %d","song":"A Song of Length %d","duration":%.5f,"ts":16160868%05d,"sessionId":%d,)"
      R"("auth":"Logged In","level":"%s","itemInSession":%d,"city":"Flagstaff","zip":"86004","state":"AZ",)"
      R"("userAgent":"\"Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/36.0.1985.143 Safari/537.36\"",)"
      R"("lon":-111.373463,"lat":35.380939,"userId":%d,"lastName":"Smith","firstName":"Isabella","gender":"F","registration":1609459200000})",
      static_cast<int>(random.below(3000)), static_cast<int>(random.below(10000)), 100 + random.unit() * 300,
      static_cast<int>(random.below(100000)), static_cast<int>(random.below(20000)), random.chance(0.8) ? "paid" : "free",
      static_cast<int>(random.below(100)), static_cast<int>(random.below(100000)));
}

// As the producer of music-streams writes them: Python's spaces, identifiers anew for each message.
std::string music_stream(Random& random) {
  static constexpr const char* kMoods[] = {"Happy", "Sad", "Energetic", "Calm", "Romantic", "Melancholic", "Uplifting", "Lo-fi"};
  static constexpr const char* kPlatforms[] = {"Spotify", "Apple Music", "YouTube Music", "SoundCloud", "Amazon Music"};
  const auto hex = [&random] { return static_cast<unsigned>(random.below(1ull << 32)); };
  const int duration = static_cast<int>(90 + random.below(211));
  const int position = static_cast<int>(random.below(static_cast<std::uint64_t>(duration) + 1));
  return print(
      R"({"user_id": "%08x-4ed1-4c1f-9c73-1b2f%08x", "name": "listener%d", "email": "listener%d@example.org", )"
      R"("track_id": "%08x-77aa-4b02-8d11-90ab%08x", "title": "A Song of Night %d", "artist": "The Artist Number %d", )"
      R"("genre": "Indie Rock", "timestamp": %d, "platform": "%s", "location": {"city": "Port Example", "country": "Saint Lucia"}, )"
      R"("mood": "%s", "duration_seconds": %d, "listen_position": %d, "completed": %s, "rating": %.1f, "is_skipped": %s})",
      hex(), hex(), static_cast<int>(random.below(100000)), static_cast<int>(random.below(100000)), hex(), hex(),
      static_cast<int>(random.below(74)), static_cast<int>(random.below(68)), static_cast<int>(1744000000 + random.below(100000)),
      kPlatforms[random.below(5)], kMoods[random.below(8)], duration, position, position >= duration - 5 ? "true" : "false",
      1 + random.unit() * 4, position < 30 ? "true" : "false");
}

std::string streaming(Random& random) {
  return print(R"({"user_id": %d, "track_id": %d, "event_timestamp": "2024-09-12T10:%02d:%02d", "event_type": "%s"})",
               static_cast<int>(random.below(100000)), static_cast<int>(random.below(114000)), static_cast<int>(random.below(60)),
               static_cast<int>(random.below(60)), random.chance(0.99) ? "streaming" : "like");
}

// A record with two keys more that nothing knows.
std::string with_unknown_keys(std::string record) {
  record.pop_back();
  return record + R"(, "client": {"name": "web", "version": "4.2.1"}, "attempt": 1})";
}

std::vector<Field> all_fields() {
  std::vector<Field> fields;
  for (std::size_t i = 0; i < event::kFieldCount; ++i) fields.push_back(Field{static_cast<std::uint8_t>(i)});
  return fields;
}

// The plays of `playhead produce --rate max --listeners 100000 --tracks 20000`, a millisecond apart.
Corpus simulated_plays(std::size_t count) {
  Corpus plays;
  const auto source = cli::ServicePlays::make({.seed = 1, .listeners = 100'000, .tracks = 20'000}).value();
  std::string key;
  std::string value;
  for (std::size_t i = 0; i < count; ++i) {
    (void)source->next(from_micros(1'772'323'200'000'000 + static_cast<std::int64_t>(i) * 1'000), key, value);
    plays.add(value);
  }
  return plays;
}

// Decodes the corpus, and counts it per minute and genre where asked to.
void measure(const char* name, Corpus corpus, std::vector<Field> projection, bool extra = false, bool counted = false) {
  const auto values = corpus.values();
  const std::vector<Timestamp> ingest(values.size(), from_micros(1'800'000'000'000'000));
  auto decoder = event::Decoder::make({.projection = std::move(projection), .extra = extra}).value();
  event::EventBatch batch;
  std::vector<double> rates;
  std::size_t rows = 0;
  stream::WindowCounts counts(std::chrono::minutes{1});
  for (int round = 0; round < kRounds; ++round) {
    rows = 0;
    const double start = cpu_seconds();
    for (std::size_t at = 0; at < values.size(); at += kBatch) {
      const std::size_t count = std::min(kBatch, values.size() - at);
      decoder->decode({values.data() + at, count}, {ingest.data() + at, count}, batch);
      if (counted) {
        for (std::size_t i = 0; i < batch.size(); ++i) counts.add(batch.time[i], batch.text_of(Field::kGenre)[i]);
      } else {
        rows += batch.size();
      }
    }
    for (const stream::Increase& increase : counts.take()) rows += increase.count;
    rates.push_back(static_cast<double>(values.size()) / (cpu_seconds() - start));
  }
  std::ranges::sort(rates);
  std::printf(R"({"bench":"decode","case":"%s","events":%zu,"rows":%zu,"bytes_per_event":%.0f,"events_per_cpu_second":%.0f})"
              "\n",
              name, values.size(), rows, static_cast<double>(corpus.bytes.size()) / static_cast<double>(values.size()) - 10,
              rates[kRounds / 2]);
}

// The median of five rounds over `texts`, in nanoseconds a look-up.
void measure_dictionary(const char* name, const std::vector<std::string_view>& texts) {
  event::Dictionary dictionary({});
  std::vector<double> nanos;
  std::uint64_t sum = 0;
  for (const std::string_view text : texts) sum += dictionary.code_of(text).value();
  for (int round = 0; round < kRounds; ++round) {
    const double start = cpu_seconds();
    for (const std::string_view text : texts) sum += *dictionary.code_of(text);
    nanos.push_back((cpu_seconds() - start) * 1e9 / static_cast<double>(texts.size()));
  }
  std::ranges::sort(nanos);
  std::printf(R"({"bench":"dictionary","case":"%s","lookups":%zu,"entries":%u,"nanoseconds":%.2f,"check":%llu})"
              "\n",
              name, texts.size(), dictionary.size(), nanos[kRounds / 2], static_cast<unsigned long long>(sum));
}

void measure_event_id(Corpus corpus) {
  const auto values = corpus.values();
  std::vector<double> nanos;
  unsigned sum = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double start = cpu_seconds();
    for (const std::string_view value : values) sum += event::event_id("", std::nullopt, "music-plays", "u1234", value).bytes[0];
    nanos.push_back((cpu_seconds() - start) * 1e9 / static_cast<double>(values.size()));
  }
  std::ranges::sort(nanos);
  std::printf(R"({"bench":"event_id","case":"of a play's bytes","nanoseconds":%.2f,"check":%u})"
              "\n",
              nanos[kRounds / 2], sum);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 400'000;
  Random random(1);
  Corpus plays;
  Corpus listens;
  for (std::size_t i = 0; i < events; ++i) plays.add(track_play(random));
  Corpus music_streams;
  Corpus streaming_events;
  Corpus wide_plays;
  Corpus wide_listens;
  for (std::size_t i = 0; i < events / 4; ++i) {
    listens.add(listen(random));
    music_streams.add(music_stream(random));
    streaming_events.add(streaming(random));
    wide_plays.add(with_unknown_keys(track_play(random)));
    wide_listens.add(with_unknown_keys(listen(random)));
  }
  measure("tunetracker, genre", plays, {Field::kGenre});
  measure("tunetracker, genre, counted", simulated_plays(events), {Field::kGenre}, false, true);
  measure("tunetracker, all", plays, {Field::kUser, Field::kTrack, Field::kGenre});
  measure("listen, level", listens, {Field::kLevel});
  measure("listen, nothing", listens, {});
  measure("listen, twelve fields", listens,
          {Field::kUser, Field::kArtist, Field::kSong, Field::kLevel, Field::kSession, Field::kItemInSession, Field::kDuration,
           Field::kCity, Field::kState, Field::kLatitude, Field::kLongitude, Field::kUserAgent});
  measure("tunetracker, all fields and extra", plays, all_fields(), true);
  measure("tunetracker, all fields and extra, two keys unknown", wide_plays, all_fields(), true);
  measure("listen, all fields and extra", listens, all_fields(), true);
  measure("listen, all fields and extra, two keys unknown", wide_listens, all_fields(), true);
  measure("music-stream, genre", music_streams, {Field::kGenre});
  measure("music-stream, all fields and extra", music_streams, all_fields(), true);
  measure("streaming event, all fields and extra", streaming_events, all_fields(), true);
  static constexpr std::string_view kGenres[] = {"pop", "rock", "jazz", "classical", "electronic", "hip-hop", "country", "blues"};
  std::vector<std::string> names;
  for (int i = 0; i < 1'000'000; ++i) names.push_back("user-" + std::to_string(i));
  std::vector<std::string_view> genres;
  std::vector<std::string_view> dozens;
  std::vector<std::string_view> ids;
  for (std::size_t i = 0; i < 1'000'000; ++i) {
    genres.push_back(kGenres[random.below(8)]);
    dozens.push_back(names[500 + random.below(40)]);
    ids.push_back(names[random.below(names.size())]);
  }
  measure_dictionary("eight genres", genres);
  measure_dictionary("forty ids", dozens);
  measure_dictionary("a million ids", ids);
  measure_event_id(plays);
  return 0;
}
