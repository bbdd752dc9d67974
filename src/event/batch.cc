#include "event/batch.h"

namespace playhead::event {
namespace {

struct FieldFacts {
  std::string_view name;
  FieldType type;
};

// In the order of Field.
constexpr std::array<FieldFacts, kFieldCount> kFields{{
    {"user", FieldType::kText},
    {"track", FieldType::kText},
    {"artist", FieldType::kText},
    {"song", FieldType::kText},
    {"genre", FieldType::kText},
    {"level", FieldType::kText},
    {"page", FieldType::kText},
    {"auth", FieldType::kText},
    {"method", FieldType::kText},
    {"status", FieldType::kInteger},
    {"session", FieldType::kInteger},
    {"item_in_session", FieldType::kInteger},
    {"duration", FieldType::kReal},
    {"first_name", FieldType::kText},
    {"last_name", FieldType::kText},
    {"gender", FieldType::kText},
    {"registration", FieldType::kInteger},
    {"city", FieldType::kText},
    {"state", FieldType::kText},
    {"zip", FieldType::kText},
    {"location", FieldType::kText},
    {"latitude", FieldType::kReal},
    {"longitude", FieldType::kReal},
    {"user_agent", FieldType::kText},
    {"tag", FieldType::kText},
    {"event_id", FieldType::kText},
    {"success", FieldType::kFlag},
    {"action", FieldType::kText},
    {"name", FieldType::kText},
    {"email", FieldType::kText},
    {"platform", FieldType::kText},
    {"country", FieldType::kText},
    {"mood", FieldType::kText},
    {"listen_position", FieldType::kReal},
    {"completed", FieldType::kFlag},
    {"rating", FieldType::kReal},
    {"skipped", FieldType::kFlag},
}};

constexpr std::array<std::string_view, kKindCount> kKinds{"track_play",    "listen",       "page_view", "auth",
                                                          "status_change", "music_stream", "streaming", "like"};

constexpr std::array<std::string_view, kRejectCount> kRejects{"not_json", "not_object", "unknown_shape", "missing_field", "wrong_type",
                                                              "bad_time", "too_large",  "too_deep",      "no_value"};

}  // namespace

std::string_view name_of(Field field) { return kFields[static_cast<std::size_t>(field)].name; }

std::optional<Field> field_named(std::string_view name) {
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    if (kFields[i].name == name) return Field{static_cast<std::uint8_t>(i)};
  }
  return std::nullopt;
}

std::string_view name_of(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

FieldType type_of(Field field) { return kFields[static_cast<std::size_t>(field)].type; }

std::string_view name_of(Reject reject) { return kRejects[static_cast<std::size_t>(reject)]; }

void EventBatch::clear() {
  record.clear();
  kind.clear();
  is_play.clear();
  time.clear();
  for (auto& column : text) column.clear();
  for (auto& column : integer) column.clear();
  for (auto& column : real) column.clear();
  extra.clear();
  rejected.clear();
  scratch.clear();
}

}  // namespace playhead::event
