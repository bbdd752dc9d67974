#include "simulate/plays.h"

#include <algorithm>
#include <charconv>

namespace playhead::simulate {
namespace {

constexpr std::uint32_t kFirstListener = 1'000;
constexpr std::uint32_t kFirstTrack = 100'000;
constexpr std::uint32_t kListeners = 9'000;
constexpr std::uint32_t kTracks = 900'000;

// Writes `number` with exactly `digits` digits.
void write_digits(char* to, unsigned number, std::size_t digits) {
  for (std::size_t i = digits; i-- > 0; number /= 10) to[i] = static_cast<char>('0' + number % 10);
}

void append_number(std::string& text, std::uint32_t number) {
  std::array<char, 10> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

}  // namespace

std::string_view genre_of(std::uint32_t track) { return kGenres[Random{track}.below(kGenres.size())]; }

void UniformPlays::next(Timestamp time, std::string& key, std::string& value) {
  const auto listener = static_cast<std::uint32_t>(random_.below(kListeners));
  const auto track = kFirstTrack + static_cast<std::uint32_t>(random_.below(kTracks));
  const std::string_view genre = kGenres[random_.below(kGenres.size())];
  write_time(time);

  key.assign("u");
  append_number(key, kFirstListener + listener);
  value.assign(R"({"user_id": ")").append(key).append(R"(", "track_id": "t)");
  append_number(value, track);
  value.append(R"(", "genre": ")").append(genre);
  value.append(R"(", "timestamp": ")").append(time_text_.data(), time_text_.size()).append(R"("})");
}

// The date is worked out once a second, not once a play: most plays of a run share their second with the one before.
void UniformPlays::write_time(Timestamp time) {
  constexpr Timestamp kFirst{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}};
  constexpr Timestamp kLast{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1} - Duration{1}};
  time = std::clamp(time, kFirst, kLast);
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  write_digits(&time_text_[20], static_cast<unsigned>((time - second).count()), 6);
  if (second == written_) return;
  written_ = second;
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date{day};
  const auto of_day = static_cast<unsigned>((second - day).count());
  write_digits(&time_text_[0], static_cast<unsigned>(static_cast<int>(date.year())), 4);
  write_digits(&time_text_[5], static_cast<unsigned>(date.month()), 2);
  write_digits(&time_text_[8], static_cast<unsigned>(date.day()), 2);
  write_digits(&time_text_[11], of_day / 3600, 2);
  write_digits(&time_text_[14], of_day / 60 % 60, 2);
  write_digits(&time_text_[17], of_day % 60, 2);
  time_text_[4] = time_text_[7] = '-';
  time_text_[10] = 'T';
  time_text_[13] = time_text_[16] = ':';
  time_text_[19] = '.';
}

}  // namespace playhead::simulate
