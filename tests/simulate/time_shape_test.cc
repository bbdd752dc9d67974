#include "simulate/time_shape.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>
#include <string>
#include <vector>

namespace playhead::simulate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Timestamp at(const char* text) { return parse_iso(text)->time; }

// The built-in places with the system's zones.
class World {
 public:
  static const World* get() {
    static const World world;
    return world.zones_.empty() ? nullptr : &world;
  }

  Result<TimeShape> make(TimeShapeOptions options = {}) const { return TimeShape::make(std::move(options), places_, zones_); }
  std::uint16_t place(std::string_view city) const {
    for (std::uint16_t i = 0; i < places_.size(); ++i) {
      if (places_[i].city == city) return i;
    }
    ADD_FAILURE() << "no town " << city;
    return 0;
  }

 private:
  World() : places_(Places::built_in(Region::kWorld)) {
    for (const std::string_view name : places_.zones()) {
      std::ifstream stream("/usr/share/zoneinfo/" + std::string(name), std::ios::binary);
      auto zone = TimeZone::make(std::string(std::istreambuf_iterator<char>(stream), {}));
      if (!zone) {
        zones_.clear();
        return;
      }
      zones_.push_back(zone->get());
      owned_.push_back(std::move(*zone));
    }
  }

  Places places_;
  std::vector<std::unique_ptr<TimeZone>> owned_;
  std::vector<const TimeZone*> zones_;
};

class TimeShapeTest : public testing::Test {
 protected:
  void SetUp() override {
    if (World::get() == nullptr) GTEST_SKIP() << "no time zone data is installed";
  }
  static TimeShape shape(TimeShapeOptions options = {}) { return World::get()->make(std::move(options)).value(); }
  static std::uint16_t place(std::string_view city) { return World::get()->place(city); }
};

constexpr TimeShapeOptions evenly() {
  TimeShapeOptions options;
  options.weekdays = {1, 1, 1, 1, 1, 1, 1};
  options.holiday = 1;
  return options;
}

// By hour of day and day of week (Monday is 0) in the zone of `place`, in an ordinary week without a change of clocks. Straight lines
// and two halves an hour: the middles of the halves give the exact mean.
double mean_of_hour(const TimeShape& shape, std::uint16_t place, int day, int hour) {
  const Timestamp monday = at("2026-06-08");
  const Timestamp start = monday + hours{24 * day + hour} - seconds{shape.offset_at(monday, place)};
  return (shape.intensity(start + minutes{15}, place) + shape.intensity(start + minutes{45}, place)) / 2;
}

TEST_F(TimeShapeTest, ItsMeanOverAnOrdinaryWeekIsOne) {
  const TimeShape usual = shape();
  for (const char* city : {"Berlin", "Chicago", "Mumbai", "St. John's", "Auckland", "Honolulu"}) {
    double sum = 0;
    for (int i = 0; i < 7 * 24; ++i) sum += mean_of_hour(usual, place(city), i / 24, i % 24);
    EXPECT_NEAR(sum / (7 * 24), 1, 1e-9) << city;
  }
}

TEST_F(TimeShapeTest, EveryHourAndWeekdayHasTheMeanThatItsOptionSays) {
  Random random{91};
  for (int round = 0; round < 50; ++round) {
    TimeShapeOptions options;
    for (double& hour : options.hours) hour = random.chance(0.3) ? 0 : std::pow(random.unit(), 3) * 1'000;
    for (double& weekday : options.weekdays) weekday = random.unit();
    options.hours[random.below(24)] = 1;
    const TimeShape drawn = shape(options);
    const double hours_mean = std::accumulate(options.hours.begin(), options.hours.end(), 0.0) / 24;
    const double weekdays_mean = std::accumulate(options.weekdays.begin(), options.weekdays.end(), 0.0) / 7;
    for (int i = 0; i < 7 * 24; ++i) {
      const std::size_t day = static_cast<std::size_t>(i) / 24, hour = static_cast<std::size_t>(i) % 24;
      const double expected = options.hours[hour] / hours_mean * options.weekdays[day] / weekdays_mean;
      EXPECT_NEAR(mean_of_hour(drawn, place("Kolkata"), i / 24, i % 24), expected, 1e-9) << "round " << round << ", hour " << i;
    }
  }
}

TEST_F(TimeShapeTest, NothingJumpsAndNothingIsNegative) {
  Random random{92};
  for (int round = 0; round < 50; ++round) {
    TimeShapeOptions options = evenly();
    for (double& hour : options.hours) hour = random.chance(0.3) ? 0 : random.unit();
    options.hours[random.below(24)] = 1;
    const TimeShape drawn = shape(options);
    double before = drawn.intensity(at("2026-06-08"), place("Lagos"));
    for (Timestamp time = at("2026-06-08"); time < at("2026-06-09T00:00:01"); time += seconds{10}) {
      const double now = drawn.intensity(time, place("Lagos"));
      ASSERT_GE(now, 0) << "round " << round << " " << format_iso(time);
      ASSERT_LT(std::abs(now - before), 0.3) << "round " << round << " " << format_iso(time);  // of at most 24, within 10 s of 1,800
      before = now;
    }
  }
}

// The day of next() in numbers: many listeners of one town, their sessions counted by hour of the week.
void expect_sessions_by_hour(const TimeShape& shape, std::uint16_t place, Duration mean, int sessions, std::uint64_t seed) {
  std::vector<double> expected(7 * 24), counted(7 * 24);
  for (int i = 0; i < 7 * 24; ++i) expected[static_cast<std::size_t>(i)] = mean_of_hour(shape, place, i / 24, i % 24);
  const Timestamp start = at("2026-06-08") - seconds{shape.offset_at(at("2026-06-08"), place)};
  Random random{seed};
  int total = 0;
  while (total < sessions) {
    for (Timestamp time = shape.next(start, mean, place, random); time < start + hours{7 * 24};
         time = shape.next(time, mean, place, random)) {
      ++counted[static_cast<std::size_t>((time - start) / hours{1})];
      ++total;
    }
  }
  double chi_square = 0;
  for (std::size_t i = 0; i < counted.size(); ++i) {
    const double mean_count = total * expected[i] / (7 * 24);
    EXPECT_NEAR(counted[i], mean_count, 5 * std::sqrt(mean_count)) << "hour " << i << " of the week";
    chi_square += (counted[i] - mean_count) * (counted[i] - mean_count) / mean_count;
  }
  EXPECT_LT(chi_square, 168 + 5 * std::sqrt(2 * 168.0));
}

TEST_F(TimeShapeTest, SessionsFallOnTheHoursAsTheShapeSays) {
  expect_sessions_by_hour(shape(), place("Berlin"), hours{9}, 200'000, 12);
  expect_sessions_by_hour(shape(), place("Chicago"), minutes{20}, 200'000, 13);  // thinned half hour by half hour
}

TEST_F(TimeShapeTest, TheMeanDistanceIsThatAskedFor) {
  const TimeShape usual = shape();
  for (const Duration mean : {Duration{minutes{20}}, Duration{hours{30}}}) {
    // From a Monday on, whole weeks: the mean intensity is 1.
    Random random{21};
    int sessions = 0;
    const Timestamp end = at("2026-06-01") + hours{24 * 7 * 2};
    const int listeners = static_cast<int>(40 * mean / minutes{20});
    for (int i = 0; i < listeners; ++i) {
      for (Timestamp time = at("2026-06-01"); (time = usual.next(time, mean, place("Tokyo"), random)) < end;) ++sessions;
    }
    const auto expected = static_cast<double>(listeners * (hours{24 * 14} / mean));
    EXPECT_NEAR(sessions, expected, 5 * std::sqrt(expected) + 0.01 * expected) << format_duration(mean);
  }
}

TEST_F(TimeShapeTest, FlatIsAPoissonProcess) {
  const TimeShape flat = shape({.flat = true});
  Random random{5};
  constexpr int kDraws = 200'000;
  double sum = 0, longer = 0;
  Timestamp time = at("2026-01-01");
  for (int i = 0; i < kDraws; ++i) {
    const Timestamp next = flat.next(time, hours{5}, 0, random);
    const double gap = std::chrono::duration<double, std::ratio<3'600>>(next - time).count();
    sum += gap;
    longer += gap > 10;
    time = at("2026-01-01");
  }
  EXPECT_NEAR(sum / kDraws, 5, 5 * 5 / std::sqrt(kDraws));
  EXPECT_NEAR(longer / kDraws, std::exp(-2), 0.004);
  EXPECT_EQ(flat.intensity(at("2026-01-01T04:00:00"), place("London")), 1);
}

TEST_F(TimeShapeTest, GoesByTheClocksOfThePlace) {
  const TimeShape even = shape(evenly());
  const auto new_york = place("New York"), mumbai = place("Mumbai"), phoenix = place("Phoenix");
  // Clocks there go forward on 8 March 2026 and back on 1 November; in Phoenix never.
  EXPECT_EQ(even.offset_at(at("2026-03-08T06:59:59"), new_york), -5 * 3'600);
  EXPECT_EQ(even.offset_at(at("2026-03-08T07:00:00"), new_york), -4 * 3'600);
  EXPECT_EQ(even.intensity(at("2026-03-07T17:10:00"), new_york), even.intensity(at("2026-03-08T16:10:00"), new_york));
  EXPECT_EQ(even.intensity(at("2026-10-31T12:10:00"), new_york), even.intensity(at("2026-11-01T13:10:00"), new_york));
  EXPECT_EQ(even.intensity(at("2026-03-07T17:10:00"), phoenix), even.intensity(at("2026-03-08T17:10:00"), phoenix));
  EXPECT_EQ(even.intensity(at("2026-03-07T17:10:00"), new_york), even.intensity(at("2026-03-07T06:40:00"), mumbai));
  // The hour that is not shown is left out, the one shown twice is there twice.
  EXPECT_NEAR(even.intensity(at("2026-03-08T06:59:59"), new_york), even.intensity(at("2026-03-07T06:59:59"), new_york), 1e-9);
  EXPECT_NEAR(even.intensity(at("2026-03-08T07:00:00"), new_york), even.intensity(at("2026-03-07T08:00:00"), new_york), 1e-9);
  EXPECT_EQ(even.intensity(at("2026-11-01T05:20:00"), new_york), even.intensity(at("2026-11-01T06:20:00"), new_york));
}

TEST_F(TimeShapeTest, SessionsOfTheDayOfChangeFollowTheClocks) {
  TimeShapeOptions only_two = evenly();  // sessions from two to three at night alone
  only_two.hours = {};
  only_two.hours[2] = 1;
  const TimeShape night = shape(only_two);
  Random random{8};
  for (int i = 0; i < 2'000; ++i) {
    // In 2026 there is no such hour in New York on 8 March, and one on the day before and the day after.
    Timestamp time = at("2026-03-07T05:00:00");
    int before = 0, after = 0;
    while ((time = night.next(time, hours{2}, place("New York"), random)) < at("2026-03-10T05:00:00")) {
      before += time >= at("2026-03-07T07:00:00") && time < at("2026-03-07T08:00:00");
      after += time >= at("2026-03-09T06:00:00") && time < at("2026-03-09T07:00:00");
      ASSERT_TRUE(time < at("2026-03-07T08:00:00") || time >= at("2026-03-09T06:00:00")) << format_iso(time);
      ASSERT_TRUE(time < at("2026-03-09T07:00:00") || time >= at("2026-03-10T06:00:00")) << format_iso(time);
    }
    ASSERT_LT(before + after, 100);
  }
}

TEST_F(TimeShapeTest, HolidaysAreThoseOfTheCountry) {
  TimeShapeOptions options;
  options.holiday = 0.5;
  const TimeShape halved = shape(options);
  const auto ratio = [&](const char* day, const char* same_weekday, std::string_view city) {
    return halved.intensity(at(day), place(city)) / halved.intensity(at(same_weekday), place(city));
  };
  EXPECT_DOUBLE_EQ(ratio("2026-11-26T17:00:00", "2026-11-19T17:00:00", "Chicago"), 0.5);  // Thanksgiving
  EXPECT_DOUBLE_EQ(ratio("2026-11-26T17:00:00", "2026-11-19T17:00:00", "Berlin"), 1);
  EXPECT_DOUBLE_EQ(ratio("2026-12-31T16:00:00", "2026-12-24T16:00:00", "Tokyo"), 0.5);  // New Year has come there
  EXPECT_DOUBLE_EQ(ratio("2026-12-31T16:00:00", "2026-12-24T16:00:00", "Chicago"), 1);
}

TEST_F(TimeShapeTest, WeekendsAreThoseOfThePlace) {
  const TimeShape usual = shape();
  EXPECT_FALSE(usual.weekend_at(at("2026-06-05T12:00:00"), place("London")));  // a Friday
  EXPECT_TRUE(usual.weekend_at(at("2026-06-05T23:00:00"), place("London")));   // midnight there, in summer
  EXPECT_TRUE(usual.weekend_at(at("2026-06-05T15:00:00"), place("Tokyo")));
  EXPECT_FALSE(usual.weekend_at(at("2026-06-05T14:59:59"), place("Tokyo")));
  EXPECT_TRUE(usual.weekend_at(at("2026-06-08T05:00:00"), place("Los Angeles")));  // still Sunday
  EXPECT_FALSE(usual.weekend_at(at("2026-06-08T07:00:00"), place("Los Angeles")));
}

Spike spike(const char* start, Duration length, double factor, std::uint32_t artist = 0) {
  return {.start = at(start), .length = length, .factor = factor, .artist = artist};
}

TEST_F(TimeShapeTest, SpikesAndOutagesHoldForTheirTime) {
  TimeShapeOptions options = evenly();
  options.spikes = {spike("2026-06-05T12:00:00", hours{4}, 10, 7), spike("2026-06-05T15:00:00", hours{3}, 20, 8),
                    spike("2026-06-05T13:00:00", minutes{30}, 0), spike("2026-06-05T13:30:00", minutes{15}, 0)};
  const TimeShape spiked = shape(options);
  const TimeShape plain = shape(evenly());
  const std::map<const char*, std::pair<double, std::uint32_t>> expected = {
      {"2026-06-05T11:59:59", {1, 0}},  {"2026-06-05T12:00:00", {10, 7}}, {"2026-06-05T13:00:00", {0, 7}},
      {"2026-06-05T13:30:00", {0, 7}},  {"2026-06-05T13:45:00", {10, 7}}, {"2026-06-05T15:30:00", {10, 7}},
      {"2026-06-05T16:00:00", {20, 8}}, {"2026-06-05T18:00:00", {1, 0}}};
  for (const auto& [time, state] : expected) {
    EXPECT_DOUBLE_EQ(spiked.intensity(at(time), 3), state.first * plain.intensity(at(time), 3)) << time;
    const Spike* on = spiked.spike_at(at(time));
    EXPECT_EQ(on == nullptr ? 0 : on->artist, state.second) << time;
  }
  EXPECT_EQ(spiked.end_of_outage(at("2026-06-05T12:59:59")), at("2026-06-05T12:59:59"));
  EXPECT_EQ(spiked.end_of_outage(at("2026-06-05T13:00:00")), at("2026-06-05T13:45:00"));  // two in a row are one
  EXPECT_EQ(spiked.end_of_outage(at("2026-06-05T13:40:00")), at("2026-06-05T13:45:00"));
  EXPECT_EQ(spiked.end_of_outage(at("2026-06-05T13:45:00")), at("2026-06-05T13:45:00"));
  const TimeShape moved = shape(options);
  EXPECT_EQ(moved.spike_at(at("2026-06-05T12:00:00"))->artist, 7u);
}

TEST_F(TimeShapeTest, SessionsCrowdInASpikeAndStopInAnOutage) {
  for (const Duration mean : {Duration{minutes{30}}, Duration{hours{100}}}) {
    TimeShapeOptions options{.spikes = {spike("2026-06-05T12:00:00", hours{1}, 100), spike("2026-06-05T13:00:00", hours{1}, 0)},
                             .flat = true};
    const TimeShape spiked = shape(options);
    Random random{3};
    std::array<double, 4> by_hour{};
    const int listeners = static_cast<int>(mean / minutes{2});
    for (int i = 0; i < listeners; ++i) {
      for (Timestamp time = at("2026-06-05T11:00:00"); (time = spiked.next(time, mean, 0, random)) < at("2026-06-05T15:00:00");) {
        ++by_hour[static_cast<std::size_t>((time - at("2026-06-05T11:00:00")) / hours{1})];
      }
    }
    EXPECT_NEAR(by_hour[0], 30, 5 * std::sqrt(30.0));
    EXPECT_NEAR(by_hour[1], 3'000, 5 * std::sqrt(3'000.0));
    EXPECT_EQ(by_hour[2], 0);
    EXPECT_NEAR(by_hour[3], 30, 5 * std::sqrt(30.0));
  }
}

TEST_F(TimeShapeTest, ANarrowHourIsFoundWhateverTheMean) {
  TimeShapeOptions options = evenly();
  options.hours = {};
  options.hours[3] = 0.001;
  options.weekdays = {0, 0, 0, 1, 0, 0, 0};
  const TimeShape narrow = shape(options);
  for (const Duration mean : {Duration{1}, Duration{seconds{1}}, Duration{minutes{59}}, Duration{hours{1}}, Duration{hours{10'000}}}) {
    Random random{4};
    for (int i = 0; i < 20; ++i) {
      const Timestamp time = narrow.next(at("2026-06-05T12:00:00"), mean, place("Accra"), random);  // UTC all year
      const auto day = std::chrono::floor<std::chrono::days>(time);
      EXPECT_EQ(std::chrono::weekday{day}, std::chrono::Thursday) << format_iso(time);
      EXPECT_EQ((time - day) / hours{1}, 3) << format_iso(time);
      if (mean <= seconds{1}) {
        EXPECT_LT(time, at("2026-06-11T03:05:00"));
      }
    }
  }
}

TEST_F(TimeShapeTest, EndsAfterTenYears) {
  constexpr Duration kTenYears = std::chrono::days{3'652};
  Random random{4};
  const Timestamp start = at("2026-06-05T12:00:00");
  EXPECT_EQ(shape().next(start, Duration::max(), 0, random), start + kTenYears);
  EXPECT_EQ(shape({.flat = true}).next(start, Duration::max(), 0, random), start + kTenYears);
  const TimeShape dark = shape({.spikes = {spike("2026-06-01", kTenYears, 0), spike("2036-01-01", kTenYears, 0)}});
  for (const Duration mean : {Duration{0}, Duration{1}, Duration{hours{24}}})
    EXPECT_EQ(dark.next(start, mean, 0, random), start + kTenYears);
}

TEST_F(TimeShapeTest, IsAlwaysLaterAndTheSameForTheSameSeed) {
  const TimeShape usual = shape();
  Random random{6}, again{6};
  Timestamp time = at("1950-06-05"), other = time;
  for (int i = 0; i < 20'000; ++i) {
    const Duration mean{static_cast<std::int64_t>(1 + (static_cast<std::uint64_t>(i) * 7'919) % 1'000'000'000)};
    const auto town = static_cast<std::uint16_t>(i % 200);
    const Timestamp next = usual.next(time, mean, town, random);
    ASSERT_GT(next, time);
    time = next;
    other = usual.next(other, mean, town, again);
  }
  EXPECT_EQ(time, other);
}

TEST_F(TimeShapeTest, NamesEveryFault) {
  TimeShapeOptions options;
  options.hours[3] = -1;
  options.weekdays = {};
  options.holiday = std::nan("");
  options.spikes = {spike("2026-06-05", hours{1}, 0.5),
                    spike("2026-06-05", Duration{0}, 2),
                    {.start = kNever, .length = hours{1}, .factor = 2},
                    {.start = at("2026-06-05"), .length = hours{1}, .factor = 2, .artist_share = 1.5}};
  const auto refused = World::get()->make(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  for (const char* part : {"hours", "weekdays", "holiday", "number 1: the factor", "number 2: the length", "number 3: the start",
                           "number 4: the artist's share"}) {
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(std::ranges::count(refused.error().message, '\n'), 6);
  EXPECT_FALSE(World::get()->make({.spikes = std::vector<Spike>(kShapesMax + 1, spike("2026-06-05", hours{1}, 2))}));
  EXPECT_TRUE(World::get()->make({.spikes = std::vector<Spike>(kShapesMax, spike("2026-06-05", hours{1}, 2))}));
  const Places places = Places::built_in(Region::kUnitedStates);
  EXPECT_FALSE(TimeShape::make({}, places, {}));
}

// --- eventsim's own time ---------------------------------------------------------------------------------------------------------

constexpr double kTurn = 2 * 3.14159265358979323846;

TEST(EventsimTime, WithoutDampingItIsAPoissonProcessAfterTheGap) {
  const EventsimTime time{.session_gap = minutes{30}};
  Random random{1};
  constexpr int kDraws = 100'000;
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Timestamp next = time.next(at("2026-06-05T12:00:00"), hours{10}, random);
    ASSERT_GE(next, at("2026-06-05T12:30:00"));
    sum += std::chrono::duration<double, std::ratio<3'600>>(next - at("2026-06-05T12:30:00")).count();
  }
  EXPECT_NEAR(sum / kDraws, 10, 5 * 10 / std::sqrt(kDraws));
}

// Sessions by the twentieth of an hour of the day, of a listener with a mean of seven days as in eventsim's example.
std::vector<double> sessions_by_slot(double damping, int sessions) {
  const EventsimTime warped{.damping = damping, .session_gap = minutes{30}};
  std::vector<double> counts(480);
  Random random{2};
  Timestamp time = at("2000-01-01");
  for (int i = 0; i < sessions; ++i) {
    time = warped.next(time, hours{168}, random);
    ++counts[static_cast<std::size_t>((time - std::chrono::floor<std::chrono::days>(time)) / minutes{3})];
  }
  return counts;
}

TEST(EventsimTime, SessionsThinOutAtThreeAndCrowdAtFifteenHours) {
  constexpr int kSessions = 1'000'000;
  constexpr double kDamping = 0.09375;
  const std::vector<double> counts = sessions_by_slot(kDamping, kSessions);
  // What the sine does to even time, by counting.
  std::vector<double> expected(480);
  constexpr int kEven = 2'000'000;
  for (int i = 0; i < kEven; ++i) {
    const double even = (i + 0.5) / kEven;
    const double shown = even + kDamping * std::sin(kTurn * (even - 0.125));
    ++expected[static_cast<std::size_t>((shown - std::floor(shown)) * 480)];
  }
  for (std::size_t slot = 0; slot < 480; ++slot) {
    const double mean = expected[slot] / kEven * kSessions;
    EXPECT_NEAR(counts[slot], mean, 5 * std::sqrt(mean) + 0.002 * mean) << "slot " << slot;
  }
  const auto hour_around = [&](int slot) { return std::accumulate(counts.begin() + slot - 10, counts.begin() + slot + 10, 0.0); };
  EXPECT_NEAR(hour_around(300) / hour_around(60), 3.87, 0.12);  // (1 + 2 pi d) / (1 - 2 pi d)
}

TEST(EventsimTime, NeverRunsBackwardsWhateverTheDamping) {
  for (const double damping : {-1.0, 0.0, 0.1, 0.159, 0.2137, 0.5, 1e9}) {
    const EventsimTime warped{.damping = damping, .weekend_damping = 0.5, .session_gap = minutes{5}};
    Random random{3};
    Timestamp time = at("2026-01-01");
    double at_fifteen = 0;
    for (int i = 0; i < 20'000; ++i) {
      const Timestamp next = warped.next(time, i % 2 == 0 ? Duration{minutes{7}} : Duration{hours{50}}, random);
      ASSERT_GE(next, time + minutes{5}) << damping;
      time = next;
      const auto of_day = time - std::chrono::floor<std::chrono::days>(time);
      at_fifteen += of_day >= hours{14} && of_day < hours{16};
    }
    if (damping > 0.1) {
      EXPECT_GT(at_fifteen, 20'000 * 0.2) << damping;
    }
  }
}

TEST(EventsimTime, WeekendsAreThinnedWithRamps) {
  const EventsimTime damped{.weekend_damping = 0.5, .weekend_offset = minutes{180}, .weekend_scale = minutes{360}};
  // From a Monday, two weeks without a holiday.
  Random random{5};
  std::vector<double> counts(7 * 24);
  for (Timestamp time = at("2026-06-01"); (time = damped.next(time, seconds{4}, random)) < at("2026-06-15");) {
    ++counts[static_cast<std::size_t>((time - at("2026-06-01")) / hours{1}) % 168];
  }
  for (int hour = 0; hour < 168; ++hour) {
    const double from_saturday = hour - 4.5 * 24 - 9;  // hours from the ramp's start, Friday 21:00
    const double from_monday = hour < 84 ? hour + 3.0 : hour - 165.0;
    double share = 0;
    if (from_saturday >= 0) share = std::min(1.0, (from_saturday + 0.5) / 6);
    if (from_monday >= 0 && from_monday < 6) share = 1 - (from_monday + 0.5) / 6;
    const double expected = 1'800 * (1 - 0.5 * share);
    EXPECT_NEAR(counts[static_cast<std::size_t>(hour)], expected, 5 * std::sqrt(expected)) << "hour " << hour << " of the week";
  }
}

TEST(EventsimTime, HolidaysOfTheUnitedStatesAreThinnedToo) {
  const EventsimTime damped{.weekend_damping = 1};
  Random random{6};
  double thursday = 0, friday = 0;
  for (Timestamp time = at("2026-11-26"); (time = damped.next(time, seconds{10}, random)) < at("2026-11-28");) {
    (time < at("2026-11-27") ? thursday : friday) += 1;
  }
  EXPECT_EQ(thursday, 0);
  EXPECT_NEAR(friday, 8'640, 5 * std::sqrt(8'640.0));
}

}  // namespace
}  // namespace playhead::simulate
