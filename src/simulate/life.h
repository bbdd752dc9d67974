// simulate/life.h: what is kept of one listener between two of its happenings.
//
// Values only, and few: a service has millions of them. Who the listener is (simulate/person.h) and what it likes (simulate/taste.h)
// follow from its number, and are not kept. A Life is copied as bytes when a service is saved.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "base/random.h"
#include "base/time.h"
#include "simulate/happening.h"
#include "simulate/taste.h"

namespace playhead::simulate {

struct Life {
  // When the next page opens: `next_state`, or where that is kNoState the next session's first one. Of a listener who is `leaving`, when
  // it leaves. Timestamp::max(): never.
  Timestamp next_page = Timestamp::max();
  Timestamp registered;
  Timestamp session_start;  // of the last one; before the first, when the listener came
  Timestamp play_start;     // of the last one
  Random random{0};
  RecentTracks recent;            // the first one is that of the last play
  float pace;                     // of pages: a factor of the mean time on one
  float reluctance;               // to listen: a factor of the mean time between sessions
  float activity = 0;             // logarithm of what drifts of it
  std::uint32_t sessions = 0;     // begun
  std::uint32_t plays = 0;        // begun
  std::uint32_t happenings = 0;   // told
  std::uint32_t items = 0;        // pages of this session
  std::uint32_t position_ms = 0;  // of the last play at its end
  StateNumber next_state = kNoState;
  StateNumber play_state = kNoState;
  std::uint16_t place;
  std::uint8_t age;
  std::uint8_t auth, level;
  std::uint8_t farm = 0;  // number of the farm, from 1; 0: a real listener
  PageKind before = PageKind::kOther;
  EndReason reason = EndReason::kTrackDone;  // of the last play, as the next ones
  std::uint8_t rating_tenths = 0;
  bool completed : 1 = false, skipped : 1 = false, liked : 1 = false;
  bool like_told : 1 = false;   // of the last play
  bool playing : 1 = false;     // the last play is not over
  bool in_session : 1 = false;  // the last page is not opened yet
  bool shuffle : 1 = false, offline : 1 = false, private_session : 1 = false;
  bool leaving : 1 = false, gone : 1 = false;
  bool held : 1 = false;  // some happenings wait until they are sent

  Timestamp play_end() const { return playing ? play_start + std::chrono::milliseconds{position_ms} : Timestamp::max(); }
  // When anything happens next.
  Timestamp next() const { return std::min(next_page, play_end()); }
  bool active() const { return in_session || playing; }
};

static_assert(std::is_trivially_copyable_v<Life>);
static_assert(sizeof(Life) <= 120, "a million listeners are to fit in 128 MB, with the time of the next happening beside each");

}  // namespace playhead::simulate
