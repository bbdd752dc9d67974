#include "simulate/arrivals.h"

#include <cmath>

#include "simulate/chance.h"

namespace playhead::simulate {
namespace {

constexpr std::uint64_t kArrivalsSalt = 0x6172'7269'7661'6c73;  // "arrivals"

}  // namespace

double yearly_rate_of(const ServiceOptions& options) { return options.compat_eventsim ? options.growth : std::log1p(options.growth); }

Arrivals::Arrivals(const ServiceOptions& options)
    : random_(mixed(options.seed, kArrivalsSalt)), rate_(yearly_rate_of(options) / kYearMicros), present_(options.listeners) {
  draw_next(options.start);
}

void Arrivals::pop() {
  ++present_;
  draw_next(next_);
}

void Arrivals::draw_next(Timestamp from) {
  const double rate = rate_ * static_cast<double>(present_);
  const double wait = rate > 0 && present_ < kListenersMax ? memoryless(random_) / rate : HUGE_VAL;
  const auto left = static_cast<double>((Timestamp::max() - from).count());
  next_ = wait < left ? from + Duration{static_cast<std::int64_t>(wait)} : Timestamp::max();
}

}  // namespace playhead::simulate
