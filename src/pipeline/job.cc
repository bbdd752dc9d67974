#include "pipeline/job.h"

#include <nlohmann/json.hpp>

namespace playhead::pipeline {
namespace {

using nlohmann::json;
constexpr int kIdentityFormat = 1;
constexpr int kOptionsFormat = 2;  // 1 knows no "dedup"; what has none is written as 1

// Parses and reads; whatever is missing or of another type is one Error.
template <typename Value, typename Read>
Result<Value> parse(std::string_view text, const char* what, int newest_format, Read read) {
  try {
    const json object = json::parse(text);
    if (object.at("format").get<int>() > newest_format) {
      return fail(ErrorKind::kInvalid, std::string(what) + " was written by a newer Playhead: use that version");
    }
    return read(object);
  } catch (const json::exception& error) {
    return fail(ErrorKind::kCorrupt, std::string(what) + " can not be read: " + error.what());
  }
}

Duration micros_at(const json& object, const char* name) { return Duration{object.at(name).get<std::int64_t>()}; }

}  // namespace

JobIdentity as_begun(JobIdentity identity) {
  if (!identity.began) return identity;
  identity.topic_id = std::move(identity.began->id);
  identity.partitions = identity.began->partitions;
  identity.began.reset();
  return identity;
}

std::string to_text(const JobIdentity& identity) {
  json object = {{"format", kIdentityFormat},
                 {"job", identity.job},
                 {"topic", identity.topic},
                 {"topic_id", identity.topic_id},
                 {"partitions", identity.partitions},
                 {"key", event::name_of(identity.key)},
                 {"window_us", identity.window.count()},
                 {"provisional", identity.provisional}};
  if (identity.began) object["began"] = {{"topic_id", identity.began->id}, {"partitions", identity.began->partitions}};
  return object.dump();
}

Result<JobIdentity> identity_from(std::string_view text) {
  return parse<JobIdentity>(text, "the job's identity", kIdentityFormat, [](const json& object) -> Result<JobIdentity> {
    JobIdentity identity;
    object.at("job").get_to(identity.job);
    object.at("topic").get_to(identity.topic);
    object.at("topic_id").get_to(identity.topic_id);
    object.at("partitions").get_to(identity.partitions);
    const auto key = event::field_named(object.at("key").get<std::string>());
    if (!key) return fail(ErrorKind::kCorrupt, "the job's identity names an unknown key field");
    identity.key = *key;
    identity.window = micros_at(object, "window_us");
    object.at("provisional").get_to(identity.provisional);
    if (const auto began = object.find("began"); began != object.end()) {
      identity.began = {.id = began->at("topic_id").get<std::string>(), .partitions = began->at("partitions").get<std::uint32_t>()};
    }
    return identity;
  });
}

std::string to_text(const StreamOptions& options) {
  json object = {{"format", options.dedup ? 1 : kOptionsFormat}, {"disorder_us", options.disorder.count()},
                 {"lateness_us", options.lateness.count()},      {"future_us", options.future.count()},
                 {"dialect", event::name_of(options.dialect)},   {"time_zone", options.time_zone}};
  if (!options.dedup) object["dedup"] = false;
  return object.dump();
}

Result<StreamOptions> stream_options_from(std::string_view text) {
  return parse<StreamOptions>(text, "the options of a cut", kOptionsFormat, [](const json& object) -> Result<StreamOptions> {
    StreamOptions options;
    options.disorder = micros_at(object, "disorder_us");
    options.lateness = micros_at(object, "lateness_us");
    options.future = micros_at(object, "future_us");
    const auto dialect = event::dialect_named(object.at("dialect").get<std::string>());
    if (!dialect) return fail(ErrorKind::kCorrupt, "the options of a cut name an unknown dialect");
    options.dialect = *dialect;
    object.at("time_zone").get_to(options.time_zone);
    options.dedup = object.value("dedup", true);
    return options;
  });
}

stream::TimeRules time_rules(const JobIdentity& identity, const StreamOptions& options) {
  return {.window = identity.window, .disorder = options.disorder, .lateness = options.lateness, .future = options.future};
}

}  // namespace playhead::pipeline
