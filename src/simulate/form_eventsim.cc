#include "simulate/form_eventsim.h"

#include <array>

namespace playhead::simulate {
namespace {

constexpr std::string_view kLoggedIn = "Logged In";
constexpr unsigned kSessionBits = 20;

std::string member(std::string_view name, std::string_view text) { return ",\"" + std::string(name) + "\":" + in_quotes(text); }

std::string member(std::string_view name, std::uint64_t number) { return ",\"" + std::string(name) + "\":" + std::to_string(number); }

}  // namespace

EventsimForm::EventsimForm(const World& world, bool event_id_field, bool plain_auth, std::span<const Topic> topics)
    : world_(world), event_id_(world.service(), event_id_field, R"(,"event_id":")"), plain_auth_(plain_auth) {
  for (const Topic topic : topics) tells_[static_cast<std::size_t>(topic)] = true;
  constexpr std::string_view kItem = R"(,"itemInSession":)";
  for (const State& state : world.machine().states()) {
    const std::string auth = member("auth", state.auth);
    const std::string level = member("level", state.level).append(kItem);
    std::string page_view = member("page", state.page);
    page_view.append(auth).append(member("method", state.method)).append(member("status", state.status)).append(level);
    states_.push_back({.page_view = std::move(page_view), .listen_or_status = auth + level, .auth = level});
  }
  const Places& places = world.places();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Place& place = places[static_cast<std::uint16_t>(i)];
    // eventsim keeps the quotes in which its list of browsers stands; so a reader that cuts them off goes on working.
    places_.push_back({.before_agent = member("city", place.city) + member("zip", place.postal_code) + member("state", place.region) +
                                       R"(,"userAgent":"\")",
                       .after_agent = R"(\"","lon":)" + decimal(place.longitude) + R"(,"lat":)" + decimal(place.latitude)});
  }
}

// Songs lie all over a large catalogue: the memory of all that will be told is waited for at once.
void EventsimForm::fetch_songs(std::span<const Happening> happenings) const {
  const Catalogue& catalogue = world_.catalogue();
  for (const Happening& happening : happenings) {
    if (happening.kind != HappeningKind::kPage || happening.track == kNoTrack) continue;
    const Track& track = catalogue[happening.track];
    __builtin_prefetch(track.title.data());
    __builtin_prefetch(catalogue.artist_name(track.artist).data());
  }
}

void EventsimForm::tell(ToldListener& listener, std::span<const Happening> happenings, Messages& into) {
  fetch_songs(happenings);
  bool met = false;
  for (const Happening& happening : happenings) {
    if (happening.kind != HappeningKind::kPage) continue;
    if (!met) meet(listener);
    met = true;
    tell_page(listener, happening, into);
  }
}

// Writes what all of the listener's messages have in common.
void EventsimForm::meet(ToldListener& listener) {
  const Person& person = listener.person();
  const PlaceText& place = places_[person.place];
  const std::string_view tag = world_.service().tag;
  const std::size_t bytes_max = place.before_agent.size() + escaped_bytes_max(person.user_agent) + place.after_agent.size() +
                                escaped_bytes_max(person.last_name) + escaped_bytes_max(person.first_name) + escaped_bytes_max(tag) +
                                2 * kNumberBytesMax + 128;
  std::array<char, kNumberBytesMax> digits;
  user_key_.assign(digits.data(), JsonPen(digits.data()).number(listener.user_id).end());
  details_.resize_and_overwrite(bytes_max, [&](char* bytes, std::size_t) {
    JsonPen pen(bytes);
    pen.raw(place.before_agent).text(person.user_agent).raw(place.after_agent);
    device_bytes_ = static_cast<std::size_t>(pen.end() - bytes);
    pen.raw(R"(,"userId":)").raw(user_key_).raw(R"(,"lastName":")").text(person.last_name);
    pen.raw(R"(","firstName":")").text(person.first_name).raw(R"(","gender":")").raw(letter_of(person.gender));
    const Timestamp registered = std::max(listener.registered, Timestamp{});
    pen.raw(R"(","registration":)").number(static_cast<std::uint64_t>(to_micros(registered) / 1000));
    if (!tag.empty()) pen.raw(R"(,"tag":")").text(tag).raw("\"");
    return static_cast<std::size_t>(pen.end() - bytes);
  });
}

void EventsimForm::write_song(std::uint32_t number) {
  const Track& track = world_.catalogue()[number];
  const std::string_view artist = world_.catalogue().artist_name(track.artist);
  song_.resize_and_overwrite(
      escaped_bytes_max(artist) + escaped_bytes_max(track.title) + kNumberBytesMax + 64, [&](char* bytes, std::size_t) {
        JsonPen pen(bytes);
        pen.raw(R"(,"artist":")").text(artist).raw(R"(","song":")").text(track.title).raw(R"(","duration":)").seconds(track.duration_ms);
        return static_cast<std::size_t>(pen.end() - bytes);
      });
}

void EventsimForm::tell_page(const ToldListener& listener, const Happening& page, Messages& into) {
  const State& state = world_.machine().states()[page.state];
  const StateText& text = states_[page.state];
  constexpr std::string_view kOpening = "{\"ts\":";
  const bool song = begins_play(page, world_);
  if (song) write_song(page.track);
  if (tells(Topic::kPageViews)) {
    add(listener, page, Topic::kPageViews, text.page_view, state.shows_user, kOpening, song ? std::string_view(song_) : "", into);
  }
  if (song && tells(Topic::kListens)) {
    // A listen begins with its song: {"artist":...,"ts":...
    song_.append(R"(,"ts":)").front() = '{';
    add(listener, page, Topic::kListens, text.listen_or_status, state.shows_user, song_, "", into);
  }
  if (const auto sign_in = sign_in_of(page); sign_in && tells(Topic::kAuth)) {
    std::string& closing = song_;
    closing.assign(sign_in->success ? R"(,"success":true)" : R"(,"success":false)");
    if (!plain_auth_) closing.append(R"(,"action":")").append(sign_in->action).append("\"");
    add(listener, page, Topic::kAuth, text.auth, sign_in->shows_user, kOpening, closing, into);
  }
  const bool changes_status = state.kind == PageKind::kSubmitUpgrade || state.kind == PageKind::kSubmitDowngrade;
  if (changes_status && tells(Topic::kStatusChanges)) {
    add(listener, page, Topic::kStatusChanges, text.listen_or_status, state.shows_user, kOpening, "", into);
  }
}

void EventsimForm::add(const ToldListener& listener, const Happening& page, Topic topic, std::string_view state_text, bool shows_user,
                       std::string_view opening, std::string_view closing, Messages& into) {
  const Timestamp time = listener.clock_at(page, std::chrono::milliseconds{1});
  const Message message = listener.message(page, time, topic);
  const std::string_view details = std::string_view(details_).substr(0, shows_user ? details_.size() : device_bytes_);
  const std::size_t bytes_max =
      opening.size() + state_text.size() + details.size() + closing.size() + 3 * kNumberBytesMax + EventIdField::kBytesMax + 32;
  into.add(message, shows_user ? std::string_view(user_key_) : "", bytes_max, [&](char* at) {
    JsonPen pen(at);
    pen.raw(opening).number(static_cast<std::uint64_t>(to_micros(time) / 1000));
    pen.raw(R"(,"sessionId":)").number((listener.user_id << kSessionBits) + page.session);
    pen.raw(state_text).number(page.item).raw(details).raw(closing);
    return event_id_.write(pen, message).raw("}").end();
  });
}

std::optional<EventsimForm::SignIn> EventsimForm::sign_in_of(const Happening& page) const {
  const State& state = world_.machine().states()[page.state];
  const bool logged_in = state.auth == kLoggedIn;
  if (page.before == PageKind::kLogin) return SignIn{"Login", logged_in, state.shows_user};
  if (plain_auth_) return std::nullopt;
  if (page.before == PageKind::kLogout) return SignIn{"Logout", !logged_in, true};
  if (page.before == PageKind::kSubmitRegistration) return SignIn{"Register", logged_in, state.shows_user};
  if (state.kind == PageKind::kCancellation) return SignIn{"Cancelled", true, state.shows_user};
  return std::nullopt;
}

}  // namespace playhead::simulate
