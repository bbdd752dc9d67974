#include "cli/simulate_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/bytes.h"
#include "cli/byte_stream.h"
#include "cli/flags.h"
#include "cli/simulate_settings.h"
#include "simulate/catalogue_import.h"

namespace playhead::cli {
namespace {

constexpr std::uint64_t kCatalogueBytesMax = std::uint64_t{2} << 30;

std::string table_of(const std::string& key) { return key.substr(0, key.find('.')); }

// Tables that stand there several times are not mixed: a flag's replace the scenario's.
GivenValues merged(const PlanRequest& request) {
  GivenValues all;
  for (const Given& given : request.scenario) {
    const std::string table = table_of(given.key);
    const bool replaced = is_repeated_table(table) &&
                          std::any_of(request.flags.begin(), request.flags.end(), [&](const Given& flag) { return flag.key == table; });
    if (!replaced) all.push_back(given);
  }
  all.insert(all.end(), request.flags.begin(), request.flags.end());
  return all;
}

const Given* last_of(const GivenValues& values, std::string_view key) {
  const auto found = std::find_if(values.rbegin(), values.rend(), [&](const Given& given) { return given.key == key; });
  return found == values.rend() ? nullptr : &*found;
}

// The file with what its packing hides; of use to those who read it whole.
Result<std::string> unpacked_file(io::FileSystem& files, const std::string& path, std::uint64_t bytes_max) {
  TRY_ASSIGN(const auto stream, open_bytes(files, path));
  std::string bytes;
  std::string piece(1 << 20, '\0');
  for (;;) {
    TRY_ASSIGN(const std::size_t count, stream->read(piece.data(), piece.size()));
    if (count == 0) return bytes;
    if (bytes.size() + count > bytes_max) return fail(ErrorKind::kLimit, path + " has more than " + std::to_string(bytes_max) + " bytes");
    bytes.append(piece, 0, count);
  }
}

class Maker {
 public:
  Maker(const PlanRequest& request, io::FileSystem& files, Faults& faults)
      : request_(request), files_(files), faults_(faults), given_(merged(request)) {}

  SimulatePlan make() {
    plan_.destination = request_.destination;
    remember_values();
    if (const Given* const config = last_of(given_, "sessions.config")) apply_config(*config);
    apply_given();
    settle_times();
    settle_listeners();
    settle_spikes();
    settle_farms();
    settle_output();
    if (const Given* const catalogue = last_of(given_, "catalogue.file")) import(*catalogue);
    return std::move(plan_);
  }

 private:
  // The last value of each key; those of repeated tables by their place.
  void remember_values() {
    std::map<std::string, std::string> values;
    std::map<std::string, int> tables;
    for (const Given& given : given_) {
      const Setting* const setting = setting_named(given.key);
      if (!setting || !setting->of_events) continue;
      const std::string table = table_of(given.key);
      if (!is_repeated_table(table)) {
        values[given.key] = given.text;
      } else if (given.key == table) {
        ++tables[table];
      } else {
        values[fmt::format("{} {}", given.key, tables[table])] = given.text;
      }
    }
    plan_.key.assign(values.begin(), values.end());
    plan_.key.emplace_back("DEST", plan_.destination);
  }

  void remember_contents(const std::string& key, std::string_view bytes) {
    plan_.key.emplace_back("the contents of " + key, fmt::format("{:016x}", checksum(bytes)));
  }

  void apply_config(const Given& given) {
    const auto bytes = unpacked_file(files_, given.text, simulate::kConfigBytesMax);
    if (!bytes) return faults_.add(given, bytes.error().message);
    remember_contents(given.key, *bytes);
    auto config = simulate::parse_eventsim_config(*bytes);
    if (!config) return faults_.add_lines(given.text + ": ", config.error().message);
    simulate::ServiceOptions& service = plan_.world.service;
    plan_.world.machine = std::move(config->machine);
    if (config->seed) service.seed = *config->seed;
    if (config->alpha) service.alpha_seconds = *config->alpha;
    if (config->beta) service.beta_seconds = *config->beta;
    if (config->growth_rate) service.growth = *config->growth_rate;
    if (config->attrition_rate) service.attrition = *config->attrition_rate;
    if (config->listeners) service.listeners = static_cast<std::uint32_t>(std::min<std::uint64_t>(*config->listeners, UINT32_MAX));
    if (config->first_user_id) service.first_user_id = *config->first_user_id;
    if (config->tag) service.tag = *config->tag;
    plan_.start = config->start;
    plan_.end_of_config = config->end;
    apply_warp(*config);
    for (const std::string& key : config->unknown_keys) plan_.notes.push_back(given.text + ": the key '" + key + "' means nothing here");
  }

  void apply_warp(const simulate::EventsimConfig& config) {
    const auto minutes = [](double count) { return Duration{std::llround(count * 60e6)}; };
    simulate::EventsimTime& warp = plan_.world.eventsim_time;
    if (config.damping) warp.damping = *config.damping;
    if (config.weekend_damping) warp.weekend_damping = *config.weekend_damping;
    if (config.weekend_damping_offset) warp.weekend_offset = minutes(*config.weekend_damping_offset);
    if (config.weekend_damping_scale) warp.weekend_scale = minutes(*config.weekend_damping_scale);
    if (config.session_gap) warp.session_gap = Duration{std::llround(*config.session_gap * 1e6)};
  }

  void apply_given() {
    for (const Given& given : given_) {
      const Setting* const setting = setting_named(given.key);
      if (!setting) {
        faults_.add(given, "is no setting");
      } else if (const Status status = setting->read(given.text, plan_); !status) {
        faults_.add(given, status.error().message);
      }
    }
  }

  void settle_times() {
    const auto days_before_now = [this](double days) {
      return floor_to(request_.now - Duration{std::llround(days * 86'400e6)}, std::chrono::seconds{1});
    };
    if (!plan_.end && !plan_.continuous) plan_.end = plan_.end_of_config;
    simulate::ServiceOptions& service = plan_.world.service;
    service.start = plan_.start.value_or(plan_.continuous ? request_.now : days_before_now(plan_.from_days));
    service.end = plan_.end.value_or(plan_.continuous ? kNever : days_before_now(plan_.to_days));
    if (request_.start) service.start = *request_.start;
    if (request_.end) service.end = *request_.end;
    if (service.end != kNever && service.end <= service.start) {
      faults_.add(fmt::format("time.end: {} is not after the start, {}: set --start-time and --end-time, or --from and --to",
                              format_iso(service.end), format_iso(service.start)));
    }
    if (plan_.rate > 0 && plan_.speed && *plan_.speed > 0) {
      faults_.add("time.rate: a rate and a speed can not both be kept: leave out --rate or --speed");
    }
    if (!plan_.speed) plan_.speed = plan_.continuous && plan_.rate == 0 ? 1 : 0;
  }

  void settle_listeners() {
    if (plan_.concurrency == 0) return;
    if (const Given* const count = last_of(request_.flags, "listeners.count"); count && last_of(request_.flags, "listeners.concurrency")) {
      faults_.add(*count, "--concurrency says how many listeners there are: leave one of the two out");
    }
    plan_.world.service.listeners = static_cast<std::uint32_t>(plan_.concurrency);
    plan_.world.service.always_listening = true;
  }

  void settle_spikes() {
    for (const SpikeWish& wish : plan_.spikes) {
      const std::string name = wish.outage ? "outage" : "spike";
      if (!wish.at && !wish.after)
        faults_.add(wish.where + ": " + name + ".start: is missing: an instant, or a span after the start (+2h)");
      if (!wish.length || *wish.length == Duration::zero())
        faults_.add(wish.where + ": " + name + ".length: is missing: a span such as 2h");
      if (!wish.length || (!wish.at && !wish.after)) continue;
      plan_.peaks.push_back({.start = wish.at.value_or(plan_.world.service.start + wish.after.value_or(Duration::zero())),
                             .length = *wish.length,
                             .factor = wish.factor,
                             .artist = wish.artist,
                             .artist_share = wish.artist_share});
    }
    plan_.world.time.spikes = plan_.peaks;
  }

  void settle_farms() {
    for (const simulate::FarmOptions& farm : plan_.world.farms) {
      if (farm.kind == simulate::FarmKind::kNone) faults_.add("farm.kind: is missing: looper, thirty-second, diluted or burst");
      if (farm.accounts == 0) faults_.add("farm.accounts: is missing: a whole number in 1 to 1000000");
    }
  }

  void settle_output() {
    plan_.world.taste.seed = plan_.world.service.seed;
    if (!plan_.kafka.empty()) settle_kafka();
    const bool to_log = plan_.destination == "log";
    if (plan_.event_id == EventIdForm::kDefault) plan_.event_id = to_log ? EventIdForm::kHeader : EventIdForm::kNone;
    plan_.form.event_id_field = plan_.event_id == EventIdForm::kField;
    if (plan_.event_id == EventIdForm::kHeader && !to_log) {
      faults_.add("output.event-id: only records of log have headers: write --event-id field, or none");
    }
    if (plan_.packing != Packing::kNone && to_log) faults_.add("output.compress: the log packs by itself: leave out --compress");
    if (!plan_.state.empty()) settle_state(to_log);
    const std::vector<simulate::Topic> had = simulate::topics_of(plan_.form.dialects);
    for (const simulate::Topic topic : plan_.form.topics) {
      if (std::ranges::find(had, topic) != had.end()) continue;
      faults_.add(fmt::format("output.topics: {} is of none of the dialects", simulate::default_name_of(topic)));
    }
    const bool eventsim_only = plan_.form.dialects == std::vector{event::Dialect::kEventsim};
    if (plan_.world.service.compat_eventsim && !eventsim_only) {
      faults_.add("output.dialects: --compat eventsim speaks eventsim's dialect alone");
    }
  }

  // eventsim writes to its brokers whatever folder it is given, too.
  void settle_kafka() {
    if (plan_.destination != "log" && plan_.destination != SimulatePlan{}.destination) {
      plan_.notes.push_back(fmt::format("-k sends the events to Kafka at {}; nothing is written to {}", plan_.kafka, plan_.destination));
    }
    plan_.destination = "log";
  }

  void settle_state(bool to_log) {
    if (plan_.destination == "-")
      faults_.add("output.state: what went to standard output can not be taken back: write to a folder or to log");
    if (to_log && plan_.event_id != EventIdForm::kHeader) {
      faults_.add("output.state: a run that goes on knows by the header event-id what the log has: leave out --event-id");
    }
    if (!plan_.truth.empty())
      faults_.add("output.truth: the truth is told of a run from its start to its end: leave out --state or --truth");
  }

  void import(const Given& given) {
    const auto bytes = unpacked_file(files_, given.text, kCatalogueBytesMax);
    if (!bytes) return faults_.add(given, bytes.error().message);
    remember_contents(given.key, *bytes);
    auto imported = simulate::import_catalogue(*bytes, column_mapping(), plan_.world.catalogue.seed);
    if (!imported) return faults_.add_lines(given.text + ": ", imported.error().message);
    for (const auto& [reason, rows] : imported->left_out)
      plan_.notes.push_back(fmt::format("{}: {} rows left out: {}", given.text, rows, reason));
    plan_.world.imported = std::move(imported->catalogue);
  }

  simulate::ColumnMapping column_mapping() {
    constexpr std::array<std::string_view, 8> kFields = {"id",    "title",       "artist",     "album",
                                                         "genre", "duration_ms", "duration_s", "popularity"};
    simulate::ColumnMapping mapping;
    if (plan_.columns.empty()) return mapping;
    for (const std::string& part : parse_list(plan_.columns)) {
      const std::size_t equals = std::min(part.find('='), part.size());
      const std::string field = part.substr(0, equals);
      if (std::find(kFields.begin(), kFields.end(), field) == kFields.end() || equals + 1 >= part.size()) {
        faults_.add("catalogue.columns: '" + part +
                    "' is not field=column, with a field of id, title, artist, album, genre, duration_ms, " + "duration_s, popularity");
      } else {
        mapping[field] = part.substr(equals + 1);
      }
    }
    return mapping;
  }

  const PlanRequest& request_;
  io::FileSystem& files_;
  Faults& faults_;
  GivenValues given_;
  SimulatePlan plan_;
};

}  // namespace

TopicNames default_topic_names() {
  TopicNames names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = simulate::default_name_of(static_cast<simulate::Topic>(i));
  return names;
}

void Faults::add_lines(const std::string& where, std::string_view lines) {
  for (std::size_t start = 0; start < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', start), lines.size());
    if (end > start) add(where + std::string(lines.substr(start, end - start)));
    start = end + 1;
  }
}

Status Faults::status() const {
  if (texts_.empty()) return {};
  if (texts_.size() == 1) return fail(ErrorKind::kInvalid, texts_.front());
  std::string all = fmt::format("{} settings are wrong:", texts_.size());
  for (const std::string& text : texts_) all += "\n  " + text;
  return fail(ErrorKind::kInvalid, all);
}

SimulatePlan make_plan(const PlanRequest& request, io::FileSystem& files, Faults& faults) { return Maker(request, files, faults).make(); }

}  // namespace playhead::cli
