#include "simulate/plays.h"

#include <array>

namespace playhead::simulate {
namespace {

constexpr std::uint32_t kFirstListener = 1'000;
constexpr std::uint32_t kFirstTrack = 100'000;
constexpr std::uint32_t kListeners = 9'000;
constexpr std::uint32_t kTracks = 900'000;
constexpr std::size_t kValueBytesMax = 160;

}  // namespace

std::string_view genre_of(std::uint32_t track) { return kGenres[Random{track}.below(kGenres.size())]; }

void UniformPlays::next(Timestamp time, std::string& key, std::string& value) {
  const auto listener = static_cast<std::uint32_t>(random_.below(kListeners));
  const auto track = kFirstTrack + static_cast<std::uint32_t>(random_.below(kTracks));
  const std::string_view genre = kGenres[random_.below(kGenres.size())];

  std::array<char, kValueBytesMax> bytes;
  key.assign(bytes.data(), JsonPen(bytes.data()).raw("u").number(kFirstListener + listener).end());
  JsonPen pen(bytes.data());
  pen.raw(R"({"user_id": ")").raw(key).raw(R"(", "track_id": "t)").number(track).raw(R"(", "genre": ")").raw(genre);
  pen.raw(R"(", "timestamp": ")").time(time, time_text_).raw(R"("})");
  value.assign(bytes.data(), pen.end());
}

}  // namespace playhead::simulate
