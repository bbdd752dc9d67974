// simulate/form.h: happenings told as the messages of a dialect, field for field.
//
// One life can be told in several dialects at once. What each sends, when, and with which fields (docs/events.md, docs/simulator.md):
//   tunetracker        music-plays            a play, when it begins
//   eventsim           page_view_events       every page; listen_events, each NextSong page as well; auth_events, after a Login,
//                                             Logout, registration or cancellation, with `action` (unless plain); status_change_events,
//                                             each Submit Upgrade and Submit Downgrade page as well
//   music-streams      music-streams          a play, when it has ended: only then its position is known
//   streaming-events   music_streaming_data   a play when it begins (streaming), and a like
// The key of each message is the user id, as its dialect writes it; none where there is no user (eventsim's guests, and whoever is
// logged out).
//
// Threads: one owner at a time. Memory: borrows the World; bytes are appended to the caller's.
// Cost:    no allocation per message once the buffers have grown; a listener's constant fields are written once per call.
// Fails:   make() with kInvalid when the list is empty or names a dialect twice, or a topic that none of them has.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "event/decoder.h"
#include "simulate/happening.h"
#include "simulate/message.h"
#include "simulate/world.h"

namespace playhead::simulate {

struct FormOptions {
  std::vector<event::Dialect> dialects = {event::Dialect::kEventsim};
  std::vector<Topic> topics = {};  // of these dialects, those that are told; none: all
  bool event_id_field = false;     // the field `event_id`, the last one of each message
  bool plain_auth = false;         // eventsim as it is: only Login makes an auth event, and it has no `action`
};

// Those that are told, in the order of Topic.
std::vector<Topic> told_topics(const FormOptions& options);

class Form {
 public:
  static Result<std::unique_ptr<Form>> make(const World& world, FormOptions options);
  ~Form();

  // Appends what one listener's happenings come to. `registered` is when the listener came; `skew` is how far its clock is ahead,
  // and is added to every event time, not to `sent`.
  void tell(std::uint32_t listener, Timestamp registered, Duration skew, std::span<const Happening> happenings, Messages& into);

 private:
  struct Dialects;
  Form(const World& world, const FormOptions& options);

  const World& world_;
  const std::unique_ptr<Dialects> dialects_;
};

}  // namespace playhead::simulate
