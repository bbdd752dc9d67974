// A job over a log in memory that may lose records (kept_log.h), on the simulated disk, with a clock that stands still.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "io/simulated.h"
#include "kept_log.h"
#include "one_thread.h"
#include "pipeline/pipeline.h"
#include "pipeline/reconciliation.h"

namespace playhead::pipeline {

// In one partition unless a test wants more.
class KeptJob : public testing::Test {
 protected:
  static constexpr Timestamp kStart = from_micros(1'541'105'830'000'000);
  static constexpr const char* kTopic = "plays";

  ManualClock clock_{kStart + std::chrono::hours{1}};
  io::SimulatedFileSystem files_;
  KeptLog log_{kTopic, 1};
  std::unique_ptr<Pipeline> pipeline_;
  Options options_;
  std::uint64_t epoch_records_max_ = 100;

  void SetUp() override {
    options_.identity.topic = kTopic;
    options_.checkpoint = "checkpoints/plays";
    options_.output = "windows";
    options_.rejects = "rejected";
    options_.lake = "lake";
  }

  // Event `number` of listener `number`: each is another, and each minute has 6 of them.
  void append(int from, int to, std::uint32_t partition = 0) {
    for (int number = from; number < to; ++number) {
      const std::string user = "u" + std::to_string(number);
      const Timestamp time = kStart + std::chrono::seconds{10 * number};
      log_.append(partition, user,
                  R"({"user_id":")" + user + R"(","track_id":"t1","genre":"pop","timestamp":")" + format_iso(time) + R"("})", time);
    }
  }

  Status open() {
    pipeline_.reset();
    Options options = options_;
    options.epoch_records_max = epoch_records_max_;
    TRY_ASSIGN(pipeline_, Pipeline::make(in_one_thread(files_, log_, clock_), std::move(options)));
    return {};
  }
  // Reads all there is.
  std::uint64_t step_to_the_end() {
    std::uint64_t records = 0;
    while (true) {
      const auto progress = pipeline_->step();
      EXPECT_TRUE(progress) << progress.error().message;
      if (!progress) return records;
      records += progress->records;
      if (!progress->more) return records;
    }
  }
  void finish() {
    ASSERT_TRUE(pipeline_->drain());
    ASSERT_TRUE(pipeline_->checkpoint());
  }
  stream::Tally tally() const { return pipeline_->ledger().tally(); }
  Reconciliation reconciled() {
    const auto found = reconcile(
        files_,
        {.partitions = options_.identity.partitions, .lake = options_.lake, .rejects = options_.rejects, .windows = options_.output});
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : Reconciliation{};
  }
  std::uint64_t plays_published() {
    const auto rows = sink::WindowTable::read_published(files_, "windows");
    EXPECT_TRUE(rows);
    std::uint64_t plays = 0;
    for (const auto& row : *rows) plays += row.count;
    return plays;
  }
};

}  // namespace playhead::pipeline
