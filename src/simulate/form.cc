#include "simulate/form.h"

#include <algorithm>
#include <optional>
#include <string>

#include "simulate/form_eventsim.h"
#include "simulate/form_plays.h"

namespace playhead::simulate {

using event::Dialect;

struct Form::Dialects {
  std::optional<TuneTrackerForm> tunetracker;
  std::optional<EventsimForm> eventsim;
  std::optional<MusicStreamsForm> music_streams;
  std::optional<StreamingForm> streaming;
};

std::vector<Topic> told_topics(const FormOptions& options) {
  std::vector<Topic> topics = topics_of(options.dialects);
  if (options.topics.empty()) return topics;
  std::erase_if(topics, [&](Topic topic) { return std::ranges::find(options.topics, topic) == options.topics.end(); });
  return topics;
}

Result<std::unique_ptr<Form>> Form::make(const World& world, FormOptions options) {
  if (options.dialects.empty()) return fail(ErrorKind::kInvalid, "no dialect is named to simulate in");
  std::ranges::sort(options.dialects);
  if (options.dialects.front() == Dialect::kAuto)
    return fail(ErrorKind::kInvalid, "the dialect auto is for reading: name what to simulate in");
  if (const auto twice = std::ranges::adjacent_find(options.dialects); twice != options.dialects.end()) {
    return fail(ErrorKind::kInvalid, "the dialect " + std::string(event::name_of(*twice)) + " is named twice");
  }
  const std::vector<Topic> had = topics_of(options.dialects);
  for (const Topic topic : options.topics) {
    if (std::ranges::find(had, topic) != had.end()) continue;
    return fail(ErrorKind::kInvalid, "the topic " + std::string(default_name_of(topic)) + " is of none of the dialects");
  }
  return std::unique_ptr<Form>(new Form(world, options));
}

Form::Form(const World& world, const FormOptions& options) : world_(world), dialects_(std::make_unique<Dialects>()) {
  const std::vector<Topic> told = told_topics(options);
  for (const Dialect dialect : options.dialects) {
    if (std::ranges::find(told, dialect, dialect_of) == told.end()) continue;
    if (dialect == Dialect::kTuneTracker) dialects_->tunetracker.emplace(world, options.event_id_field);
    if (dialect == Dialect::kEventsim) dialects_->eventsim.emplace(world, options.event_id_field, options.plain_auth, told);
    if (dialect == Dialect::kMusicStreams) dialects_->music_streams.emplace(world, options.event_id_field);
    if (dialect == Dialect::kStreamingEvents) dialects_->streaming.emplace(world, options.event_id_field);
  }
}

Form::~Form() = default;

void Form::tell(std::uint32_t listener, Timestamp registered, Duration skew, std::span<const Happening> happenings, Messages& into) {
  ToldListener told(world_, listener, registered, skew);
  if (dialects_->tunetracker) dialects_->tunetracker->tell(told, happenings, into);
  if (dialects_->eventsim) dialects_->eventsim->tell(told, happenings, into);
  if (dialects_->music_streams) dialects_->music_streams->tell(told, happenings, into);
  if (dialects_->streaming) dialects_->streaming->tell(told, happenings, into);
}

}  // namespace playhead::simulate
