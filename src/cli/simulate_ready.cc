// The scenarios that are part of the program. Each is a file as a person would write it: --print-scenario shows it as it stands here.
#include <algorithm>
#include <array>

#include "cli/simulate_scenario.h"

namespace playhead::cli {
namespace {

constexpr std::string_view kQuietEvening = R"(# A quiet evening: a thousand listeners for four hours, with nothing out of the ordinary.
seed = 1

[time]
start = 2026-03-03T18:00:00Z  # a Tuesday
end = 2026-03-03T22:00:00Z

[listeners]
count = 1_000

[sessions]
between-seconds = 86_400  # each listener comes about once a day

[output]
dialects = ["eventsim", "tunetracker"]
)";

constexpr std::string_view kFridayRelease =
    R"(# A Friday night with a release: at midnight in New York everyone wants one artist, and for a minute nothing works.
seed = 2

[time]
start = 2026-03-06T00:00:00Z
end = 2026-03-07T00:00:00Z
weekdays = [0.95, 0.95, 0.97, 1.0, 1.2, 1.05, 0.88]  # Monday first

[listeners]
count = 20_000
growth = 0.5  # half as many again after a year

[sessions]
between-seconds = 86_400

[[spike]]
start = "+5h"  # after the start of the simulation: 05:00 UTC is midnight in New York
length = "3h"
factor = 6
artist = 7
artist-share = 0.4

[[outage]]
start = "+320m"  # twenty minutes later
length = "1m"

[transport]  # a network under load
duplicates = 0.002
disorder = 0.05
disorder-max = "20s"

[output]
dialects = ["eventsim", "tunetracker", "streaming-events"]
)";

constexpr std::string_view kFarmAttack = R"(# A farm attack: five thousand listeners, and four kinds of accounts that stream for money.
seed = 3

[time]
start = 2026-03-03T00:00:00Z
end = 2026-03-05T00:00:00Z

[listeners]
count = 5_000

[sessions]
between-seconds = 86_400

[[farm]]
kind = "looper"  # one track around the clock
accounts = 40
artist = 900

[[farm]]
kind = "thirty-second"  # leaves each track when it counts
accounts = 60
artist = 901

[[farm]]
kind = "diluted"  # thousands of tracks of ten unknown artists
accounts = 100
artist = 902

[[farm]]
kind = "burst"  # sleeps, then one new release without a pause
accounts = 50
artist = 920

[output]
dialects = ["music-streams", "tunetracker"]  # both know the listener and the track, one also the position
)";

constexpr std::string_view kTenThousand =
    R"(# Streamify's service: 10,000 listeners, growth 10, for ever, at far more than its hundred events a second.
seed = 4

[time]
continuous = true
speed = 400  # simulated seconds a second; the service's nights still have more than a hundred events a second

[listeners]
count = 10_000
growth = 10  # eleven times as many after a year

[sessions]
between-seconds = 86_400

[output]
dialects = ["eventsim"]
)";

constexpr std::string_view kMillion = R"(# A million listeners at the start, and growth 10: an hour of a large service, as fast as possible.
seed = 5

[time]
start = 2026-03-06T17:00:00Z
end = 2026-03-06T18:00:00Z
speed = "max"

[listeners]
count = 1_000_000
growth = 10

[sessions]
between-seconds = 86_400

[catalogue]
tracks = 1_000_000
artists = 100_000

[output]
dialects = ["tunetracker"]
)";

constexpr std::array<ReadyScenario, 5> kScenarios = {{{"quiet-evening", kQuietEvening},
                                                      {"friday-release", kFridayRelease},
                                                      {"farm-attack", kFarmAttack},
                                                      {"ten-thousand", kTenThousand},
                                                      {"million", kMillion}}};

}  // namespace

std::string_view ReadyScenario::summary() const {
  constexpr std::string_view kMark = "# ";
  return toml.substr(kMark.size(), toml.find('\n') - kMark.size());
}

std::span<const ReadyScenario> ready_scenarios() { return kScenarios; }

const ReadyScenario* ready_scenario(std::string_view name) {
  const auto* const found =
      std::find_if(kScenarios.begin(), kScenarios.end(), [&](const ReadyScenario& ready) { return ready.name == name; });
  return found == kScenarios.end() ? nullptr : found;
}

}  // namespace playhead::cli
