// Playhead's own session machine: default_sessions() of session_machine.h.
//
// Free listeners hear about seven songs in a session, between adverts; paying ones about twenty. Upgrades and downgrades are as rare as
// keeps the mix of levels about what it is at the start. What is missing to 1 in a row is the chance that the session ends there.
#include <array>
#include <string>

#include "simulate/session_machine.h"
#include "simulate/session_machine_builder.h"

namespace playhead::simulate {
namespace {

constexpr std::array kLevels = {"free", "paid", "trial"};
constexpr std::array kLevelWeights = {58.0, 38.0, 4.0};
constexpr std::size_t kFree = 0;
constexpr std::size_t kPaid = 1;
constexpr std::size_t kTrial = 2;
constexpr const char* kGuestAuth = "Guest";
constexpr const char* kIn = "Logged In";
constexpr const char* kOut = "Logged Out";
constexpr const char* kCancelled = "Cancelled";

// Chances of listeners who are logged in, by level.
struct Path {
  const char* from;
  const char* to;
  std::array<double, 3> chance;
};

constexpr std::array kLoggedIn = {
    Path{"NextSong", "NextSong", {0.66, 0.86, 0.82}},
    Path{"NextSong", "Roll Advert", {0.12, 0, 0}},
    Path{"NextSong", "Home", {0.03, 0.02, 0.03}},
    Path{"NextSong", "Search", {0.03, 0.03, 0.03}},
    Path{"NextSong", "Thumbs Up", {0.02, 0.02, 0.02}},
    Path{"NextSong", "Add to Playlist", {0.01, 0.015, 0.015}},
    Path{"NextSong", "Thumbs Down", {0.005, 0.004, 0.004}},
    Path{"NextSong", "Add Friend", {0.002, 0.003, 0.003}},
    Path{"NextSong", "Upgrade", {0.003, 0, 0.006}},
    Path{"NextSong", "Downgrade", {0, 0.002, 0.002}},
    Path{"Roll Advert", "NextSong", {0.92, 0, 0}},
    Path{"Roll Advert", "Upgrade", {0.01, 0, 0}},
    Path{"Home", "NextSong", {0.62, 0.72, 0.72}},
    Path{"Home", "Search", {0.12, 0.1, 0.1}},
    Path{"Home", "Home", {0.02, 0.02, 0.02}},
    Path{"Home", "Upgrade", {0.01, 0, 0.01}},
    Path{"Home", "Downgrade", {0, 0.003, 0.003}},
    Path{"Search", "NextSong", {0.7, 0.75, 0.75}},
    Path{"Search", "Search", {0.15, 0.12, 0.12}},
    Path{"Search", "Home", {0.05, 0.05, 0.05}},
    Path{"Search", "Add to Playlist", {0.02, 0.02, 0.02}},
    Path{"Thumbs Up", "NextSong", {0.93, 0.95, 0.95}},
    Path{"Thumbs Down", "NextSong", {0.93, 0.95, 0.95}},
    Path{"Add to Playlist", "NextSong", {0.9, 0.92, 0.92}},
    Path{"Add to Playlist", "Search", {0.04, 0.04, 0.04}},
    Path{"Add Friend", "NextSong", {0.7, 0.75, 0.75}},
    Path{"Add Friend", "Home", {0.2, 0.2, 0.2}},
    Path{"Settings", "NextSong", {0.4, 0.45, 0.45}},
    Path{"Settings", "Home", {0.2, 0.2, 0.2}},
    Path{"Settings", "Save Settings", {0.2, 0.2, 0.2}},
    Path{"Settings", "Settings", {0.03, 0.03, 0.03}},
    Path{"Settings", "Upgrade", {0.02, 0, 0.02}},
    Path{"Settings", "Downgrade", {0, 0.02, 0.03}},
    Path{"Settings", "Cancel", {0.006, 0.004, 0.008}},
    Path{"Save Settings", "Home", {0.7, 0.7, 0.7}},
    Path{"Save Settings", "NextSong", {0.15, 0.15, 0.15}},
    Path{"Save Settings", "Settings", {0.1, 0.1, 0.1}},
    Path{"Help", "NextSong", {0.4, 0.45, 0.45}},
    Path{"Help", "Home", {0.25, 0.25, 0.25}},
    Path{"Help", "Help", {0.08, 0.08, 0.08}},
    Path{"About", "NextSong", {0.4, 0.45, 0.45}},
    Path{"About", "Home", {0.3, 0.3, 0.3}},
    Path{"Error", "Home", {0.4, 0.4, 0.4}},
    Path{"Error", "NextSong", {0.35, 0.4, 0.4}},
    Path{"Upgrade", "Submit Upgrade", {0.1, 0, 0.2}},
    Path{"Upgrade", "NextSong", {0.55, 0, 0.5}},
    Path{"Upgrade", "Home", {0.2, 0, 0.15}},
    Path{"Downgrade", "Submit Downgrade", {0, 0.12, 0.15}},
    Path{"Downgrade", "NextSong", {0, 0.55, 0.5}},
    Path{"Downgrade", "Home", {0, 0.2, 0.2}},
};

// Every page of a listener who is logged in may lead to these as well, but redirects and pages that a level does not have.
struct Tail {
  const char* to;
  double chance;
};
constexpr std::array kAnywhere = {Tail{"Settings", 0.002}, Tail{"Help", 0.001}, Tail{"About", 0.001}, Tail{"Error", 0.0005},
                                  Tail{"Logout", 0.004}};
constexpr std::array kReadPages = {"NextSong", "Home", "Search", "Add to Playlist", "Help", "About", "Error"};

constexpr std::array kLoggedOut = {
    Path{"Home", "Login", {0.6, 0.6, 0.6}},    Path{"Home", "Home", {0.05, 0.05, 0.05}},  Path{"Home", "Help", {0.02, 0.02, 0.02}},
    Path{"Home", "About", {0.02, 0.02, 0.02}}, Path{"Help", "Login", {0.3, 0.3, 0.3}},    Path{"Help", "Home", {0.3, 0.3, 0.3}},
    Path{"About", "Login", {0.2, 0.2, 0.2}},   Path{"About", "Home", {0.3, 0.3, 0.3}},    Path{"Error", "Home", {0.5, 0.5, 0.5}},
    Path{"Error", "Login", {0.2, 0.2, 0.2}},   Path{"Login", "Home", {0.06, 0.06, 0.06}}, Path{"Login", "Error", {0.005, 0.005, 0.005}},
};

// Guests are free.
constexpr std::array kGuest = {
    Path{"Home", "Register", {0.35}},     Path{"Home", "About", {0.1}},     Path{"Home", "Search", {0.1}},
    Path{"Home", "Home", {0.08}},         Path{"Home", "Help", {0.05}},     Path{"Home", "Error", {0.001}},
    Path{"Search", "Register", {0.3}},    Path{"Search", "Home", {0.3}},    Path{"Search", "Search", {0.2}},
    Path{"About", "Register", {0.2}},     Path{"About", "Home", {0.3}},     Path{"Help", "Register", {0.1}},
    Path{"Help", "Home", {0.3}},          Path{"Help", "Help", {0.1}},      Path{"Register", "Home", {0.1}},
    Path{"Register", "Register", {0.05}}, Path{"Register", "Help", {0.02}}, Path{"Error", "Home", {0.5}},
    Path{"Error", "Register", {0.05}},
};

struct Entrance {
  const char* auth;
  const char* page;
  double weight;
};

constexpr std::array kEntrances = {
    Entrance{kIn, "NextSong", 1'500},
    Entrance{kIn, "Home", 1'000},
    Entrance{kIn, "Search", 150},
    Entrance{kIn, "Help", 5},
    Entrance{kIn, "About", 5},
    Entrance{kIn, "Error", 1},
    Entrance{kOut, "Home", 1'000},
    Entrance{kOut, "Login", 600},
    Entrance{kOut, "Help", 10},
    Entrance{kOut, "About", 10},
    Entrance{kOut, "Error", 1},
    Entrance{kGuestAuth, "Home", 100},
    Entrance{kGuestAuth, "Register", 30},
    Entrance{kGuestAuth, "About", 20},
    Entrance{kGuestAuth, "Help", 10},
    Entrance{kGuestAuth, "Search", 10},
    Entrance{kGuestAuth, "Error", 2},
};

class Table {
 public:
  Table() {
    for (std::size_t level = 0; level < kLevels.size(); ++level) builder_.add_level(kLevels[level], kLevelWeights[level]);
    builder_.add_auth(kGuestAuth, 0);
    builder_.add_auth(kIn, 12);
    builder_.add_auth(kOut, 1);
    builder_.show_user(kIn, true);
    builder_.show_user(kCancelled, true);
    builder_.set_churned(kCancelled);
  }

  SessionMachine build() {
    for (std::size_t level = 0; level < kLevels.size(); ++level) add_level(level);
    for (const Path& path : kGuest) step({path.from, kGuestAuth, kFree}, {path.to, kGuestAuth, kFree}, path.chance[0]);
    step({"Register", kGuestAuth, kFree}, {"Submit Registration", kIn, kFree}, 0.7);
    step({"Submit Registration", kIn, kFree}, {"Home", kIn, kFree}, 0.995);
    step({"Submit Registration", kIn, kFree}, {"Error", kGuestAuth, kFree}, 0.005);
    step({"Submit Upgrade", kIn, kFree}, {"Home", kIn, kTrial}, 0.55);
    step({"Submit Upgrade", kIn, kFree}, {"Home", kIn, kPaid}, 0.45);
    step({"Submit Upgrade", kIn, kTrial}, {"Home", kIn, kPaid}, 1);
    step({"Submit Downgrade", kIn, kPaid}, {"Home", kIn, kFree}, 1);
    step({"Submit Downgrade", kIn, kTrial}, {"Home", kIn, kFree}, 1);
    Faults none;
    return *builder_.build(none);  // the tests see that it has no fault
  }

 private:
  struct Spot {
    std::string_view page;
    const char* auth;
    std::size_t level;
  };

  StateNumber state(const Spot& spot) {
    const std::string_view page = spot.page;
    const bool redirect = page == "Login" || page == "Logout" || page == "Cancel" || page == "Save Settings" || page == "Add Friend" ||
                          page.starts_with("Submit ") || page.starts_with("Thumbs ");
    const bool put = redirect || page == "NextSong" || page == "Add to Playlist";
    const std::uint16_t status = redirect ? 307 : page == "Error" ? 404 : 200;
    return builder_.state(
        {.page = std::string(page), .auth = spot.auth, .method = put ? "PUT" : "GET", .status = status, .level = kLevels[spot.level]});
  }
  void step(const Spot& from, const Spot& to, double chance) {
    if (chance > 0) builder_.add_step(state(from), state(to), chance, 1);
  }
  void add_level(std::size_t level) {
    for (const Path& path : kLoggedIn) step({path.from, kIn, level}, {path.to, kIn, level}, path.chance[level]);
    for (const char* page : kReadPages) {
      for (const Tail& tail : kAnywhere) step({page, kIn, level}, {tail.to, kIn, level}, tail.chance);
    }
    for (const Path& path : kLoggedOut) step({path.from, kOut, level}, {path.to, kOut, level}, path.chance[level]);
    step({"Login", kOut, level}, {"Home", kIn, level}, 0.93);
    step({"Logout", kIn, level}, {"Home", kOut, level}, 1);
    step({"Cancel", kIn, level}, {"Cancellation Confirmation", kCancelled, level}, 0.97);
    step({"Cancel", kIn, level}, {"Home", kIn, level}, 0.03);
    for (const Entrance& entrance : kEntrances) {
      const bool guest = std::string_view(entrance.auth) == kGuestAuth;
      if (!guest || level == kFree) builder_.add_start(state({entrance.page, entrance.auth, level}), entrance.weight);
    }
  }

  SessionMachineBuilder builder_;
};

}  // namespace

const EventsimConfig& default_sessions() {
  static const EventsimConfig kConfig{EventsimSettings{}, Table().build()};
  return kConfig;
}

}  // namespace playhead::simulate
