#include "simulate/person.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "simulate/person_table.h"

namespace playhead::simulate {
namespace {

constexpr std::uint32_t kListeners = 200'000;

const Places& world() {
  static const Places places = Places::built_in(Region::kWorld);
  return places;
}

bool same(const Person& one, const Person& other) {
  return one.first_name == other.first_name && one.last_name == other.last_name && one.user_agent == other.user_agent &&
         one.platform == other.platform && one.gender == other.gender && one.age == other.age && one.place == other.place;
}

// Five standard deviations of a share in kListeners draws.
double tolerance(double share) { return 5 * std::sqrt(share * (1 - share) / kListeners); }

template <typename Key, typename Of>
std::map<Key, double> shares_of(const People& people, Of of) {
  std::map<Key, double> shares;
  for (std::uint32_t i = 0; i < kListeners; ++i) shares[of(people.person(i))] += 1.0 / kListeners;
  return shares;
}

TEST(People, APersonFollowsFromSeedAndNumberAlone) {
  const People one(7, world(), 0.02);
  const People again(7, world(), 0.02);
  const People other(8, world(), 0.02);
  int alike = 0;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    const std::uint32_t listener = 9'999 - i;  // asked in another order
    EXPECT_TRUE(same(one.person(listener), again.person(listener)));
    alike += same(one.person(listener), other.person(listener));
  }
  EXPECT_TRUE(same(one.person(0xffffffff), again.person(0xffffffff)));
  EXPECT_LT(alike, 3);
}

TEST(People, GendersHaveTheirShares) {
  const auto shares = shares_of<std::string>(People(1, world(), 0.02), [](const Person& p) { return std::string(letter_of(p.gender)); });
  EXPECT_NEAR(shares.at("F"), 0.49, tolerance(0.49));
  EXPECT_NEAR(shares.at("M"), 0.49, tolerance(0.49));
  EXPECT_NEAR(shares.at("X"), 0.02, tolerance(0.02));
  const auto without = shares_of<std::string>(People(1, world(), 0), [](const Person& p) { return std::string(letter_of(p.gender)); });
  EXPECT_EQ(without.size(), 2u);
}

TEST(People, AgesAreThoseOfAStreamingService) {
  const People people(2, world(), 0.02);
  const auto bands = shares_of<std::size_t>(people, [](const Person& person) { return person.age_band(); });
  const double expected[kAgeBands] = {0.16, 0.31, 0.22, 0.14, 0.10, 0.07};
  ASSERT_EQ(bands.size(), kAgeBands);
  for (const auto& [band, share] : bands) EXPECT_NEAR(share, expected[band], tolerance(expected[band])) << band;
  const auto ages = shares_of<int>(people, [](const Person& person) { return int{person.age}; });
  EXPECT_EQ(ages.begin()->first, 13);
  EXPECT_LE(ages.rbegin()->first, 84);
  EXPECT_GE(ages.rbegin()->first, 80);
  EXPECT_GT(ages.at(61), 4 * ages.at(80));
}

TEST(People, AgeBandsAreDecades) {
  const std::map<int, std::size_t> expected = {{13, 0}, {19, 0}, {20, 1}, {29, 1}, {30, 2}, {49, 3}, {50, 4}, {59, 4}, {60, 5}, {84, 5}};
  for (const auto& [age, band] : expected) {
    Person person{};
    person.age = static_cast<std::uint8_t>(age);
    EXPECT_EQ(person.age_band(), band) << age;
  }
}

TEST(People, NamesGoWithGenderAndCountry) {
  const People people(3, world(), 0);
  std::map<std::string_view, std::pair<int, int>> own;  // country: names of its own, and persons
  for (std::uint32_t i = 0; i < kListeners; ++i) {
    const Person person = people.person(i);
    const std::string_view country = world()[person.place].country;
    const NameGroup& group = name_groups()[name_group_of(country)];
    const bool female = person.gender == Gender::kFemale;
    const auto has = [](std::span<const std::string_view> names, std::string_view name) {
      return std::ranges::find(names, name) != names.end();
    };
    auto& [names, persons] = own[country];
    const auto& last = female && !group.last_female.empty() ? group.last_female : group.last;
    names += has(female ? group.female : group.male, person.first_name) && has(last, person.last_name);
    ++persons;
  }
  EXPECT_GE(own.size(), 40u);
  for (const auto& [country, counts] : own) {
    const double share = static_cast<double>(counts.first) / counts.second;
    EXPECT_GT(share, 0.84) << country;  // nine in ten are of there
    EXPECT_LT(share, 0.97) << country;
  }
}

TEST(People, CountriesOfTheTableHaveNamesOfTheirOwn) {
  for (const char* country : {"DE", "FR", "MX", "PT", "IT", "NL", "SE", "FI", "PL", "CZ", "HU", "RO", "UA", "GR",
                              "TR", "EG", "NG", "KE", "ZA", "IN", "ID", "MY", "JP", "KR", "CN", "PH", "TH", "VN"}) {
    EXPECT_NE(name_group_of(country), name_group_of("US")) << country;
  }
  EXPECT_EQ(name_group_of("GB"), name_group_of("US"));
}

TEST(People, SomeHundredNamesAreSeen) {
  const People people(4, world(), 0.02);
  std::set<std::string_view> first, last;
  for (std::uint32_t i = 0; i < kListeners; ++i) {
    const Person person = people.person(i);
    first.insert(person.first_name);
    last.insert(person.last_name);
  }
  EXPECT_GT(first.size(), 500u);
  EXPECT_GT(last.size(), 400u);
}

TEST(People, DevicesAndPlatformsHaveTheirWeights) {
  const People people(5, world(), 0.02);
  const auto agents = shares_of<std::string_view>(people, [](const Person& person) { return person.user_agent; });
  std::uint32_t sum = 0;
  for (const UserAgent& agent : user_agents()) {
    sum += agent.weight;
    EXPECT_EQ(agent.text.find('"'), std::string_view::npos);
    EXPECT_TRUE(agent.text.starts_with("Mozilla/5.0 (")) << agent.text;
    ASSERT_TRUE(agents.contains(agent.text)) << agent.text;
    EXPECT_NEAR(agents.at(agent.text), agent.weight / 1'000.0, tolerance(agent.weight / 1'000.0)) << agent.text;
  }
  EXPECT_EQ(sum, 1'000u);
  EXPECT_EQ(agents.size(), user_agents().size());
  const auto platforms = shares_of<std::string_view>(people, [](const Person& person) { return person.platform; });
  EXPECT_EQ(platforms.size(), 5u);
  EXPECT_NEAR(platforms.at("Spotify"), 0.42, tolerance(0.42));
}

TEST(People, PlacesAreDrawnByTheirPeople) {
  const auto shares = shares_of<std::string_view>(People(6, world(), 0.02), [](const Person& p) { return world()[p.place].country; });
  double all = 0, states = 0;
  for (std::uint16_t i = 0; i < world().size(); ++i) {
    all += world()[i].people;
    if (world()[i].country == "US") states += world()[i].people;
  }
  EXPECT_NEAR(shares.at("US"), states / all, tolerance(states / all));
}

TEST(People, EmailAddressesAreUniqueAndPlain) {
  const People people(9, world(), 0.02);
  static const std::regex kForm(R"([a-z]+\.[a-z]+\.[0-9]+@example\.(com|org|net))");
  std::set<std::string> seen;
  std::string email = "left over";
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    people.write_email(people.person(i), i, email);
    ASSERT_TRUE(std::regex_match(email, kForm)) << email;
    EXPECT_TRUE(seen.insert(email).second) << email;
  }
}

std::string email_of(std::string_view first, std::string_view last, std::uint32_t listener) {
  Person person{};
  person.first_name = first;
  person.last_name = last;
  std::string email;
  People(1, world(), 0).write_email(person, listener, email);
  return email;
}

TEST(People, AccentsAreFolded) {
  EXPECT_EQ(email_of("Zoë", "Müller", 4711), "zoe.mueller.4711@example.org");
  EXPECT_EQ(email_of("Łukasz", "Gołąb", 3), "lukasz.golab.3@example.com");
  EXPECT_EQ(email_of("Seán", "O'Brien", 5), "sean.obrien.5@example.net");
  EXPECT_EQ(email_of("Seo-yeon", "van der Merwe", 6), "seoyeon.vandermerwe.6@example.com");
  EXPECT_EQ(email_of("Øyvind", "Weiß", 6), "oeyvind.weiss.6@example.com");
  EXPECT_EQ(email_of("İbrahim", "Yıldız", 6), "ibrahim.yildiz.6@example.com");
  EXPECT_EQ(email_of("Ștefan", "Țurcanu", 6), "stefan.turcanu.6@example.com");
  EXPECT_EQ(email_of("Quỳnh", "Nguyễn", 6), "quynh.nguyen.6@example.com");
  EXPECT_EQ(email_of("Đức", "Dương", 6), "duc.duong.6@example.com");
  EXPECT_EQ(email_of("Thảo", "Lý", 4294967295), "thao.ly.4294967295@example.com");
  EXPECT_EQ(email_of("Yūko", "Ōno", 6), "yuko.ono.6@example.com");
}

// Every letter of every name comes to at least one letter of the address.
TEST(People, NoLetterOfANameIsLost) {
  const auto check = [](std::span<const std::string_view> names) {
    for (const std::string_view name : names) {
      for (std::size_t i = 0, next = 0; i < name.size(); i = next) {
        const auto lead = static_cast<unsigned char>(name[i]);
        next = i + (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : 3);
        ASSERT_LE(next, name.size()) << name;
        ASSERT_TRUE(lead < 0xf0) << name;
        const std::string_view letter = name.substr(i, next - i);
        if (letter == " " || letter == "-" || letter == "'") continue;
        EXPECT_GT(email_of(letter, "x", 1).size(), email_of("", "x", 1).size()) << letter << " of " << name;
      }
    }
  };
  for (const NameGroup& group : name_groups()) check(group.female), check(group.male), check(group.last), check(group.last_female);
}

}  // namespace
}  // namespace playhead::simulate
