// simulate/session_machine.h: eventsim's state machine: which page comes after which, and how people come and go.
//
// A state is (page, auth, method, status, level). From each there are transitions with chances whose sum is at most 1; what is missing
// to 1 is the chance that the session ends there. New sessions begin in a state drawn by weight among those of the listener's auth and
// level. eventsim's own configuration files are read unchanged: the forms of Interana, of viirya (4 topics) and of soleun, which adds a
// factor "t" of time to a transition.
//
// Limits:  a configuration of 16 MiB, 4,096 states, 65,535 transitions, 64 auths and 64 levels. Threads: immutable once made; any thread.
// Memory:  owns its texts. Fails: parse_eventsim_config() with kInvalid and every fault at once, each with the key and what is allowed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"

namespace playhead::simulate {

using StateNumber = std::uint16_t;
inline constexpr StateNumber kNoState = 0xffff;  // the session has ended
inline constexpr std::size_t kConfigBytesMax = 16 << 20;
inline constexpr std::size_t kStatesMax = 4'096;
inline constexpr std::size_t kStepsMax = 65'535;
inline constexpr std::size_t kNamesMax = 64;  // of auths, and of levels

// What a page means to the simulator, whatever else is written on it.
enum class PageKind : std::uint8_t {
  kOther,
  kNextSong,
  kLogin,
  kLogout,
  kRegister,
  kSubmitRegistration,
  kSubmitUpgrade,
  kSubmitDowngrade,
  kThumbsUp,
  kThumbsDown,
  kCancellation,  // the page after which the listener has left for ever
};

struct State {
  std::string page;
  std::string auth;    // Guest, Logged In, Logged Out, Cancelled, or another
  std::string method;  // GET, PUT
  std::uint16_t status;
  std::string level;  // free, paid, or another
  PageKind kind;
  bool shows_user;  // user details are shown in this auth state
  bool churned;     // of the auth of `churned-state`: the listener has left
  bool redirect;    // status 300 to 399: nobody reads it
};

struct Step {
  StateNumber to;
  float time_factor;  // of the mean time until then; 1 unless the configuration says otherwise
};

class SessionMachine {
 public:
  // The state of a session's start for a listener with this auth and level (indices into auths() and levels()).
  StateNumber start(std::uint8_t auth, std::uint8_t level, Random& random) const;
  // The next state, or kNoState: the session ends.
  Step next(StateNumber from, Random& random) const;

  std::span<const State> states() const { return states_; }
  std::span<const std::string> auths() const { return auths_; }
  std::span<const std::string> levels() const { return levels_; }
  std::uint8_t auth_of(StateNumber state) const { return auth_of_[state]; }    // index into auths()
  std::uint8_t level_of(StateNumber state) const { return level_of_[state]; }  // index into levels()
  std::uint8_t draw_auth(Random& random) const;                                // of a listener that is there at the start
  std::uint8_t draw_level(Random& random) const;
  std::uint8_t new_auth() const { return new_auth_; }  // of a listener that comes later
  std::uint8_t new_level() const { return new_level_; }
  std::uint64_t fingerprint() const;  // of all that decides where it goes

 private:
  friend class SessionMachineBuilder;
  SessionMachine() = default;

  struct Row {  // of one state, or of one auth and level: its entries are [first, first + count), by rising cumulative chance
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };

  std::vector<State> states_;
  std::vector<std::string> auths_, levels_;
  std::vector<double> auth_weights_, level_weights_;
  std::vector<std::uint8_t> auth_of_, level_of_;
  std::vector<Row> rows_;  // of each state, in steps_
  std::vector<double> cumulative_;
  std::vector<Step> steps_;
  std::vector<Row> start_rows_;  // of auth * levels + level, in starts_
  std::vector<double> start_cumulative_;
  std::vector<StateNumber> starts_;
  std::uint8_t new_auth_ = 0, new_level_ = 0;
};

// What a configuration of eventsim says besides the machine. Absent keys are nullopt, so that flags and defaults can fill them.
struct EventsimSettings {
  std::optional<std::uint64_t> seed;
  std::optional<double> alpha;  // seconds: the mean time between two pages of a session
  std::optional<double> beta;   // seconds: the mean time between two sessions
  std::optional<double> damping, weekend_damping, weekend_damping_offset, weekend_damping_scale;  // days; share; minutes; minutes
  std::optional<double> session_gap;                                                              // seconds
  std::optional<double> growth_rate, attrition_rate;                                              // fractions a year
  std::optional<std::uint64_t> listeners, first_user_id;                                          // n-users, first-user-id
  std::optional<Timestamp> start, end;                                                            // start-date, end-date
  std::optional<std::string> tag;
  std::vector<std::string> unknown_keys;  // "transitions[3].weight"; the first hundred. Not an error
};

struct EventsimConfig : EventsimSettings {
  SessionMachine machine;
};

// A sum of chances may be above 1 by a millionth, which is how far decimal fractions are off. Every state in which a session may end
// needs one in which the next session begins, with its auth and level.
Result<EventsimConfig> parse_eventsim_config(std::string_view json);
// Playhead's own default, of the 17 pages of eventsim and six more (Roll Advert, Thumbs Up, Thumbs Down, Add to Playlist, Add Friend,
// Search), with the levels free, paid and trial. It sets nothing but the machine.
const EventsimConfig& default_sessions();

}  // namespace playhead::simulate
