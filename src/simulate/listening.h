// simulate/listening.h: how a play ends: how far it was heard, by whose doing, and what the listener thought of it.
//
// The time heard is drawn from the published skip curve of several billion plays (Spotify, 2014): 24.1 % are skipped within 5 s,
// 29.0 % within 10 s, 35.1 % within 30 s and 48.6 % before the end, with a small even hazard after 20 s. Young listeners, weekends and
// tracks that are unlike the listener's taste are skipped more, by factors whose mean over the default service is 1, so that its plays stay
// on the curve; with plain tastes or another catalogue the whole curve moves a little. No skip falls into the last 5 s of a track, and
// tracks too short for a part of the curve are heard to their end instead. The end by logout or by closing the app is the session's doing:
// hear() never says kLogout or kAppClosed.
// completed and skipped are Playhead's own definitions: completed when position >= duration - 5 s, skipped when the listener ended the
// play before that.
//
// Threads: pure; any thread. Fails: never.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/random.h"
#include "base/time.h"

namespace playhead::simulate {

enum class EndReason : std::uint8_t { kTrackDone, kForward, kBack, kClickedRow, kLogout, kAppClosed };
std::string_view name_of(EndReason reason);  // "trackdone", "fwdbtn", "backbtn", "clickrow", "logout", "appload"

struct ListeningOptions {
  bool never_skips = false;  // eventsim
  double like_share = 0.01;  // of the plays that were completed
  double rating_share = 1;   // of plays that get a rating; music-streams has one always
  double private_share = 0.02;
};

struct Heard {
  Duration position{0};  // 0 to the track's duration
  EndReason reason = EndReason::kTrackDone;
  bool completed = true;
  bool skipped = false;
  bool liked = false;
  std::uint8_t rating_tenths = 0;  // 10 to 50: rating 1.0 to 5.0; 0: none
};

struct Situation {
  Duration duration;  // of the track
  float likeness;     // -1 to 1 (simulate/taste.h)
  std::uint8_t age;   // years
  bool weekend;
};

Heard hear(const Situation& situation, const ListeningOptions& options, Random& random);

}  // namespace playhead::simulate
