#include "simulate/session_machine.h"

#include <cassert>
#include <numeric>

#include "base/bytes.h"

namespace playhead::simulate {
namespace {

// The first place whose cumulative chance is above the draw; the count of places where none is. Rows are short, and the likely ones
// come first, so this beats a binary search.
std::uint32_t place_of(std::span<const double> cumulative, double drawn) {
  std::uint32_t place = 0;
  while (place < cumulative.size() && drawn >= cumulative[place]) ++place;
  return place;
}

std::uint8_t draw(std::span<const double> weights, Random& random) {
  double left = random.unit() * std::accumulate(weights.begin(), weights.end(), 0.0);
  std::size_t last = 0;
  for (std::size_t place = 0; place < weights.size(); ++place) {
    if (weights[place] == 0) continue;
    last = place;
    left -= weights[place];
    if (left < 0) break;
  }
  return static_cast<std::uint8_t>(last);
}

}  // namespace

StateNumber SessionMachine::start(std::uint8_t auth, std::uint8_t level, Random& random) const {
  const Row& row = start_rows_[auth * levels_.size() + level];
  assert(row.count > 0);  // the builder sees to it for whatever a listener can be
  return starts_[row.first + place_of(std::span(start_cumulative_).subspan(row.first, row.count), random.unit())];
}

Step SessionMachine::next(StateNumber from, Random& random) const {
  const Row& row = rows_[from];
  const std::uint32_t place = place_of(std::span(cumulative_).subspan(row.first, row.count), random.unit());
  return place < row.count ? steps_[row.first + place] : Step{.to = kNoState, .time_factor = 1};
}

std::uint8_t SessionMachine::draw_auth(Random& random) const { return draw(auth_weights_, random); }
std::uint8_t SessionMachine::draw_level(Random& random) const { return draw(level_weights_, random); }

std::uint64_t SessionMachine::fingerprint() const {
  ByteWriter bytes;
  for (const State& state : states_) {
    for (const std::string& text : {state.page, state.auth, state.method, state.level}) bytes.text(text);
    bytes.number(state.status);
    bytes.number(std::uint8_t{state.churned});
  }
  for (const Row& row : rows_) bytes.number(row.count);
  for (const Step& step : steps_) {
    bytes.number(step.to);
    bytes.number(step.time_factor);
  }
  for (const StateNumber start : starts_) bytes.number(start);
  for (const auto* numbers : {&cumulative_, &start_cumulative_, &auth_weights_, &level_weights_}) {
    for (const double number : *numbers) bytes.number(number);
  }
  bytes.number(new_auth_);
  bytes.number(new_level_);
  return checksum(bytes.bytes());
}

}  // namespace playhead::simulate
