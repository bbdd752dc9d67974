// tests/event/random_records.h: seeded records of every shape, right and wrong.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "decoding.h"

namespace playhead::event {

// A record of some known and unknown keys in any order, with values of any kind, now and then damaged.
class RandomRecords {
 public:
  // Around the keys of one dialect's kinds, or of any.
  explicit RandomRecords(std::uint64_t seed, Dialect dialect = Dialect::kAuto) : random_(seed), dialect_(dialect) {}

  std::string next() {
    static const std::vector<std::string> kKeys{"user_id",
                                                "track_id",
                                                "genre",
                                                "timestamp",
                                                "ts",
                                                "userId",
                                                "sessionId",
                                                "page",
                                                "auth",
                                                "method",
                                                "status",
                                                "level",
                                                "zip",
                                                "city",
                                                "state",
                                                "lat",
                                                "lon",
                                                "location",
                                                "userAgent",
                                                "firstName",
                                                "lastName",
                                                "gender",
                                                "tag",
                                                "registration",
                                                "artist",
                                                "song",
                                                "duration",
                                                "length",
                                                "event_id",
                                                "success",
                                                "action",
                                                "name",
                                                "email",
                                                "title",
                                                "mood",
                                                "platform",
                                                "country",
                                                "rating",
                                                "is_skipped",
                                                "completed",
                                                "event_type",
                                                "itemInSession",
                                                "duration_seconds",
                                                "listen_position",
                                                "event_timestamp",
                                                "other",
                                                "userid",
                                                "ID",
                                                "duration_secondz"};
    std::vector<std::string> keys = kind_keys();
    for (std::uint64_t extra = random_.below(8); extra > 0; --extra) keys.push_back(kKeys[random_.below(kKeys.size())]);
    if (random_.chance(0.1)) keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(random_.below(keys.size())));
    for (std::size_t i = keys.size(); i > 1 && random_.chance(0.7); --i) std::swap(keys[i - 1], keys[random_.below(i)]);
    std::string record = joined(space(), "{");
    for (std::size_t i = 0; i < keys.size(); ++i) {
      record += joined(i == 0 ? "" : ",", space(), text(keys[i]), space(), ":", space(), value(keys[i]), space());
    }
    record += joined("}", space());
    if (random_.chance(0.05)) record[random_.below(record.size())] = damage();
    if (random_.chance(0.02)) record.resize(random_.below(record.size()));
    return record;
  }

 private:
  // The keys that identify a kind of the dialect, or some more of them.
  std::vector<std::string> kind_keys() {
    using Keys = std::vector<std::string>;
    const Dialect dialect = dialect_ == Dialect::kAuto ? kDialects[1 + random_.below(4)] : dialect_;
    music_ = dialect == Dialect::kMusicStreams;
    switch (dialect) {
      case Dialect::kTuneTracker: return {"user_id", "track_id", "genre", "timestamp"};
      case Dialect::kMusicStreams:
        return random_.chance(0.5)
                   ? Keys{"user_id", "title", "timestamp", "location"}
                   : Keys{"user_id", "track_id", "timestamp", "location", "duration_seconds", "listen_position", "is_skipped"};
      case Dialect::kStreamingEvents: return {"user_id", "track_id", "event_timestamp", "event_type"};
      default: break;
    }
    const Keys kinds[] = {{"artist", "song", "ts"}, {"ts", "page"}, {"ts", "success", "action"}, {"ts", "level", "auth", "sessionId"}};
    return kinds[random_.below(4)];
  }

  // What a music stream's `location` holds, right and wrong.
  std::string place() {
    std::string out = "{";
    for (const char* const key : {"city", "country", "region", "city"}) {
      if (random_.chance(key == std::string_view("region") ? 0.8 : 0.3)) continue;
      out += joined(out.size() == 1 ? "" : ",", space(), text(key), ":", space(), value(key), space());
    }
    return out + "}";
  }

  // Any byte but those that make an exponent: of 1e999, the JSON libraries disagree on whether it is JSON.
  char damage() {
    const auto byte = static_cast<char>(random_.below(256));
    return byte == 'e' || byte == 'E' ? '"' : byte;
  }

  std::string space() { return random_.chance(0.9) ? "" : std::string(random_.below(4), " \n\t\r"[random_.below(4)]); }

  std::string text(const std::string& plain) {
    if (random_.chance(0.9)) return in_quotes(plain);
    std::string out = "\"";
    for (const char letter : plain) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(letter));
      out += random_.chance(0.3) ? std::string(escape) : std::string(1, letter);
    }
    return out + "\"";
  }

  std::string value(const std::string& key) {
    static const std::vector<std::string> kAny{"null",
                                               "true",
                                               "[]",
                                               "{}",
                                               "\"\"",
                                               "\"a\"",
                                               "5",
                                               "-7",
                                               "1.25",
                                               "1e3",
                                               "[1,{\"a\":null}]",
                                               "9223372036854775808",
                                               "\"\\u00e9\\n\"",
                                               "\"\\ud83c\\udfb5\"",
                                               "1e-5",
                                               "-0.0",
                                               "1541106106796",
                                               "\"2025-08-04T16:17:36Z\"",
                                               "01",
                                               "\"\\x\""};
    if (random_.chance(0.05)) return kAny[random_.below(kAny.size())];
    if (key == "location" && random_.chance(music_ ? 0.95 : 0.1)) return place();
    if (key == "timestamp" && random_.chance(music_ ? 0.95 : 0.05))
      return std::to_string(random_.below(1'800'000'000)) + (random_.chance(0.2) ? ".5" : "");
    if (key == "timestamp" || key == "event_timestamp")
      return text(format_iso(from_micros(static_cast<std::int64_t>(random_.below(1'800'000'000'000'000)))));
    if (key == "ts" || key == "registration") return std::to_string(random_.below(1'800'000'000'000)) + (random_.chance(0.2) ? ".0" : "");
    if (key == "sessionId" || key == "status" || key == "itemInSession") return std::to_string(random_.below(1000));
    if (key == "success" || key == "completed" || key == "is_skipped") return random_.chance(0.5) ? "true" : "false";
    if (key == "event_type") return text(random_.chance(0.5) ? "streaming" : random_.chance(0.9) ? "like" : "pause");
    if (key == "duration_seconds" || key == "listen_position") return std::to_string(random_.below(300));
    if (key == "duration" || key == "length" || key == "lat" || key == "lon" || key == "rating")
      return std::to_string(random_.unit() * 400 - 200);
    if (key == "page") return text(random_.chance(0.5) ? "NextSong" : "Home");
    if (random_.chance(0.1)) return "null";
    if (random_.chance(0.1)) return in_quotes("Beyoncé \"live\"\\\n🎵");
    return text(std::string(1 + random_.below(6), static_cast<char>('a' + random_.below(26))));
  }

  Random random_;
  const Dialect dialect_;
  bool music_ = false;  // the record is to be a music stream
};

}  // namespace playhead::event
