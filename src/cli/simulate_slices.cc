#include "cli/simulate_slices.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace playhead::cli {
namespace {

constexpr Duration kShortest = std::chrono::milliseconds{1};
constexpr Duration kFirst = std::chrono::seconds{10};  // short, because nothing is known yet
constexpr Duration kLongest = std::chrono::hours{6};   // a day's hours differ, by a factor of ten at most
constexpr double kChangeMax = 4;                       // from one slice to the next

Duration scaled(Duration length, double factor) {
  const double micros = std::round(static_cast<double>(length.count()) * factor);
  return std::clamp(Duration{static_cast<std::int64_t>(micros)}, kShortest, kLongest);
}

constexpr std::uint64_t kEvents = 32'768;
constexpr std::uint32_t kListenersAnEvent = 16;  // a slice looks at each listener: it should be worth that

}  // namespace

std::uint64_t Slices::events_for(std::uint32_t listeners) { return std::max<std::uint64_t>(kEvents, listeners / kListenersAnEvent); }

Slices::Slices(std::vector<simulate::Spike> spikes, std::uint64_t events_wanted)
    : spikes_(std::move(spikes)), events_wanted_(events_wanted), length_(kFirst) {}

Timestamp Slices::end_of(Timestamp from) {
  for (const simulate::Spike& spike : spikes_) {
    if (spike.start == from && spike.factor > 1) length_ = scaled(length_, 1 / spike.factor);
  }
  Timestamp end = from + length_;
  for (const simulate::Spike& spike : spikes_) {
    for (const Timestamp change : {spike.start, spike.start + spike.length}) {
      if (change > from) end = std::min(end, change);
    }
  }
  return end;
}

void Slices::learn(Duration length, std::uint64_t events) {
  const double wanted = static_cast<double>(events_wanted_);
  const double found = std::max(static_cast<double>(events), 1.0);
  // From the length that was: a slice may have been cut short.
  length_ = std::min(scaled(length, std::clamp(wanted / found, 1 / kChangeMax, kChangeMax)), scaled(length_, kChangeMax));
}

}  // namespace playhead::cli
