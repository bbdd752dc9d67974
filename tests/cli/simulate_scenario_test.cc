#include "cli/simulate_scenario.h"

#include <gtest/gtest.h>

#include <array>

#include "base/random.h"

namespace playhead::cli {
namespace {

GivenValues read(std::string_view toml, const std::string& name = "a.toml") {
  Faults faults;
  GivenValues values = read_scenario(toml, name, faults);
  EXPECT_TRUE(faults.none()) << (faults.none() ? "" : faults.status().error().message);
  return values;
}

std::string faults_of(std::string_view toml) {
  Faults faults;
  read_scenario(toml, "a.toml", faults);
  return faults.none() ? "" : faults.status().error().message;
}

TEST(Scenario, GivesKeysTextsAndLines) {
  EXPECT_EQ(read("seed = 7\n[listeners]\ncount = 10_000 # many\ngrowth = 0.5\n"),
            (GivenValues{{"listeners.count", "10000", "a.toml:3"}, {"listeners.growth", "0.5", "a.toml:4"}, {"seed", "7", "a.toml:1"}}));
}

TEST(Scenario, ReadsEachTypeAsItsText) {
  EXPECT_EQ(read("[time]\ncontinuous = true\nstart = 2026-03-06T17:00:00Z\nweekdays = [1, 0.5]\n"),
            (GivenValues{{"time.continuous", "true", "a.toml:2"},
                         {"time.start", "2026-03-06T17:00:00Z", "a.toml:3"},
                         {"time.weekdays", "1,0.5", "a.toml:4"}}));
  EXPECT_EQ(read("[time]\nstart = 2026-03-06\n")[0].text, "2026-03-06");
}

TEST(Scenario, KeepsTheOrderOfTablesThatAreThereTwice) {
  EXPECT_EQ(read("[[spike]]\nfactor = 2\n[[spike]]\nfactor = 3\n"), (GivenValues{{"spike", "a.toml:1", "a.toml:1"},
                                                                                 {"spike.factor", "2", "a.toml:2"},
                                                                                 {"spike", "a.toml:3", "a.toml:3"},
                                                                                 {"spike.factor", "3", "a.toml:4"}}));
}

TEST(Scenario, FindsFilesBesideItself) {
  EXPECT_EQ(read("[sessions]\nconfig = \"c.json\"", "folder/a.toml")[0].text, "folder/c.json");
  EXPECT_EQ(read("[sessions]\nconfig = \"/c.json\"", "folder/a.toml")[0].text, "/c.json");
  EXPECT_EQ(read("[sessions]\nconfig = \"c.json\"")[0].text, "c.json");
}

TEST(Scenario, TellsAllThatIsWrong) {
  const std::string faults =
      faults_of("speed = 3\n[listeners]\ncuont = 1\n[farm]\nkind = \"looper\"\n[time]\nrate = {a = 1}\n[nowhere]\nx = 1\n");
  EXPECT_NE(faults.find("a.toml:1: unknown key speed"), std::string::npos) << faults;
  EXPECT_NE(faults.find("a.toml:3: unknown key listeners.cuont: did you mean listeners.count?"), std::string::npos) << faults;
  EXPECT_NE(faults.find("farm: write it as a table of its own, [[farm]]"), std::string::npos) << faults;
  EXPECT_NE(faults.find("a.toml:7: time.rate: is a table"), std::string::npos) << faults;
  EXPECT_NE(faults.find("a.toml:9: unknown key nowhere.x"), std::string::npos) << faults;
  EXPECT_EQ(faults_of("a = [\n").find("a.toml:1: is no TOML: "), 0U);
}

TEST(Scenario, ReadsAllLanguages) {
  EXPECT_EQ(read("tag = \"caf\xC3\xA9 ^C3 ^\" # na\xC3\xAFve\n")[0].text, "caf\xC3\xA9 ^C3 ^");
  EXPECT_EQ(read("\xEF\xBB\xBFseed = 1\n")[0].text, "1");
  EXPECT_NE(faults_of("seed = 1\n\"caf\xC3\xA9\" = 1\n").find("a.toml:2: unknown key caf\xC3\xA9"), std::string::npos);
  EXPECT_EQ(faults_of("seed = 1\nx\xC3\xA9 = 1\n").find("a.toml:2: is no TOML: "), 0U);
  EXPECT_EQ(faults_of("tag = \"\xC3\"\n"), "a.toml: is no UTF-8");
}

TEST(Scenario, SaysTheLineOfWhatTheLibraryOnlyAsserts) {
  EXPECT_EQ(faults_of("seed = 7\n[}listeners]\ncount = 1\n").find("a.toml:2: is no TOML: "), 0U);
  EXPECT_EQ(faults_of("[").find("a.toml:1: is no TOML: "), 0U);
}

TEST(Scenario, BoundsHowDeepItIs) {
  std::string keys;
  for (int i = 0; i < 400'000; ++i) keys += "a.";
  EXPECT_NE(faults_of("seed = 1\n" + keys + "a = 1").find("a.toml:2: is no TOML: more than 200 dots in a line"), std::string::npos);
  EXPECT_NE(faults_of("x = " + std::string(400'000, '[')).find("exceeded maximum nested value depth"), std::string::npos);
}

TEST(Scenario, SurvivesAnyBytes) {
  Random random(11);
  constexpr std::array<std::string_view, 2> kLetters = {"[]=\".,#\n {}0123456789abspikefarm-_'\\",
                                                        "[]={}\"'\n#.,a1 \\tfu:TZ-+einx_^\r\x80\xFF\xC3\xA9\t"};
  constexpr std::array<std::string_view, 3> kScenarios = {"seed = 7\n[listeners]\ncount = 10_000 # many\ngrowth = 0.5\n",
                                                          "[time]\nstart = 2026-03-06T17:00:00Z\nweekdays = [1, 0.5]\n",
                                                          "[[spike]]\nfactor = 2\n[[spike]]\nfactor = 3\nx = {a=1,b=\"\"\"c\"\"\"}\n"};
  for (int round = 0; round < 6'000; ++round) {
    const std::string_view letters = kLetters[random.below(2)];
    std::string text(random.chance(0.5) ? kScenarios[random.below(3)] : "");
    for (auto changes = random.below(text.empty() ? 100 : 5); changes > 0; --changes) {
      text.insert(random.below(text.size() + 1), 1, letters[random.below(letters.size())]);
      if (random.chance(0.3)) text.erase(random.below(text.size()), 2);
    }
    Faults faults;
    read_scenario(text, "a.toml", faults);
    EXPECT_TRUE(faults.none() || faults.status().error().message.find("a.toml:") != std::string::npos) << text;
  }
}

TEST(Scenario, ReadyOnesAreRightAndSayWhatTheyAre) {
  EXPECT_EQ(ready_scenarios().size(), 5U);
  for (const ReadyScenario& ready : ready_scenarios()) {
    EXPECT_FALSE(read(ready.toml).empty()) << ready.name;
    EXPECT_GT(ready.summary().size(), 20U) << ready.name;
    EXPECT_EQ(ready_scenario(ready.name)->toml, ready.toml);
  }
  EXPECT_EQ(ready_scenario("nothing"), nullptr);
}

}  // namespace
}  // namespace playhead::cli
