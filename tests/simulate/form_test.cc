#include "simulate/form.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "event/record_scan.h"
#include "telling.h"

namespace playhead::simulate {
namespace {

using event::Dialect;
using event::Field;
using std::chrono::milliseconds;

const std::vector<Dialect> kAllDialects = {Dialect::kTuneTracker, Dialect::kEventsim, Dialect::kMusicStreams, Dialect::kStreamingEvents};
constexpr Timestamp kCame = from_micros(1'700'000'000'123'999);
constexpr std::uint32_t kListener = 7;

// Listener 7 is user 1007.
std::unique_ptr<World> hostile_world(std::string tag = "") {
  WorldOptions options;
  options.service.seed = 3;
  options.service.first_user_id = 1'000;
  options.service.tag = std::move(tag);
  options.imported = hostile_catalogue();
  return world_in_utc(std::move(options));
}

struct Told {
  Topic topic;
  Timestamp sent, event_time;
  std::string key, value;
  bool operator==(const Told&) const = default;
};

std::vector<Told> told_of(const Messages& messages) {
  std::vector<Told> told;
  for (const Message& message : messages.list) {
    told.push_back(
        {message.topic, message.sent, message.event_time, std::string(messages.key(message)), std::string(messages.value(message))});
  }
  return told;
}

std::vector<Told> tell(const World& world, const std::vector<Happening>& happenings, FormOptions options = {},
                       Duration skew = Duration{0}) {
  Messages messages;
  Form::make(world, std::move(options)).value()->tell(kListener, kCame, skew, happenings, messages);
  return told_of(messages);
}

// The members of a JSON object in their order, the values as JSON. Texts only, since comparing JSON values takes minutes to compile.
std::vector<std::pair<std::string, std::string>> members_of(const std::string& object) {
  std::vector<std::pair<std::string, std::string>> members;
  const auto json = nlohmann::ordered_json::parse(object);
  for (const auto& member : json.items()) members.emplace_back(member.key(), member.value().dump());
  return members;
}

std::vector<std::string> keys_of(const std::string& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : members_of(object)) keys.push_back(key);
  return keys;
}

// The value of a member, as JSON.
std::string in(const std::string& object, std::string_view wanted) {
  for (const auto& [key, value] : members_of(object)) {
    if (key == wanted) return value;
  }
  return "nothing";
}

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::vector<std::string> operator+(std::vector<std::string> some, const std::vector<std::string>& more) {
  some.insert(some.end(), more.begin(), more.end());
  return some;
}

const std::vector<std::string> kDevice = {"city", "zip", "state", "userAgent", "lon", "lat"};
const std::vector<std::string> kUser = {"userId", "lastName", "firstName", "gender", "registration"};
const std::vector<std::string> kSong = {"artist", "song", "duration"};
const std::vector<std::string> kPageKeys =
    std::vector<std::string>{"ts", "sessionId", "page", "auth", "method", "status", "level", "itemInSession"} + kDevice;
const std::vector<std::string> kAuthKeys = std::vector<std::string>{"ts", "sessionId", "level", "itemInSession"} + kDevice;

TEST(EventsimForm, APageViewHasTheFieldsOfEventsim) {
  const auto world = hostile_world();
  Happening page = page_of(*world, state_of(*world, "Home"), 4);
  page.session = 3;
  const auto told = tell(*world, {page});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].topic, Topic::kPageViews);
  EXPECT_EQ(told[0].key, "1007");
  EXPECT_EQ(keys_of(told[0].value), kPageKeys + kUser);
  const std::string& value = told[0].value;
  const Person person = world->people().person(kListener);
  const Place& place = world->places()[person.place];
  EXPECT_EQ(in(value, "method"), in_quotes("GET"));
  EXPECT_EQ(in(value, "status"), "200");
  EXPECT_EQ(in(value, "level"), in_quotes("free"));
  EXPECT_EQ(in(value, "itemInSession"), "4");
  EXPECT_EQ(in(value, "city"), in_quotes(place.city));
  EXPECT_EQ(in(value, "zip"), in_quotes(place.postal_code));
  EXPECT_EQ(in(value, "state"), in_quotes(place.region));
  EXPECT_EQ(in(value, "userAgent"), "\"\\\"" + std::string(person.user_agent) + "\\\"\"");
  EXPECT_EQ(std::stod(in(value, "lon")), place.longitude);
  EXPECT_EQ(std::stod(in(value, "lat")), place.latitude);
  EXPECT_EQ(in(value, "userId"), "1007");
  EXPECT_EQ(in(value, "lastName"), in_quotes(person.last_name));
  EXPECT_EQ(in(value, "firstName"), in_quotes(person.first_name));
  EXPECT_EQ(in(value, "gender"), in_quotes(letter_of(person.gender)));
  EXPECT_EQ(in(value, "registration"), "1700000000123");
  EXPECT_TRUE(value.starts_with(R"({"ts":1772366404123,"sessionId":1055916035,"page":"Home","auth":"Logged In",)")) << value;
}

TEST(EventsimForm, ASongIsAPageViewAndAListen) {
  const auto world = hostile_world("control");
  const auto told = tell(*world, {song_of(*world, 1)});
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].topic, Topic::kPageViews);
  EXPECT_EQ(keys_of(told[0].value), kPageKeys + kUser + std::vector<std::string>{"tag"} + kSong);
  EXPECT_EQ(told[1].topic, Topic::kListens);
  const std::vector<std::string> listen_keys{"ts", "sessionId", "auth", "level", "itemInSession"};
  EXPECT_EQ(keys_of(told[1].value), kSong + listen_keys + kDevice + kUser + std::vector<std::string>{"tag"});
  for (const Told& one : told) {
    EXPECT_EQ(in(one.value, "song"), R"("\"Heroes\"")");
    EXPECT_EQ(in(one.value, "artist"), in_quotes("</script>"));
    EXPECT_EQ(in(one.value, "duration"), "3.332");
    EXPECT_EQ(in(one.value, "tag"), in_quotes("control"));
    EXPECT_EQ(one.key, "1007");
  }
}

TEST(EventsimForm, GuestsAndLoggedOutShowNoUser) {
  const auto world = hostile_world("control");
  for (const char* auth : {"Guest", "Logged Out"}) {
    const auto told = tell(*world, {page_of(*world, state_of(*world, "Home", auth))});
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].key, "");
    EXPECT_EQ(keys_of(told[0].value), kPageKeys) << auth;
    EXPECT_EQ(in(told[0].value, "sessionId"), std::to_string(1'007 * (1 << 20)));
  }
}

TEST(EventsimForm, ChangesOfStatus) {
  const auto world = hostile_world();
  for (const auto& [page, level] : std::map<std::string, std::string>{{"Submit Upgrade", "free"}, {"Submit Downgrade", "paid"}}) {
    const auto told = tell(*world, {page_of(*world, state_of(*world, page, "Logged In", level))});
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[1].topic, Topic::kStatusChanges);
    EXPECT_EQ(keys_of(told[1].value), (std::vector<std::string>{"ts", "sessionId", "auth", "level", "itemInSession"} + kDevice + kUser));
    EXPECT_EQ(in(told[1].value, "level"), in_quotes(level));
  }
}

// A page, what was opened before it, and the sign-in that is told with it: action, success, whether it shows the user.
struct SignIn {
  const char* page;
  const char* auth;
  PageKind before;
  const char* action;  // null: none
  bool success;
  bool shows_user;
};

std::optional<Told> sign_in_of(const World& world, const SignIn& wanted, bool plain) {
  Happening page = page_of(world, state_of(world, wanted.page, wanted.auth));
  page.before = wanted.before;
  const auto told = tell(world, {page}, {.plain_auth = plain});
  EXPECT_LE(told.size(), 2U);
  if (told.size() == 1) return std::nullopt;
  EXPECT_EQ(told[1].topic, Topic::kAuth);
  return told[1];
}

TEST(EventsimForm, SignIns) {
  const auto world = hostile_world();
  const SignIn cases[] = {{"Home", "Logged In", PageKind::kLogin, "Login", true, true},
                          {"Home", "Logged Out", PageKind::kLogin, "Login", false, false},
                          {"Home", "Logged Out", PageKind::kLogout, "Logout", true, true},
                          {"Error", "Logged In", PageKind::kLogout, "Logout", false, true},
                          {"Home", "Logged In", PageKind::kSubmitRegistration, "Register", true, true},
                          {"Error", "Guest", PageKind::kSubmitRegistration, "Register", false, false},
                          {"Cancellation Confirmation", "Cancelled", PageKind::kOther, "Cancelled", true, true},
                          {"Home", "Logged In", PageKind::kOther, nullptr, false, false},
                          {"Home", "Logged In", PageKind::kRegister, nullptr, false, false},
                          {"Logout", "Logged In", PageKind::kOther, nullptr, false, false}};
  for (const SignIn& one : cases) {
    const auto told = sign_in_of(*world, one, false);
    ASSERT_EQ(told.has_value(), one.action != nullptr) << one.page << ", " << one.auth;
    if (!told) continue;
    const auto keys = kAuthKeys + (one.shows_user ? kUser : std::vector<std::string>{}) + std::vector<std::string>{"success", "action"};
    EXPECT_EQ(keys_of(told->value), keys) << one.action;
    EXPECT_EQ(told->key, one.shows_user ? "1007" : "");
    EXPECT_EQ(in(told->value, "action"), in_quotes(one.action));
    EXPECT_EQ(in(told->value, "success"), one.success ? "true" : "false") << one.action;
  }
}

TEST(EventsimForm, PlainSignInsAreLoginsWithoutAction) {
  const auto world = hostile_world();
  const auto told = sign_in_of(*world, {"Home", "Logged Out", PageKind::kLogin, "", false, false}, true);
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(keys_of(told->value), kAuthKeys + std::vector<std::string>{"success"});
  for (const PageKind before : {PageKind::kLogout, PageKind::kSubmitRegistration, PageKind::kOther}) {
    EXPECT_FALSE(sign_in_of(*world, {"Home", "Logged In", before, "", false, false}, true).has_value());
  }
  EXPECT_FALSE(sign_in_of(*world, {"Cancellation Confirmation", "Cancelled", PageKind::kOther, "", false, false}, true).has_value());
}

TEST(PlayForms, TuneTracker) {
  const auto world = hostile_world();
  const auto told = tell(*world, {page_of(*world, state_of(*world, "Home")), song_of(*world, 2, 1)}, {.dialects = {Dialect::kTuneTracker}});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].topic, Topic::kMusicPlays);
  EXPECT_EQ(told[0].key, "u1007");
  EXPECT_EQ(told[0].value,
            R"({"user_id": "u1007", "track_id": "t100002", "genre": "rock \"n\" roll", "timestamp": "2026-03-01T12:00:01.123456"})");
}

TEST(PlayForms, StreamingEvents) {
  const auto world = hostile_world();
  Happening like = song_of(*world, 2, 1);
  like.kind = HappeningKind::kLike;
  const auto told = tell(*world, {song_of(*world, 2), like}, {.dialects = {Dialect::kStreamingEvents}});
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].topic, Topic::kStreaming);
  EXPECT_EQ(told[0].key, "1007");
  EXPECT_EQ(told[0].value,
            R"({"user_id": 1007, "track_id": 3, "event_timestamp": "2026-03-01T12:00:00.123456", "event_type": "streaming"})");
  EXPECT_EQ(told[1].value, R"({"user_id": 1007, "track_id": 3, "event_timestamp": "2026-03-01T12:00:01.123456", "event_type": "like"})");
}

TEST(PlayForms, MusicStreams) {
  const auto world = hostile_world();
  Happening page = song_of(*world, 9);
  page.heard.position = milliseconds{12'999};
  const auto told = tell(*world, {page, end_of(page, 1)}, {.dialects = {Dialect::kMusicStreams}});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].topic, Topic::kMusicStreams);
  const std::string& value = told[0].value;
  const std::vector<std::string> keys = {"user_id",         "name",      "email",    "track_id",  "title", "artist",
                                         "genre",           "timestamp", "platform", "location",  "mood",  "duration_seconds",
                                         "listen_position", "completed", "rating",   "is_skipped"};
  EXPECT_EQ(keys_of(told[0].value), keys);
  EXPECT_EQ(in(value, "user_id"), in_quotes(told[0].key));
  EXPECT_EQ(told[0].key.size(), 36U);
  EXPECT_EQ(in(value, "track_id").size(), 38U);
  const Person person = world->people().person(kListener);
  std::string email;
  world->people().write_email(person, kListener, email);
  EXPECT_EQ(in(value, "email"), in_quotes(email));
  EXPECT_EQ(in(value, "name"), in_quotes(email.substr(0, email.find('@'))));
  EXPECT_EQ(in(value, "title"), in_quotes("</script>"));
  EXPECT_EQ(in(value, "artist"), R"("\"Heroes\"")");
  EXPECT_EQ(in(value, "genre"), in_quotes("k-pop"));
  EXPECT_EQ(in(value, "timestamp"), "1772366413");  // 12:00:00.123456 and 12.999 s
  EXPECT_EQ(in(value, "platform"), in_quotes(person.platform));
  const Place& place = world->places()[person.place];
  EXPECT_EQ(in(value, "location"), R"({"city":)" + in_quotes(place.city) + R"(,"country":)" + in_quotes(place.country_name) + "}");
  EXPECT_TRUE(value.ends_with(R"("mood": "Dreamy", "duration_seconds": 269, "listen_position": 12, "completed": false, "rating": 3.5, )"
                              R"("is_skipped": true})"))
      << value;
}

// Bytes with what the decoder wants to read behind them.
class Decoded {
 public:
  Decoded(const std::vector<Told>& told, Dialect dialect) {
    std::vector<std::size_t> starts;
    for (const Told& one : told) {
      starts.push_back(bytes_.size());
      bytes_.append(one.value).append(event::kReadableBehind, '"');
    }
    std::vector<std::string_view> values;
    for (std::size_t i = 0; i < told.size(); ++i) values.emplace_back(bytes_.data() + starts[i], told[i].value.size());
    std::vector<Field> fields;
    for (std::size_t i = 0; i < event::kFieldCount; ++i) fields.push_back(Field{static_cast<std::uint8_t>(i)});
    const std::vector<Timestamp> ingest(told.size(), kNoon + std::chrono::years{10});
    event::Decoder::make({.dialect = dialect, .projection = fields, .extra = true}).value()->decode(values, ingest, batch);
  }

  // The text of a field; "-" where it is null.
  std::string operator()(std::size_t row, Field field) const {
    const std::string_view text = batch.text_of(field)[row];
    return text.data() == nullptr ? "-" : std::string(text);
  }

  event::EventBatch batch;

 private:
  std::string bytes_;
};

std::string or_null(std::string_view text) { return text.empty() ? "-" : std::string(text); }

void expect_page(const Decoded& decoded, std::size_t row, const World& world, const Happening& page, Topic topic) {
  const State& state = world.machine().states()[page.state];
  const bool view = topic == Topic::kPageViews;
  EXPECT_EQ(decoded(row, Field::kPage), view ? state.page : "-");
  EXPECT_EQ(decoded(row, Field::kMethod), view ? state.method : "-");
  EXPECT_EQ(decoded(row, Field::kStatus), view ? std::to_string(state.status) : "-");
  EXPECT_EQ(decoded(row, Field::kAuth), topic == Topic::kAuth ? "-" : state.auth);
  EXPECT_EQ(decoded(row, Field::kLevel), state.level);
  EXPECT_EQ(decoded(row, Field::kSession), std::to_string((1'007ULL << 20) + page.session));
  EXPECT_EQ(decoded(row, Field::kItemInSession), std::to_string(page.item));
  const Person person = world.people().person(kListener);
  const Place& place = world.places()[person.place];
  EXPECT_EQ(decoded(row, Field::kUserAgent), "\"" + std::string(person.user_agent) + "\"");
  EXPECT_EQ(decoded(row, Field::kCity), place.city);
  EXPECT_EQ(decoded(row, Field::kZip), or_null(place.postal_code));
  EXPECT_EQ(decoded.batch.real[static_cast<std::size_t>(Field::kLatitude)][row], place.latitude);
  EXPECT_EQ(decoded.batch.real[static_cast<std::size_t>(Field::kLongitude)][row], place.longitude);
  const bool shown = state.shows_user || (topic == Topic::kAuth && page.before == PageKind::kLogout);
  EXPECT_EQ(decoded(row, Field::kUser), shown ? "1007" : "-");
  EXPECT_EQ(decoded(row, Field::kFirstName), shown ? person.first_name : "-");
  EXPECT_EQ(decoded(row, Field::kLastName), shown ? person.last_name : "-");
  EXPECT_EQ(decoded(row, Field::kGender), shown ? letter_of(person.gender) : "-");
  EXPECT_EQ(decoded(row, Field::kRegistration), shown ? "1700000000123" : "-");
  EXPECT_EQ(decoded(row, Field::kTag), shown ? "a \"tag\"" : "-");
  const bool song = topic == Topic::kListens || (view && state.kind == PageKind::kNextSong);
  EXPECT_EQ(decoded(row, Field::kSong), song ? world.catalogue()[page.track].title : "-");
  EXPECT_EQ(decoded(row, Field::kArtist), song ? world.catalogue().artist_name(world.catalogue()[page.track].artist) : "-");
  if (song) {
    EXPECT_EQ(decoded.batch.real[static_cast<std::size_t>(Field::kDuration)][row], world.catalogue()[page.track].duration_ms / 1000.0);
  }
  EXPECT_EQ(decoded.batch.is_play[row] != 0, song);
}

void expect_play(const Decoded& decoded, std::size_t row, const World& world, const Happening& play, Topic topic) {
  const Track& track = world.catalogue()[play.track];
  if (topic == Topic::kMusicPlays) {
    EXPECT_EQ(decoded(row, Field::kUser), "u1007");
    EXPECT_EQ(decoded(row, Field::kTrack), track.id);
    EXPECT_EQ(decoded(row, Field::kGenre), world.catalogue().genres()[track.genre]);
  } else if (topic == Topic::kStreaming) {
    EXPECT_EQ(decoded(row, Field::kUser), "1007");
    EXPECT_EQ(decoded(row, Field::kTrack), std::to_string(play.track + 1));
    EXPECT_EQ(decoded.batch.kind[row], play.kind == HappeningKind::kLike ? event::Kind::kLike : event::Kind::kStreaming);
  } else {
    EXPECT_EQ(decoded(row, Field::kSong), track.title);
    EXPECT_EQ(decoded(row, Field::kArtist), world.catalogue().artist_name(track.artist));
    EXPECT_EQ(decoded(row, Field::kGenre), world.catalogue().genres()[track.genre]);
    EXPECT_EQ(decoded(row, Field::kMood), kMoods[track.mood]);
    EXPECT_EQ(decoded(row, Field::kCompleted), play.heard.completed ? "true" : "false");
    EXPECT_EQ(decoded(row, Field::kSkipped), play.heard.skipped ? "true" : "false");
    EXPECT_EQ(decoded(row, Field::kListenPosition), std::to_string(play.heard.position / std::chrono::seconds{1}));
    EXPECT_EQ(decoded(row, Field::kDuration), std::to_string(track.duration_ms / 1000));
    const int rating = play.heard.rating_tenths;
    EXPECT_EQ(decoded(row, Field::kRating), rating == 0 ? "-" : std::to_string(rating / 10) + "." + std::to_string(rating % 10));
    EXPECT_EQ(decoded(row, Field::kCountry), world.places()[world.people().person(kListener).place].country_name);
  }
}

// Whatever happens, in whatever words, is read as it was told, by the decoder of its dialect and by the one that finds the kind itself.
TEST(Form, WhatIsToldIsWhatIsRead) {
  const auto world = hostile_world("a \"tag\"");
  for (const std::uint64_t seed : {11, 12, 13}) {
    Random random{seed};
    const auto happenings = random_happenings(*world, kListener, 2'000, random);
    for (const Dialect dialect : kAllDialects) {
      Messages messages;
      Form::make(*world, {.dialects = {dialect}, .event_id_field = true})
          .value()
          ->tell(kListener, kCame, Duration{0}, happenings, messages);
      const auto told = told_of(messages);
      const Decoded decoded(told, dialect);
      ASSERT_TRUE(decoded.batch.rejected.empty()) << "seed " << seed << ": " << told[decoded.batch.rejected[0].record].value;
      ASSERT_GT(told.size(), 50U);
      for (std::size_t i = 0; i < told.size(); ++i) {
        const Message& message = messages.list[i];
        const Happening& happening = happenings[message.sequence];
        EXPECT_EQ(decoded.batch.time[i], message.event_time);
        EXPECT_EQ(message.sent, happening.sent);
        EXPECT_TRUE(decoded.batch.extra[i].data() == nullptr) << decoded.batch.extra[i];
        const EventIdText id = event_id_of(world->service(), kListener, message.sequence, message.topic);
        EXPECT_EQ(decoded(i, Field::kEventId), std::string(id.data(), id.size()));
        EXPECT_TRUE(told[i].value.ends_with(std::string(id.data(), id.size()) + "\"}"));
        if (dialect == Dialect::kEventsim) {
          EXPECT_EQ(message.event_time, floor_to(happening.time, milliseconds{1}));
          expect_page(decoded, i, *world, happening, message.topic);
        } else {
          expect_play(decoded, i, *world, happening, message.topic);
        }
        ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed << ": " << told[i].value;
      }
      EXPECT_TRUE(Decoded(told, Dialect::kAuto).batch.rejected.empty());
      EXPECT_EQ(Decoded(told, Dialect::kAuto).batch.kind, decoded.batch.kind);
    }
  }
}

// In one dialect a life is told as in all at once, and in pieces as at a stretch.
TEST(Form, TellsTheSameTogetherAndApart) {
  const auto world = hostile_world();
  Random random{21};
  const auto happenings = random_happenings(*world, kListener, 500, random);
  Messages together, apart;
  const auto form = Form::make(*world, {.dialects = kAllDialects}).value();
  form->tell(kListener, kCame, Duration{0}, happenings, together);
  for (const Dialect dialect : kAllDialects) {
    const auto single = Form::make(*world, {.dialects = {dialect}}).value();
    for (std::size_t at = 0; at < happenings.size();) {
      const std::size_t count = std::min<std::size_t>(random.below(10), happenings.size() - at);
      single->tell(kListener, kCame, Duration{0}, std::span(happenings).subspan(at, count), apart);
      at += count;
    }
  }
  together.sort();
  apart.sort();
  EXPECT_EQ(told_of(together), told_of(apart));
  std::set<std::string> ids;
  for (const Message& message : together.list) {
    const EventIdText id = event_id_of(world->service(), message.listener, message.sequence, message.topic);
    ids.emplace(id.data(), id.size());
  }
  EXPECT_EQ(ids.size(), together.list.size());
}

TEST(Form, AClockThatIsWrongMovesEventTimesOnly) {
  const auto world = hostile_world();
  for (const Dialect dialect : kAllDialects) {
    const auto page = song_of(*world, 2);
    const std::vector<Happening> play{page, end_of(page, 1)};
    const auto right = tell(*world, play, {.dialects = {dialect}});
    const auto wrong = tell(*world, play, {.dialects = {dialect}}, -std::chrono::seconds{90});
    ASSERT_EQ(right.size(), wrong.size());
    ASSERT_FALSE(right.empty());
    for (std::size_t i = 0; i < right.size(); ++i) {
      EXPECT_EQ(wrong[i].sent, right[i].sent);
      EXPECT_EQ(wrong[i].event_time, right[i].event_time - std::chrono::seconds{90});
      EXPECT_EQ(Decoded(wrong, dialect).batch.time[i], wrong[i].event_time);
    }
    // No message says a time before 1970, which nobody could read.
    const auto early = tell(*world, play, {.dialects = {dialect}}, -std::chrono::years{100});
    EXPECT_TRUE(Decoded(early, dialect).batch.rejected.empty());
    EXPECT_EQ(early[0].event_time, Timestamp{});
  }
}

TEST(Form, NeedsDialectsToTellIn) {
  const auto world = hostile_world();
  const auto problem = [&world](std::vector<Dialect> dialects) {
    const auto form = Form::make(*world, {.dialects = std::move(dialects)});
    return form ? std::string() : form.error().message;
  };
  EXPECT_EQ(problem(kAllDialects), "");
  EXPECT_NE(problem({}), "");
  EXPECT_NE(problem({Dialect::kAuto}), "");
  EXPECT_NE(problem({Dialect::kEventsim, Dialect::kTuneTracker, Dialect::kEventsim}).find("eventsim"), std::string::npos);
}

// Of a value in JSON.
std::string type_of(const std::string& value) {
  if (value.starts_with('"')) return "string";
  if (value == "true" || value == "false") return "boolean";
  return value.find('.') == std::string::npos ? "integer" : "number";
}

// The JSON Schemas that a fork of eventsim has for its topics know every field, with its type. They were written without A/B tags, and
// without `action`, which is ours.
TEST(Form, FollowsTheSchemasOfEventsim) {
  const char* shared = std::getenv("PLAYHEAD_SHARED");
  const std::filesystem::path folder = std::filesystem::path(shared == nullptr ? "../shared" : shared) / "data" / "eventsim" / "schemas";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder << ": set PLAYHEAD_SHARED to a folder with the shared data";
  const auto world = hostile_world();
  Random random{31};
  const auto told = tell(*world, random_happenings(*world, kListener, 2'000, random));
  std::map<Topic, std::size_t> checked;
  for (const Topic topic : topics_of(std::vector{Dialect::kEventsim})) {
    std::ifstream file(folder / (std::string(default_name_of(topic)) + ".schema.json"));
    const std::string schema(std::istreambuf_iterator<char>(file), {});
    std::map<std::string, std::string> types;
    for (const auto& [key, property] : members_of(in(schema, "properties"))) types[key] = in(property, "type");
    for (const Told& one : told) {
      if (one.topic != topic) continue;
      ++checked[topic];
      for (const auto& [key, value] : members_of(one.value)) {
        if (key == "action") continue;
        ASSERT_EQ(types[key], in_quotes(type_of(value))) << key << " in " << one.value;
      }
    }
  }
  EXPECT_EQ(checked.size(), 4U);
}

}  // namespace
}  // namespace playhead::simulate
