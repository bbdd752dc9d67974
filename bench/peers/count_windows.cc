// Counts TuneTracker plays per minute and genre, in memory, with no guarantee at all: what is left when everything but the work is taken
// away.
//
// simdjson reads the four fields in the order in which they are written. Rows are printed at the end: minute (seconds since 1970), genre,
// count.
#include <simdjson.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

#include "bare_consumer.h"

namespace {

constexpr std::size_t kRecordBytesMax = 1 << 16;
constexpr std::size_t kSlots = 1 << 16;  // a power of two, several times the pairs that an hour or a day of minutes has

struct Slot {
  std::uint64_t minute = 0;
  std::uint64_t count = 0;  // 0: free
  std::array<char, 32> genre{};
  std::size_t genre_bytes = 0;
};

struct Counts {
  simdjson::ondemand::parser parser;
  std::vector<char> padded = std::vector<char>(kRecordBytesMax + simdjson::SIMDJSON_PADDING);
  std::vector<Slot> slots = std::vector<Slot>(kSlots);
  std::uint64_t bad = 0;
  std::array<char, 10> day_text{};  // of the last play, and its first minute: most plays are of one day
  std::uint64_t day_minute = 0;
};

std::uint64_t two_digits(const char* text) { return static_cast<std::uint64_t>((text[0] - '0') * 10 + (text[1] - '0')); }

// Of "YYYY-MM-DDTHH:MM...".
std::uint64_t minute_of(Counts& counts, std::string_view time) {
  if (std::memcmp(time.data(), counts.day_text.data(), counts.day_text.size()) != 0) {
    std::memcpy(counts.day_text.data(), time.data(), counts.day_text.size());
    const auto year = static_cast<int>(two_digits(time.data()) * 100 + two_digits(time.data() + 2));
    const auto month = static_cast<unsigned>(two_digits(time.data() + 5));
    const auto day = static_cast<unsigned>(two_digits(time.data() + 8));
    const std::chrono::sys_days date = std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day};
    counts.day_minute = static_cast<std::uint64_t>(date.time_since_epoch().count()) * 1440;
  }
  return counts.day_minute + two_digits(time.data() + 11) * 60 + two_digits(time.data() + 14);
}

void count(Counts& counts, std::uint64_t minute, std::string_view genre) {
  std::uint64_t hash = minute * 0x9E3779B97F4A7C15u;
  for (const char letter : genre) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3u;
  for (std::size_t at = (hash >> 32) & (kSlots - 1);; at = (at + 1) & (kSlots - 1)) {
    Slot& slot = counts.slots[at];
    if (slot.count == 0) {
      slot.minute = minute;
      slot.genre_bytes = genre.size();
      std::memcpy(slot.genre.data(), genre.data(), genre.size());
    }
    if (slot.minute == minute && std::string_view(slot.genre.data(), slot.genre_bytes) == genre) {
      ++slot.count;
      return;
    }
  }
}

bool count_record(Counts& counts, const rd_kafka_message_t& record) {
  if (record.len > kRecordBytesMax) return false;
  std::memcpy(counts.padded.data(), record.payload, record.len);
  simdjson::ondemand::document document;
  simdjson::ondemand::object play;
  if (counts.parser.iterate(counts.padded.data(), record.len, counts.padded.size()).get(document) || document.get_object().get(play))
    return false;
  std::string_view user, track, genre, time;
  if (play["user_id"].get_string().get(user) || play["track_id"].get_string().get(track) || play["genre"].get_string().get(genre) ||
      play["timestamp"].get_string().get(time)) {
    return false;
  }
  if (time.size() < 16 || genre.size() > sizeof(Slot::genre)) return false;
  count(counts, minute_of(counts, time), genre);
  return true;
}

void count_batch(void* state, rd_kafka_message_t* const* records, std::size_t size) {
  auto& counts = *static_cast<Counts*>(state);
  for (std::size_t index = 0; index < size; ++index) counts.bad += count_record(counts, *records[index]) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: count_windows SERVERS TOPIC\n"), 2;
  Counts counts;
  bare_consume(argv[1], argv[2], count_batch, &counts);
  for (const Slot& slot : counts.slots) {
    if (slot.count == 0) continue;
    std::printf("%llu,%.*s,%llu\n", static_cast<unsigned long long>(slot.minute * 60), static_cast<int>(slot.genre_bytes),
                slot.genre.data(), static_cast<unsigned long long>(slot.count));
  }
  return counts.bad == 0 ? 0 : 1;
}
