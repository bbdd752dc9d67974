// simulate/happening.h: what happens in the life of one listener, before it is told in any dialect.
//
// A life is a row of happenings: pages that are opened, and plays that end. One happening may become several messages (a NextSong page
// is a page view and a listen), one message, or none, as the dialects want it (simulate/form.h).
//
// Values only. `listener` and `sequence` together name a happening for ever; event ids are made of them and of the service's seed.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "simulate/listening.h"
#include "simulate/session_machine.h"

namespace playhead::simulate {

enum class HappeningKind : std::uint8_t {
  kPage,     // a page was opened; `track` is the song that begins with it where the page is NextSong
  kPlayEnd,  // the play that began at `play_start` is over: position and the rest are known now
  kLike,     // the listener liked `track`
};

enum class FarmKind : std::uint8_t { kNone, kLooper, kThirtySecond, kDiluted, kBurst };  // simulate/farm.h

struct Happening {
  Timestamp time;  // when it happened
  Timestamp sent;  // when the service hears of it: later than `time` where the device was offline
  std::uint32_t listener;
  std::uint32_t sequence;  // of this listener, from 0
  std::uint32_t session;   // of this listener, from 0
  std::uint32_t item;      // in the session, from 0; pages only count
  HappeningKind kind;
  FarmKind farm;
  StateNumber state;   // the page; for others the state of their NextSong page
  PageKind before;     // the page opened just before it in the session, a redirect as well; kOther: none
  std::uint8_t level;  // index into the machine's levels, at this moment
  bool shuffle, offline, private_session;
  std::uint32_t track;        // kNoTrack: none
  std::uint32_t play_number;  // of this listener, from 0: the same at a play's NextSong page, its end and its like
  Timestamp play_start;       // of plays
  Heard heard;                // of kPlayEnd; of a NextSong page too, since the simulator knows the future
};

}  // namespace playhead::simulate
