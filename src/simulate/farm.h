// simulate/farm.h: listeners that are none: accounts that stream for money.
//
// Farms are extra listeners behind the real ones. kLooper plays one track around the clock; kThirtySecond leaves each track right after
// the 30 s that count; kDiluted plays thousands of tracks of a few unknown artists a little each; kBurst sleeps, then plays one new
// release without pause for a few hours. None of them skips by taste, searches, likes or sleeps. The kinds follow published signals of
// artificial streaming (docs/simulator.md).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/random.h"
#include "base/time.h"
#include "simulate/catalogue.h"
#include "simulate/happening.h"

namespace playhead::simulate {

std::string_view name_of(FarmKind kind);  // "looper", "thirty-second", "diluted", "burst"; "" of kNone

struct FarmOptions {
  FarmKind kind = FarmKind::kNone;
  std::uint32_t accounts = 0;  // 0 to 1 million
  std::uint32_t artist = 1;    // whom it serves; of kDiluted the first of ten
};

// The next play of a farm's account.
struct FarmPlay {
  std::uint32_t track;
  Duration heard;     // at most the track's duration
  Duration pause{0};  // before the next one begins
};

// `account` counts from 0 within the farm, `play` from 0 within the account; both with `random` decide.
FarmPlay next_play(const FarmOptions& farm, std::uint32_t account, std::uint64_t play, const Catalogue& catalogue, Random& random);

}  // namespace playhead::simulate
