#include "simulate/form_plays.h"

#include <array>

namespace playhead::simulate {
namespace {

constexpr std::string_view kEventId = R"(, "event_id": ")";
constexpr Duration kWholeSecond = std::chrono::seconds{1};

void write_user(std::string& text, std::string_view before, std::uint64_t user_id) {
  std::array<char, kNumberBytesMax> digits;
  text.assign(before).append(digits.data(), JsonPen(digits.data()).number(user_id).end());
}

std::uint64_t whole_seconds(Duration span) { return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(span).count()); }

std::string_view flag(bool value) { return value ? "true" : "false"; }

std::vector<std::string> genres_between(const Catalogue& catalogue, std::string_view before, std::string_view after) {
  std::vector<std::string> texts;
  for (const std::string& genre : catalogue.genres()) texts.push_back(std::string(before) + in_quotes(genre) + std::string(after));
  return texts;
}

}  // namespace

TuneTrackerForm::TuneTrackerForm(const World& world, bool event_id_field)
    : world_(world),
      event_id_(world.service(), event_id_field, kEventId),
      genres_(genres_between(world.catalogue(), R"(", "genre": )", R"(, "timestamp": ")")) {}

void TuneTrackerForm::tell(const ToldListener& listener, std::span<const Happening> happenings, Messages& into) {
  write_user(user_, "u", listener.user_id);
  for (const Happening& happening : happenings) {
    if (!begins_play(happening, world_)) continue;
    const Track& track = world_.catalogue()[happening.track];
    const Timestamp time = listener.clock_at(happening, Duration{1});
    const Message message = listener.message(happening, time, Topic::kMusicPlays);
    const std::string& genre = genres_[track.genre];
    const std::size_t bytes_max = user_.size() + escaped_bytes_max(track.id) + genre.size() + kTimeBytes + EventIdField::kBytesMax + 64;
    into.add(message, user_, bytes_max, [&](char* at) {
      JsonPen pen(at);
      pen.raw(R"({"user_id": ")").raw(user_).raw(R"(", "track_id": ")").text(track.id).raw(genre).time(time, time_text_).raw("\"");
      return event_id_.write(pen, message).raw("}").end();
    });
  }
}

StreamingForm::StreamingForm(const World& world, bool event_id_field)
    : world_(world), event_id_(world.service(), event_id_field, kEventId) {}

void StreamingForm::tell(const ToldListener& listener, std::span<const Happening> happenings, Messages& into) {
  write_user(user_, "", listener.user_id);
  for (const Happening& happening : happenings) {
    const bool like = happening.kind == HappeningKind::kLike;
    if (!like && !begins_play(happening, world_)) continue;
    const Timestamp time = listener.clock_at(happening, Duration{1});
    const Message message = listener.message(happening, time, Topic::kStreaming);
    into.add(message, user_, 3 * kNumberBytesMax + kTimeBytes + EventIdField::kBytesMax + 96, [&](char* at) {
      JsonPen pen(at);
      pen.raw(R"({"user_id": )").raw(user_).raw(R"(, "track_id": )").number(std::uint64_t{happening.track} + 1);
      pen.raw(R"(, "event_timestamp": ")").time(time, time_text_);
      pen.raw(like ? R"(", "event_type": "like")" : R"(", "event_type": "streaming")");
      return event_id_.write(pen, message).raw("}").end();
    });
  }
}

MusicStreamsForm::MusicStreamsForm(const World& world, bool event_id_field)
    : world_(world),
      event_id_(world.service(), event_id_field, kEventId),
      genres_(genres_between(world.catalogue(), R"(", "genre": )", R"(, "timestamp": )")) {}

void MusicStreamsForm::tell(ToldListener& listener, std::span<const Happening> happenings, Messages& into) {
  bool met = false;
  for (const Happening& happening : happenings) {
    if (happening.kind != HappeningKind::kPlayEnd) continue;
    if (!met) meet(listener);
    met = true;
    add(listener, happening, into);
  }
}

// Writes what all of the listener's messages have in common.
void MusicStreamsForm::meet(ToldListener& listener) {
  const Place& place = listener.place();
  const Person& person = listener.person();
  std::array<char, kUuidBytes> uuid;
  write_user(user_, "u", listener.user_id);
  user_.assign(uuid.data(), JsonPen(uuid.data()).uuid(user_).end());
  world_.people().write_email(person, listener.number, email_);
  const std::string_view name = std::string_view(email_).substr(0, email_.find('@'));
  const auto write = [](std::string& to, std::size_t bytes_max, auto pieces) {
    to.resize_and_overwrite(bytes_max, [&pieces](char* bytes, std::size_t) {
      JsonPen pen(bytes);
      pieces(pen);
      return static_cast<std::size_t>(pen.end() - bytes);
    });
  };
  write(opening_, user_.size() + 2 * escaped_bytes_max(email_) + 96, [&](JsonPen& pen) {
    pen.raw(R"({"user_id": ")")
        .raw(user_)
        .raw(R"(", "name": ")")
        .text(name)
        .raw(R"(", "email": ")")
        .text(email_)
        .raw(R"(", "track_id": ")");
  });
  write(middle_, escaped_bytes_max(person.platform) + escaped_bytes_max(place.city) + escaped_bytes_max(place.country_name) + 128,
        [&](JsonPen& pen) {
          pen.raw(R"(, "platform": ")").text(person.platform).raw(R"(", "location": {"city": ")").text(place.city);
          pen.raw(R"(", "country": ")").text(place.country_name).raw(R"("}, "mood": ")");
        });
}

void MusicStreamsForm::add(const ToldListener& listener, const Happening& play, Messages& into) {
  const Track& track = world_.catalogue()[play.track];
  const std::string_view artist = world_.catalogue().artist_name(track.artist);
  const std::string& genre = genres_[track.genre];
  const Timestamp time = listener.clock_at(play, kWholeSecond);
  const Message message = listener.message(play, time, Topic::kMusicStreams);
  const std::size_t bytes_max = opening_.size() + kUuidBytes + escaped_bytes_max(track.title) + escaped_bytes_max(artist) + genre.size() +
                                middle_.size() + 4 * kNumberBytesMax + EventIdField::kBytesMax + 256;
  into.add(message, user_, bytes_max, [&](char* at) {
    JsonPen pen(at);
    pen.raw(opening_).uuid(track.id).raw(R"(", "title": ")").text(track.title).raw(R"(", "artist": ")").text(artist);
    pen.raw(genre).number(whole_seconds(time.time_since_epoch())).raw(middle_).raw(kMoods[track.mood]);
    pen.raw(R"(", "duration_seconds": )").number(track.duration_ms / 1000);
    pen.raw(R"(, "listen_position": )")
        .number(whole_seconds(play.heard.position))
        .raw(R"(, "completed": )")
        .raw(flag(play.heard.completed));
    pen.raw(R"(, "rating": )");
    if (play.heard.rating_tenths == 0) {
      pen.raw("null");
    } else {
      pen.number(play.heard.rating_tenths / 10U).raw(".").number(play.heard.rating_tenths % 10U);
    }
    pen.raw(R"(, "is_skipped": )").raw(flag(play.heard.skipped));
    return event_id_.write(pen, message).raw("}").end();
  });
}

}  // namespace playhead::simulate
