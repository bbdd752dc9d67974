// tests/simulate/music.h: listeners and their plays, made of catalogue and tastes alone.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "simulate/catalogue.h"
#include "simulate/chance.h"
#include "simulate/person.h"
#include "simulate/place.h"
#include "simulate/taste.h"

namespace playhead::simulate {

inline std::unique_ptr<Catalogue> catalogue_of(const CatalogueOptions& options) {
  auto made = Catalogue::synthetic(options);
  EXPECT_TRUE(made.has_value()) << made.error().message;
  return std::move(*made);
}

// The people of the whole world, as the service has them unless told otherwise.
inline Person person_of(std::uint32_t listener) {
  static const Places places = Places::built_in(Region::kWorld);
  static const People people(1, places, 0.02);
  return people.person(listener);
}

// Calls `each(taste, track)` for every play of a listener, in order.
template <typename Each>
void listen(const Tastes& tastes, std::uint32_t listener, int plays, std::uint64_t seed, Each each) {
  const Taste taste = tastes.taste_of(listener, person_of(listener));
  Random random{mixed(seed, listener)};
  RecentTracks recent;
  recent.fill(kNoTrack);
  for (int i = 0; i < plays; ++i) {
    const std::uint32_t track = tastes.choose(taste, recent, 0, 0, random);
    each(taste, track);
    std::shift_right(recent.begin(), recent.end(), 1);
    recent.front() = track;
  }
}

}  // namespace playhead::simulate
