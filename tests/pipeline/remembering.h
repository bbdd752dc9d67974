// tests/pipeline/remembering.h: ids to be remembered, the rule in its plainest form, and whole lives of a partition to try it on.
//
// Everything follows from a seed. Threads: one. Memory: a map of all ids ever. Fails: by assertions of the test that uses it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "io/simulated.h"
#include "pipeline/seen_ids.h"

namespace playhead::pipeline {

using event::EventId;
using Answers = std::vector<std::uint8_t>;

inline constexpr Timestamp kNoon = from_micros(1'772'366'400'000'000);
inline constexpr Duration kMinute = std::chrono::minutes{1};
inline constexpr Duration kHour = std::chrono::hours{1};
inline constexpr Duration kDay = std::chrono::hours{24};
inline constexpr Duration kInstant{1};

// Ids as a UUID of version 7 has them: those of one time begin alike.
inline EventId id_of(std::uint64_t number) {
  EventId id;
  const std::uint64_t words[2] = {number / 1000, number};
  std::memcpy(id.bytes.data(), words, sizeof words);
  return id;
}

struct Batch {
  std::vector<EventId> ids;
  std::vector<Timestamp> basis;
  std::vector<Timestamp> watermarks;

  void add(std::uint64_t number, Timestamp event, Timestamp watermark) {
    ids.push_back(id_of(number));
    basis.push_back(std::max(event, watermark));
    watermarks.push_back(watermark);
  }
};

// The rule in its plainest form: by the book, in a map that forgets nothing.
class Reference {
 public:
  Answers check(const Batch& batch) {
    Answers duplicates;
    for (std::size_t row = 0; row < batch.ids.size(); ++row) {
      const auto known = basis_.find(batch.ids[row]);
      const bool remembered = known != basis_.end() && batch.watermarks[row] < known->second + kDay;
      if (!remembered) basis_[batch.ids[row]] = batch.basis[row];
      duplicates.push_back(remembered ? 1 : 0);
    }
    return duplicates;
  }

 private:
  std::map<EventId, Timestamp> basis_;
};

inline Result<Answers> check(SeenIds& seen, const Batch& batch) {
  Answers duplicates;
  TRY(seen.check(batch.ids, batch.basis, batch.watermarks, duplicates));
  return duplicates;
}

inline std::unique_ptr<SeenIds> open(io::FileSystem& files, std::vector<IdRun> runs = {}, SeenIds::Options options = {}) {
  auto seen = SeenIds::open(files, "checkpoint/ids", std::move(runs), options);
  EXPECT_TRUE(seen) << seen.error().message;
  return seen ? std::move(*seen) : nullptr;
}

// One life of a partition, with everything that may not change an answer: seals, merges, reading back, falling back to a snapshot.
class Life {
 public:
  explicit Life(std::uint64_t seed)
      : random_(seed),
        options_{.filter_bytes_max = std::array<std::uint64_t, 4>{0, 3'000, 30'000, 1 << 20}[random_.below(4)], .seed = random_.next()},
        pool_(1 + random_.below(4'000)),
        wild_(random_.chance(0.3)),
        seen_(open(files_, {}, options_)) {}

  void live(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFatalFailure(); ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      const std::uint64_t what = random_.below(20);
      if (what < 14) {
        const Batch batch = next_batch();
        const auto answers = check(*seen_, batch);
        ASSERT_TRUE(answers) << answers.error().message;
        ASSERT_EQ(*answers, reference_.check(batch));
      } else if (what < 17) {
        ASSERT_TRUE(seen_->seal(watermark_));
      } else if (what < 19) {
        take_snapshot();
      } else {
        fall_back();
      }
      ASSERT_LE(seen_->memory_bytes(), seen_->recent() * 100 + options_.filter_bytes_max + 1'000'000);
    }
  }

 private:
  struct Snapshot {
    std::vector<IdRun> runs;
    Reference reference;
    Timestamp watermark = kNever;
  };

  void take_snapshot() {
    auto runs = seen_->seal(watermark_);
    ASSERT_TRUE(runs) << runs.error().message;
    snapshot_ = {std::move(*runs), reference_, watermark_};
    if (random_.chance(0.7)) {
      ASSERT_TRUE(seen_->remove_unnamed());
    }
  }
  void fall_back() {
    seen_ = open(files_, snapshot_.runs, options_);
    ASSERT_TRUE(seen_);
    reference_ = snapshot_.reference;
    watermark_ = snapshot_.watermark;
    if (random_.chance(0.5)) {
      ASSERT_TRUE(seen_->remove_unnamed());
    }
  }

  Duration span_below(Duration bound) {
    return Duration{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(bound.count())))};
  }

  Batch next_batch() {
    Batch batch;
    const std::size_t rows = random_.below(300);
    for (std::size_t row = 0; row < rows; ++row) {
      if (watermark_ == kNever && random_.chance(0.05)) watermark_ = kNoon;
      if (watermark_ != kNever) advance();
      const Timestamp now = std::max(watermark_, kNoon);
      Timestamp event = now - kHour + span_below(2 * kHour);
      if (random_.chance(0.05)) event = now + span_below(3 * kDay);
      if (wild_ && random_.chance(0.05)) event = now + span_below(30'000 * kDay);
      batch.add(random_.below(pool_), event, watermark_);
    }
    return batch;
  }
  void advance() {
    watermark_ += span_below(wild_ ? kMinute : 3 * kMinute);
    if (random_.chance(0.002)) watermark_ += span_below(2 * kDay);
    if (random_.chance(0.0002)) watermark_ += 1'000 * kDay;
  }

  Random random_;
  SeenIds::Options options_;
  std::uint64_t pool_;
  bool wild_;
  io::SimulatedFileSystem files_;
  std::unique_ptr<SeenIds> seen_;
  Reference reference_;
  Timestamp watermark_ = kNever;
  Snapshot snapshot_;
};

// A fixed story of rounds, each of which ends with a snapshot or, in between, a seal that no snapshot names.
class Story {
 public:
  static constexpr std::size_t kRounds = 24;

  explicit Story(std::uint64_t seed) {
    Random random(seed);
    Reference reference;
    Timestamp now = kNoon;
    for (std::size_t round = 0; round < kRounds; ++round) {
      Batch batch;
      for (int row = 0; row < 60; ++row) {
        now += Duration{static_cast<std::int64_t>(random.below(100'000'000))};
        batch.add(random.below(400), now + Duration{static_cast<std::int64_t>(random.below(7'200'000'000))}, now);
      }
      if (round == 15) now += 20 * kHour;
      expected_.push_back(reference.check(batch));
      batches_.push_back(std::move(batch));
    }
  }

  struct Snapshot {
    std::size_t round = 0;  // the first that it does not hold
    std::vector<IdRun> runs;
  };

  // From the snapshot to the end, or until the disk fails. Every answer must be right.
  Status tell(io::FileSystem& files, Snapshot& snapshot) const {
    TRY_ASSIGN(const auto seen, SeenIds::open(files, "checkpoint/ids", snapshot.runs, {.filter_bytes_max = 4'000}));
    TRY(seen->remove_unnamed());
    for (std::size_t round = snapshot.round; round < kRounds; ++round) {
      const Batch& batch = batches_[round];
      TRY_ASSIGN(const auto answers, check(*seen, batch));
      EXPECT_EQ(answers, expected_[round]) << "round " << round;
      TRY_ASSIGN(auto runs, seen->seal(batch.watermarks.back()));
      if (round % 3 == 1) continue;
      snapshot = {round + 1, std::move(runs)};
      TRY(seen->remove_unnamed());
    }
    return {};
  }

 private:
  std::vector<Batch> batches_;
  std::vector<Answers> expected_;
};

}  // namespace playhead::pipeline
