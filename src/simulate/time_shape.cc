#include "simulate/time_shape.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "simulate/chance.h"

namespace playhead::simulate {
namespace {

constexpr double kRateMax = 1'000;
constexpr double kFactorMax = 1'000;
constexpr Duration kHalfHour = std::chrono::minutes{30};
constexpr Duration kDay = std::chrono::days{1};
constexpr Duration kLongest = std::chrono::days{3'652};  // ten years, before which next() always ends
constexpr Timestamp kFirstStart = std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
constexpr Timestamp kLastStart = std::chrono::sys_days{std::chrono::year{9'999} / 1 / 1};

void check_rates(std::span<const double> rates, std::string_view name, std::string& faults) {
  const bool inside = std::ranges::all_of(rates, [](double rate) { return rate >= 0 && rate <= kRateMax; });
  if (inside && std::accumulate(rates.begin(), rates.end(), 0.0) > 0) return;
  faults.append(name).append(": each rate is 0 to 1,000, and one at least is above 0\n");
}

void check_spike(const Spike& spike, std::size_t number, std::string& faults) {
  const auto fault = [&](std::string_view what) {
    faults.append("spikes: number ").append(std::to_string(number + 1)).append(": ").append(what).append("\n");
  };
  if (!(spike.factor == 0 || (spike.factor >= 1 && spike.factor <= kFactorMax))) fault("the factor is 1 to 1,000, or 0 for an outage");
  if (spike.length <= Duration{0} || spike.length > kLongest) fault("the length is above 0 and at most ten years");
  if (spike.start < kFirstStart || spike.start > kLastStart) fault("the start is in the years 1 to 9998");
  if (!(spike.artist_share >= 0 && spike.artist_share <= 1)) fault("the artist's share is 0 to 1");
}

template <std::size_t count>
void scale_to_mean_one(std::array<double, count>& rates) {
  const double sum = std::accumulate(rates.begin(), rates.end(), 0.0);
  for (double& rate : rates) rate *= static_cast<double>(count) / sum;
}

// At the turn of two hours their mean, but at most twice the lower one: then the middle, which keeps the hour's mean (start + 2 middle +
// end) / 4, is never below 0.
std::array<double, 49> half_hours_of(const std::array<double, 24>& hours) {
  std::array<double, 49> values;
  for (std::size_t hour = 0; hour < 24; ++hour) {
    const double before = hours[(hour + 23) % 24];
    values[2 * hour] = std::min((before + hours[hour]) / 2, 2 * std::min(before, hours[hour]));
  }
  values[48] = values[0];
  for (std::size_t hour = 0; hour < 24; ++hour) values[2 * hour + 1] = 2 * hours[hour] - (values[2 * hour] + values[2 * hour + 2]) / 2;
  return values;
}

}  // namespace

Result<TimeShape> TimeShape::make(TimeShapeOptions options, const Places& places, std::vector<const TimeZone*> zones) {
  std::string faults;
  check_rates(options.hours, "hours", faults);
  check_rates(options.weekdays, "weekdays", faults);
  if (!(options.holiday >= 0 && options.holiday <= kRateMax)) faults.append("holiday: the factor is 0 to 1,000\n");
  if (options.spikes.size() > kShapesMax) faults.append("spikes: there are at most 1,000, outages included\n");
  for (std::size_t i = 0; i < options.spikes.size(); ++i) check_spike(options.spikes[i], i, faults);
  if (zones.size() != places.zones().size()) faults.append("zones: there is one for each of the places' zones\n");
  if (!faults.empty()) {
    faults.pop_back();
    return fail(ErrorKind::kInvalid, std::move(faults));
  }
  return TimeShape(std::move(options), places, std::move(zones));
}

TimeShape::TimeShape(TimeShapeOptions options, const Places& places, std::vector<const TimeZone*> zones)
    : options_(std::move(options)), places_(&places), zones_(std::move(zones)) {
  scale_to_mean_one(options_.hours);
  scale_to_mean_one(options_.weekdays);
  half_hours_ = half_hours_of(options_.hours);
  highest_ = options_.flat ? 1 : std::ranges::max(half_hours_) * std::ranges::max(options_.weekdays) * std::max(1.0, options_.holiday);

  std::vector<std::string_view> countries;
  for (std::uint32_t place = 0; place < places.size(); ++place) {
    const std::string_view country = places[static_cast<std::uint16_t>(place)].country;
    const auto known = std::ranges::find(countries, country);
    calendar_of_.push_back(static_cast<std::uint16_t>(known - countries.begin()));
    if (known != countries.end()) continue;
    countries.push_back(country);
    calendars_.emplace_back(country);
  }

  std::vector<Timestamp> starts{Timestamp::min()};
  for (const Spike& spike : options_.spikes) starts.insert(starts.end(), {spike.start, spike.start + spike.length});
  std::ranges::sort(starts);
  starts.erase(std::ranges::unique(starts).begin(), starts.end());
  for (const Timestamp start : starts) {
    const auto is_on = [start](const Spike& spike) { return spike.start <= start && start < spike.start + spike.length; };
    const auto spike = std::ranges::find_if(options_.spikes, [&](const Spike& each) { return each.factor > 0 && is_on(each); });
    const bool outage = std::ranges::any_of(options_.spikes, [&](const Spike& each) { return each.factor == 0 && is_on(each); });
    const Spike* on = spike == options_.spikes.end() ? nullptr : &*spike;
    stretches_.push_back({start, outage ? 0 : on != nullptr ? on->factor : 1, on, start});
  }
  // The last stretch is never an outage: all spikes have ended there.
  for (std::size_t i = stretches_.size() - 1; i-- > 0;) {
    if (stretches_[i].factor == 0) stretches_[i].outage_end = stretches_[i + 1].outage_end;
  }
}

std::int32_t TimeShape::offset_at(Timestamp time, std::uint16_t place) const {
  return static_cast<std::int32_t>(zones_[places_->zone_of(place)]->offset_at(time).count());
}

const TimeShape::Stretch& TimeShape::stretch_at(Timestamp time) const {
  if (stretches_.size() == 1) return stretches_.front();
  return *std::prev(std::ranges::upper_bound(stretches_, time, {}, &Stretch::start));
}

const Spike* TimeShape::spike_at(Timestamp time) const { return stretch_at(time).spike; }

Timestamp TimeShape::end_of_outage(Timestamp time) const {
  const Stretch& stretch = stretch_at(time);
  return stretch.factor == 0 ? stretch.outage_end : time;
}

bool TimeShape::weekend_at(Timestamp time, std::uint16_t place) const {
  const auto day = std::chrono::floor<std::chrono::days>(time + std::chrono::seconds{offset_at(time, place)});
  return std::chrono::weekday{day}.iso_encoding() >= 6;
}

double TimeShape::day_factor(std::chrono::sys_days local_day, std::uint16_t place) const {
  const double weekday = options_.weekdays[std::chrono::weekday{local_day}.iso_encoding() - 1];
  if (options_.holiday == 1 || !calendars_[calendar_of_[place]].on(local_day)) return weekday;
  return weekday * options_.holiday;
}

double TimeShape::ordinary(Timestamp local, std::uint16_t place) const {
  if (options_.flat) return 1;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const Duration of_day = local - day;
  const auto half = static_cast<std::size_t>(of_day / kHalfHour);
  const double part = static_cast<double>((of_day % kHalfHour).count()) / static_cast<double>(kHalfHour.count());
  return std::lerp(half_hours_[half], half_hours_[half + 1], part) * day_factor(day, place);
}

double TimeShape::intensity(Timestamp time, std::uint16_t place) const {
  return ordinary(time + std::chrono::seconds{offset_at(time, place)}, place) * stretch_at(time).factor;
}

TimeShape::Piece TimeShape::piece_at(Timestamp time, Timestamp local, Duration mean, std::uint16_t place) const {
  const Stretch& stretch = stretch_at(time);
  const Timestamp end = &stretch == &stretches_.back() ? Timestamp::max() : std::next(&stretch)->start;
  const Piece whole{end, stretch.factor, highest_};
  if (options_.flat || stretch.factor == 0) return whole;
  // One bound for all the day is best while candidates are far apart; nearer ones are thinned half hour by half hour, or else a night
  // with few sessions would cost hundreds of refused ones.
  if (static_cast<double>(mean.count()) / (stretch.factor * highest_) >= static_cast<double>(kHalfHour.count())) return whole;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const auto half = static_cast<std::size_t>((local - day) / kHalfHour);
  const double highest = std::max(half_hours_[half], half_hours_[half + 1]);
  const Timestamp half_end = time + (kHalfHour - (local - day) % kHalfHour);
  return {std::min(end, half_end), stretch.factor, highest > 0 ? highest * day_factor(day, place) : 0};
}

Timestamp TimeShape::next(Timestamp after, Duration mean, std::uint16_t place, Random& random) const {
  const Timestamp limit = after + kLongest;
  const double mean_micros = std::max(1.0, static_cast<double>(mean.count()));
  const TimeZone& zone = *zones_[places_->zone_of(place)];
  TimeZone::Stay stay{std::chrono::seconds{0}, options_.flat ? Timestamp::max() : Timestamp::min()};
  const auto local_of = [&](Timestamp time) {
    if (time >= stay.end) stay = zone.stay_at(time);
    return time + stay.offset;
  };
  Timestamp time = after;
  for (int tries = 0; tries < kTriesMax && time < limit; ++tries) {
    const Piece piece = piece_at(time, local_of(time), mean, place);
    const Timestamp end = std::min(piece.end, limit);
    const double rate = piece.factor * piece.highest / mean_micros;
    const double step = rate > 0 ? memoryless(random) / rate : std::numeric_limits<double>::infinity();
    if (!(step < static_cast<double>((end - time).count()))) {
      time = end;  // the process has no memory: it may begin anew where the bound changes
      continue;
    }
    time += Duration{1 + static_cast<std::int64_t>(step)};
    if (random.unit() * piece.highest < ordinary(local_of(time), place)) return time;
  }
  return std::min(time, limit);
}

namespace {

constexpr double kDampingMax = 1 / (2 * std::numbers::pi);
constexpr double kPhase = 3.0 / 24;  // days: where the warp is 0 and time flows fastest

// What the clock shows ahead of the even time, both in days; `even` counts from any midnight.
double warp(double even, double damping) { return damping * std::sin(2 * std::numbers::pi * (even - kPhase)); }

// The even time of what the clock shows, by Newton's method. The clock never runs backwards and differs by at most `damping`, so the
// answer stays between two bounds; where its speed is near 0 a step would leave them, and halving takes its place.
double unwarp(double shown, double damping) {
  double low = shown - damping;
  double high = shown + damping;
  double even = shown - warp(shown, damping);
  for (int i = 0; i < 60; ++i) {
    const double angle = 2 * std::numbers::pi * (even - kPhase);
    const double ahead = even + damping * std::sin(angle) - shown;
    if (std::abs(ahead) < 1e-12) break;  // a tenth of a microsecond
    (ahead < 0 ? low : high) = even;
    even -= ahead / (1 + 2 * std::numbers::pi * damping * std::cos(angle));
    if (!(even > low && even < high)) even = (low + high) / 2;
  }
  return even;
}

bool is_rest_day(std::chrono::sys_days day) {
  static const Holidays kUnitedStates("US");
  return std::chrono::weekday{day}.iso_encoding() >= 6 || kUnitedStates.on(day);
}

// The share of [end - length, end) that is weekend or holiday.
double rest_share(Timestamp end, Duration length) {
  const Timestamp start = end - length;
  Duration rest{0};
  for (auto day = std::chrono::floor<std::chrono::days>(start); day < end; day += std::chrono::days{1}) {
    if (is_rest_day(day)) rest += std::min<Timestamp>(end, day + kDay) - std::max<Timestamp>(start, day);
  }
  return static_cast<double>(rest.count()) / static_cast<double>(length.count());
}

}  // namespace

Timestamp EventsimTime::next(Timestamp after, Duration mean, Random& random) const {
  const double bounded = std::clamp(damping, 0.0, kDampingMax);
  const double mean_days = static_cast<double>(std::max<std::int64_t>(mean.count(), 1)) / static_cast<double>(kDay.count());
  const Duration ramp = std::clamp(weekend_scale, Duration{1}, kRampMax);
  const Timestamp earliest = after + session_gap;
  const auto midnight = std::chrono::floor<std::chrono::days>(earliest);  // days are counted from here, so that doubles suffice
  double even = unwarp(static_cast<double>((earliest - midnight).count()) / static_cast<double>(kDay.count()), bounded);
  Timestamp time = earliest;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    even += memoryless(random) * mean_days;
    const double shown = std::min(even + warp(even, bounded), static_cast<double>(kLongest / kDay));
    time = std::max(earliest, midnight + Duration{std::llround(shown * static_cast<double>(kDay.count()))});
    if (weekend_damping <= 0 || !random.chance(weekend_damping * rest_share(time + weekend_offset, ramp))) break;
  }
  return time;
}

}  // namespace playhead::simulate
