// tests/event/reference_decoder.h: the rules of docs/events.md once more, slow and plain, over another JSON library.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "decoding.h"

namespace playhead::event {

// What a record should decode to, written from docs/events.md over another JSON library, slow and plain.
class Reference {
 public:
  explicit Reference(Dialect dialect = Dialect::kAuto) : dialect_(dialect) {}

  // Of numbers the row has the value alone; of `extra` it has what it means, in the other library's order of keys.
  Row outcome(const std::string& record) const {
    const auto json = Json::parse(record, nullptr, false);
    if (json.is_discarded()) return {{"reject", record.empty() ? "no_value" : "not_json"}};
    if (!json.is_object()) return {{"reject", "not_object"}};
    const auto has = [&json](const auto&... keys) { return (json.contains(keys) && ...); };
    if (is(Dialect::kEventsim)) {
      if (has("ts", "page")) return eventsim(json, "page_view", {"ts", "page"});
      if (has("ts", "song", "artist")) return eventsim(json, "listen", {"ts", "song", "artist"});
    }
    const bool text_time = has("timestamp") && json["timestamp"].is_string();
    const bool listened = has("title") || has("duration_seconds") || has("listen_position");
    if (is(Dialect::kMusicStreams) && has("user_id") && listened && !text_time) return music_stream(json);
    const bool streaming = has("user_id", "track_id", "event_timestamp", "event_type") && !has("timestamp");
    if (is(Dialect::kStreamingEvents) && streaming) return streaming_event(json);
    if (is(Dialect::kTuneTracker) && has("user_id", "track_id")) return track_play(json);
    if (is(Dialect::kEventsim)) {
      if (has("ts", "success")) return eventsim(json, "auth", {"ts", "success"});
      if (has("ts", "level", "auth", "sessionId") && !has("song")) return eventsim(json, "status_change", {"ts", "level", "auth"});
    }
    return {{"reject", "unknown_shape"}};
  }

 private:
  using Json = nlohmann::json;
  struct Rule {
    const char* key;
    const char* field;  // null: none
    char form;          // t: text, f: text or empty for null, d: id, i: integer, r: real, m: milliseconds, b: flag, o: object, n: number
  };
  using Rules = std::vector<Rule>;

  bool is(Dialect dialect) const { return dialect_ == Dialect::kAuto || dialect_ == dialect; }

  static bool is_null(const Json& value, char form) { return value.is_null() || ((form == 'f' || form == 'd') && value == ""); }
  static bool fits(const Json& value, char form) {
    switch (form) {
      case 't':
      case 'f': return value.is_string();
      case 'd': return value.is_string() || value.is_number_integer();
      case 'i': return value.is_number_integer() && !(value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX);
      case 'm': return value.is_number() && !(value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX);
      case 'b': return value.is_boolean();
      case 'o': return value.is_object();
      default: return value.is_number();
    }
  }

  // The cells of a row without their numbers' spelling, which the other library forgets.
  static std::string cell(const Json& value, char form) {
    if (value.is_string()) return in_quotes(value.get<std::string>());
    if (form == 'i') return std::to_string(value.get<std::int64_t>());
    if (form == 'm') return std::to_string(static_cast<std::int64_t>(std::floor(value.get<double>())));
    if (form == 'r') return std::to_string(value.get<double>());
    if (form == 'b') return value.get<bool>() ? "1" : "0";
    return in_quotes(value.dump());
  }

  struct Judged {
    Row row;
    bool missing = false;
    bool types_fit = true;
  };

  static void judge(const Json& json, const Rules& rules, const std::vector<std::string>& required, Judged& judged) {
    for (const std::string& key : required) judged.missing |= !json.contains(key);
    for (const Rule& rule : rules) {
      if (!json.contains(rule.key)) continue;
      const Json& value = json[rule.key];
      if (is_null(value, rule.form)) {
        judged.missing |= std::ranges::find(required, rule.key) != required.end();
        continue;
      }
      judged.types_fit &= fits(value, rule.form);
      if (judged.types_fit && rule.field != nullptr) judged.row[rule.field] = cell(value, rule.form);
    }
  }

  static Row with_time(const Judged& judged, std::optional<Timestamp> time) {
    if (judged.missing) return {{"reject", "missing_field"}};
    if (!judged.types_fit) return {{"reject", "wrong_type"}};
    if (!time || *time < Timestamp{} || *time > kIngest + std::chrono::hours{24}) return {{"reject", "bad_time"}};
    Row row = judged.row;
    row["time"] = format_iso(*time);
    return row;
  }

  static std::optional<Timestamp> text_time(const Json& json, const char* key) {
    if (!json.contains(key) || !json[key].is_string()) return std::nullopt;
    const auto parsed = parse_iso(json[key].get<std::string>());
    return parsed ? std::optional(parsed->time) : std::nullopt;
  }

  static std::optional<Timestamp> epoch_time(const Json& json, const char* key, double micros_a_unit) {
    if (!json.contains(key) || !json[key].is_number()) return std::nullopt;
    const double micros = json[key].get<double>() * micros_a_unit;
    if (micros > 1e18) return std::nullopt;
    return from_micros(static_cast<std::int64_t>(std::floor(micros)));
  }

  static void keep_extra(const Json& json, const Rules& rules, Row& row) {
    Json extra = json;
    for (const Rule& rule : rules) {
      if (std::string_view(rule.key) == "location" && rule.form == 'o' && has_more(json)) continue;
      extra.erase(rule.key);
    }
    if (!row.contains("reject") && !extra.empty()) row["extra"] = extra.dump();
  }

  static bool has_more(const Json& json) {
    const std::set<std::string> known{"city", "country"};
    const Json place = json.value("location", Json());
    for (const auto& [key, value] : place.items()) {
      if (place.is_object() && !known.contains(key)) return true;
    }
    return false;
  }

  static Row track_play(const Json& json) {
    static const Rules kRules{{"user_id", "user", 'd'},
                              {"track_id", "track", 'd'},
                              {"genre", "genre", 'f'},
                              {"timestamp", nullptr, 't'},
                              {"event_id", "event_id", 'd'}};
    Judged judged{{{"kind", "track_play"}, {"play", "yes"}}};
    judge(json, kRules, {"user_id", "track_id", "timestamp"}, judged);
    Row row = with_time(judged, text_time(json, "timestamp"));
    keep_extra(json, kRules, row);
    return row;
  }

  static Row streaming_event(const Json& json) {
    static const Rules kRules{{"user_id", "user", 'd'},
                              {"track_id", "track", 'd'},
                              {"event_timestamp", nullptr, 't'},
                              {"event_type", nullptr, 't'},
                              {"event_id", "event_id", 'd'}};
    const Json& type = json["event_type"];
    if (type.is_string() && type != "streaming" && type != "like") return {{"reject", "unknown_shape"}};
    const bool like = type == "like";
    Judged judged{{{"kind", like ? "like" : "streaming"}, {"play", like ? "no" : "yes"}}};
    judge(json, kRules, {"user_id", "track_id", "event_timestamp", "event_type"}, judged);
    Row row = with_time(judged, text_time(json, "event_timestamp"));
    keep_extra(json, kRules, row);
    return row;
  }

  static Row music_stream(const Json& json) {
    static const Rules kRules{{"user_id", "user", 'd'},
                              {"track_id", "track", 'd'},
                              {"name", "name", 't'},
                              {"email", "email", 't'},
                              {"title", "song", 't'},
                              {"artist", "artist", 't'},
                              {"genre", "genre", 'f'},
                              {"timestamp", nullptr, 'n'},
                              {"platform", "platform", 't'},
                              {"location", nullptr, 'o'},
                              {"mood", "mood", 't'},
                              {"duration_seconds", "duration", 'r'},
                              {"listen_position", "listen_position", 'r'},
                              {"completed", "completed", 'b'},
                              {"rating", "rating", 'r'},
                              {"is_skipped", "skipped", 'b'},
                              {"event_id", "event_id", 'd'}};
    Judged judged{{{"kind", "music_stream"}, {"play", "yes"}}};
    judge(json, kRules, {"user_id", "timestamp"}, judged);
    const Json place = json.value("location", Json());
    if (place.is_object()) judge(place, {{"city", "city", 't'}, {"country", "country", 't'}}, {}, judged);
    Row row = with_time(judged, epoch_time(json, "timestamp", 1e6));
    keep_extra(json, kRules, row);
    return row;
  }

  static Row eventsim(const Json& json, const std::string& kind, const std::vector<std::string>& required) {
    static const Rules kRules{{"ts", nullptr, 'n'},
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
    Rules rules = kRules;
    if (kind == "auth") rules.insert(rules.end(), {{"success", "success", 'b'}, {"action", "action", 't'}});
    const bool play = kind == "listen" || (kind == "page_view" && json["page"] == "NextSong");
    Judged judged{{{"kind", kind}, {"play", play ? "yes" : "no"}}};
    judge(json, rules, required, judged);
    Row row = with_time(judged, epoch_time(json, "ts", 1e3));
    keep_extra(json, rules, row);
    return row;
  }

  const Dialect dialect_;
};

}  // namespace playhead::event
