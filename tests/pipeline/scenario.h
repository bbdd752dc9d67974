// What happens to a pipeline in a simulation: seeded records, and what a plain count of them comes to, without any of the code under test.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "stream/disposition.h"

namespace playhead::pipeline {

inline constexpr Timestamp kStart = from_micros(1'541'105'830'000'000);
inline const char* const kTopic = "music-plays";

struct Scenario {
  std::uint64_t seed;
  std::uint32_t partitions;
  bool provisional;
  bool lake;
  Duration lateness;
  std::vector<std::vector<std::pair<std::string, Timestamp>>> records;  // by partition: value and ingest time
};

inline std::string play(Random& random, Timestamp time) {
  static constexpr std::array kGenres = {"pop", "rock", "jazz", "\\u00e9lectro", "k\\\"pop"};
  std::string genre = std::string(R"(,"genre":")") + kGenres[random.below(kGenres.size())] + '"';
  if (random.chance(0.05)) genre.clear();
  return R"({"user_id":"u)" + std::to_string(random.below(9)) + R"(","track_id":"t1","timestamp":")" + format_iso(time) + '"' + genre + "}";
}

inline Scenario make_scenario(std::uint64_t seed) {
  Random random(seed);
  Scenario scenario{.seed = seed,
                    .partitions = 1 + static_cast<std::uint32_t>(random.below(3)),
                    .provisional = random.chance(0.3),
                    .lake = random.chance(0.8),
                    .lateness = std::chrono::minutes{random.below(2) * 10},
                    .records = {}};
  scenario.records.resize(scenario.partitions);
  for (auto& records : scenario.records) {
    Timestamp now = kStart;
    const std::uint64_t count = random.below(60);
    for (std::uint64_t i = 0; i < count; ++i) {
      now += std::chrono::seconds{random.below(40)};
      Timestamp time = now - std::chrono::seconds{random.below(15)};
      if (random.chance(0.1)) time -= std::chrono::minutes{random.below(30)};
      if (random.chance(0.03)) time += std::chrono::minutes{30};
      std::string value = play(random, time);
      if (random.chance(0.05)) value = "{\"broken\":";
      if (random.chance(0.05)) value = R"({"page":"Home","ts":)" + std::to_string(to_micros(time) / 1000) + "}";
      if (!records.empty() && random.chance(0.1)) value = records[random.below(records.size())].first;  // sent again
      if (random.chance(0.02)) now += std::chrono::hours{23};
      records.emplace_back(std::move(value), now);
    }
  }
  return scenario;
}

// What became of each record, by partition and offset: "on_time", "restated", "late", "future", "duplicate" or "dead_letter".
using Fates = std::map<std::pair<std::uint32_t, std::uint64_t>, std::string>;

struct Expected {
  std::map<std::pair<Timestamp, std::string>, std::uint64_t> rows;
  stream::Tally tally;
  Fates fates;
};

// Counts without any of the code under test but the parsing of a time: records are made by play(), so their fields are found by hand.
inline Expected count_by_hand(const Scenario& scenario) {
  Expected expected;
  for (std::uint32_t partition = 0; partition < scenario.partitions; ++partition) {
    std::int64_t highest = INT64_MIN;
    std::map<std::string, std::int64_t> seen;  // the record, and the time from which it is remembered
    for (std::uint64_t offset = 0; offset < scenario.records[partition].size(); ++offset) {
      const auto& [value, ingest] = scenario.records[partition][offset];
      auto& by = expected.tally.records;
      std::string& fate = expected.fates[{partition, offset}];
      if (value.starts_with("{\"broken")) {
        ++by[0];
        fate = "dead_letter";
        continue;
      }
      const bool is_play = value.find("track_id") != std::string::npos;
      std::int64_t time = 0;
      if (is_play) {
        const auto at = value.find("\"timestamp\":\"") + 13;
        time = to_micros(parse_iso(value.substr(at, value.find('"', at) - at))->time);
        ++expected.tally.not_keyed_by_user;  // their key is "u", their listener "u1" and so on
      } else {
        time = std::atoll(value.c_str() + value.find("ts\":") + 4) * 1000;
      }
      const std::int64_t mark = highest == INT64_MIN ? INT64_MIN : highest - 10'000'000;
      const bool future = time - to_micros(ingest) > 300'000'000;
      if (!future) highest = std::max(highest, time);
      const auto before = seen.find(value);
      if (before != seen.end() && mark < before->second + 86'400'000'000) {
        ++by[1];
        fate = "duplicate";
        continue;
      }
      seen[value] = std::max(time, mark);
      if (future) {
        ++by[2];
        fate = "future";
        continue;
      }
      const std::int64_t start = time / 60'000'000 * 60'000'000;
      const bool ended = mark != INT64_MIN && start + 60'000'000 <= mark;
      if (ended && mark - (start + 60'000'000) >= scenario.lateness.count()) {
        ++by[2];
        fate = "late";
        continue;
      }
      ++by[ended ? 3 : 4];
      fate = ended ? "restated" : "on_time";
      if (!is_play) {
        ++expected.tally.no_plays;
        continue;
      }
      ++(ended ? expected.tally.plays_restated : expected.tally.plays_on_time);
      std::string genre = "unknown";
      for (const auto& [text, name] :
           {std::pair{"\"pop\"", "pop"}, {"\"rock\"", "rock"}, {"\"jazz\"", "jazz"}, {"lectro", "électro"}, {"k\\\"pop", "k\"pop"}}) {
        if (value.find(text) != std::string::npos) genre = name;
      }
      ++expected.rows[{from_micros(start), genre}];
    }
  }
  return expected;
}

}  // namespace playhead::pipeline
