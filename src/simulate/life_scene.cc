// The lives of listeners, a happening after another: LifeStory::live() of life_story.h.
#include <algorithm>
#include <array>
#include <cmath>

#include "simulate/chance.h"
#include "simulate/life_story.h"

namespace playhead::simulate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLeast{1};  // between two pages
constexpr Duration kRedirect = seconds{1};
constexpr double kLongestMicros = 10 * 365.25 * 86'400e6;  // between two pages
constexpr Duration kAlmostDone = seconds{5};               // a play is completed when no more than this is left
constexpr double kDriftMonthMicros = 30 * 86'400e6;
constexpr float kActivityMax = 3;  // twenty times as active as at first, or as little
constexpr Duration kLikeSoonest = seconds{1};
constexpr double kLikeSpreadMicros = 9e6;
constexpr Duration kOnlineSoonest = kLikeSoonest + seconds{9};  // so that the likes of the session are told with it
constexpr double kOfflineMaxMicros = 30 * 86'400e6;

bool ends_music(const State& state) { return state.kind == PageKind::kLogout || state.kind == PageKind::kCancellation || state.churned; }

}  // namespace

struct LifeStory::Scene {
  LifeStory& story;
  const World& world;
  const ServiceOptions& service;
  Life& life;
  const std::uint32_t listener;
  std::vector<Happening>& told;

  void run(Timestamp until) {
    while (life.next() < until) {
      if (life.play_end() <= life.next_page) {
        end_play(life.play_end());
      } else if (life.farm != 0) {
        play_for_farm(life.next_page);
      } else if (life.leaving) {
        depart(life.next_page);
      } else if (life.next_state == kNoState) {
        const StateNumber first = world.machine().start(life.auth, life.level, life.random);
        begin_session(life.next_page, world.machine().states()[first].shows_user);
        open_page(life.next_page, first);
      } else {
        open_page(life.next_page, life.next_state);
      }
    }
  }

  // Without an account there is nothing on the device that could be played offline.
  void begin_session(Timestamp now, bool has_account) {
    const double months = static_cast<double>((now - life.session_start).count()) / kDriftMonthMicros;
    if (service.activity_drift > 0) {
      const double drift = normal(life.random) * service.activity_drift * std::sqrt(months);
      life.activity = std::clamp(life.activity + static_cast<float>(drift), -kActivityMax, kActivityMax);
    }
    life.session_start = now;
    life.in_session = true;
    life.before = PageKind::kOther;
    life.items = 0;
    ++life.sessions;
    life.shuffle = life.random.chance(service.shuffle_share);
    life.offline = has_account && life.random.chance(service.offline_share);
    life.private_session = life.random.chance(world.listening().private_share);
    ++story.counts_.sessions;
    ++story.counts_.in_session;
  }

  void open_page(Timestamp now, StateNumber number) {
    const State& state = world.machine().states()[number];
    life.auth = world.machine().auth_of(number);
    life.level = world.machine().level_of(number);
    const bool song = state.kind == PageKind::kNextSong;
    if (song) start_play(now, number);
    const Step step = state.churned ? Step{.to = kNoState, .time_factor = 1} : world.machine().next(number, life.random);
    const Timestamp next = step.to == kNoState ? Timestamp::max() : time_of(now, state, step);
    if (song && next == Timestamp::max() && life.skipped) life.reason = EndReason::kAppClosed;
    tell_page(now, number, song);
    if (state.kind == PageKind::kThumbsUp) like(now);
    life.before = state.kind;
    if (state.churned) return depart(now);
    if (next == Timestamp::max()) return end_session(now);
    life.next_page = next;
    life.next_state = step.to;
  }

  // When the next page opens; Timestamp::max(): an outage comes first. A play that is about to begin may be cut short by it.
  Timestamp time_of(Timestamp now, const State& state, const Step& step) {
    const State& target = world.machine().states()[step.to];
    Timestamp next;
    if (target.kind == PageKind::kNextSong && life.playing) {
      next = life.play_end();
    } else if (service.compat_eventsim ? target.redirect : state.redirect) {
      next = now + kRedirect;
    } else {
      const double mean = service.alpha_seconds * 1e6 * static_cast<double>(life.pace) * static_cast<double>(step.time_factor);
      next = now + Duration{static_cast<std::int64_t>(std::min(memoryless(life.random) * mean, kLongestMicros))};
    }
    next = std::max(next, now + kLeast);
    if (!service.compat_eventsim && ends_music(target) && next < life.play_end() && life.playing) {
      if (state.kind == PageKind::kNextSong) {
        cut_play(next - now, EndReason::kLogout);
      } else {
        next = life.play_end();
      }
    }
    return story.next_outage(now) <= next ? Timestamp::max() : next;
  }

  void start_play(Timestamp now, StateNumber number) {
    const Spike* spike = world.time().spike_at(now);
    static constexpr Taste kNone{};
    const Taste& taste = service.compat_eventsim ? kNone : story.taste_of(listener);
    const std::uint32_t artist = spike == nullptr ? 0 : spike->artist;
    const std::uint32_t track = world.tastes().choose(taste, life.recent, artist, artist == 0 ? 0 : spike->artist_share, life.random);
    const Heard heard = hear({.duration = world.duration_of(track),
                              .likeness = service.compat_eventsim ? 0 : world.tastes().likeness(taste, track),
                              .age = life.age,
                              .weekend = world.time().weekend_at(now, life.place)},
                             world.listening(), life.random);
    note_play(now, number, track, heard);
  }

  void note_play(Timestamp now, StateNumber number, std::uint32_t track, const Heard& heard) {
    world.catalogue().fetch(track);
    std::shift_right(life.recent.begin(), life.recent.end(), 1);
    life.recent[0] = track;
    life.play_start = now;
    life.play_state = number;
    life.position_ms = static_cast<std::uint32_t>(std::chrono::floor<milliseconds>(heard.position).count());
    life.reason = heard.reason;
    life.completed = heard.completed;
    life.skipped = heard.skipped;
    life.liked = heard.liked;
    life.like_told = false;
    life.rating_tenths = heard.rating_tenths;
    life.playing = true;
    ++life.plays;
    ++story.counts_.plays;
    if (const Timestamp outage = story.next_outage(now); outage < life.play_end()) cut_play(outage - now, EndReason::kAppClosed);
  }

  void cut_play(Duration position, EndReason reason) {
    const Duration duration = world.duration_of(life.recent[0]);
    life.position_ms = static_cast<std::uint32_t>(std::chrono::floor<milliseconds>(position).count());
    life.completed = milliseconds{life.position_ms} >= duration - kAlmostDone;
    life.skipped = !life.completed;
    life.liked = life.liked && life.completed;
    life.reason = reason;
  }

  void end_play(Timestamp now) {
    tell_of_play(now, HappeningKind::kPlayEnd).heard = heard();
    life.playing = false;
    if (life.liked) like(now + kLikeSoonest + Duration{static_cast<std::int64_t>(life.random.unit() * kLikeSpreadMicros)});
    if (life.farm != 0 && life.next_page - now >= kSessionGap) life.in_session = false;
    if (!life.in_session) settle(now);
  }

  void like(Timestamp time) {
    if (life.plays == 0 || life.like_told) return;
    life.like_told = true;
    if (story.next_outage(life.play_start) > time) tell_of_play(time, HappeningKind::kLike);
  }

  void end_session(Timestamp now) {
    life.in_session = false;
    story.schedule_session(life, life.playing ? std::max(now, life.play_end()) : now);
    if (!life.playing) settle(now);
  }

  void depart(Timestamp now) {
    const bool was_active = life.active();
    life.gone = true;
    life.in_session = false;
    life.next_page = Timestamp::max();
    --story.counts_.listeners;
    ++story.counts_.left;
    if (was_active && !life.playing) settle(now);
  }

  // The session is over and the music too: an offline device comes online some time later.
  void settle(Timestamp now) {
    --story.counts_.in_session;
    if (!life.offline) return;
    const double mean = static_cast<double>(service.offline_mean.count());
    const double wait = std::min(memoryless(life.random) * mean, kOfflineMaxMicros);
    go_online(now + kOnlineSoonest + Duration{static_cast<std::int64_t>(wait)});
  }

  void go_online(Timestamp time) {
    for (Happening& happening : told) {
      if (happening.sent == Timestamp::max()) happening.sent = std::max(time, happening.time);
    }
    life.offline = false;
  }

  void play_for_farm(Timestamp now) {
    if (!life.in_session) begin_session(now, false);
    const std::size_t farm = life.farm - 1;
    const FarmPlay play = next_play(world.farms()[farm], listener - story.farm_first_[farm], life.plays, world.catalogue(), life.random);
    const Duration duration = world.duration_of(play.track);
    const bool completed = play.heard >= duration - kAlmostDone;
    note_play(now, life.play_state, play.track,
              {.position = play.heard,
               .reason = play.heard >= duration ? EndReason::kTrackDone : EndReason::kForward,
               .completed = completed,
               .skipped = !completed});
    tell_page(now, life.play_state, true);
    life.before = PageKind::kNextSong;
    life.next_page = world.time().end_of_outage(std::max(life.play_end() + play.pause, now + kLeast));
  }

  void tell_page(Timestamp now, StateNumber number, bool song) {
    if (life.offline && life.items == kOfflineItemsMax) go_online(now);
    Happening& page = tell(now, HappeningKind::kPage, number);
    ++life.items;
    if (!song) return;
    page.track = life.recent[0];
    page.play_number = life.plays - 1;
    page.play_start = life.play_start;
    page.heard = heard();
  }

  Happening& tell_of_play(Timestamp time, HappeningKind kind) {
    Happening& happening = tell(time, kind, life.play_state);
    happening.track = life.recent[0];
    happening.play_number = life.plays - 1;
    happening.play_start = life.play_start;
    return happening;
  }

  Happening& tell(Timestamp time, HappeningKind kind, StateNumber state) {
    told.push_back({.time = time,
                    .sent = life.offline ? Timestamp::max() : time,
                    .listener = listener,
                    .sequence = life.happenings++,
                    .session = life.sessions - 1,
                    .item = life.items,
                    .kind = kind,
                    .farm = life.farm == 0 ? FarmKind::kNone : world.farms()[life.farm - 1].kind,
                    .state = state,
                    .before = life.before,
                    .level = life.level,
                    .shuffle = life.shuffle,
                    .offline = life.offline,
                    .private_session = life.private_session,
                    .track = kNoTrack,
                    .play_number = 0,
                    .play_start = Timestamp{},
                    .heard = {}});
    return told.back();
  }

  Heard heard() const {
    return {.position = milliseconds{life.position_ms},
            .reason = life.reason,
            .completed = life.completed,
            .skipped = life.skipped,
            .liked = life.liked,
            .rating_tenths = life.rating_tenths};
  }
};

void LifeStory::live(Life& life, std::uint32_t listener, Timestamp until, std::vector<Happening>& told) {
  Scene{*this, world_, world_.service(), life, listener, told}.run(until);
}

}  // namespace playhead::simulate
