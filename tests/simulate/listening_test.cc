#include "simulate/listening.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <map>

#include "music.h"

namespace playhead::simulate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double kWeekendShare = 0.277;  // of the plays, by the weekdays of simulate/time_shape.h

struct Play {
  Situation situation;
  Heard heard;
};

// Plays as the service has them: listeners of all ages, tracks that they chose, at weekends now and then.
void each_play(std::uint32_t listeners, int plays, const ListeningOptions& options, const std::function<void(const Play&)>& each) {
  static const std::unique_ptr<Catalogue> catalogue = catalogue_of({});
  const auto tastes = Tastes::make({}, *catalogue);
  ASSERT_TRUE(tastes.has_value());
  for (std::uint32_t listener = 0; listener < listeners; ++listener) {
    Random random{mixed(23, listener)};
    const std::uint8_t age = person_of(listener).age;
    listen(*tastes, listener, plays, 7, [&](const Taste& taste, std::uint32_t track) {
      const Situation situation{milliseconds{(*catalogue)[track].duration_ms}, tastes->likeness(taste, track), age,
                                random.chance(kWeekendShare)};
      each({situation, hear(situation, options, random)});
    });
  }
}

// The share of plays that were skipped within a time.
struct Curve {
  double plays = 0, within_5 = 0, within_10 = 0, within_20 = 0, within_30 = 0, skipped = 0;

  void add(const Heard& heard) {
    ++plays;
    if (!heard.skipped) return;
    ++skipped;
    within_5 += heard.position < seconds{5};
    within_10 += heard.position < seconds{10};
    within_20 += heard.position < seconds{20};
    within_30 += heard.position < seconds{30};
  }
};

TEST(Listening, SkipCurveIsThePublishedOne) {
  Curve curve;
  double likeness = 0, weekend = 0;
  each_play(4'000, 250, {}, [&](const Play& play) {
    curve.add(play.heard);
    likeness += play.situation.likeness;
    weekend += play.situation.weekend;
  });
  ASSERT_EQ(curve.plays, 1'000'000);
  EXPECT_NEAR(likeness / curve.plays, 0.492, 0.02);  // listening.cc reckons with these two
  EXPECT_NEAR(weekend / curve.plays, 0.277, 0.005);
  EXPECT_NEAR(curve.within_5 / curve.plays, 0.241, 0.005);
  EXPECT_NEAR(curve.within_10 / curve.plays, 0.290, 0.005);
  EXPECT_NEAR(curve.within_30 / curve.plays, 0.351, 0.005);
  EXPECT_NEAR(curve.skipped / curve.plays, 0.486, 0.005);
  EXPECT_NEAR((curve.within_30 - curve.within_20) / curve.plays, 0.010, 0.002);  // the hazard after 20 s is small
}

TEST(Listening, TheYoungAndWeekendsSkipMore) {
  std::map<int, Curve> by_age;
  std::array<Curve, 2> by_weekend, by_likeness;
  each_play(2'000, 250, {}, [&](const Play& play) {
    by_age[play.situation.age < 20 ? 10 : play.situation.age < 40 ? 20 : 40].add(play.heard);
    by_weekend[play.situation.weekend].add(play.heard);
    by_likeness[play.situation.likeness > 0.5].add(play.heard);
  });
  const auto skipped = [](const Curve& curve) { return curve.skipped / curve.plays; };
  EXPECT_GT(skipped(by_age[10]), 0.50);
  EXPECT_GT(skipped(by_age[10]), skipped(by_age[20]) + 0.02);
  EXPECT_GT(skipped(by_age[20]), skipped(by_age[40]) + 0.02);
  EXPECT_NEAR(skipped(by_weekend[1]) - skipped(by_weekend[0]), 0.029, 0.008);  // 6 % of 48.6 %
  EXPECT_GT(skipped(by_likeness[0]), skipped(by_likeness[1]) + 0.03);
}

TEST(Listening, WhatIsHeardFitsItsDefinitions) {
  Random random{3};
  for (int i = 0; i < 500'000; ++i) {
    const Duration duration = milliseconds{1 + random.below(i % 2 ? 40'000 : 400'000)};
    const Situation situation{duration, static_cast<float>(2 * random.unit() - 1), static_cast<std::uint8_t>(random.below(120)),
                              i % 3 == 0};
    const Heard heard = hear(situation, {}, random);
    ASSERT_GE(heard.position, Duration{0});
    ASSERT_LE(heard.position, duration);
    ASSERT_EQ(heard.completed, heard.position >= duration - seconds{5});
    ASSERT_EQ(heard.skipped, !heard.completed && heard.reason != EndReason::kTrackDone);
    ASSERT_EQ(heard.reason == EndReason::kTrackDone, heard.position == duration);
    ASSERT_TRUE(!heard.liked || heard.completed);
    ASSERT_TRUE(heard.rating_tenths >= 10 && heard.rating_tenths <= 50);
  }
}

TEST(Listening, TracksShorterThanHalfAMinute) {
  // Seconds of the track, and the share that is skipped: what the curve has by five seconds before the end.
  const std::map<int, double> expected = {
      {1, 0}, {5, 0}, {6, 0.241 / 5}, {12, 0.241 + 0.049 * 2 / 5}, {29, 0.341 + 0.010 * 4 / 10}, {31, 0.341 + 0.010 * 6 / 10}, {36, 0.486}};
  Random random{3};
  for (const auto& [duration, share] : expected) {
    Curve curve;
    for (int i = 0; i < 100'000; ++i) curve.add(hear({seconds{duration}, 0.5f, 25, false}, {}, random));
    EXPECT_NEAR(curve.skipped / curve.plays, share, share == 0 ? 0 : 0.02) << duration;
  }
}

TEST(Listening, EventsimNeverSkips) {
  each_play(100, 100, {.never_skips = true}, [](const Play& play) {
    ASSERT_EQ(play.heard.position, play.situation.duration);
    ASSERT_TRUE(play.heard.completed && !play.heard.skipped);
    ASSERT_EQ(play.heard.reason, EndReason::kTrackDone);
  });
}

TEST(Listening, LikesAndRatingsGoWithTasteAndSkips) {
  double completed = 0, liked = 0, rated = 0;
  std::array<double, 2> stars{}, plays{}, stars_by_taste{}, plays_by_taste{};
  each_play(1'000, 300, {.rating_share = 0.5}, [&](const Play& play) {
    completed += play.heard.completed;
    liked += play.heard.liked;
    if (play.heard.rating_tenths == 0) return;
    ++rated;
    stars[play.heard.skipped] += play.heard.rating_tenths / 10.0;
    ++plays[play.heard.skipped];
    const bool likes = play.situation.likeness > 0.5;
    stars_by_taste[likes] += play.heard.rating_tenths / 10.0;
    ++plays_by_taste[likes];
  });
  EXPECT_NEAR(liked / completed, 0.01, 0.001);
  EXPECT_NEAR(rated / 300'000, 0.5, 0.01);
  EXPECT_GT(stars[0] / plays[0], stars[1] / plays[1] + 0.5);
  EXPECT_GT(stars_by_taste[1] / plays_by_taste[1], stars_by_taste[0] / plays_by_taste[0] + 0.4);
}

TEST(Listening, ReasonsHaveNames) {
  EXPECT_EQ(name_of(EndReason::kTrackDone), "trackdone");
  EXPECT_EQ(name_of(EndReason::kForward), "fwdbtn");
  EXPECT_EQ(name_of(EndReason::kBack), "backbtn");
  EXPECT_EQ(name_of(EndReason::kClickedRow), "clickrow");
  EXPECT_EQ(name_of(EndReason::kLogout), "logout");
  EXPECT_EQ(name_of(EndReason::kAppClosed), "appload");
  std::map<EndReason, double> skips;
  each_play(200, 300, {}, [&](const Play& play) { skips[play.heard.reason] += 1.0 / 60'000; });
  EXPECT_NEAR(skips[EndReason::kForward], 0.37, 0.02);
  EXPECT_NEAR(skips[EndReason::kClickedRow], 0.083, 0.01);
  EXPECT_NEAR(skips[EndReason::kBack], 0.034, 0.01);
}

TEST(Listening, SameChanceSamePlay) {
  Random one{5}, other{5};
  for (int i = 0; i < 1'000; ++i) {
    const Heard a = hear({seconds{200}, 0.4f, 30, false}, {}, one);
    const Heard b = hear({seconds{200}, 0.4f, 30, false}, {}, other);
    ASSERT_EQ(std::tuple(a.position, a.reason, a.liked, a.rating_tenths), std::tuple(b.position, b.reason, b.liked, b.rating_tenths));
  }
}

}  // namespace
}  // namespace playhead::simulate
