// simulate/form_eventsim.h: the four topics of eventsim.
//
// Names, order and absence of fields are eventsim's: user details stand only where the state of the page shows them, and artist, song and
// duration only on NextSong pages. Beyond eventsim:
//   ts         is exact to the millisecond, not to the second;
//   sessionId  is userId * 2^20 + the number of the listener's session, unique among all runs whose user ids do not meet, guests too;
//   auth_events tell what came of a Login, a Logout and a Submit Registration, on the page after it, and a cancellation, on the page
//              that confirms it; each once. `action` says which (unless plain: then Logins alone are told, without it); `success`
//              whether it did what it was for. A Logout shows its user, though the page after it no longer does.
//
// Limits:  userId below 2^33, so that sessionId is a whole number in a double. Threads: one owner at a time.
// Memory:  borrows the World; about 300 bytes a state and 200 a place.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulate/told_listener.h"

namespace playhead::simulate {

class EventsimForm {
 public:
  EventsimForm(const World& world, bool event_id_field, bool plain_auth, std::span<const Topic> topics);

  void tell(ToldListener& listener, std::span<const Happening> happenings, Messages& into);

 private:
  // Before `itemInSession`, as each topic spells a state.
  struct StateText {
    std::string page_view, listen_or_status, auth;
  };
  struct PlaceText {
    std::string before_agent, after_agent;
  };
  struct SignIn {
    std::string_view action;
    bool success;
    bool shows_user;
  };

  void fetch_songs(std::span<const Happening> happenings) const;
  bool tells(Topic topic) const { return tells_[static_cast<std::size_t>(topic)]; }
  void meet(ToldListener& listener);
  void write_song(std::uint32_t track);
  void tell_page(const ToldListener& listener, const Happening& page, Messages& into);
  void add(const ToldListener& listener, const Happening& page, Topic topic, std::string_view state_text, bool shows_user,
           std::string_view opening, std::string_view closing, Messages& into);
  std::optional<SignIn> sign_in_of(const Happening& page) const;

  const World& world_;
  const EventIdField event_id_;
  const bool plain_auth_;
  std::array<bool, kTopicCount> tells_{};
  std::vector<StateText> states_;
  std::vector<PlaceText> places_;
  std::string user_key_;
  std::string details_;           // of the listener: device, then user
  std::size_t device_bytes_ = 0;  // of details_
  std::string song_;              // ,"artist":...
};

}  // namespace playhead::simulate
