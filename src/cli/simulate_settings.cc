#include "cli/simulate_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "cli/flags.h"
#include "cli/nearest.h"
#include "log/topic_file.h"

namespace playhead::cli {
namespace {

using Plan = SimulatePlan;
using Settings = std::vector<Setting>;

const std::string kWhen = "When";
const std::string kWho = "Who listens";
const std::string kWhat = "To what";
const std::string kTrouble = "Trouble";
const std::string kOutput = "How it is told";

constexpr Duration kSpanMax = std::chrono::days{36'500};
constexpr Duration kRoadSpanMax = std::chrono::days{30};  // of simulate/transport.h

Result<bool> parse_switch(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return not_a(text, "true or false");
}

Plan& standard_plan() {
  static Plan plan;
  return plan;
}

// Each of these makes a setting of one kind. `member` takes a plan and gives the value that is set in it.
template <typename Member>
Setting number(std::string key, std::string flags, std::string help, double least, double most, Member member) {
  using Number = std::remove_cvref_t<decltype(member(std::declval<Plan&>()))>;
  std::string standard = flags.empty() ? "" : fmt::format("{}", member(standard_plan()));
  const auto read = [least, most, member](const std::string& text, Plan& plan) -> Status {
    if constexpr (std::is_integral_v<Number>) {
      TRY_ASSIGN(const std::uint64_t value, parse_count(text, static_cast<std::uint64_t>(least), static_cast<std::uint64_t>(most)));
      member(plan) = static_cast<Number>(value);
    } else {
      TRY_ASSIGN(const double value, parse_number(text, least, most));
      member(plan) = value;
    }
    return {};
  };
  return {std::move(key), std::move(flags), std::is_integral_v<Number> ? "N" : "X", std::move(help), std::move(standard), "", read};
}

template <typename Member>
Setting share(std::string key, std::string flags, std::string help, Member member) {
  return number(std::move(key), std::move(flags), std::move(help), 0, 1, member);
}

template <typename Member>
Setting span(std::string key, std::string flags, std::string help, Member member, Duration most = kSpanMax) {
  std::string standard = flags.empty() ? "" : format_duration(*std::optional<Duration>(member(standard_plan())));
  const auto read = [member, most](const std::string& text, Plan& plan) -> Status {
    TRY_ASSIGN(const Duration value, parse_duration(text));
    if (value <= Duration::zero() || value > most) return not_a(text, "a span above 0, at most " + format_duration(most));
    member(plan) = value;
    return {};
  };
  return {std::move(key), std::move(flags), "SPAN", std::move(help), std::move(standard), "", read};
}

template <typename Member>
Setting words(std::string key, std::string flags, std::string value, std::string help, Member member) {
  const auto read = [member](const std::string& text, Plan& plan) -> Status {
    if (text.empty()) return fail(ErrorKind::kInvalid, "needs a value");
    member(plan) = text;
    return {};
  };
  return {std::move(key), std::move(flags), std::move(value), std::move(help), "", "", read};
}

template <typename Member>
Setting toggle(std::string key, std::string flags, std::string help, Member member) {
  const auto read = [member](const std::string& text, Plan& plan) -> Status {
    TRY_ASSIGN(const bool value, parse_switch(text));
    member(plan) = value;
    return {};
  };
  return {std::move(key), std::move(flags), "", std::move(help), "", "", read};
}

template <typename Member>
Setting instant(std::string key, std::string flags, std::string help, Member member) {
  const auto read = [member](const std::string& text, Plan& plan) -> Status {
    TRY_ASSIGN(const Timestamp value, parse_instant(text));
    member(plan) = value;
    return {};
  };
  return {std::move(key), std::move(flags), "TIME", std::move(help), "", "", read};
}

// One of a few words, each with its meaning.
template <typename Value, typename Member>
Setting choice(std::string key, std::string flags, std::string help, std::vector<std::pair<std::string, Value>> choices, Member member) {
  std::string all;
  for (const auto& [name, value] : choices) all += (all.empty() ? "" : "|") + name;
  const auto read = [choices = std::move(choices), all, member](const std::string& text, Plan& plan) -> Status {
    const auto found = std::find_if(choices.begin(), choices.end(), [&](const auto& candidate) { return candidate.first == text; });
    if (found == choices.end()) return not_a(text, "one of " + all);
    member(plan) = found->second;
    return {};
  };
  return {std::move(key), std::move(flags), all, std::move(help), "", "", read};
}

template <typename Member>
Setting numbers(std::string key, std::string help, Member member) {
  const auto read = [member](const std::string& text, Plan& plan) -> Status {
    auto values = member(plan);
    const std::vector<std::string> parts = parse_list(text);
    if (parts.size() != values.size()) return fail(ErrorKind::kInvalid, fmt::format("has {} numbers, not {}", parts.size(), values.size()));
    for (std::size_t i = 0; i < parts.size(); ++i) {
      TRY_ASSIGN(values[i], parse_number(parts[i], 0, 1'000));
    }
    if (std::none_of(values.begin(), values.end(), [](double value) { return value > 0; }))
      return not_a(text, "a list with one number above 0");
    member(plan) = values;
    return {};
  };
  return {std::move(key), "", "LIST", std::move(help), "", "", read};
}

Status read_dialects(const std::string& text, Plan& plan) {
  plan.form.dialects.clear();
  for (const std::string& name : parse_list(text)) {
    const auto dialect = event::dialect_named(name);
    if (!dialect || *dialect == event::Dialect::kAuto) return not_a(name, "one of tunetracker|eventsim|music-streams|streaming-events");
    if (std::find(plan.form.dialects.begin(), plan.form.dialects.end(), *dialect) != plan.form.dialects.end()) {
      return fail(ErrorKind::kInvalid, "'" + name + "' is named twice");
    }
    plan.form.dialects.push_back(*dialect);
  }
  return {};
}

Status read_topics(const std::string& text, Plan& plan) {
  plan.form.topics.clear();
  for (const std::string& name : parse_list(text)) {
    const auto topic = simulate::topic_named(name);
    if (!topic) return not_a(name, "a topic of a dialect, as page_view_events");
    plan.form.topics.push_back(*topic);
  }
  return {};
}

Status read_topic_names(const std::string& text, Plan& plan) {
  for (const std::string& part : parse_list(text)) {
    const std::size_t equals = std::min(part.find('='), part.size());
    const auto topic = simulate::topic_named(part.substr(0, equals));
    if (!topic || equals == part.size()) return not_a(part, "TOPIC=NAME with a topic of a dialect, as listen_events=plays");
    const std::string name = part.substr(equals + 1);
    TRY(log::check_name("topic", name));
    plan.topic_names[static_cast<std::size_t>(*topic)] = name;
  }
  std::set<std::string> all(plan.topic_names.begin(), plan.topic_names.end());
  if (all.size() != plan.topic_names.size()) return fail(ErrorKind::kInvalid, "two topics have one name");
  return {};
}

Status read_speed(const std::string& text, Plan& plan) {
  if (text == "max") {
    plan.speed = 0;
    return {};
  }
  const auto number = parse_number(text, 1e-6, 1e9);
  if (!number) return not_a(text, "a number of simulated seconds a second in 0.000001 to 1e9, or max");
  plan.speed = *number;
  return {};
}

Status read_rate(const std::string& text, Plan& plan) {
  TRY_ASSIGN(plan.rate, parse_rate(text));
  return {};
}

// eventsim's flags for where its events go.
Status read_kafka(const std::string& text, Plan& plan) {
  if (text.empty()) return not_a(text, "host:port,...");
  plan.kafka = text;
  return {};
}

// These make files of the Million Song Dataset for a later run of eventsim.
Status read_generate(const std::string& text, Plan&) {
  if (text == "false") return {};
  return fail(ErrorKind::kInvalid,
              "there is nothing to generate before a run: leave the flag out, and name a file of tracks with --catalogue");
}

Status read_avro(const std::string& text, Plan&) {
  if (text == "false") return {};
  return fail(ErrorKind::kInvalid, "events are JSON: leave the flag out");
}

Setting named(std::string key, std::string flags, std::string value, std::string help, Status (*read)(const std::string&, Plan&)) {
  return {std::move(key), std::move(flags), std::move(value), std::move(help), "", "", read};
}

Setting paces_only(Setting setting) {
  setting.of_events = false;
  return setting;
}

Settings time_settings() {
  return {
      instant("time.start", "-s,--start-time", "Simulated time of the first event; else --from, or now with --continuous",
              [](Plan& plan) -> auto& { return plan.start; }),
      instant("time.end", "-e,--end-time", "Simulated time of the end; else --to, or never with --continuous",
              [](Plan& plan) -> auto& { return plan.end; }),
      number("time.from-days", "-f,--from", "Start so many days before now", 0, 36'500, [](Plan& plan) -> auto& { return plan.from_days; }),
      number("time.to-days", "-t,--to", "End so many days before now", 0, 36'500, [](Plan& plan) -> auto& { return plan.to_days; }),
      toggle("time.continuous", "--continuous,!--nocontinuous", "Go on for ever with the clock on the wall",
             [](Plan& plan) -> auto& { return plan.continuous; }),
      paces_only(named("time.speed", "--speed", "X|max",
                       "Simulated seconds a second; max: as fast as possible, which is the default but for --continuous (1)", read_speed)),
      paces_only(
          named("time.rate", "--rate", "RATE", "Events a second, whatever the simulated clock shows; 0 or max: no bound", read_rate)),
      number("time.total", "--total", "Events after which to end; 0: no bound", 0, 1e18, [](Plan& plan) -> auto& { return plan.total; }),
      numbers("time.hours", "24 relative rates of sessions, by the listener's hour",
              [](Plan& plan) -> auto& { return plan.world.time.hours; }),
      numbers("time.weekdays", "7 relative rates, Monday first", [](Plan& plan) -> auto& { return plan.world.time.weekdays; }),
      number("time.holiday", "", "Factor on holidays of the listener's country", 0, 100,
             [](Plan& plan) -> auto& { return plan.world.time.holiday; }),
      toggle("time.flat", "", "No hours, weekdays or holidays", [](Plan& plan) -> auto& { return plan.world.time.flat; }),
  };
}

Settings listener_settings() {
  constexpr auto service = [](Plan& plan) -> simulate::ServiceOptions& { return plan.world.service; };
  return {
      named("compat", "--compat", "eventsim", "eventsim's own statistics: its clock, no skips, no taste, one country",
            [](const std::string& text, Plan& plan) -> Status {
              if (text != "eventsim") return not_a(text, "eventsim");
              plan.world.service.compat_eventsim = true;  // World::make() sets all that follows from it
              plan.form.plain_auth = true;
              return {};
            }),
      number("seed", "-r,--randomseed", "Same seed and options, same events", 0, 1.8e19,
             [=](Plan& plan) -> auto& { return service(plan).seed; }),
      words("tag", "--tag", "TEXT", "A mark on all events, for A/B tests", [=](Plan& plan) -> auto& { return service(plan).tag; }),
      number("listeners.count", "-n,--nusers", "Listeners at the start", 0, 10'000'000,
             [=](Plan& plan) -> auto& { return service(plan).listeners; }),
      number("listeners.growth", "-g,--growth-rate", "Growth a year: 10 is eleven times as many after a year", 0, 1'000,
             [=](Plan& plan) -> auto& { return service(plan).growth; }),
      share("listeners.attrition", "-a,--attrition-rate", "Share of the listeners that leave within a year",
            [=](Plan& plan) -> auto& { return service(plan).attrition; }),
      number("listeners.first-user-id", "-u,--userid", "User id of the first listener; parallel runs take ranges of their own", 0, 1e18,
             [=](Plan& plan) -> auto& { return service(plan).first_user_id; }),
      number("listeners.concurrency", "--concurrency", "So many listeners who never pause, instead of --nusers; 0: off", 0, 10'000'000,
             [](Plan& plan) -> auto& { return plan.concurrency; }),
      number("listeners.activity-drift", "", "How much a listener's activity changes in 30 days (deviation of its logarithm)", 0, 2,
             [=](Plan& plan) -> auto& { return service(plan).activity_drift; }),
      share("listeners.other-gender-share", "", "Listeners whose gender is X",
            [](Plan& plan) -> auto& { return plan.world.other_gender_share; }),
      choice<simulate::Region>("listeners.region", "", "Where they live",
                               {{"world", simulate::Region::kWorld}, {"us", simulate::Region::kUnitedStates}},
                               [](Plan& plan) -> auto& { return plan.world.region; }),
      words("sessions.config", "-c,--config", "FILE", "A configuration of eventsim (JSON): pages, and how they follow each other",
            [](Plan& plan) -> auto& { return plan.config; }),
      number("sessions.page-seconds", "", "Mean time on a page", 0.001, 1e7,
             [=](Plan& plan) -> auto& { return service(plan).alpha_seconds; }),
      number("sessions.between-seconds", "", "Mean time between two sessions of a listener", 1, 1e9,
             [=](Plan& plan) -> auto& { return service(plan).beta_seconds; }),
      share("sessions.offline-share", "", "Sessions whose plays arrive later",
            [=](Plan& plan) -> auto& { return service(plan).offline_share; }),
      span("sessions.offline-mean", "", "How much later, on average", [=](Plan& plan) -> auto& { return service(plan).offline_mean; }),
      share("sessions.shuffle-share", "", "Sessions in shuffle mode", [=](Plan& plan) -> auto& { return service(plan).shuffle_share; }),
  };
}

Settings music_settings() {
  return {
      words("catalogue.file", "--catalogue", "FILE", "Tracks to play: Spotify's CSV, eventsim's listen counts, or any CSV with --columns",
            [](Plan& plan) -> auto& { return plan.catalogue; }),
      words("catalogue.columns", "--columns", "LIST", "Where the CSV has what: title=song,artist=singer,duration_s=length",
            [](Plan& plan) -> auto& { return plan.columns; }),
      number("catalogue.tracks", "", "Tracks of the service's own catalogue", 1, 10'000'000,
             [](Plan& plan) -> auto& { return plan.world.catalogue.tracks; }),
      number("catalogue.artists", "", "Its artists", 1, 10'000'000, [](Plan& plan) -> auto& { return plan.world.catalogue.artists; }),
      number("catalogue.exponent", "", "Of Zipf-Mandelbrot's law of popularity; 0: all alike", 0, 4,
             [](Plan& plan) -> auto& { return plan.world.catalogue.exponent; }),
      number("catalogue.shift", "", "Its offset of the rank", 0, 1'000, [](Plan& plan) -> auto& { return plan.world.catalogue.shift; }),
      number("catalogue.seed", "", "Another seed, other songs: not that of the listeners", 0, 1.8e19,
             [](Plan& plan) -> auto& { return plan.world.catalogue.seed; }),
      number("taste.strength", "", "How much taste counts against popularity", 0, 50,
             [](Plan& plan) -> auto& { return plan.world.taste.strength; }),
      share("taste.repeat-share", "", "Plays of something heard lately", [](Plan& plan) -> auto& { return plan.world.taste.repeat_share; }),
      share("taste.same-artist-share", "", "Plays of the last track's artist",
            [](Plan& plan) -> auto& { return plan.world.taste.same_artist_share; }),
      number("taste.candidates", "", "Tracks among which taste decides", 1, 16,
             [](Plan& plan) -> auto& { return plan.world.taste.candidates; }),
      toggle("listening.never-skips", "", "Every play is heard to its end",
             [](Plan& plan) -> auto& { return plan.world.listening.never_skips; }),
      share("listening.like-share", "", "Completed plays that are liked",
            [](Plan& plan) -> auto& { return plan.world.listening.like_share; }),
      share("listening.rating-share", "", "Plays that get a rating", [](Plan& plan) -> auto& { return plan.world.listening.rating_share; }),
      share("listening.private-share", "", "Private sessions", [](Plan& plan) -> auto& { return plan.world.listening.private_share; }),
  };
}

// What begins a table that may stand there several times; its text is the place where it begins.
Setting begins(std::string table, std::string value, std::string help, std::function<void(const std::string& where, Plan& plan)> begin) {
  const auto read = [begin = std::move(begin)](const std::string& where, Plan& plan) -> Status {
    begin(where, plan);
    return {};
  };
  std::string flag = "--" + table;
  return {std::move(table), std::move(flag), std::move(value), std::move(help), "", "", read};
}

Status read_start(const std::string& text, Plan& plan) {
  SpikeWish& spike = plan.spikes.back();
  if (text.starts_with('+')) {
    TRY_ASSIGN(spike.after, parse_duration(text.substr(1)));
    return {};
  }
  const auto instant = parse_instant(text);
  if (!instant) return not_a(text, "an instant (2026-03-06T17:00:00Z) or a span after the start of the simulation (+2h)");
  spike.at = *instant;
  return {};
}

Settings spike_settings() {
  const std::string form = "start=+2h,length=1h";
  Settings all = {
      begins("spike", form + ",factor=X", "More sessions for a while; also artist=N,artist-share=X: whom everyone wants; may be repeated",
             [](const std::string& where, Plan& plan) { plan.spikes.push_back({.where = where}); }),
      begins("outage", form, "Nothing works for a while; may be repeated",
             [](const std::string& where, Plan& plan) { plan.spikes.push_back({.where = where, .outage = true, .factor = 0}); }),
      number("spike.factor", "", "So many times the sessions", 1, 1'000, [](Plan& plan) -> auto& { return plan.spikes.back().factor; }),
      number("spike.artist", "", "Number of the artist whom everyone wants", 0, 10'000'000,
             [](Plan& plan) -> auto& { return plan.spikes.back().artist; }),
      share("spike.artist-share", "", "Share of the plays that are this artist's",
            [](Plan& plan) -> auto& { return plan.spikes.back().artist_share; }),
  };
  for (const std::string table : {"spike", "outage"}) {
    all.push_back(named(table + ".start", "", "TIME", "When it begins", read_start));
    all.push_back(span(table + ".length", "", "How long it is", [](Plan& plan) -> auto& { return plan.spikes.back().length; }));
  }
  return all;
}

Settings farm_settings() {
  using simulate::FarmKind;
  std::vector<std::pair<std::string, FarmKind>> kinds;
  for (const FarmKind kind : {FarmKind::kLooper, FarmKind::kThirtySecond, FarmKind::kDiluted, FarmKind::kBurst}) {
    kinds.emplace_back(std::string(simulate::name_of(kind)), kind);
  }
  constexpr auto last = [](Plan& plan) -> simulate::FarmOptions& { return plan.world.farms.back(); };
  return {
      begins("farm", "KIND=N", "Accounts that stream for money: looper, thirty-second, diluted or burst; also artist=N; may be repeated",
             [](const std::string&, Plan& plan) { plan.world.farms.emplace_back(); }),
      choice("farm.kind", "", "How it streams", std::move(kinds), [=](Plan& plan) -> auto& { return last(plan).kind; }),
      number("farm.accounts", "", "Its accounts", 1, 1'000'000, [=](Plan& plan) -> auto& { return last(plan).accounts; }),
      number("farm.artist", "", "Number of the artist whom it serves", 1, 10'000'000,
             [=](Plan& plan) -> auto& { return last(plan).artist; }),
  };
}

Settings transport_settings() {
  return {
      share("transport.duplicates", "--duplicates", "Share of the messages that arrive twice",
            [](Plan& plan) -> auto& { return plan.transport.duplicates; }),
      span(
          "transport.duplicate-delay-max", "", "How much later at most",
          [](Plan& plan) -> auto& { return plan.transport.duplicate_delay_max; }, kRoadSpanMax),
      share("transport.disorder", "--disorder", "Share that is delayed on the way",
            [](Plan& plan) -> auto& { return plan.transport.disorder; }),
      span(
          "transport.disorder-max", "", "By how much at most", [](Plan& plan) -> auto& { return plan.transport.disorder_max; },
          kRoadSpanMax),
      share("transport.skew", "--skew", "Share of the listeners whose clock is wrong",
            [](Plan& plan) -> auto& { return plan.transport.skew; }),
      span(
          "transport.skew-max", "", "By how much at most", [](Plan& plan) -> auto& { return plan.transport.skew_max; }, kRoadSpanMax),
      share("transport.malformed", "--malformed", "Share of the messages that arrive broken",
            [](Plan& plan) -> auto& { return plan.transport.malformed; }),
  };
}

Settings output_settings() {
  return {
      named("output.dialects", "--dialect", "LIST",
            "tunetracker, eventsim, music-streams, streaming-events: one life told in each of them [eventsim]", read_dialects),
      named("output.topics", "--topics", "LIST", "Only these of the dialects' topics, as page_view_events,listen_events [all]",
            read_topics),
      named("output.topic-names", "--topic-names", "LIST", "Other names for them, as listen_events=plays,auth_events=logins",
            read_topic_names),
      choice<EventIdForm>("output.event-id", "--event-id", "Where each event says its id; else header for log, none for others",
                          {{"header", EventIdForm::kHeader}, {"field", EventIdForm::kField}, {"none", EventIdForm::kNone}},
                          [](Plan& plan) -> auto& { return plan.event_id; }),
      choice<Packing>("output.compress", "--compress", "Pack the files",
                      {{"gz", Packing::kGzip}, {"zst", Packing::kZstd}, {"none", Packing::kNone}},
                      [](Plan& plan) -> auto& { return plan.packing; }),
      number("output.partitions", "--partitions", "Partitions of topics that are made now", 1, 4'096,
             [](Plan& plan) -> auto& { return plan.partitions; }),
      paces_only(number("output.threads", "--threads", "Threads that simulate; 0: one a core", 0, 256,
                        [](Plan& plan) -> auto& { return plan.threads; })),
      words("output.truth", "--truth", "DIR", "Also write what truly happened, as Parquet", [](Plan& plan) -> auto& { return plan.truth; }),
      paces_only(words("output.report", "--report", "FILE",
                       "Also draw what the service was like (hours, skips, popularity), as a page of HTML",
                       [](Plan& plan) -> auto& { return plan.report; })),
      paces_only(words("output.state", "--state", "DIR", "Remember where it stopped, and go on there",
                       [](Plan& plan) -> auto& { return plan.state; })),
      paces_only(
          span("output.state-every", "--state-every", "How often, besides the end", [](Plan& plan) -> auto& { return plan.save_every; })),
      paces_only(toggle("output.verbose", "-v,--verbose", "A line of progress every ten seconds, for logs",
                        [](Plan& plan) -> auto& { return plan.verbose; })),
      paces_only(named("output.kafka", "-k,--kafkaBrokerList", "HOSTS",
                       "Of eventsim: the destination is log, with --bootstrap-servers HOSTS", read_kafka)),
      named("catalogue.counts", "--generate-counts", "", "Of eventsim: popularity is part of the catalogue", read_generate),
      named("catalogue.similars", "--generate-similars", "", "Of eventsim: likeness is part of the catalogue", read_generate),
      named("output.avro", "--useAvro,!--nouseAvro", "", "Of eventsim: events are JSON", read_avro),
  };
}

Settings make_settings() {
  Settings all;
  const auto add = [&all](const std::string& group, Settings settings) {
    for (Setting& setting : settings) {
      setting.group = group;
      all.push_back(std::move(setting));
    }
  };
  add(kWhen, time_settings());
  add(kWho, listener_settings());
  add(kWhat, music_settings());
  add(kTrouble, spike_settings());
  add(kTrouble, farm_settings());
  add(kTrouble, transport_settings());
  add(kOutput, output_settings());
  return all;
}

}  // namespace

std::span<const Setting> simulate_settings() {
  static const Settings settings = make_settings();
  return settings;
}

const Setting* setting_named(std::string_view key) {
  const auto settings = simulate_settings();
  const auto found = std::find_if(settings.begin(), settings.end(), [&](const Setting& setting) { return setting.key == key; });
  return found == settings.end() ? nullptr : &*found;
}

GivenValues parts_of(const std::string& table, const std::string& text, const std::string& where, Faults& faults) {
  GivenValues values = {{table, where, where}};
  for (const std::string& part : parse_list(text)) {
    const std::size_t equals = part.find('=');
    const std::string name = part.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
    const std::string key = fmt::format("{}.{}", table, name);
    if (equals != std::string::npos && setting_named(key)) {
      values.push_back({key, value, where});
    } else if (table == "farm" && values.size() == 1) {
      values.push_back({"farm.kind", name, where});
      values.push_back({"farm.accounts", value, where});
    } else {
      std::string known;
      for (const Setting& setting : simulate_settings()) {
        if (setting.key.starts_with(table + ".")) known += (known.empty() ? "" : ", ") + setting.key.substr(table.size() + 1) + "=";
      }
      faults.add(fmt::format("{}: '{}' is not one of {}", where, part, known));
    }
  }
  return values;
}

bool is_repeated_table(std::string_view name) {
  constexpr std::array<std::string_view, 3> kTables = {"spike", "outage", "farm"};
  return std::find(kTables.begin(), kTables.end(), name) != kTables.end();
}

}  // namespace playhead::cli
