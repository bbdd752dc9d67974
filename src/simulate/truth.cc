#include "simulate/truth.h"

#include <algorithm>
#include <utility>

#include "simulate/told_listener.h"

namespace playhead::simulate {

void Truth::add(std::uint32_t listener, std::span<const Happening> happenings) {
  for (const Happening& happening : happenings) {
    if (happening.kind == HappeningKind::kLike) continue;  // it may come when the next session has begun
    OpenSession& session = session_of(listener, happening);
    const bool page = happening.kind == HappeningKind::kPage;
    if (page) session.start = session.pages == 0 ? happening.time : std::min(session.start, happening.time);
    session.pages += page ? 1 : 0;
    session.end = std::max(session.end, happening.time);
    if (!begins_play(happening, world_)) continue;
    ++session.plays;
    add_play(happening);
  }
}

void Truth::add_play(const Happening& page) {
  plays_.listener.push_back(page.listener);
  plays_.play.push_back(page.play_number);
  plays_.session.push_back(page.session);
  plays_.track.push_back(page.track);
  plays_.user_id.push_back(world_.service().first_user_id + page.listener);
  plays_.start.push_back(page.play_start);
  plays_.sent.push_back(page.sent);
  plays_.position.push_back(page.heard.position);
  plays_.duration.push_back(std::chrono::milliseconds{world_.catalogue()[page.track].duration_ms});
  plays_.reason.push_back(page.heard.reason);
  plays_.completed.push_back(page.heard.completed ? 1 : 0);
  plays_.skipped.push_back(page.heard.skipped ? 1 : 0);
  plays_.offline.push_back(page.offline ? 1 : 0);
  plays_.private_session.push_back(page.private_session ? 1 : 0);
  plays_.level.push_back(page.level);
  plays_.farm.push_back(page.farm);
}

// The open session that the happening is of. Where it begins one, those that it ends are closed.
Truth::OpenSession& Truth::session_of(std::uint32_t listener, const Happening& happening) {
  const OpenSession begun{.number = happening.session, .start = happening.time, .end = happening.time};
  const auto [found, first] = open_.try_emplace(listener, OpenSessions{.latest = begun, .earlier = {}});
  OpenSessions& open = found->second;
  if (first || open.latest.number == happening.session) return open.latest;
  if (open.has_earlier && open.earlier.number == happening.session) return open.earlier;
  if (open.has_earlier) close(listener, open.earlier);
  open.has_earlier = happening.session < open.latest.number;
  if (open.has_earlier) return open.earlier = begun;
  close(listener, open.latest);
  return open.latest = begun;
}

void Truth::close(std::uint32_t listener, const OpenSession& session) {
  sessions_.listener.push_back(listener);
  sessions_.session.push_back(session.number);
  sessions_.start.push_back(session.start);
  sessions_.end.push_back(session.end);
  sessions_.pages.push_back(session.pages);
  sessions_.plays.push_back(session.plays);
}

void Truth::add(const Arrival& arrival) {
  deliveries_.topic.push_back(arrival.message.topic);
  deliveries_.listener.push_back(arrival.message.listener);
  deliveries_.sequence.push_back(arrival.message.sequence);
  deliveries_.event_id.push_back(arrival.event_id);
  deliveries_.sent.push_back(arrival.message.sent);
  deliveries_.event_time.push_back(arrival.message.event_time);
  deliveries_.fate.push_back(arrival.fate);
  deliveries_.delayed.push_back(arrival.delayed ? 1 : 0);
  deliveries_.skew.push_back(arrival.skew);
}

void Truth::finish() {
  std::vector<std::uint32_t> listeners;
  listeners.reserve(open_.size());
  for (const auto& [listener, open] : open_) listeners.push_back(listener);
  std::ranges::sort(listeners);
  for (const std::uint32_t listener : listeners) {
    const OpenSessions& open = open_.at(listener);
    if (open.has_earlier) close(listener, open.earlier);
    close(listener, open.latest);
  }
  open_.clear();
}

void Truth::clear() {
  const auto empty = [](auto&... columns) { (columns.clear(), ...); };
  TruePlays& p = plays_;
  empty(p.listener, p.play, p.session, p.track, p.user_id, p.start, p.sent, p.position, p.duration, p.reason, p.completed, p.skipped,
        p.offline, p.private_session, p.level, p.farm);
  TrueSessions& s = sessions_;
  empty(s.listener, s.session, s.start, s.end, s.pages, s.plays);
  Deliveries& d = deliveries_;
  empty(d.topic, d.listener, d.sequence, d.event_id, d.sent, d.event_time, d.fate, d.delayed, d.skew);
}

}  // namespace playhead::simulate
