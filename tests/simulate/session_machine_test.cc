#include "simulate/session_machine.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

namespace playhead::simulate {
namespace {

// A service of four pages: "start" and the rest of a configuration can be changed in each test.
std::string config_with(const std::string& settings, const std::string& transitions) {
  return R"({)" + settings + R"(
    "levels": [{"level": "free", "weight": 3}, {"level": "paid", "weight": 1}],
    "auths": [{"auth": "Logged In", "weight": 1}],
    "show-user-details": [{"auth": "Logged In", "show": true}],
    "churned-state": "Cancelled",
    "new-session": [
      {"page": "Home", "method": "GET", "status": 200, "auth": "Logged In", "level": "free", "weight": 1},
      {"page": "NextSong", "method": "PUT", "status": 200, "auth": "Logged In", "level": "free", "weight": 3},
      {"page": "Home", "method": "GET", "status": 200, "auth": "Logged In", "level": "paid", "weight": 1}],
    "transitions": [)" +
         transitions + "]}";
}

std::string state_text(const std::string& page, const std::string& level, int status = 200, const std::string& auth = "Logged In") {
  return R"({"page": ")" + page + R"(", "auth": ")" + auth + R"(", "method": "GET", "status": )" + std::to_string(status) +
         R"(, "level": ")" + level + R"("})";
}

std::string transition_text(const std::string& from, const std::string& to, const std::string& rest) {
  return R"({"source": )" + from + R"(, "dest": )" + to + ", " + rest + "}";
}

const std::string kHome = state_text("Home", "free");
const std::string kHelp = state_text("Help", "free");
const std::string kGone = state_text("Cancellation Confirmation", "free", 200, "Cancelled");

StateNumber find(const SessionMachine& machine, std::string_view page, std::string_view auth, std::string_view level) {
  for (StateNumber number = 0; number < machine.states().size(); ++number) {
    const State& state = machine.states()[number];
    if (state.page == page && state.auth == auth && state.level == level) return number;
  }
  return kNoState;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

std::vector<std::string> faults_of(const std::string& config) {
  const auto parsed = parse_eventsim_config(config);
  if (parsed) return {};
  EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid);
  return lines_of(parsed.error().message);
}

TEST(SessionMachine, GoesWhereTheConfigurationSaysAsOftenAsItSays) {
  const std::string transitions = transition_text(kHome, kHelp, R"("p": 0.2)") + "," + transition_text(kHome, kHome, R"("p": 0.5)") + "," +
                                  transition_text(kHelp, kGone, R"("p": 1)");
  const auto config = parse_eventsim_config(config_with("", transitions));
  ASSERT_TRUE(config) << config.error().message;
  const SessionMachine& machine = config->machine;
  const StateNumber home = find(machine, "Home", "Logged In", "free");
  const StateNumber help = find(machine, "Help", "Logged In", "free");
  const StateNumber gone = find(machine, "Cancellation Confirmation", "Cancelled", "free");
  constexpr int kDraws = 100'000;
  Random random{3};
  std::map<StateNumber, int> after_home;
  for (int draw = 0; draw < kDraws; ++draw) ++after_home[machine.next(home, random).to];
  // Five standard deviations of a share of 100,000 are below 0.8 %.
  EXPECT_NEAR(after_home[home], 0.5 * kDraws, 0.008 * kDraws);
  EXPECT_NEAR(after_home[help], 0.2 * kDraws, 0.008 * kDraws);
  EXPECT_NEAR(after_home[kNoState], 0.3 * kDraws, 0.008 * kDraws);
  for (int draw = 0; draw < 1'000; ++draw) {
    EXPECT_EQ(machine.next(help, random).to, gone);
    EXPECT_EQ(machine.next(gone, random).to, kNoState);
  }
  EXPECT_TRUE(machine.states()[gone].churned);
  EXPECT_EQ(machine.states()[gone].kind, PageKind::kCancellation);
  EXPECT_FALSE(machine.states()[home].churned);
  EXPECT_TRUE(machine.states()[home].shows_user);
  EXPECT_FALSE(machine.states()[gone].shows_user) << "not said to be shown";
}

TEST(SessionMachine, StartsAndPeopleAreDrawnByWeight) {
  const auto config = parse_eventsim_config(config_with("", transition_text(kHome, kGone, R"("p": 1)")));
  ASSERT_TRUE(config) << config.error().message;
  const SessionMachine& machine = config->machine;
  constexpr int kDraws = 100'000;
  Random random{5};
  int songs = 0;
  int paid = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    songs += machine.states()[machine.start(0, 0, random)].kind == PageKind::kNextSong;
    EXPECT_EQ(machine.states()[machine.start(0, 1, random)].level, "paid");
    paid += machine.draw_level(random);
    EXPECT_EQ(machine.auths()[machine.draw_auth(random)], "Logged In");
  }
  EXPECT_NEAR(songs, 0.75 * kDraws, 0.008 * kDraws);
  EXPECT_NEAR(paid, 0.25 * kDraws, 0.008 * kDraws);
  EXPECT_EQ(machine.auths()[machine.new_auth()], "Logged In") << "no Guest is known: the first";
  EXPECT_EQ(machine.levels()[machine.new_level()], "free");
}

TEST(SessionMachine, ReadsEverySettingAndTheTimeFactor) {
  const std::string settings = R"("seed": -1, "alpha": 90.0, "beta": 604800, "damping": 0.2137, "weekend-damping": 0.5,
    "weekend-damping-offset": 180, "weekend-damping-scale": 360, "session-gap": 1800, "growth-rate": 0.5, "attrition-rate": 0.1,
    "n-users": 42, "first-user-id": 7, "start-date": "2026-03-01T12:00:00", "end-date": "2026-03-02", "tag": "control",
    "new-user-auth": "Logged In", "new-user-level": "paid", "upgrades": [], "downgrades": [],)";
  const auto config = parse_eventsim_config(config_with(settings, transition_text(kHome, kGone, R"("p": 1, "t": 3.0)")));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->seed, ~std::uint64_t{0});
  EXPECT_EQ(config->alpha, 90);
  EXPECT_EQ(config->beta, 604'800);
  EXPECT_EQ(config->damping, 0.2137);
  EXPECT_EQ(config->weekend_damping, 0.5);
  EXPECT_EQ(config->weekend_damping_offset, 180);
  EXPECT_EQ(config->weekend_damping_scale, 360);
  EXPECT_EQ(config->session_gap, 1'800);
  EXPECT_EQ(config->growth_rate, 0.5);
  EXPECT_EQ(config->attrition_rate, 0.1);
  EXPECT_EQ(config->listeners, 42);
  EXPECT_EQ(config->first_user_id, 7);
  EXPECT_EQ(format_iso(config->start.value()), "2026-03-01T12:00:00.000000Z");
  EXPECT_EQ(format_iso(config->end.value()), "2026-03-02T00:00:00.000000Z");
  EXPECT_EQ(config->tag, "control");
  EXPECT_EQ(config->machine.levels()[config->machine.new_level()], "paid");
  EXPECT_TRUE(config->unknown_keys.empty());
  Random random{1};
  EXPECT_EQ(config->machine.next(find(config->machine, "Home", "Logged In", "free"), random).time_factor, 3);
}

TEST(SessionMachine, UnknownKeysAreNamedAndNoFault) {
  const std::string transitions = transition_text(kHome, kGone, R"("p": 1, "probability": 1)");
  const auto config = parse_eventsim_config(config_with(R"("sed": 1, "Alpha": 2,)", transitions));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(std::set<std::string>(config->unknown_keys.begin(), config->unknown_keys.end()),
            (std::set<std::string>{"sed", "Alpha", "transitions[0].probability"}));
}

TEST(SessionMachine, EveryFaultIsToldAtOnceWithItsKeyAndWhatIsAllowed) {
  const std::string transitions = transition_text(kHome, kHelp, R"("p": 1.5)") + "," + transition_text(kHome, R"("Help")", R"("p": 0.1)") +
                                  "," + transition_text(kHelp, kHome, R"("p": 0.7)") + "," + transition_text(kHelp, kGone, R"("p": 0.4)") +
                                  "," + transition_text(kHelp, R"({"page": "Home", "status": "200"})", R"("t": 0)");
  const std::vector<std::string> faults =
      faults_of(config_with(R"("alpha": -3, "beta": "week", "n-users": 1.5, "start-date": "tomorrow", "tag": 7,)", transitions));
  const std::vector<std::string> expected = {
      "transitions[0].p: 1.5 is not allowed; allowed is a number from 0 to 1",
      "transitions[1].dest: \"Help\" is not allowed; allowed is an object",
      "transitions[4].dest.auth: absent; it is required",
      "transitions[4].dest.method: absent; it is required",
      "transitions[4].dest.level: absent; it is required",
      "transitions[4].dest.status: \"200\" is not allowed; allowed is a whole number from 100 to 599",
      "transitions[4].p: absent; it is required",
      "transitions[4].t: 0 is not allowed; allowed is a number from 1e-06 to 1000000",
      "transitions: the \"p\" of (Help, Logged In, GET, 200, free) add up to 1.1; allowed is at most 1",
      "alpha: -3 is not allowed; allowed is a number of seconds from 0.001 to 1000000000",
      "beta: \"week\" is not allowed; allowed is a number of seconds from 0.001 to 1000000000",
      "n-users: 1.5 is not allowed; allowed is a whole number from 0 to 10000000",
      "start-date: \"tomorrow\" is not allowed; allowed is a date and time as 2026-03-01T12:00:00, in UTC where it names no zone",
      "tag: 7 is not allowed; allowed is a text of 1 to 256 bytes",
  };
  EXPECT_EQ(faults, expected);
}

TEST(SessionMachine, ChancesMayAddUpToOneAsDecimalsDo) {
  std::string tenths;
  for (int part = 0; part < 10; ++part) tenths += (part == 0 ? "" : ",") + transition_text(kHome, kGone, R"("p": 0.1)");
  const auto config = parse_eventsim_config(config_with("", tenths));
  ASSERT_TRUE(config) << config.error().message;
  Random random{1};
  const StateNumber home = find(config->machine, "Home", "Logged In", "free");
  for (int draw = 0; draw < 10'000; ++draw) EXPECT_NE(config->machine.next(home, random).to, kNoState);
  const std::vector<std::string> faults = faults_of(config_with("", tenths + "," + transition_text(kHome, kGone, R"("p": 0.00001)")));
  ASSERT_EQ(faults.size(), 1);
  EXPECT_NE(faults[0].find("add up to 1.00001"), std::string::npos) << faults[0];
}

TEST(SessionMachine, AStateWhereNoSessionCanBeginAgainIsAFault) {
  const std::vector<std::string> faults =
      faults_of(config_with("", transition_text(kHome, state_text("Home", "free", 200, "Guest"), R"("p": 1)")));
  ASSERT_EQ(faults.size(), 1);
  EXPECT_EQ(faults[0], "new-session: no page with a weight above 0 for auth \"Guest\" and level \"free\", in which listeners can be");
}

TEST(SessionMachine, WhatIsNoConfigurationIsRefused) {
  EXPECT_NE(faults_of("{\"alpha\": 90,\n \"beta\"").at(0).find("line 2"), std::string::npos);
  EXPECT_EQ(faults_of("[]").at(0), "the configuration is not a JSON object");
  EXPECT_EQ(faults_of("").size(), 1);
  EXPECT_EQ(faults_of(std::string(100'000, '[')).size(), 1);
  EXPECT_EQ(faults_of(std::string(kConfigBytesMax + 1, ' ')).size(), 1);
  EXPECT_GE(faults_of("{\"alpha\": 1e999}").size(), 1);
  const std::vector<std::string> faults = faults_of("{}");
  EXPECT_EQ(std::set<std::string>(faults.begin(), faults.end()),
            (std::set<std::string>{"levels: absent; it is required", "auths: absent; it is required", "new-session: absent; it is required",
                                   "transitions: absent; it is required", "levels: none has a weight above 0; at least one must",
                                   "auths: none has a weight above 0; at least one must"}));
}

TEST(SessionMachine, TooMuchIsRefusedAndItsFaultsAreBounded) {
  std::string many;
  for (std::size_t state = 0; state <= kStatesMax; ++state) {
    many += (state == 0 ? "" : ",") + transition_text(kHome, state_text("Page " + std::to_string(state), "free"), R"("p": 0)");
  }
  EXPECT_NE(faults_of(config_with("", many)).at(0).find("too many parts"), std::string::npos);
  std::string wrong;
  for (int number = 0; number < 1'000; ++number) wrong += number == 0 ? "1" : ", 1";
  const std::vector<std::string> faults = faults_of(config_with("", wrong));
  EXPECT_EQ(faults.size(), 201);
  EXPECT_EQ(faults.back(), "and 800 more");
}

// Follows sessions until they end or are `most` pages long; how often each page was seen.
std::map<std::string, int> walk(const SessionMachine& machine, int sessions, int most, std::uint64_t seed) {
  Random random{seed};
  std::map<std::string, int> pages;
  for (int session = 0; session < sessions; ++session) {
    StateNumber state = machine.start(machine.draw_auth(random), machine.draw_level(random), random);
    for (int page = 0; page < most && state != kNoState; ++page) {
      ++pages[machine.states()[state].page];
      state = machine.next(state, random).to;
    }
  }
  return pages;
}

TEST(DefaultSessions, HaveEveryPageAndBelievableSessions) {
  const SessionMachine& machine = default_sessions().machine;
  EXPECT_EQ(std::vector<std::string>(machine.levels().begin(), machine.levels().end()),
            (std::vector<std::string>{"free", "paid", "trial"}));
  EXPECT_EQ(machine.auths()[machine.new_auth()], "Guest");
  EXPECT_EQ(machine.levels()[machine.new_level()], "free");
  std::set<std::string> pages;
  for (const State& state : machine.states()) pages.insert(state.page);
  EXPECT_EQ(pages, (std::set<std::string>{"About",
                                          "Add Friend",
                                          "Add to Playlist",
                                          "Cancel",
                                          "Cancellation Confirmation",
                                          "Downgrade",
                                          "Error",
                                          "Help",
                                          "Home",
                                          "Login",
                                          "Logout",
                                          "NextSong",
                                          "Register",
                                          "Roll Advert",
                                          "Save Settings",
                                          "Search",
                                          "Settings",
                                          "Submit Downgrade",
                                          "Submit Registration",
                                          "Submit Upgrade",
                                          "Thumbs Down",
                                          "Thumbs Up",
                                          "Upgrade"}));
  // Songs of a session by the level in which it starts.
  Random random{11};
  for (const auto& [level, least, most] : {std::tuple{0, 4.0, 10.0}, std::tuple{1, 14.0, 26.0}, std::tuple{2, 9.0, 22.0}}) {
    constexpr int kSessions = 20'000;
    int songs = 0;
    for (int session = 0; session < kSessions; ++session) {
      StateNumber state = machine.start(1, static_cast<std::uint8_t>(level), random);
      for (; state != kNoState; state = machine.next(state, random).to) songs += machine.states()[state].kind == PageKind::kNextSong;
    }
    EXPECT_GT(static_cast<double>(songs) / kSessions, least) << level;
    EXPECT_LT(static_cast<double>(songs) / kSessions, most) << level;
  }
}

TEST(DefaultSessions, EveryStateIsReachedAndCanGoOn) {
  const SessionMachine& machine = default_sessions().machine;
  Random random{13};
  std::set<StateNumber> seen;
  for (int session = 0; session < 400'000; ++session) {
    const bool guest = session % 4 == 0;
    const auto level = static_cast<std::uint8_t>(guest ? 0 : machine.draw_level(random));
    StateNumber state = machine.start(guest ? machine.new_auth() : machine.draw_auth(random), level, random);
    for (; state != kNoState; state = machine.next(state, random).to) seen.insert(state);
  }
  EXPECT_EQ(seen.size(), machine.states().size());
}

std::vector<std::filesystem::path> configurations_of(const std::filesystem::path& shared) {
  std::vector<std::filesystem::path> files;
  for (const char* folder : {"configs", "examples"}) {
    for (const auto& entry : std::filesystem::directory_iterator(shared / "data/eventsim" / folder)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
  }
  return files;
}

// The 30 configurations that eventsim and its forks ship, where they are at hand.
TEST(EventsimConfigurations, LoadAndRun) {
  const char* shared = std::getenv("PLAYHEAD_SHARED");
  const std::filesystem::path folder = shared == nullptr ? "../shared" : shared;
  if (!std::filesystem::exists(folder / "data" / "eventsim")) GTEST_SKIP() << "PLAYHEAD_SHARED has no data/eventsim";
  const std::vector<std::filesystem::path> files = configurations_of(folder);
  EXPECT_EQ(files.size(), 30);
  int with_time_factor = 0;
  for (const std::filesystem::path& path : files) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto config = parse_eventsim_config(text);
    ASSERT_TRUE(config) << path << ": " << config.error().message;
    EXPECT_TRUE(config->unknown_keys.empty()) << path;
    EXPECT_TRUE(config->alpha && config->beta && config->damping && config->session_gap) << path;
    const std::size_t states = config->machine.states().size();
    EXPECT_TRUE(states == 40 || states == 50) << path << " has " << states;
    const std::map<std::string, int> pages = walk(config->machine, 20'000, 10'000, 7);
    EXPECT_GT(pages.at("NextSong"), 20'000) << path;
    EXPECT_TRUE(pages.contains("Login") && pages.contains("Logout") && pages.contains("Upgrade")) << path;
    EXPECT_FALSE(pages.contains("Register")) << path << ": nobody is a guest at the start";
    Random random{9};
    for (StateNumber state = 0; state < states; ++state) {
      for (int draw = 0; draw < 50; ++draw) with_time_factor += config->machine.next(state, random).time_factor == 3;
    }
  }
  EXPECT_GT(with_time_factor, 0) << "one of them has the key t";
}

}  // namespace
}  // namespace playhead::simulate
