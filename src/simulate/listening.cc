#include "simulate/listening.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "simulate/chance.h"

namespace playhead::simulate {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

// The published curve, as the share of plays that are skipped by then. From 20 s on the hazard is small and even, which puts 34.1 % at
// 20 s; from 30 s on the rest of the skips is spread evenly over what is left of the track. No skip falls into the last five seconds:
// whoever leaves there has completed the play.
struct Point {
  seconds by;
  double skipped;
};
constexpr std::array<Point, 5> kCurve = {
    {{seconds{0}, 0}, {seconds{5}, 0.241}, {seconds{10}, 0.290}, {seconds{20}, 0.341}, {seconds{30}, 0.351}}};
constexpr double kSkipped = 0.486;
constexpr Duration kEnding = seconds{5};

// The factors below have a mean of 1 over the service, so that its plays lie on the curve. That needs the means of what they depend on,
// measured over the default world (tests/simulate/listening_test.cc holds them to it): likeness over the plays, and the share of plays
// that are heard at a weekend. Another catalogue moves them a little, and the curve with them.
constexpr double kMeanLikeness = 0.492;
constexpr double kWeekendShare = 0.277;
constexpr double kAwayFromTaste = 0.30;  // a likeness of 0.3 less than the mean is skipped 9 % more
constexpr double kWeekend = 0.06;

// By age: teenagers skip more than half of what begins, people in their forties least. The mean is 1 over the ages of simulate/person.h.
double age_factor(std::uint8_t age) {
  if (age < 20) return 1.12;
  if (age < 30) return 1.03;
  if (age < 40) return 0.97;
  if (age < 50) return 0.92;
  return 0.94;
}

double skip_factor(const Situation& situation) {
  const double weekend = 1 + kWeekend * ((situation.weekend ? 1 : 0) - kWeekendShare);
  const double taste = 1 - kAwayFromTaste * (situation.likeness - kMeanLikeness);
  return age_factor(situation.age) * weekend * taste;
}

// When a play is skipped whose place on the curve is `place`, or the track's duration: it is not.
Duration skipped_at(double place, Duration duration) {
  const Duration last = duration - kEnding;
  if (place >= kSkipped || last <= Duration{0}) return duration;
  Duration at;
  if (place >= kCurve.back().skipped) {
    const double part = (place - kCurve.back().skipped) / (kSkipped - kCurve.back().skipped);
    at = kCurve.back().by + duration_cast<Duration>((last - kCurve.back().by) * part);
    if (last <= kCurve.back().by) return duration;
  } else {
    std::size_t i = 1;
    while (place >= kCurve[i].skipped) ++i;
    const double part = (place - kCurve[i - 1].skipped) / (kCurve[i].skipped - kCurve[i - 1].skipped);
    at = kCurve[i - 1].by + duration_cast<Duration>((Duration{kCurve[i].by - kCurve[i - 1].by}) * part);
  }
  return at < last ? at : duration;
}

// By what button: forward, mostly; another row of the list; back, when the listener wants the one before again.
EndReason skip_reason(Random& random) {
  const double kind = random.unit();
  if (kind < 0.76) return EndReason::kForward;
  return kind < 0.93 ? EndReason::kClickedRow : EndReason::kBack;
}

std::uint8_t rating_of(const Heard& heard, const Situation& situation, Random& random) {
  const double heard_share =
      static_cast<double>(heard.position.count()) / static_cast<double>(std::max<Duration::rep>(situation.duration.count(), 1));
  const double stars = 3.0 + 1.6 * (situation.likeness - kMeanLikeness) + 1.1 * (heard_share - 0.6) + 0.7 * normal(random);
  return static_cast<std::uint8_t>(std::lround(10 * std::clamp(stars, 1.0, 5.0)));
}

}  // namespace

std::string_view name_of(EndReason reason) {
  switch (reason) {
    case EndReason::kTrackDone: return "trackdone";
    case EndReason::kForward: return "fwdbtn";
    case EndReason::kBack: return "backbtn";
    case EndReason::kClickedRow: return "clickrow";
    case EndReason::kLogout: return "logout";
    case EndReason::kAppClosed: return "appload";
  }
  return "";
}

Heard hear(const Situation& situation, const ListeningOptions& options, Random& random) {
  Heard heard;
  heard.position = situation.duration;
  if (!options.never_skips) heard.position = skipped_at(random.unit() / skip_factor(situation), situation.duration);
  if (heard.position < situation.duration) {
    heard.completed = false;
    heard.skipped = true;
    heard.reason = skip_reason(random);
  }
  const double like = options.like_share * (1 + (situation.likeness - kMeanLikeness));
  heard.liked = heard.completed && random.chance(like);
  if (random.chance(options.rating_share)) heard.rating_tenths = rating_of(heard, situation, random);
  return heard;
}

}  // namespace playhead::simulate
