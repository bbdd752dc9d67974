#include "simulate/truth.h"

#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "simulate/form.h"
#include "telling.h"
#include "worlds.h"

namespace playhead::simulate {
namespace {

using std::chrono::seconds;

std::unique_ptr<World> small_world() {
  WorldOptions options;
  options.service.first_user_id = 100;
  options.imported = hostile_catalogue();
  return world_in_utc(std::move(options));
}

// A page of a session, `second` after noon.
Happening page_at(const World& world, std::uint32_t session, int second, bool song = false) {
  Happening page = song ? song_of(world, 10) : page_of(world, state_of(world, "Home"));
  page.listener = 5;
  page.session = session;
  page.time = page.sent = page.play_start = kNoon + seconds{second};
  return page;
}

using Session = std::tuple<std::uint32_t, std::uint32_t, Timestamp, Timestamp, std::uint32_t, std::uint32_t>;

std::vector<Session> sessions_of(const Truth& truth) {
  const TrueSessions& s = truth.sessions();
  std::vector<Session> sessions;
  for (std::size_t i = 0; i < s.size(); ++i) {
    sessions.emplace_back(s.listener.at(i), s.session.at(i), s.start.at(i), s.end.at(i), s.pages.at(i), s.plays.at(i));
  }
  return sessions;
}

Session session(std::uint32_t listener, std::uint32_t number, int start, int end, std::uint32_t pages, std::uint32_t plays) {
  return {listener, number, kNoon + seconds{start}, kNoon + seconds{end}, pages, plays};
}

TEST(Truth, APlayIsARowWhenItBegins) {
  const auto world = small_world();
  Truth truth(*world);
  Happening page = page_at(*world, 2, 0, true);
  page.play_number = 9;
  page.sent += seconds{60};
  page.offline = true;
  page.level = 1;
  page.farm = FarmKind::kLooper;
  page.heard.reason = EndReason::kForward;
  truth.add(5, std::vector{page, end_of(page, 1), page_at(*world, 2, 400)});
  const TruePlays& plays = truth.plays();
  ASSERT_EQ(plays.size(), 1U);
  EXPECT_EQ(plays.listener, std::vector{5U});
  EXPECT_EQ(plays.play, std::vector{9U});
  EXPECT_EQ(plays.session, std::vector{2U});
  EXPECT_EQ(plays.track, std::vector{10U});
  EXPECT_EQ(plays.user_id, std::vector<std::uint64_t>{105});
  EXPECT_EQ(plays.start, std::vector{kNoon});
  EXPECT_EQ(plays.sent, std::vector{kNoon + seconds{60}});
  EXPECT_EQ(plays.position, std::vector{page.heard.position});
  EXPECT_EQ(plays.duration, (std::vector<Duration>{std::chrono::milliseconds{333'101}}));
  EXPECT_EQ(plays.reason, std::vector{EndReason::kForward});
  EXPECT_EQ(plays.completed, std::vector<std::uint8_t>{0});
  EXPECT_EQ(plays.skipped, std::vector<std::uint8_t>{1});
  EXPECT_EQ(plays.offline, std::vector<std::uint8_t>{1});
  EXPECT_EQ(plays.private_session, std::vector<std::uint8_t>{0});
  EXPECT_EQ(plays.level, std::vector<std::uint8_t>{1});
  EXPECT_EQ(plays.farm, std::vector{FarmKind::kLooper});
}

TEST(Truth, ASessionIsARowWhenItIsOver) {
  const auto world = small_world();
  Truth truth(*world);
  const Happening song = page_at(*world, 0, 10, true);
  truth.add(5, std::vector{page_at(*world, 0, 0), song});
  truth.add(5, std::vector{end_of(song, 3)});
  EXPECT_TRUE(sessions_of(truth).empty());
  truth.add(5, std::vector{page_at(*world, 1, 1'000)});
  EXPECT_EQ(sessions_of(truth), (std::vector<Session>{{5, 0, kNoon, kNoon + seconds{10} + song.heard.position, 2, 1}}));
  truth.clear();
  EXPECT_EQ(truth.plays().size() + truth.sessions().size(), 0U);
  truth.add(5, std::vector{page_at(*world, 1, 1'030)});
  truth.finish();
  EXPECT_EQ(sessions_of(truth), (std::vector{session(5, 1, 1'000, 1'030, 2, 0)}));
  truth.finish();
  EXPECT_EQ(truth.sessions().size(), 1U);
}

TEST(Truth, SessionsThatWereOfflineComeInTheMiddleOfOthers) {
  const auto world = small_world();
  Truth truth(*world);
  const auto add = [&](std::uint32_t number, int second) { truth.add(5, std::vector{page_at(*world, number, second)}); };
  add(0, 0);
  add(3, 300);  // 1 and 2 were offline
  add(1, 100);
  add(1, 110);
  add(3, 310);
  add(2, 200);
  add(3, 320);
  add(4, 400);
  truth.finish();
  EXPECT_EQ(sessions_of(truth), (std::vector{session(5, 0, 0, 0, 1, 0), session(5, 1, 100, 110, 2, 0), session(5, 2, 200, 200, 1, 0),
                                             session(5, 3, 300, 320, 3, 0), session(5, 4, 400, 400, 1, 0)}));
}

TEST(Truth, ListenersAreKeptApart) {
  const auto world = small_world();
  Truth truth(*world);
  for (const std::uint32_t listener : {9U, 2U, 7U}) {
    Happening page = page_at(*world, 0, static_cast<int>(listener));
    page.listener = listener;
    truth.add(listener, std::vector{page});
  }
  truth.finish();
  EXPECT_EQ(sessions_of(truth), (std::vector{session(2, 0, 2, 2, 1, 0), session(7, 0, 7, 7, 1, 0), session(9, 0, 9, 9, 1, 0)}));
}

// The lives of the service and the road of its messages, saved and read again after each slice; the truth stays.
void live_with_stops(const World& world, int slices, const TransportOptions& options, Truth& truth, ByListener& lives) {
  auto service = Service::make(world, {}).value();
  auto transport = Transport::make(options, world.service()).value();
  const auto form = Form::make(world, {.dialects = {event::Dialect::kTuneTracker}}).value();
  Messages messages;
  for (int slice = 1; slice <= slices; ++slice) {
    const Timestamp until = world.service().start + slice * std::chrono::hours{7};
    messages.clear();
    service->advance(until, [&](std::uint32_t listener, std::span<const Happening> happenings) {
      lives[listener].insert(lives[listener].end(), happenings.begin(), happenings.end());
      truth.add(listener, happenings);
      form->tell(listener, world.service().start, Duration{0}, happenings, messages);
    });
    messages.sort();
    ASSERT_TRUE(transport->carry(messages, slice == slices ? Timestamp::max() : until, [&truth](const Arrival& arrival) -> Status {
      truth.add(arrival);
      return {};
    }));
    std::string lives_saved, road_saved;
    service->save(lives_saved);
    transport->save(road_saved);
    service = Service::restore(world, {}, lives_saved).value();
    transport = Transport::make(options, world.service()).value();
    ASSERT_TRUE(transport->restore(road_saved));
  }
  truth.finish();
}

void expect_each_once(const Truth& truth, const ByListener& lives) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::array<std::uint32_t, 2>> sessions;  // pages and plays
  std::map<std::pair<std::uint32_t, std::uint32_t>, Timestamp> plays;                        // their starts
  for (const auto& [listener, happenings] : lives) {
    for (const Happening& happening : happenings) {
      if (happening.kind != HappeningKind::kPage) continue;
      auto& session = sessions[{listener, happening.session}];
      ++session[0];
      if (happening.track == kNoTrack) continue;
      ++session[1];
      ASSERT_TRUE(plays.emplace(std::pair(listener, happening.play_number), happening.play_start).second);
    }
  }
  const TrueSessions& told = truth.sessions();
  ASSERT_EQ(told.size(), sessions.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    const auto found = sessions.extract({told.listener[i], told.session[i]});
    ASSERT_FALSE(found.empty()) << "session " << told.session[i] << " of listener " << told.listener[i] << " is there twice";
    EXPECT_EQ(found.mapped(), (std::array{told.pages[i], told.plays[i]}));
    EXPECT_LE(told.start[i], told.end[i]);
  }
  const TruePlays& heard = truth.plays();
  ASSERT_EQ(heard.size(), plays.size());
  for (std::size_t i = 0; i < heard.size(); ++i) {
    const auto found = plays.extract({heard.listener[i], heard.play[i]});
    ASSERT_FALSE(found.empty()) << "play " << heard.play[i] << " of listener " << heard.listener[i] << " is there twice";
    EXPECT_EQ(found.mapped(), heard.start[i]);
  }
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::array<std::uint32_t, 2>> arrived;  // first and second copies
  const Deliveries& deliveries = truth.deliveries();
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    ++arrived[{deliveries.listener[i], deliveries.sequence[i]}][deliveries.fate[i] == Fate::kDuplicate];
  }
  EXPECT_EQ(arrived.size(), heard.size());
  std::uint32_t twice = 0;
  for (const auto& [message, copies] : arrived) {
    EXPECT_EQ(copies[0], 1U);
    EXPECT_LE(copies[1], 1U);
    twice += copies[1];
  }
  EXPECT_NEAR(twice / static_cast<double>(arrived.size()), 0.1, 0.05);
}

TEST(Truth, EachPlaySessionAndDeliveryIsThereOnce) {
  for (const bool always_listening : {false, true}) {
    SCOPED_TRACE(always_listening);
    WorldOptions options = small_options();
    options.service.listeners = 60;
    options.service.growth = 20;
    options.service.beta_seconds = 40'000;
    options.service.offline_share = 0.3;
    options.service.always_listening = always_listening;
    options.listening.like_share = 0.5;
    options.time.spikes = {{.start = kWorldStart + std::chrono::hours{20}, .length = std::chrono::hours{5}, .factor = 0}};
    options.farms = {{.kind = FarmKind::kLooper, .accounts = 2, .artist = 1}, {.kind = FarmKind::kBurst, .accounts = 2, .artist = 2}};
    const auto world = world_of(std::move(options));
    Truth truth(*world);
    ByListener lives;
    live_with_stops(*world, always_listening ? 8 : 40, {.duplicates = 0.1, .disorder = 0.2, .malformed = 0.02}, truth, lives);
    EXPECT_GT(truth.plays().size(), 2'000U);
    EXPECT_GT(truth.sessions().size(), 500U);
    expect_each_once(truth, lives);
  }
}

TEST(Truth, DeliveriesSayWhatArrived) {
  const auto world = small_world();
  Truth truth(*world);
  Arrival arrival{};
  arrival.message = {.sent = kNoon, .event_time = kNoon - seconds{7}, .listener = 5, .sequence = 6, .topic = Topic::kListens};
  arrival.event_id = event_id_of(world->service(), 5, 6, Topic::kListens);
  arrival.fate = Fate::kDuplicate;
  arrival.delayed = true;
  arrival.skew = seconds{-3};
  truth.add(arrival);
  const Deliveries& deliveries = truth.deliveries();
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_EQ(deliveries.topic, std::vector{Topic::kListens});
  EXPECT_EQ(deliveries.listener, std::vector{5U});
  EXPECT_EQ(deliveries.sequence, std::vector{6U});
  EXPECT_EQ(deliveries.event_id, std::vector{arrival.event_id});
  EXPECT_EQ(deliveries.sent, std::vector{kNoon});
  EXPECT_EQ(deliveries.event_time, std::vector{kNoon - seconds{7}});
  EXPECT_EQ(deliveries.fate, std::vector{Fate::kDuplicate});
  EXPECT_EQ(deliveries.delayed, std::vector<std::uint8_t>{1});
  EXPECT_EQ(deliveries.skew, std::vector<Duration>{seconds{-3}});
  truth.clear();
  EXPECT_EQ(truth.deliveries().size(), 0U);
}

}  // namespace
}  // namespace playhead::simulate
