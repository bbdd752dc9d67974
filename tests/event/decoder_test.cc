#include "event/decoder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>

#include "decoding.h"
#include "random_records.h"
#include "reference_decoder.h"

namespace {

std::atomic<std::size_t> allocations = 0;

}  // namespace

// Counts every allocation of this program, for the test that the decoder makes none. All forms are replaced together, so that a
// sanitizer, which has its own, sees no memory pass from one to the other.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
[[gnu::noinline]] void* operator new[](std::size_t size) { return operator new(size); }
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
[[gnu::noinline]] void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace playhead::event {
namespace {

TEST(Decoder, ReadsATuneTrackerPlay) {
  EXPECT_EQ(decode_one(R"({"user_id": "u4821", "track_id": "t531907", "genre": "rock", "timestamp": "2025-08-04T16:17:36.123456"})"),
            (Row{{"kind", "track_play"},
                 {"play", "yes"},
                 {"time", "2025-08-04T16:17:36.123456Z"},
                 {"user", R"("u4821")"},
                 {"track", R"("t531907")"},
                 {"genre", R"("rock")"}}));
}

TEST(Decoder, ReadsAMusicStream) {
  EXPECT_EQ(decode_one(R"({"user_id": "5f9c", "name": "ann", "email": "ann@example.org", "track_id": "77aa", "title": "Night", )"
                       R"("artist": "Ayo", "genre": "Indie Rock", "timestamp": 1744000000, "platform": "SoundCloud", )"
                       R"("location": {"city": "Port Example", "country": "Chile"}, "mood": "Lo-fi", "duration_seconds": 200, )"
                       R"("listen_position": 250, "completed": true, "rating": 7.5, "is_skipped": false})"),
            (Row{{"kind", "music_stream"},
                 {"play", "yes"},
                 {"time", "2025-04-07T04:26:40.000000Z"},
                 {"user", R"("5f9c")"},
                 {"name", R"("ann")"},
                 {"email", R"("ann@example.org")"},
                 {"track", R"("77aa")"},
                 {"song", R"("Night")"},
                 {"artist", R"("Ayo")"},
                 {"genre", R"("Indie Rock")"},
                 {"platform", R"("SoundCloud")"},
                 {"city", R"("Port Example")"},
                 {"country", R"("Chile")"},
                 {"mood", R"("Lo-fi")"},
                 {"duration", R"("200" 200.000000)"},
                 {"listen_position", R"("250" 250.000000)"},  // kept as it came, though it is behind the end; so is the rating
                 {"completed", R"("true" 1)"},
                 {"rating", R"("7.5" 7.500000)"},
                 {"skipped", R"("false" 0)"}}));
}

TEST(Decoder, ReadsStreamingEventsAndLikes) {
  EXPECT_EQ(
      decode_one(R"({"user_id": 123, "track_id": 45678, "event_timestamp": "2024-09-12T10:11:12", "event_type": "streaming"})"),
      (Row{
          {"kind", "streaming"}, {"play", "yes"}, {"time", "2024-09-12T10:11:12.000000Z"}, {"user", R"("123")"}, {"track", R"("45678")"}}));
  const Row like = decode_one(STREAMING(R"(,"event_type":"l\u0069ke")"));
  EXPECT_EQ(like.at("kind"), "like");
  EXPECT_EQ(like.at("play"), "no");
}

TEST(Decoder, ReadsASignInAndAStatusChange) {
  EXPECT_EQ(
      decode_one(R"({"ts":1616086802000,"sessionId":9782,"level":"free","itemInSession":2,"zip":"86004","success":true,"userId":17692})"),
      (Row{{"kind", "auth"},
           {"play", "no"},
           {"time", "2021-03-18T17:00:02.000000Z"},
           {"session", R"("9782" 9782)"},
           {"level", R"("free")"},
           {"item_in_session", R"("2" 2)"},
           {"zip", R"("86004")"},
           {"success", R"("true" 1)"},
           {"user", R"("17692")"}}));
  EXPECT_EQ(decode_one(AUTH(R"(,"success":false,"action":"Logout")")).at("success"), R"("false" 0)");
  EXPECT_EQ(decode_one(AUTH(R"(,"action":"Logout")")).at("action"), R"("Logout")");
  EXPECT_EQ(decode_one(R"({"ts":1616086802000,"sessionId":9782,"auth":"Logged In","level":"paid"})"),
            (Row{{"kind", "status_change"},
                 {"play", "no"},
                 {"time", "2021-03-18T17:00:02.000000Z"},
                 {"session", R"("9782" 9782)"},
                 {"auth", R"("Logged In")"},
                 {"level", R"("paid")"}}));
}

TEST(Decoder, ReadsAListenOfTheFourTopics) {
  EXPECT_EQ(decode_one(R"({"artist":"Ayo","song":"Welcome Into My World","duration":264.56772,"ts":1616086802000,"sessionId":9782,)"
                       R"("auth":"Logged In","level":"free","itemInSession":2,"city":"Flagstaff","zip":"86004","state":"AZ",)"
                       R"("userAgent":"\"Mozilla/5.0\"","lon":-111.373463,"lat":35.380939,"userId":17692,"lastName":"Smith",)"
                       R"("firstName":"Isabella","gender":"F","registration":1609459200000,"tag":"control"})"),
            (Row{{"kind", "listen"},
                 {"play", "yes"},
                 {"time", "2021-03-18T17:00:02.000000Z"},
                 {"artist", R"("Ayo")"},
                 {"song", R"("Welcome Into My World")"},
                 {"duration", R"("264.56772" 264.567720)"},
                 {"session", R"("9782" 9782)"},
                 {"auth", R"("Logged In")"},
                 {"level", R"("free")"},
                 {"item_in_session", R"("2" 2)"},
                 {"city", R"("Flagstaff")"},
                 {"zip", R"("86004")"},
                 {"state", R"("AZ")"},
                 {"user_agent", R"("\"Mozilla/5.0\"")"},
                 {"longitude", R"("-111.373463" -111.373463)"},
                 {"latitude", R"("35.380939" 35.380939)"},
                 {"user", R"("17692")"},
                 {"last_name", R"("Smith")"},
                 {"first_name", R"("Isabella")"},
                 {"gender", R"("F")"},
                 {"registration", R"("1609459200000" 1609459200000)"},
                 {"tag", R"("control")"}}));
}

TEST(Decoder, ReadsAPageOfTheOneStreamForm) {
  EXPECT_EQ(decode_one(R"({"artist":null,"auth":"Logged Out","firstName":null,"gender":null,"itemInSession":0,"lastName":null,)"
                       R"("length":null,"level":"free","location":null,"method":"PUT","page":"Login","registration":null,)"
                       R"("sessionId":52,"song":null,"status":307,"ts":1541207073796,"userAgent":null,"userId":""})"),
            (Row{{"kind", "page_view"},
                 {"play", "no"},
                 {"time", "2018-11-03T01:04:33.796000Z"},
                 {"auth", R"("Logged Out")"},
                 {"item_in_session", R"("0" 0)"},
                 {"level", R"("free")"},
                 {"method", R"("PUT")"},
                 {"page", R"("Login")"},
                 {"session", R"("52" 52)"},
                 {"status", R"("307" 307)"}}));
}

TEST(Decoder, ANextSongPageIsAPlay) {
  EXPECT_EQ(decode_one(R"({"ts":1541106106796,"page":"NextSong","length":277.89016,"registration":1540919166796.0,"userId":"8"})"),
            (Row{{"kind", "page_view"},
                 {"play", "yes"},
                 {"time", "2018-11-01T21:01:46.796000Z"},
                 {"page", R"("NextSong")"},
                 {"duration", R"("277.89016" 277.890160)"},
                 {"registration", R"("1540919166796.0" 1540919166796)"},
                 {"user", R"("8")"}}));
  EXPECT_EQ(decode_one(R"({"ts":1541106106796,"page":"Next\u0053ong"})").at("play"), "yes");
  EXPECT_EQ(decode_one(R"({"ts":1541106106796,"page":"NextSong "})").at("play"), "no");
  EXPECT_EQ(decode_one(R"({"ts":1541106106796,"page":"nextsong"})").at("play"), "no");
}

TEST(Decoder, RejectsTimesOutOfReach) {
  const auto at = [](const char* text) { return joined(R"({"user_id":"u1","track_id":"t1","timestamp":")", text, "\"}"); };
  const auto ts = [](const char* number) { return joined(R"({"page":"Home","ts":)", number, "}"); };
  EXPECT_EQ(reason_of(at("1970-01-01T00:00:00")), "accepted");
  EXPECT_EQ(reason_of(at("1969-12-31T23:59:59.999999")), "bad_time");
  EXPECT_EQ(reason_of(at("2026-01-03T00:00:00")), "accepted");
  EXPECT_EQ(reason_of(at("2026-01-03T00:00:00.000001")), "bad_time");
  EXPECT_EQ(reason_of(at("2026-01-03T01:00:00+01:00")), "accepted");
  EXPECT_EQ(reason_of(at("yesterday")), "bad_time");
  EXPECT_EQ(reason_of(at("")), "bad_time");
  EXPECT_EQ(reason_of(at("2025-02-30T00:00:00")), "bad_time");
  EXPECT_EQ(reason_of(at("2025\\u002d02-03T00:00:00")), "accepted");
  EXPECT_EQ(reason_of(ts("0")), "accepted");
  EXPECT_EQ(reason_of(ts("-1")), "bad_time");
  EXPECT_EQ(reason_of(ts("-0.5")), "bad_time");
  EXPECT_EQ(reason_of(ts("1767398400000")), "accepted");
  EXPECT_EQ(reason_of(ts("1767398400001")), "bad_time");
  EXPECT_EQ(reason_of(ts("9223372036854775807")), "bad_time");
  EXPECT_EQ(reason_of(ts("99999999999999999999999")), "bad_time");
  EXPECT_EQ(reason_of(ts("1e999")), "bad_time");
  EXPECT_EQ(decode_one(ts("1541105830796.5")).at("time"), "2018-11-01T20:57:10.796500Z");
  EXPECT_EQ(decode_one(ts("1.541105830796e12")).at("time"), "2018-11-01T20:57:10.796000Z");
  const auto seconds = [](const char* number) { return joined(R"({"user_id":1,"title":"a","timestamp":)", number, "}"); };
  EXPECT_EQ(reason_of(seconds("0")), "accepted");
  EXPECT_EQ(reason_of(seconds("-1")), "bad_time");
  EXPECT_EQ(reason_of(seconds("-0.0000001")), "bad_time");
  EXPECT_EQ(reason_of(seconds("1767398400")), "accepted");
  EXPECT_EQ(reason_of(seconds("1767398401")), "bad_time");
  EXPECT_EQ(reason_of(seconds("1767398400.000001")), "bad_time");
  EXPECT_EQ(reason_of(seconds("1744000000000")), "bad_time");  // milliseconds
  EXPECT_EQ(reason_of(seconds("9223372036854775807")), "bad_time");
  EXPECT_EQ(reason_of(seconds("1e300")), "bad_time");
  EXPECT_EQ(decode_one(seconds("1744000000")).at("time"), "2025-04-07T04:26:40.000000Z");
  EXPECT_EQ(decode_one(seconds("1744000000.25")).at("time"), "2025-04-07T04:26:40.250000Z");
}

TEST(Decoder, JudgesAheadByEachRecordsOwnIngestTime) {
  const Records records({PLAY(""), PLAY(""), PLAY("")});
  const std::vector<Timestamp> ingest_times{parse_iso("2025-08-03T16:17:36")->time, parse_iso("2025-08-03T16:17:35")->time,
                                            Timestamp::max()};
  EventBatch batch;
  decoder_of({})->decode(records.values, ingest_times, batch);
  EXPECT_EQ(batch.record, (std::vector<std::uint32_t>{0, 2}));
  ASSERT_EQ(batch.rejected.size(), 1u);
  EXPECT_EQ(batch.rejected[0].record, 1u);
  EXPECT_EQ(batch.rejected[0].reason, Reject::kBadTime);
}

TEST(Decoder, TheFirstReasonThatAppliesIsGiven) {
  expect_reasons({
      {R"({"user_id":null,"track_id":5.5,"timestamp":"x"})", "missing_field"},
      {R"({"user_id":"u","track_id":5.5,"timestamp":"x"})", "wrong_type"},
      {R"({"user_id":"u","track_id":5.5,"timestamp":"x","y":01})", "not_json"},
  });
}

TEST(Decoder, TakesTheLastOfKeysThatStandThereTwice) {
  EXPECT_EQ(decode_one(PLAY(R"(,"genre":"rock","genre":"jazz")")).at("genre"), R"("jazz")");
  EXPECT_EQ(decode_one(PLAY(R"(,"genre":5,"genre":"jazz")")).at("genre"), R"("jazz")");
  EXPECT_FALSE(decode_one(PLAY(R"(,"genre":"rock","genre":null)")).contains("genre"));
  EXPECT_EQ(reason_of(PLAY(R"(,"genre":"rock","genre":5)")), "wrong_type");
  EXPECT_EQ(decode_one(PAGE(R"(,"duration":1,"length":2)")).at("duration"), R"("2" 2.000000)");
}

TEST(Decoder, ExtraIsNullUnlessAskedFor) {
  const Records records({PLAY(R"(,"x":1)"), PLAY("")});
  EventBatch batch;
  decoder_of({})->decode(records.values, records.ingest_times, batch);
  EXPECT_TRUE(batch.extra.empty());
  decoder_of({.extra = true})->decode(records.values, records.ingest_times, batch);
  ASSERT_EQ(batch.extra.size(), 2u);
  EXPECT_EQ(batch.extra[0], R"({"x":1})");
  EXPECT_EQ(batch.extra[1].data(), nullptr);
}

TEST(Decoder, ReadsEscapes) {
  EXPECT_EQ(decode_one(PLAY(R"(,"genre":"\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83c\udfb5\u0000x")")).at("genre"),
            in_quotes(std::string_view("\"\\/\b\f\n\r\té€🎵\0x", 19)));
  EXPECT_EQ(decode_one(PLAY(R"(,"genre":"\u0022")")).at("genre"), R"("\"")");
  EXPECT_EQ(decode_one(PLAY(",\"genre\":\"Fado é 🎵\"")).at("genre"), in_quotes("Fado é 🎵"));
  EXPECT_EQ(decode_one(PLAY(R"(,"x\"\\":"y","genre":"r\u006fck")")).at("genre"), R"("rock")");
}

TEST(Decoder, EmptyNamesAreNull) {
  EXPECT_FALSE(decode_one(PLAY(R"(,"genre":"")")).contains("genre"));
  EXPECT_FALSE(decode_one(PAGE(R"(,"userId":"")")).contains("user"));
  EXPECT_EQ(decode_one(PAGE(R"(,"level":"")")).at("level"), R"("")");
}

// A TZif file of its first version, with one type: two hours ahead of UTC all the time.
std::string two_hours_ahead() {
  std::string bytes("TZif", 4);
  bytes.append(16, '\0');
  for (const int count : {0, 0, 0, 0, 1, 4}) bytes.append(3, '\0').push_back(static_cast<char>(count));
  return bytes.append(
      "\0\0\x1c\x20\0\0"
      "ABC\0",
      10);
}

TEST(Decoder, ReadsZonelessTimesInTheGivenZone) {
  const auto zone = TimeZone::make(two_hours_ahead()).value();
  const auto time_of = [&](const char* text) {
    return decode_one(joined(R"({"user_id":"u1","track_id":"t1","timestamp":")", text, "\"}"), {.zone = zone.get()}).at("time");
  };
  EXPECT_EQ(time_of("2025-08-04T16:17:36"), "2025-08-04T14:17:36.000000Z");
  EXPECT_EQ(time_of("2025-08-04T16:17:36Z"), "2025-08-04T16:17:36.000000Z");
  EXPECT_EQ(time_of("2025-08-04T16:17:36+01:00"), "2025-08-04T15:17:36.000000Z");
  EXPECT_EQ(decode_one(PAGE(""), {.zone = zone.get()}).at("time"), "2018-11-01T21:01:46.796000Z");
}

// Drops the spelling of numbers and of what `extra` holds: "264.50" 264.5 becomes 264.5.
Row without_spelling(Row row) {
  for (auto& [field, cell] : row) {
    if (field == "extra") cell = nlohmann::json::parse(cell).dump();
    const auto known = field_named(field);
    if (known && type_of(*known) != FieldType::kText) cell = cell.substr(cell.find(' ') + 1);
  }
  return row;
}

// Two spellings of one field, or a key twice, are told apart by order, which the other library does not keep for the first.
bool has_both_lengths(const std::string& record) {
  const auto json = nlohmann::json::parse(record, nullptr, false);
  return json.is_object() && json.contains("length") && json.contains("duration");
}

class OfEachDialect : public testing::TestWithParam<Dialect> {};

// Records around the dialect's own kinds, and around all kinds, read as that dialect.
TEST_P(OfEachDialect, AgreesWithAReferenceOnRandomRecords) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(joined("seed ", std::to_string(seed)));
    RandomRecords own(seed, GetParam());
    RandomRecords any(seed);
    std::vector<std::string> records;
    while (records.size() < 1000) {
      std::string record = records.size() % 4 == 0 ? any.next() : own.next();
      if (!has_both_lengths(record)) records.push_back(std::move(record));
    }
    const auto outcomes = decode_all(records, {.dialect = GetParam(), .projection = all_fields(), .extra = true});
    std::size_t accepted = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
      ASSERT_EQ(without_spelling(outcomes[i]), Reference(GetParam()).outcome(records[i])) << records[i];
      accepted += outcomes[i].contains("kind") ? 1 : 0;
    }
    EXPECT_GT(accepted, 250u);  // the records are not all refused
    EXPECT_LT(accepted, 900u);
  }
}

INSTANTIATE_TEST_SUITE_P(Dialects, OfEachDialect, testing::ValuesIn(kDialects), [](const auto& one) {
  std::string name(name_of(one.param));
  std::erase(name, '-');
  return name;
});

TEST(Decoder, JudgesTheSameWhateverIsKept) {
  RandomRecords random(99);
  std::vector<std::string> records;
  for (int i = 0; i < 2000; ++i) records.push_back(random.next());
  const auto full = decode_all(records, {.projection = all_fields(), .extra = true});
  const auto check = [&](std::vector<Field> projection, bool extra) {
    const auto some = decode_all(records, {.projection = projection, .extra = extra});
    for (std::size_t i = 0; i < records.size(); ++i) {
      Row expected = full[i];
      std::erase_if(expected, [&](const auto& cell) {
        const auto field = field_named(cell.first);
        return (field && std::ranges::find(projection, *field) == projection.end()) || (cell.first == "extra" && !extra);
      });
      ASSERT_EQ(some[i], expected) << records[i];
    }
  };
  check({}, false);
  check({}, true);
  for (const Field field : all_fields()) check({field}, false);
  check({Field::kGenre, Field::kUser, Field::kDuration}, true);
}

TEST(Decoder, DecodesOneByOneAsTogether) {
  RandomRecords random(7);
  std::vector<std::string> records;
  for (int i = 0; i < 1000; ++i) records.push_back(random.next());
  const auto together = decode_all(records, {.projection = all_fields(), .extra = true});
  const Records kept(records);
  const auto used = decoder_of({.projection = all_fields(), .extra = true});
  EventBatch batch;
  for (std::size_t i = 0; i < records.size(); ++i) {
    ASSERT_EQ(decode_one(records[i]), together[i]) << records[i];
    used->decode({&kept.values[i], 1}, {&kIngest, 1}, batch);
    ASSERT_EQ(outcomes_of(batch, 1).front(), together[i]) << records[i];
  }
}

TEST(Decoder, MakesNoAllocationOnceItIsWarm) {
  RandomRecords random(3);
  std::vector<std::string> records;
  for (int i = 0; i < 500; ++i) records.push_back(random.next());
  const Records kept(records);
  const auto decoder = decoder_of({.projection = all_fields(), .extra = true});
  EventBatch batch;
  decoder->decode(kept.values, kept.ingest_times, batch);
  const std::size_t before = allocations;
  for (int round = 0; round < 3; ++round) decoder->decode(kept.values, kept.ingest_times, batch);
  EXPECT_EQ(allocations, before);
  EXPECT_GT(batch.size(), 100u);
  EXPECT_GT(before, 0u);  // the counter counts
}

TEST(Decoder, ColumnsOutsideOfTheProjectionAreEmpty) {
  const Records records({PLAY(R"(,"genre":"rock")"), PLAY("")});
  EventBatch batch;
  decoder_of({.projection = {Field::kGenre, Field::kStatus}})->decode(records.values, records.ingest_times, batch);
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_EQ(batch.text_of(Field::kGenre)[0], "rock");
  EXPECT_EQ(batch.text_of(Field::kGenre)[0].data(), records.values[0].data() + records.values[0].find("rock"));  // a view, not a copy
  EXPECT_EQ(batch.text_of(Field::kGenre)[1].data(), nullptr);
  EXPECT_EQ(batch.text_of(Field::kStatus)[1].data(), nullptr);
  EXPECT_EQ(batch.integer[static_cast<std::size_t>(Field::kStatus)][1], kNullInteger);
  EXPECT_TRUE(batch.text_of(Field::kUser).empty());
}

TEST(Decoder, AMovedBatchKeepsItsTexts) {
  const Records records({PLAY(R"(,"genre":"r\u006fck")")});
  const auto decoder = decoder_of({.projection = {Field::kGenre}});
  EventBatch first;
  EventBatch second;
  decoder->decode(records.values, records.ingest_times, first);
  const EventBatch kept = std::move(first);
  decoder->decode(records.values, records.ingest_times, second);
  EXPECT_EQ(kept.text_of(Field::kGenre)[0], "rock");
}

TEST(Decoder, NamesItsDialects) {
  for (const Dialect dialect : kDialects) EXPECT_EQ(dialect_named(name_of(dialect)), dialect);
  EXPECT_EQ(name_of(Dialect::kMusicStreams), "music-streams");
  EXPECT_EQ(name_of(Dialect::kStreamingEvents), "streaming-events");
  EXPECT_EQ(dialect_named("spotify"), std::nullopt);
}

// --- Files ----------------------------------------------------------------------------------------------------------------------

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// Each fixture is records and, beside them, the outcome of each as text.
class Golden : public testing::TestWithParam<const char*> {};

TEST_P(Golden, DecodesAsWrittenBesideIt) {
  const std::filesystem::path folder = std::filesystem::path(TEST_DATA_FOLDER) / "events";
  const auto records = lines_of(folder / (std::string(GetParam()) + ".ndjson"));
  const auto expected = lines_of(folder / (std::string(GetParam()) + ".expected"));
  ASSERT_FALSE(records.empty());
  ASSERT_EQ(records.size(), expected.size());
  const auto outcomes = decode_all(records, {.projection = all_fields(), .extra = true});
  for (std::size_t i = 0; i < records.size(); ++i) {
    std::string line;
    for (const auto& [name, cell] : outcomes[i]) line += joined(line.empty() ? "" : " ", name, "=", cell);
    EXPECT_EQ(line, expected[i]) << "record " << i + 1 << ": " << records[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Golden,
                         testing::Values("tunetracker", "eventsim_topics", "eventsim_stream", "music_streams", "streaming_events",
                                         "hostile"),
                         [](const auto& one) { return std::string(one.param); });

TEST(Decoder, ReadsThirtyDaysOfEventsimLogs) {
  const auto folder = shared_folder() / "data/sparkify_logs/log_data";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "PLAYHEAD_SHARED has no data/sparkify_logs";
  std::vector<std::string> records;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".json") std::ranges::move(lines_of(entry.path()), std::back_inserter(records));
  }
  const Records kept(records);
  EventBatch batch;
  decoder_of({.projection = all_fields(), .extra = true})->decode(kept.values, kept.ingest_times, batch);
  EXPECT_EQ(batch.size(), 8056u);
  EXPECT_TRUE(batch.rejected.empty());
  EXPECT_EQ(std::ranges::count(batch.is_play, 1), 6820);
  EXPECT_EQ(std::ranges::count(batch.text_of(Field::kLevel), "paid"), 6291);
  EXPECT_EQ(std::ranges::count(batch.text_of(Field::kStatus), "307"), 201);
  EXPECT_EQ(std::ranges::count_if(batch.text_of(Field::kUser), [](std::string_view user) { return user.data() == nullptr; }), 286);
  EXPECT_EQ(format_iso(*std::ranges::min_element(batch.time)), "2018-11-01T20:57:10.796000Z");
  EXPECT_EQ(format_iso(*std::ranges::max_element(batch.time)), "2018-11-30T19:54:24.796000Z");
}

}  // namespace
}  // namespace playhead::event
