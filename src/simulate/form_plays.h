// simulate/form_plays.h: the dialects that tell of plays and little else: TuneTracker's, streaming events and likes, and music-streams.
//
// TuneTracker: user_id is "u" and the user id, track_id the catalogue's id of the track, timestamp UTC without a zone.
// Streaming events: user_id is the user id, track_id the number of the track in the catalogue, from 1. A play's event says when it began.
// music-streams: user_id and track_id are UUIDs that follow from TuneTracker's two ids, so they stay the same in every run. name is the
// part of the e-mail address before the @. Times and positions are whole seconds, cut; rating is null where the listener gave none.
// All three are spelled as Python's json.dumps spells them, with a space after colons and commas.
//
// Threads: one owner at a time. Memory: borrows the World. Cost: no allocation per message once the buffers have grown.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "simulate/told_listener.h"

namespace playhead::simulate {

class TuneTrackerForm {
 public:
  TuneTrackerForm(const World& world, bool event_id_field);

  void tell(const ToldListener& listener, std::span<const Happening> happenings, Messages& into);

 private:
  const World& world_;
  const EventIdField event_id_;
  std::vector<std::string> genres_;  // with what stands around them
  TimeText time_text_;
  std::string user_;
};

class StreamingForm {
 public:
  StreamingForm(const World& world, bool event_id_field);

  void tell(const ToldListener& listener, std::span<const Happening> happenings, Messages& into);

 private:
  const World& world_;
  const EventIdField event_id_;
  TimeText time_text_;
  std::string user_;
};

class MusicStreamsForm {
 public:
  MusicStreamsForm(const World& world, bool event_id_field);

  void tell(ToldListener& listener, std::span<const Happening> happenings, Messages& into);

 private:
  void meet(ToldListener& listener);
  void add(const ToldListener& listener, const Happening& play, Messages& into);

  const World& world_;
  const EventIdField event_id_;
  std::vector<std::string> genres_;
  std::string user_;  // the UUID
  std::string email_;
  std::string opening_;  // what is constant for the listener: before track_id,
  std::string middle_;   // and from platform to mood
};

}  // namespace playhead::simulate
