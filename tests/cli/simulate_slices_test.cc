#include "cli/simulate_slices.h"

#include <gtest/gtest.h>

namespace playhead::cli {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const Timestamp kStart = from_micros(1'000'000'000'000);

// As a run does it, of a service with `per_second` events; how many events the last of `count` slices had.
double events_after(Slices& slices, double per_second, int count) {
  Timestamp from = kStart;
  double events = 0;
  for (int i = 0; i < count; ++i) {
    const Timestamp until = slices.end_of(from);
    events = per_second * static_cast<double>((until - from).count()) / 1e6;
    slices.learn(until - from, static_cast<std::uint64_t>(events));
    from = until;
  }
  return events;
}

TEST(Slices, ComeToTheNumberThatIsWanted) {
  for (const double per_second : {3.0, 50.0, 1'000.0, 1'000'000.0}) {
    Slices slices({}, 30'000);
    EXPECT_NEAR(events_after(slices, per_second, 40), 30'000, 1'000) << per_second;
  }
}

TEST(Slices, StayWithinTheirLimits) {
  Slices silent({}, 30'000);
  EXPECT_EQ(events_after(silent, 0, 40), 0);
  EXPECT_EQ(silent.end_of(kStart) - kStart, hours{6});
  Slices loud({}, 1);
  events_after(loud, 1e9, 40);
  EXPECT_EQ(loud.end_of(kStart) - kStart, milliseconds{1});
}

TEST(Slices, EndWhereASpikeBeginsAndEndsAndAreShorterInIt) {
  Slices slices({{.start = kStart + minutes{1}, .length = seconds{90}, .factor = 100}}, 30'000);
  events_after(slices, 1, 1);  // ten seconds; then the next one is 40 s long
  EXPECT_EQ(slices.end_of(kStart), kStart + seconds{40});
  EXPECT_EQ(slices.end_of(kStart + seconds{59}), kStart + minutes{1});
  EXPECT_EQ(slices.end_of(kStart + minutes{1}), kStart + minutes{1} + milliseconds{400});
  EXPECT_EQ(slices.end_of(kStart + seconds{150} - milliseconds{1}), kStart + seconds{150});
}

TEST(Slices, ThatWereCutShortByTheClockGrowAgain) {
  Slices slices({}, 30'000);
  for (int i = 0; i < 10; ++i) slices.learn(milliseconds{100}, 0);
  EXPECT_EQ(slices.end_of(kStart), kStart + milliseconds{400});
}

}  // namespace
}  // namespace playhead::cli
