// Reads configurations of eventsim: parse_eventsim_config() of session_machine.h.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "simulate/faults.h"
#include "simulate/session_machine.h"
#include "simulate/session_machine_builder.h"

namespace playhead::simulate {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShownBytes = 40;     // of a wrong value, in a fault
constexpr std::size_t kTextBytesMax = 256;  // of a page, auth, method, level or tag
constexpr std::size_t kUnknownKeysMax = 100;

std::string shown(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);  // of ASCII alone, so it may be cut anywhere
  if (text.size() > kShownBytes) text = text.substr(0, kShownBytes) + "...";
  return text;
}

// Reads the keys of one object. What is absent or wrong is a fault, and a value that can be gone on with is given instead. Keys that
// were not asked for are the unknown ones.
class Fields {
 public:
  Fields(const Json& object, std::string path, Faults& faults) : object_(object), path_(std::move(path)), faults_(faults) {}

  const Json* find(const char* key) {
    known_.insert(key);
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  std::optional<double> number(const char* key, double least, double most, const char* what) {
    const Json* value = find(key);
    if (value == nullptr) return std::nullopt;
    const double number = value->is_number() ? value->get<double>() : NAN;
    if (number >= least && number <= most) return number;
    fault(key, *value, fmt::format("{} from {} to {}", what, least, most));
    return std::nullopt;
  }
  std::optional<std::uint64_t> whole(const char* key, std::uint64_t most) {
    const Json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_number_unsigned() && value->get<std::uint64_t>() <= most) return value->get<std::uint64_t>();
    fault(key, *value, fmt::format("a whole number from 0 to {}", most));
    return std::nullopt;
  }
  // eventsim's seed is a signed number; its bits are taken.
  std::optional<std::uint64_t> seed(const char* key) {
    const Json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_number_unsigned()) return value->get<std::uint64_t>();
    if (value->is_number_integer()) return static_cast<std::uint64_t>(value->get<std::int64_t>());
    fault(key, *value, "a whole number of 64 bits");
    return std::nullopt;
  }
  std::optional<bool> flag(const char* key) {
    const Json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    fault(key, *value, "true or false");
    return std::nullopt;
  }
  std::optional<std::string> text(const char* key) {
    const Json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_string() && !value->get_ref<const std::string&>().empty() &&
        value->get_ref<const std::string&>().size() <= kTextBytesMax) {
      return value->get<std::string>();
    }
    fault(key, *value, fmt::format("a text of 1 to {} bytes", kTextBytesMax));
    return std::nullopt;
  }
  std::optional<Timestamp> time(const char* key) {
    const Json* value = find(key);
    if (value == nullptr) return std::nullopt;
    const auto parsed = value->is_string() ? parse_iso(value->get_ref<const std::string&>()) : std::nullopt;
    if (parsed) return parsed->time;
    fault(key, *value, "a date and time as 2026-03-01T12:00:00, in UTC where it names no zone");
    return std::nullopt;
  }
  // Every object of a list, with its place in the configuration.
  template <typename Each>
  void objects(const char* key, bool required, const Each& each) {
    const Json* value = find(key);
    if (value == nullptr) {
      if (required) missing(key);
      return;
    }
    if (!value->is_array()) return fault(key, *value, "a list of objects");
    for (std::size_t place = 0; place < value->size(); ++place) {
      object((*value)[place], fmt::format("{}[{}]", at(key), place), each);
    }
  }
  template <typename Each>
  void object(const char* key, const Each& each) {
    const Json* value = find(key);
    if (value == nullptr) return missing(key);
    object(*value, at(key), each);
  }

  template <typename Value>
  Value required(const char* key, std::optional<Value> value, Value instead) {
    if (find(key) == nullptr) missing(key);
    return value ? *std::move(value) : std::move(instead);
  }
  void missing(const char* key) { faults_.add(fmt::format("{}: absent; it is required", at(key))); }
  void fault(const char* key, const Json& value, const std::string& allowed) {
    faults_.add(fmt::format("{}: {} is not allowed; allowed is {}", at(key), shown(value), allowed));
  }
  std::vector<std::string>& unknown() { return unknown_; }

  // Once all known keys were asked for.
  void note_unknown() {
    for (const auto& [key, value] : object_.items()) {
      if (!known_.contains(key)) note(at(key));
    }
  }

 private:
  template <typename Each>
  void object(const Json& value, const std::string& path, const Each& each) {
    if (!value.is_object()) {
      faults_.add(fmt::format("{}: {} is not allowed; allowed is an object", path, shown(value)));
      return;
    }
    Fields fields(value, path, faults_);
    each(fields);
    fields.note_unknown();
    for (std::string& key : fields.unknown_) note(std::move(key));
  }
  void note(std::string key) {
    if (unknown_.size() < kUnknownKeysMax) unknown_.push_back(std::move(key));
  }
  std::string at(std::string_view key) const { return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key); }

  const Json& object_;
  std::string path_;
  Faults& faults_;
  std::set<std::string, std::less<>> known_;
  std::vector<std::string> unknown_;
};

constexpr double kSecondsMax = 1e9;
constexpr double kMinutesMax = 10'080;  // a week

StateKey state_of(Fields& fields) {
  StateKey key;
  key.page = fields.required<std::string>("page", fields.text("page"), "");
  key.auth = fields.required<std::string>("auth", fields.text("auth"), "");
  key.method = fields.required<std::string>("method", fields.text("method"), "");
  key.level = fields.required<std::string>("level", fields.text("level"), "");
  const auto status = fields.number("status", 100, 599, "a whole number");
  if (status && std::floor(*status) != *status) fields.fault("status", *fields.find("status"), "a whole number from 100 to 599");
  key.status = static_cast<std::uint16_t>(fields.required<double>("status", status, 200));
  return key;
}

double weight_of(Fields& fields) { return fields.required<double>("weight", fields.number("weight", 0, 1e12, "a number"), 0); }

void read_people(Fields& fields, SessionMachineBuilder& builder) {
  fields.objects("levels", true, [&](Fields& level) {
    const double weight = weight_of(level);
    builder.add_level(level.required<std::string>("level", level.text("level"), ""), weight);
  });
  fields.objects("auths", true, [&](Fields& auth) {
    const double weight = weight_of(auth);
    builder.add_auth(auth.required<std::string>("auth", auth.text("auth"), ""), weight);
  });
  fields.objects("show-user-details", false, [&](Fields& details) {
    const bool shown = details.required<bool>("show", details.flag("show"), false);
    builder.show_user(details.required<std::string>("auth", details.text("auth"), ""), shown);
  });
  if (const auto churned = fields.text("churned-state")) builder.set_churned(*churned);
  builder.set_new_user(fields.text("new-user-auth"), fields.text("new-user-level"));
}

void read_states(Fields& fields, SessionMachineBuilder& builder) {
  fields.objects("new-session", true, [&](Fields& start) {
    const StateKey key = state_of(start);
    builder.add_start(builder.state(key), weight_of(start));
  });
  fields.objects("transitions", true, [&](Fields& transition) {
    StateKey from;
    StateKey to;
    transition.object("source", [&](Fields& state) { from = state_of(state); });
    transition.object("dest", [&](Fields& state) { to = state_of(state); });
    const double chance = transition.required<double>("p", transition.number("p", 0, 1, "a number"), 0);
    const double time_factor = transition.number("t", 1e-6, 1e6, "a number").value_or(1);
    builder.add_step(builder.state(from), builder.state(to), chance, time_factor);
  });
  // The forks carry these two lists along, and none reads them.
  fields.find("upgrades");
  fields.find("downgrades");
}

void read_settings(Fields& fields, EventsimSettings& config) {
  config.seed = fields.seed("seed");
  config.alpha = fields.number("alpha", 0.001, kSecondsMax, "a number of seconds");
  config.beta = fields.number("beta", 0.001, kSecondsMax, "a number of seconds");
  config.damping = fields.number("damping", 0, 1, "a number of days");
  config.weekend_damping = fields.number("weekend-damping", 0, 1, "a share");
  config.weekend_damping_offset = fields.number("weekend-damping-offset", 0, kMinutesMax, "a number of minutes");
  config.weekend_damping_scale = fields.number("weekend-damping-scale", 0, kMinutesMax, "a number of minutes");
  config.session_gap = fields.number("session-gap", 0, kSecondsMax, "a number of seconds");
  config.growth_rate = fields.number("growth-rate", 0, 1'000, "a fraction a year");
  config.attrition_rate = fields.number("attrition-rate", 0, 1, "a share a year");
  config.listeners = fields.whole("n-users", 10'000'000);
  config.first_user_id = fields.whole("first-user-id", std::uint64_t{1} << 62);
  config.start = fields.time("start-date");
  config.end = fields.time("end-date");
  config.tag = fields.text("tag");
  if (config.start && config.end && *config.end < *config.start) {
    fields.fault("end-date", *fields.find("end-date"), "a time that is not before start-date");
  }
}

Result<Json> parsed(std::string_view text) {
  if (text.size() > kConfigBytesMax) {
    return fail(ErrorKind::kInvalid, fmt::format("the configuration has {} bytes; allowed are {}", text.size(), kConfigBytesMax));
  }
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error ..."
    const std::string_view what = error.what();
    const std::size_t end = what.find("] ");
    return fail(ErrorKind::kInvalid, std::string(end == std::string_view::npos ? what : what.substr(end + 2)));
  }
}

}  // namespace

Result<EventsimConfig> parse_eventsim_config(std::string_view json) {
  TRY_ASSIGN(const Json root, parsed(json));
  if (!root.is_object()) return fail(ErrorKind::kInvalid, "the configuration is not a JSON object");
  Faults faults;
  Fields fields(root, "", faults);
  SessionMachineBuilder builder;
  read_people(fields, builder);
  read_states(fields, builder);
  auto machine = builder.build(faults);
  EventsimSettings settings;
  read_settings(fields, settings);
  fields.note_unknown();
  settings.unknown_keys = std::move(fields.unknown());
  TRY(faults.status());
  return EventsimConfig{std::move(settings), *std::move(machine)};
}

}  // namespace playhead::simulate
