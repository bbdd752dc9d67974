// tests/event/reference_decoder.h: the rules of docs/events.md once more, slow and plain, over another JSON library.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "decoding.h"

namespace playhead::event {

// What a record should decode to, written from docs/events.md over another JSON library, slow and plain.
class Reference {
 public:
  Row outcome(const std::string& record) const {
    const auto json = nlohmann::json::parse(record, nullptr, false);
    if (json.is_discarded()) return {{"reject", record.empty() ? "no_value" : "not_json"}};
    if (!json.is_object()) return {{"reject", "not_object"}};
    if (json.contains("ts") && json.contains("page")) return eventsim(json, "page_view", {"ts", "page"});
    if (json.contains("ts") && json.contains("song") && json.contains("artist")) return eventsim(json, "listen", {"ts", "song", "artist"});
    if (json.contains("user_id") && json.contains("track_id")) return track_play(json);
    return {{"reject", "unknown_shape"}};
  }

 private:
  using Json = nlohmann::json;
  struct Rule {
    const char* key;
    const char* field;
    char form;  // t: text, f: text or empty for null, d: id, i: integer, r: real, m: milliseconds, T and M: times
  };

  static bool is_null(const Json& value, char form) { return value.is_null() || ((form == 'f' || form == 'd') && value == ""); }
  static bool fits(const Json& value, char form) {
    switch (form) {
      case 't':
      case 'f':
      case 'T': return value.is_string();
      case 'd': return value.is_string() || value.is_number_integer();
      case 'i': return value.is_number_integer() && !(value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX);
      case 'm': return value.is_number() && !(value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX);
      default: return value.is_number();
    }
  }

  // The cells of a row without their numbers' spelling, which the other library forgets.
  static std::string cell(const Json& value, char form) {
    if (value.is_string()) return in_quotes(value.get<std::string>());
    if (form == 'i') return std::to_string(value.get<std::int64_t>());
    if (form == 'm') return std::to_string(static_cast<std::int64_t>(std::floor(value.get<double>())));
    if (form == 'r') return std::to_string(value.get<double>());
    return in_quotes(value.dump());
  }

  static Row judge(const Json& json, const std::vector<Rule>& rules, const std::vector<std::string>& required, Row row) {
    bool missing = false;
    bool types_fit = true;
    for (const std::string& key : required) missing |= !json.contains(key);
    for (const Rule& rule : rules) {
      if (!json.contains(rule.key)) continue;
      const Json& value = json[rule.key];
      if (is_null(value, rule.form)) {
        missing |= std::ranges::find(required, rule.key) != required.end();
        continue;
      }
      types_fit &= fits(value, rule.form);
      if (types_fit && rule.field != nullptr) row[rule.field] = cell(value, rule.form);
    }
    if (missing) return {{"reject", "missing_field"}};
    if (!types_fit) return {{"reject", "wrong_type"}};
    return row;
  }

  static Row with_time(Row row, std::optional<Timestamp> time) {
    if (row.contains("reject")) return row;
    if (!time || *time < Timestamp{} || *time > kIngest + std::chrono::hours{24}) return {{"reject", "bad_time"}};
    row["time"] = format_iso(*time);
    return row;
  }

  static Row track_play(const Json& json) {
    Row row = judge(json,
                    {{"user_id", "user", 'd'},
                     {"track_id", "track", 'd'},
                     {"genre", "genre", 'f'},
                     {"timestamp", nullptr, 'T'},
                     {"event_id", "event_id", 'd'}},
                    {"user_id", "track_id", "timestamp"}, {{"kind", "track_play"}, {"play", "yes"}});
    if (row.contains("reject")) return row;
    const auto parsed = parse_iso(json["timestamp"].get<std::string>());
    return with_time(row, parsed ? std::optional(parsed->time) : std::nullopt);
  }

  static Row eventsim(const Json& json, const char* kind, const std::vector<std::string>& required) {
    static const std::vector<Rule> kRules{{"ts", nullptr, 'M'},
                                          {"userId", "user", 'd'},
                                          {"sessionId", "session", 'i'},
                                          {"page", "page", 't'},
                                          {"auth", "auth", 't'},
                                          {"method", "method", 't'},
                                          {"status", "status", 'i'},
                                          {"level", "level", 't'},
                                          {"itemInSession", "item_in_session", 'i'},
                                          {"zip", "zip", 'd'},
                                          {"city", "city", 't'},
                                          {"state", "state", 't'},
                                          {"lat", "latitude", 'r'},
                                          {"lon", "longitude", 'r'},
                                          {"location", "location", 't'},
                                          {"userAgent", "user_agent", 't'},
                                          {"firstName", "first_name", 't'},
                                          {"lastName", "last_name", 't'},
                                          {"gender", "gender", 't'},
                                          {"registration", "registration", 'm'},
                                          {"tag", "tag", 't'},
                                          {"artist", "artist", 't'},
                                          {"song", "song", 't'},
                                          {"duration", "duration", 'r'},
                                          {"length", "duration", 'r'},
                                          {"event_id", "event_id", 'd'}};
    const bool play = std::string_view(kind) == "listen" || json["page"] == "NextSong";
    Row row = judge(json, kRules, required, {{"kind", kind}, {"play", play ? "yes" : "no"}});
    if (row.contains("reject")) return row;
    const Json& ts = json["ts"];
    if (ts.is_number_unsigned() && ts.get<std::uint64_t>() > 1'800'000'000'000) return {{"reject", "bad_time"}};
    return with_time(row, from_micros(static_cast<std::int64_t>(std::floor(ts.get<double>() * 1000))));
  }
};

}  // namespace playhead::event
