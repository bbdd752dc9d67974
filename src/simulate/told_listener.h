// simulate/told_listener.h: the listener whose happenings are being told, and what else the dialects share (simulate/form.h).
//
// The person is drawn when a dialect first asks for it: TuneTracker's plays need none.
//
// Threads: one owner at a time. Memory: borrows the World; lives for one call of Form::tell(). Fails: never.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "simulate/happening.h"
#include "simulate/message.h"
#include "simulate/message_text.h"
#include "simulate/world.h"

namespace playhead::simulate {

class ToldListener {
 public:
  ToldListener(const World& world, std::uint32_t listener, Timestamp came, Duration skew)
      : number(listener), user_id(world.service().first_user_id + listener), registered(came), skew_(skew), world_(world) {}

  const std::uint32_t number;
  const std::uint64_t user_id;
  const Timestamp registered;

  const Person& person() {
    if (!person_) person_ = world_.people().person(number);
    return *person_;
  }
  const Place& place() { return world_.places()[person().place]; }
  // The time of the happening by the listener's own clock, cut to `step`. No message says a time before 1970.
  Timestamp clock_at(const Happening& happening, Duration step) const {
    return std::max(floor_to(happening.time + skew_, step), Timestamp{});
  }
  // The message of a happening, still without its bytes.
  Message message(const Happening& happening, Timestamp event_time, Topic topic) const {
    return {.sent = happening.sent, .event_time = event_time, .listener = number, .sequence = happening.sequence, .topic = topic};
  }

 private:
  const Duration skew_;
  const World& world_;
  std::optional<Person> person_;
};

// Whether a play begins with the happening.
inline bool begins_play(const Happening& happening, const World& world) {
  return happening.kind == HappeningKind::kPage && happening.track != kNoTrack &&
         world.machine().states()[happening.state].kind == PageKind::kNextSong;
}

// The field that may close a message, in the spelling of its dialect; "" where it is not asked for.
class EventIdField {
 public:
  static constexpr std::size_t kBytesMax = 64;

  // `name`: what stands before the id, as in R"(,"event_id":")".
  EventIdField(const ServiceOptions& service, bool wanted, std::string_view name) : service_(service), wanted_(wanted), name_(name) {}

  JsonPen& write(JsonPen& pen, const Message& message) const {
    if (!wanted_) return pen;
    const EventIdText id = event_id_of(service_, message.listener, message.sequence, message.topic);
    return pen.raw(name_).raw({id.data(), id.size()}).raw("\"");
  }

 private:
  const ServiceOptions& service_;
  const bool wanted_;
  const std::string_view name_;
};

}  // namespace playhead::simulate
