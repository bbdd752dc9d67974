// Measures what it costs to simulate, by CPU time of all threads: medians of three rounds, one JSON line a case.
//
//   simulate_bench [events [part]]   (default 1000000, all); part: parts, or some letters of a case's name, as tunetracker
//
// The cases that name their listeners live whole lives and put them into words, in memory and in order, as the program does; how the
// service begins is left out. The others measure one part of that alone.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "cli/simulate_generator.h"
#include "cli/simulate_slices.h"
#include "simulate/form.h"
#include "simulate/service.h"
#include "simulate/transport.h"
#include "simulate/truth.h"

namespace {

using namespace playhead;
using namespace playhead::simulate;
using event::Dialect;

constexpr int kRounds = 3;
constexpr Timestamp kStart = from_micros(1'772'323'200'000'000);

double seconds_of(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double cpu_seconds() { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// `cpu` and `wall`: seconds an event, of each round; a part by itself has no wall time worth telling.
void print(const char* name, std::size_t count, std::size_t bytes, const std::vector<double>& cpu, const std::vector<double>& wall = {}) {
  std::printf(R"({"bench":"simulate","case":"%s","events":%zu,"bytes_per_event":%.0f,"nanoseconds":%.0f,"events_per_cpu_second":%.0f)",
              name, count, static_cast<double>(bytes) / static_cast<double>(count), median(cpu) * 1e9, 1 / median(cpu));
  if (!wall.empty()) std::printf(R"(,"events_per_second":%.0f)", 1 / median(wall));
  std::printf("}\n");
  std::fflush(stdout);
}

std::unique_ptr<World> world_of(std::uint32_t listeners) {
  static std::map<std::string, std::unique_ptr<TimeZone>> zones;
  WorldOptions options;
  options.service.start = kStart;
  options.service.end = kNever;
  options.service.listeners = listeners;
  return World::make(std::move(options),
                     [](const std::string& name) -> Result<const TimeZone*> {
                       std::ifstream file("/usr/share/zoneinfo/" + name, std::ios::binary);
                       std::string bytes(std::istreambuf_iterator<char>(file), {});
                       TRY_ASSIGN(zones[name], TimeZone::make(bytes));
                       return zones[name].get();
                     })
      .value();
}

// Happenings of listeners, a session each of twenty songs and an end for each.
std::vector<std::vector<Happening>> sessions_of(const World& world, std::size_t pages) {
  StateNumber song = 0;
  while (world.machine().states()[song].kind != PageKind::kNextSong) ++song;
  Random random{1};
  std::vector<std::vector<Happening>> sessions;
  for (std::uint32_t listener = 0; listener < pages / 20; ++listener) {
    auto& session = sessions.emplace_back();
    Timestamp time = kStart + Duration{random.below(3'600'000'000)};
    for (std::uint32_t i = 0; i < 20; ++i) {
      Happening page{};
      page.time = page.sent = page.play_start = time;
      page.listener = listener;
      page.sequence = 2 * i;
      page.item = i;
      page.state = song;
      page.track = world.catalogue().draw(random);
      page.heard.position = std::chrono::milliseconds{world.catalogue()[page.track].duration_ms};
      page.heard.rating_tenths = 35;
      session.push_back(page);
      time = page.time = page.sent = time + page.heard.position;
      page.kind = HappeningKind::kPlayEnd;
      ++page.sequence;
      session.push_back(page);
    }
  }
  return sessions;
}

void measure_form(const char* name, const World& world, const std::vector<std::vector<Happening>>& sessions, Dialect dialect,
                  std::size_t each_call) {
  const auto form = Form::make(world, {.dialects = {dialect}}).value();
  Messages messages;
  std::vector<double> seconds;
  for (int round = 0; round < kRounds; ++round) {
    messages.clear();
    const double start = cpu_seconds();
    for (const auto& session : sessions) {
      for (std::size_t at = 0; at < session.size(); at += each_call) {
        form->tell(session[0].listener, kStart, Duration{0}, std::span(session).subspan(at, std::min(each_call, session.size() - at)),
                   messages);
      }
    }
    seconds.push_back(cpu_seconds() - start);
  }
  const Topic counted = dialect == Dialect::kEventsim ? Topic::kPageViews : messages.list[0].topic;
  const auto count = static_cast<std::size_t>(std::ranges::count(messages.list, counted, &Message::topic));
  for (double& each : seconds) each /= static_cast<double>(count);
  print(name, count, messages.arena.size(), seconds);
}

void measure_roads(const World& world, const std::vector<std::vector<Happening>>& sessions) {
  const auto form = Form::make(world, {}).value();
  Messages unsorted;
  for (const auto& session : sessions) form->tell(session[0].listener, kStart, Duration{0}, session, unsorted);
  std::vector<double> sorting, perfect, bad;
  Messages messages = unsorted;
  std::size_t arrived = 0;
  const auto carry = [&](const TransportOptions& options) {
    const auto transport = Transport::make(options, world.service()).value();
    const double start = cpu_seconds();
    const auto count = [&arrived](const Arrival& arrival) -> Status {
      arrived += arrival.value.size();
      return {};
    };
    if (!transport->carry(messages, Timestamp::max(), count)) std::abort();
    return (cpu_seconds() - start) / static_cast<double>(messages.list.size());
  };
  for (int round = 0; round < kRounds; ++round) {
    messages.list = unsorted.list;
    const double start = cpu_seconds();
    messages.sort();
    sorting.push_back((cpu_seconds() - start) / static_cast<double>(messages.list.size()));
    perfect.push_back(carry({}));
    bad.push_back(carry({.duplicates = 0.01, .disorder = 0.02, .skew = 0.05, .malformed = 0.001}));
  }
  print("sort, messages", messages.list.size(), messages.arena.size(), sorting);
  print("transport, perfect", messages.list.size(), messages.arena.size(), perfect);
  print("transport, bad", messages.list.size(), messages.arena.size(), bad);
}

struct Telling {
  const char* name;
  std::uint32_t listeners;
  FormOptions form;
  Topic counted;  // how many of its messages there are is what "events" says; all messages of `form` are made
  unsigned threads = 1;
};

// Calls `use` with each slice of the service's messages, made as `playhead simulate` makes them, while the next one is being made.
template <typename Use>
void live(cli::Generator& generator, cli::Slices& slices, const Use& use) {
  Timestamp reached = kStart;
  Timestamp until = slices.end_of(reached);
  generator.begin(until);
  for (bool more = true; more;) {
    const cli::Slice& slice = generator.finish();
    slices.learn(until - std::exchange(reached, until), slice.size());
    until = slices.end_of(reached);
    generator.begin(until);
    more = use(slice);
  }
  generator.finish();
}

void measure_service(const Telling& telling, std::size_t events) {
  const auto world = world_of(telling.listeners);
  const auto transport = Transport::make({}, world->service()).value();
  const std::uint64_t slice_events = cli::Slices::events_for(telling.listeners);
  std::vector<double> cpu, wall;
  std::size_t count = 0, bytes = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto generator = cli::Generator::make(*world, telling.form, *transport, telling.threads, {}, {}).value();
    cli::Slices slices({}, slice_events);
    int learning = 10;  // slices until they have their length
    double cpu_start = 0, wall_start = 0;
    live(*generator, slices, [&](const cli::Slice& slice) {
      if (learning > 0) {
        if (--learning > 0) return true;
        cpu_start = seconds_of(CLOCK_PROCESS_CPUTIME_ID), wall_start = seconds_of(CLOCK_MONOTONIC);
        count = bytes = 0;
      }
      (void)slice.in_order([&](const Message& message, const Messages&) -> Status {
        count += message.topic == telling.counted ? 1 : 0;
        bytes += message.value_bytes;
        return {};
      });
      return count < events;
    });
    cpu.push_back((seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_start) / static_cast<double>(count));
    wall.push_back((seconds_of(CLOCK_MONOTONIC) - wall_start) / static_cast<double>(count));
  }
  print(telling.name, count, bytes, cpu, wall);
}

const std::vector<Telling>& tellings() {
  static const FormOptions plays{.dialects = {Dialect::kTuneTracker}};
  static const FormOptions pages{.topics = {Topic::kPageViews}};
  static const std::vector<Telling> all = {
      {"tunetracker, plays, 10 thousand listeners", 10'000, plays, Topic::kMusicPlays},
      {"tunetracker, plays, 1 million listeners", 1'000'000, plays, Topic::kMusicPlays},
      {"tunetracker, plays, 10 thousand listeners, 2 threads", 10'000, plays, Topic::kMusicPlays, 2},
      {"eventsim, page views, 10 thousand listeners", 10'000, pages, Topic::kPageViews},
      {"eventsim, page views, 1 million listeners", 1'000'000, pages, Topic::kPageViews},
      {"eventsim, page views, 10 thousand listeners, 2 threads", 10'000, pages, Topic::kPageViews, 2},
      {"eventsim, page views and all else it tells, 10 thousand listeners", 10'000, {}, Topic::kPageViews},
      {"eventsim, page views and all else it tells, 1 million listeners", 1'000'000, {}, Topic::kPageViews},
  };
  return all;
}

void measure_parts(std::size_t events) {
  const auto world = world_of(1'000);
  const auto sessions = sessions_of(*world, events);
  measure_form("form, tunetracker, plays", *world, sessions, Dialect::kTuneTracker, 40);
  measure_form("form, eventsim, page views with their listens", *world, sessions, Dialect::kEventsim, 40);
  measure_form("form, eventsim, page views with their listens, one a call", *world, sessions, Dialect::kEventsim, 2);
  measure_form("form, music-streams, plays", *world, sessions, Dialect::kMusicStreams, 40);
  measure_form("form, streaming-events, plays", *world, sessions, Dialect::kStreamingEvents, 40);
  measure_roads(*world, sessions);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::string_view part = argc > 2 ? argv[2] : "";
  if (part.empty() || part == "parts") measure_parts(events);
  for (const Telling& telling : tellings()) {
    if (std::string_view(telling.name).contains(part)) measure_service(telling, events);
  }
  return 0;
}
