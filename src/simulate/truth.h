// simulate/truth.h: the ground truth of a simulated service: what any number downstream should come to.
//
// Columns of equal length, filled while the service is simulated, written by the caller as Parquet and then cleared: sessions, plays,
// and deliveries. The fourth table, listeners with their hidden taste, follows from the World alone.
//   plays       one row a play that has begun, when it begins, with the end that it will have; so it counts what the dialects that tell
//               of beginnings send. music-streams tells of ends: it lacks the plays that go on when the run ends
//   sessions    one row a session, when it is over: when the listener's next one begins, or with finish()
//   deliveries  one row a message that arrived, with its fate; a duplicate has a row of its own
//
// A session that was spent offline is heard of later, maybe in the middle of another one: so of each listener up to two are open, the
// latest, and one before it.
//
// Threads: one owner at a time. Memory: owns its columns; about 80 bytes a play and 70 a delivery until clear(). About 100 bytes for each
// listener whose last session may go on.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "simulate/happening.h"
#include "simulate/transport.h"
#include "simulate/world.h"

namespace playhead::simulate {

struct TruePlays {
  std::vector<std::uint32_t> listener, play, session, track;
  std::vector<std::uint64_t> user_id;
  std::vector<Timestamp> start, sent;  // sent: when the service hears that it has begun
  std::vector<Duration> position, duration;
  std::vector<EndReason> reason;
  std::vector<std::uint8_t> completed, skipped, offline, private_session, level;
  std::vector<FarmKind> farm;
  std::size_t size() const { return listener.size(); }
};

struct TrueSessions {
  std::vector<std::uint32_t> listener, session;
  std::vector<Timestamp> start, end;  // of the first page, and of the last page or the end of the last play
  std::vector<std::uint32_t> pages, plays;
  std::size_t size() const { return listener.size(); }
};

struct Deliveries {
  std::vector<Topic> topic;
  std::vector<std::uint32_t> listener, sequence;
  std::vector<EventIdText> event_id;
  std::vector<Timestamp> sent, event_time;  // sent: when it arrived
  std::vector<Fate> fate;
  std::vector<std::uint8_t> delayed;
  std::vector<Duration> skew;
  std::size_t size() const { return topic.size(); }
};

class Truth {
 public:
  explicit Truth(const World& world) : world_(world) {}

  // One listener's happenings, in order, as Service::advance() hands them over.
  void add(std::uint32_t listener, std::span<const Happening> happenings);
  void add(const Arrival& arrival);
  void finish();  // closes the sessions that are still open, in the order of listeners

  const TruePlays& plays() const { return plays_; }
  const TrueSessions& sessions() const { return sessions_; }
  const Deliveries& deliveries() const { return deliveries_; }
  void clear();  // forgets the rows; open sessions are kept

 private:
  struct OpenSession {
    std::uint32_t number = 0;
    std::uint32_t pages = 0;
    std::uint32_t plays = 0;
    Timestamp start{};
    Timestamp end{};
  };
  // The latest session of a listener, and one before it of which is still being heard.
  struct OpenSessions {
    OpenSession latest;
    OpenSession earlier;
    bool has_earlier = false;
  };

  void add_play(const Happening& page);
  OpenSession& session_of(std::uint32_t listener, const Happening& happening);
  void close(std::uint32_t listener, const OpenSession& session);

  const World& world_;
  TruePlays plays_;
  TrueSessions sessions_;
  Deliveries deliveries_;
  std::unordered_map<std::uint32_t, OpenSessions> open_;  // by listener
};

}  // namespace playhead::simulate
