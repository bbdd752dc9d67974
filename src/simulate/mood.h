// simulate/mood.h: the mood of a track, guessed from how it sounds.
//
// Energy and valence span a plane (Russell 1980); each quarter of it has the moods of kMoods that are felt there, all equally likely.
// A track without features has any mood. Pure; never fails.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "simulate/catalogue.h"

namespace playhead::simulate {

inline std::uint8_t mood_of(const AudioFeatures& audio, Random& random) {
  constexpr std::array<std::array<std::uint8_t, 5>, 4> kQuarters = {{
      {1, 5, 7, 9, 14},   // weak and dark: Sad, Moody, Melancholic, Dreamy, Lo-fi
      {3, 4, 6, 13, 14},  // weak and bright: Calm, Romantic, Chill, Hopeful, Lo-fi
      {2, 5, 8, 10, 10},  // strong and dark: Energetic, Moody, Hype, Dark
      {0, 2, 8, 11, 12},  // strong and bright: Happy, Energetic, Hype, Uplifting, Groovy
  }};
  if (audio.tempo == 0 && audio.loudness == 0) return static_cast<std::uint8_t>(random.below(kMoods.size()));
  const auto& quarter = kQuarters[(audio.energy > 0.55 ? 2 : 0) + (audio.valence > 0.45 ? 1 : 0)];
  return quarter[random.below(quarter.size())];
}

}  // namespace playhead::simulate
