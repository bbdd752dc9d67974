#include "cli/service_plays.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <tuple>
#include <utility>

#include "simulate/told_listener.h"

namespace playhead::cli {
namespace {

constexpr Timestamp kFridayEvening = from_micros(1'772'820'000'000'000);  // 2026-03-06T18:00:00Z
constexpr Duration kStep = std::chrono::seconds{10};
constexpr std::uint64_t kFirstUserId = 1'000;
constexpr std::uint32_t kTracksOfAnArtist = 10;

}  // namespace

Result<std::unique_ptr<ServicePlays>> ServicePlays::make(const Options& options) {
  std::unique_ptr<ServicePlays> plays(new ServicePlays(options));
  TRY(plays->begin());
  return plays;
}

Status ServicePlays::begin() {
  simulate::WorldOptions options;
  options.service.seed = options_.seed ^ (beginnings_++ << 32);
  options.service.start = kFridayEvening;
  options.service.listeners = options_.listeners;
  options.service.first_user_id = kFirstUserId;
  options.service.always_listening = true;
  options.service.offline_share = 0;  // each play is told when it begins
  options.catalogue.tracks = options_.tracks;
  options.catalogue.artists = std::max(options_.tracks / kTracksOfAnArtist, 1u);
  options.taste.seed = options.service.seed;
  TRY_ASSIGN(world_,
             simulate::World::make(std::move(options), [this](const std::string&) -> Result<const TimeZone*> { return utc_.get(); }));
  TRY_ASSIGN(service_, simulate::Service::make(*world_, {}));
  TRY_ASSIGN(form_, simulate::Form::make(*world_, {.dialects = {event::Dialect::kTuneTracker}}));
  lived_until_ = kFridayEvening;
  return {};
}

Status ServicePlays::next(Timestamp time, std::string& key, std::string& value) {
  while (next_ == plays_.size()) TRY(live_on());
  simulate::Happening& play = plays_[next_++];
  play.time = play.sent = play.play_start = time;
  message_.clear();
  form_->tell(play.listener, kFridayEvening, Duration::zero(), std::span(&play, 1), message_);
  key = message_.key(message_.list.front());
  value = message_.value(message_.list.front());
  return {};
}

Status ServicePlays::live_on() {
  plays_.clear();
  next_ = 0;
  if (service_->counts().listeners * 2 < options_.listeners) TRY(begin());
  lived_until_ += kStep;
  service_->advance(lived_until_, [this](std::uint32_t, std::span<const simulate::Happening> happenings) {
    std::copy_if(happenings.begin(), happenings.end(), std::back_inserter(plays_),
                 [this](const simulate::Happening& happening) { return simulate::begins_play(happening, *world_); });
  });
  std::sort(plays_.begin(), plays_.end(), [](const simulate::Happening& one, const simulate::Happening& other) {
    return std::tie(one.time, one.listener, one.sequence) < std::tie(other.time, other.listener, other.sequence);
  });
  return {};
}

}  // namespace playhead::cli
