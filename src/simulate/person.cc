#include "simulate/person.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "simulate/person_table.h"

namespace playhead::simulate {
namespace {

constexpr std::uint64_t kPeopleStream = 0x70656f706c65;  // keeps these draws apart from others of the same seed
constexpr double kNewcomerShare = 0.1;                   // of persons whose name is of another origin than their country
constexpr double kFemaleShare = 0.5;

struct Share {
  std::uint32_t percent;
  std::string_view name;
};
constexpr Share kPlatforms[] = {{42, "Spotify"}, {19, "Apple Music"}, {18, "YouTube Music"}, {8, "SoundCloud"}, {13, "Amazon Music"}};

// Listeners are younger than the people at large: more than half are under thirty-five.
struct AgeBand {
  std::uint32_t percent;
  std::uint8_t youngest, oldest;
};
constexpr AgeBand kAges[kAgeBands] = {{16, 13, 19}, {31, 20, 29}, {22, 30, 39}, {14, 40, 49}, {10, 50, 59}, {7, 60, 84}};

// The entry whose share of `total` holds `at`.
template <typename Entries, typename Weight>
const auto& entry_at(const Entries& entries, std::uint64_t at, Weight weight) {
  for (const auto& entry : entries) {
    const std::uint32_t share = entry.*weight;
    if (at < share) return entry;
    at -= share;
  }
  return *std::prev(std::end(entries));
}

// One of a list whose first names are about three times as frequent as its last ones.
std::string_view draw_name(std::span<const std::string_view> names, Random& random) {
  const double unit = random.unit();
  return names[static_cast<std::size_t>(unit * (0.5 + 0.5 * unit) * static_cast<double>(names.size()))];
}

std::uint8_t draw_age(Random& random) {
  const AgeBand& band = entry_at(kAges, random.below(100), &AgeBand::percent);
  const std::uint64_t years = band.oldest - band.youngest + 1u;
  std::uint64_t age = random.below(years);
  if (&band == &kAges[kAgeBands - 1]) age = std::min(age, random.below(years));  // few are very old
  return static_cast<std::uint8_t>(band.youngest + age);
}

Gender draw_gender(double other_share, Random& random) {
  const double unit = random.unit();
  if (unit < other_share) return Gender::kOther;
  return unit < other_share + (1 - other_share) * kFemaleShare ? Gender::kFemale : Gender::kMale;
}

}  // namespace

std::string_view letter_of(Gender gender) {
  switch (gender) {
    case Gender::kFemale: return "F";
    case Gender::kMale: return "M";
    case Gender::kOther: break;
  }
  return "X";
}

std::size_t Person::age_band() const { return std::clamp<std::size_t>(age / 10u, 1, kAgeBands) - 1; }

People::People(std::uint64_t seed, const Places& places, double other_share)
    : seed_(Random{seed ^ kPeopleStream}.next()), places_(places), other_share_(other_share) {
  for (std::uint32_t place = 0; place < places.size(); ++place) {
    name_group_of_.push_back(static_cast<std::uint8_t>(name_group_of(places[static_cast<std::uint16_t>(place)].country)));
  }
}

Person People::person(std::uint32_t listener) const {
  Random random = Random{seed_ + listener * 0x9e3779b97f4a7c15ULL}.fork();
  Person person;
  person.place = places_.draw(random);
  person.gender = draw_gender(other_share_, random);
  person.age = draw_age(random);
  const bool newcomer = random.chance(kNewcomerShare);
  const NameGroup& names = name_groups()[newcomer ? random.below(name_groups().size()) : name_group_of_[person.place]];
  const bool female = person.gender == Gender::kFemale || (person.gender == Gender::kOther && random.chance(0.5));
  person.first_name = draw_name(female ? names.female : names.male, random);
  person.last_name = draw_name(female && !names.last_female.empty() ? names.last_female : names.last, random);
  person.user_agent = entry_at(user_agents(), random.below(1'000), &UserAgent::weight).text;
  person.platform = entry_at(kPlatforms, random.below(100), &Share::percent).name;
  return person;
}

namespace {

// The ASCII letters for the Latin letters from U+00C0 to U+017F, as their readers would type them; "" is left out.
constexpr std::array<std::string_view, 0x180 - 0xc0> kPlainLetters = {
    // U+00C0
    "a", "a", "a", "a", "ae", "aa", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i", "d", "n", "o", "o", "o", "o", "oe", "", "oe", "u",
    "u", "u", "ue", "y", "th", "ss",
    // U+00E0
    "a", "a", "a", "a", "ae", "aa", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i", "d", "n", "o", "o", "o", "o", "oe", "", "oe", "u",
    "u", "u", "ue", "y", "th", "y",
    // U+0100
    "a", "a", "a", "a", "a", "a", "c", "c", "c", "c", "c", "c", "c", "c", "d", "d", "d", "d", "e", "e", "e", "e", "e", "e", "e", "e", "e",
    "e", "g", "g", "g", "g",
    // U+0120
    "g", "g", "g", "g", "h", "h", "h", "h", "i", "i", "i", "i", "i", "i", "i", "i", "i", "i", "ij", "ij", "j", "j", "k", "k", "k", "l", "l",
    "l", "l", "l", "l", "l",
    // U+0140
    "l", "l", "l", "n", "n", "n", "n", "n", "n", "n", "n", "n", "o", "o", "o", "o", "oe", "oe", "oe", "oe", "r", "r", "r", "r", "r", "r",
    "s", "s", "s", "s", "s", "s",
    // U+0160
    "s", "s", "t", "t", "t", "t", "t", "t", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "w", "w", "y", "y", "y", "z", "z",
    "z", "z", "z", "z", "s"};

// The letters of Vietnamese, from U+1EA0 on, come in pairs of capital and small; `last` is the last one of its letter.
struct LetterRange {
  std::uint32_t last;
  char letter;
};
constexpr LetterRange kVietnamese[] = {{0x1eb7, 'a'}, {0x1ec7, 'e'}, {0x1ecb, 'i'}, {0x1ee3, 'o'}, {0x1ef1, 'u'}, {0x1ef9, 'y'}};

void append_plain(std::uint32_t letter, std::string& text) {
  if (letter >= 0xc0 && letter < 0x180) {
    text.append(kPlainLetters[letter - 0xc0]);
  } else if (letter == 0x1a0 || letter == 0x1a1) {  // o with a horn
    text.push_back('o');
  } else if (letter == 0x1af || letter == 0x1b0) {  // u with a horn
    text.push_back('u');
  } else if (letter >= 0x218 && letter <= 0x21b) {  // s and t with a comma below
    text.push_back(letter < 0x21a ? 's' : 't');
  } else if (letter >= 0x1ea0 && letter <= 0x1ef9) {
    text.push_back(std::ranges::lower_bound(kVietnamese, letter, {}, &LetterRange::last)->letter);
  }
}

// Small ASCII letters alone: accents, spaces, hyphens and apostrophes go. Names are valid UTF-8 of at most three bytes a letter.
void append_folded(std::string_view name, std::string& text) {
  for (std::size_t i = 0; i < name.size();) {
    const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(name[at])); };
    if (byte(i) < 0x80) {
      const char small = static_cast<char>(name[i] | 0x20);
      if (small >= 'a' && small <= 'z') text.push_back(small);
      i += 1;
    } else if (byte(i) < 0xe0) {
      append_plain((byte(i) & 0x1f) << 6 | (byte(i + 1) & 0x3f), text);
      i += 2;
    } else {
      append_plain((byte(i) & 0x0f) << 12 | (byte(i + 1) & 0x3f) << 6 | (byte(i + 2) & 0x3f), text);
      i += 3;
    }
  }
}

constexpr std::array<std::string_view, 3> kMailDomains = {"@example.com", "@example.org", "@example.net"};

}  // namespace

void People::write_email(const Person& person, std::uint32_t listener, std::string& email) const {
  email.clear();
  append_folded(person.first_name, email);
  email.push_back('.');
  append_folded(person.last_name, email);
  email.push_back('.');
  std::array<char, 10> digits;
  email.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), listener).ptr);
  email.append(kMailDomains[listener % kMailDomains.size()]);
}

}  // namespace playhead::simulate
