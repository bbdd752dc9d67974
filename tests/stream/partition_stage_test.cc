// Behaviour as text: the files of tests/data/windows hold events in and rows out; and a property against a brute-force count.
#include "stream/partition_stage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "base/random.h"

namespace playhead::stream {
namespace {

Timestamp at(const std::string& text) {
  const auto parsed = parse_iso(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? parsed->time : kNever;
}

struct Event {
  bool is_play;
  Timestamp time;
  Timestamp ingest;
  std::string key;  // empty: none
};

struct Case {
  TimeRules rules;
  std::vector<Event> events;
  std::vector<std::string> dispositions;
  std::vector<Increase> rows;
};

Case read_case(const std::filesystem::path& path) {
  Case result;
  std::ifstream in(path);
  std::string line;
  std::string section = "rules";
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string first, second, third, fourth;
    words >> first >> second >> third >> fourth;
    if (first == "in" || first == "out" || first == "rows") {
      section = first;
    } else if (section == "rules") {
      Duration& rule = first == "window"     ? result.rules.window
                       : first == "disorder" ? result.rules.disorder
                       : first == "lateness" ? result.rules.lateness
                                             : result.rules.future;
      rule = *parse_duration(second);
    } else if (section == "in") {
      result.events.push_back({first == "play", at(second), third == "=" ? at(second) : at(third), fourth == "-" ? "" : fourth});
    } else if (section == "out") {
      result.dispositions.push_back(first);
    } else {
      result.rows.push_back({at(first), second, std::stoull(third)});
    }
  }
  return result;
}

// Runs events through a stage in batches of `batch` records, with `epochs` cuts between them.
struct Counted {
  std::map<std::pair<Timestamp, std::string>, std::uint64_t> rows;
  PartitionState state;
  std::vector<std::uint8_t> reasons;  // of late events, in their order
};

Counted run(const std::vector<Event>& events, const TimeRules& rules, std::size_t batch, std::size_t epoch) {
  Counted result;
  PartitionStage stage(rules, event::Field::kGenre);
  std::size_t done = 0;
  while (done < events.size()) {
    stage.begin(result.state);
    const std::size_t end = std::min(events.size(), done + epoch);
    while (done < end) {
      event::EventBatch columns;
      std::vector<std::string_view> keys;
      std::vector<Timestamp> ingest;
      Judged judged;
      for (const std::size_t stop = std::min(end, done + batch); done < stop; ++done) {
        const Event& event = events[done];
        columns.record.push_back(static_cast<std::uint32_t>(keys.size()));
        columns.kind.push_back(event.is_play ? event::Kind::kTrackPlay : event::Kind::kPageView);
        columns.is_play.push_back(event.is_play ? 1 : 0);
        columns.time.push_back(event.time);
        columns.text[static_cast<std::size_t>(event::Field::kGenre)].push_back(event.key.empty() ? std::string_view()
                                                                                                 : std::string_view(event.key));
        columns.text[static_cast<std::size_t>(event::Field::kUser)].emplace_back("u1");
        keys.emplace_back("u1");
        ingest.push_back(event.ingest);
      }
      stage.judge(columns, ingest, judged);
      stage.count(columns, judged, keys);
      std::ranges::copy_if(judged.reasons, std::back_inserter(result.reasons), [](std::uint8_t reason) { return reason != 0; });
    }
    EpochOutcome outcome = stage.finish();
    result.state = outcome.state;
    for (const Increase& increase : outcome.increases) result.rows[{increase.window_start, increase.key}] += increase.count;
  }
  return result;
}

TEST(PartitionStage, DoesWhatTheTextCasesSay) {
  std::size_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(TEST_DATA_FOLDER) + "/windows")) {
    if (entry.path().extension() != ".txt") continue;
    SCOPED_TRACE(entry.path().filename().string());
    const Case expected = read_case(entry.path());
    ASSERT_EQ(expected.events.size(), expected.dispositions.size());
    Tally before;
    PartitionState state;
    for (std::size_t i = 0; i < expected.events.size(); ++i) {  // one by one, to see each event's disposition
      const Counted one =
          run({expected.events.begin(), expected.events.begin() + static_cast<std::ptrdiff_t>(i) + 1}, expected.rules, 100, 100);
      std::string disposition;
      for (std::size_t kind = 0; kind < kDispositionCount; ++kind) {
        if (one.state.tally.records[kind] != before.records[kind]) disposition = name_of(static_cast<Disposition>(kind));
      }
      if (disposition == "late") disposition = reason_named(one.reasons.back());
      EXPECT_EQ(disposition, expected.dispositions[i]) << "event " << i;
      before = one.state.tally;
    }
    std::map<std::pair<Timestamp, std::string>, std::uint64_t> rows;
    for (const Increase& row : expected.rows) rows[{row.window_start, row.key}] = row.count;
    EXPECT_EQ(run(expected.events, expected.rules, 2, 3).rows, rows);
    ++cases;
  }
  EXPECT_GE(cases, 3u);
}

std::vector<Event> random_events(Random& random) {
  std::vector<Event> events;
  Timestamp now = from_micros(1'541'073'600'000'000);
  const std::uint64_t count = random.below(300);
  for (std::uint64_t i = 0; i < count; ++i) {
    now += Duration{static_cast<std::int64_t>(random.below(30'000'000))};
    Timestamp time = now - Duration{static_cast<std::int64_t>(random.below(20'000'000))};
    if (random.chance(0.1)) time -= Duration{static_cast<std::int64_t>(random.below(7'200'000'000))};
    if (random.chance(0.05)) time += std::chrono::minutes{random.below(20)};
    events.push_back({random.chance(0.8), time, now, random.chance(0.9) ? "genre" + std::to_string(random.below(4)) : ""});
  }
  return events;
}

TEST(PartitionStage, EqualsABruteForceCountWhereverBatchesAndEpochsAreCut) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const std::vector<Event> events = random_events(random);
    const TimeRules rules{.lateness = std::chrono::minutes{random.below(60)}};
    std::map<std::pair<Timestamp, std::string>, std::uint64_t> rows;
    Tally tally;
    for (std::size_t i = 0; i < events.size(); ++i) {
      const Event& event = events[i];
      Timestamp highest = kNever;  // of all events before that were not from the future
      for (std::size_t j = 0; j < i; ++j) {
        if (events[j].time - events[j].ingest <= rules.future) highest = std::max(highest, events[j].time);
      }
      const Timestamp end = floor_to(event.time, rules.window) + rules.window;
      const bool future = event.time - event.ingest > rules.future;
      const bool ended = highest != kNever && end <= highest - rules.disorder;
      if (future || (ended && highest - rules.disorder - end >= rules.lateness)) {
        ++tally.records[2];
        continue;
      }
      ++tally.records[ended ? 3 : 4];
      ++(!event.is_play ? tally.no_plays : ended ? tally.plays_restated : tally.plays_on_time);
      if (event.is_play) ++rows[{floor_to(event.time, rules.window), event.key.empty() ? "unknown" : event.key}];
    }
    const Counted whole = run(events, rules, 1000, 1000);
    EXPECT_EQ(whole.rows, rows);
    EXPECT_EQ(whole.state.tally, tally);
    EXPECT_EQ(whole.state.tally.total(), events.size());
    EXPECT_EQ(whole.reasons.size(), tally.of(Disposition::kLate));
    const Counted cut = run(events, rules, 1 + random.below(7), 1 + random.below(20));
    EXPECT_EQ(cut.rows, whole.rows);
    EXPECT_EQ(cut.state, whole.state);
    EXPECT_EQ(cut.reasons, whole.reasons);
    if (HasFailure()) return;
  }
}

TEST(PartitionStage, ADuplicateIsInNoWindowButMovesTheWatermark) {
  PartitionStage stage({}, event::Field::kGenre);
  stage.begin({});
  const Timestamp start = from_micros(1'541'073'600'000'000);
  event::EventBatch events;
  for (const int minute : {0, 30, 0}) {
    events.record.push_back(static_cast<std::uint32_t>(events.record.size()));
    events.kind.push_back(event::Kind::kTrackPlay);
    events.is_play.push_back(1);
    events.time.push_back(start + std::chrono::minutes{minute});
    events.text[static_cast<std::size_t>(event::Field::kGenre)].emplace_back("pop");
    events.text[static_cast<std::size_t>(event::Field::kUser)].emplace_back("u1");
  }
  const std::vector<Timestamp> ingest(3, start + std::chrono::minutes{30});
  const std::vector<std::string_view> keys{"u1", "someone else", {}};
  Judged judged;
  stage.judge(events, ingest, judged);
  EXPECT_EQ(judged.watermarks[0], kNever);
  EXPECT_EQ(judged.remembered_from[0], start);
  EXPECT_EQ(judged.watermarks[2], start + std::chrono::minutes{30} - std::chrono::seconds{10});
  EXPECT_EQ(judged.remembered_from[2], judged.watermarks[2]) << "an old event is remembered from the watermark on";
  judged.mark_duplicate(1);
  EXPECT_EQ(reason_named(judged.reasons[1]), "duplicate");
  stage.count(events, judged, keys);
  const EpochOutcome outcome = stage.finish();
  EXPECT_EQ(outcome.state.highest, start + std::chrono::minutes{30});
  EXPECT_EQ(outcome.state.tally.of(Disposition::kDuplicate), 1u);
  EXPECT_EQ(outcome.state.tally.plays_counted(), 2u);
  EXPECT_EQ(outcome.state.tally.not_keyed_by_user, 2u);
  EXPECT_EQ(outcome.increases, (std::vector<Increase>{{start, "pop", 2}}));
}

}  // namespace
}  // namespace playhead::stream
