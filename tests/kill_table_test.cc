#include "fuzz/mutants/kill_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fuzz/mutants/trial_results.h"

namespace flatcheck {
namespace {

const std::vector<Mutant> mutants{{"early", "map", "a.cc", "M1", "comes early"},
                                  {"late", "map", "a.cc", "M2", "comes late"},
                                  {"never", "ram", "b.cc", "M3", "never comes"},
                                  {"unasked", "ram", "b.cc", "M4", "has no trial"}};

TrialResult Found(const char* mutant, std::uint32_t seed, double seconds) {
  return {.mutant = mutant,
          .seed = seed,
          .is_reached = true,
          .is_found = true,
          .seconds = seconds,
          .executions = 7,
          .target = "map_fuzzer",
          .signature = "views_agree-add-range.offset",
          .operations = 3};
}

const std::vector<TrialResult> results{Found("late", 1, 9),
                                       Found("late", 2, 11),
                                       {.mutant = "late", .seed = 3, .seconds = 60},
                                       {.mutant = "never", .seed = 1, .seconds = 60},
                                       Found("early", 1, 0.5)};

TEST(KillTable, TheMutantFoundSoonestIsFirst) {
  const auto kills = KillTable(mutants, results);
  ASSERT_EQ(kills.size(), 3u);
  EXPECT_EQ(kills[0].mutant.name, "early");
  EXPECT_EQ(kills[1].mutant.name, "late");
  EXPECT_EQ(kills[1].found, 2u);
  EXPECT_EQ(kills[1].trials, 3u);
  EXPECT_EQ(kills[1].seconds_median, 11);
  EXPECT_EQ(kills[2].mutant.name, "never");
  EXPECT_EQ(CountSurvivors(kills), 2u);
}

TEST(KillTable, NamesSurvivorsAndSumsUp) {
  const std::string text = Print(KillTable(mutants, results));
  EXPECT_NE(text.find("  never (b.cc, M3): never reached\n    never comes\n"), std::string::npos);
  EXPECT_NE(text.find("3 mutants: 1 found by every seed, 1 by some, 1 by none; median 11.00 s"),
            std::string::npos);
}

TEST(KillTable, TellsHowFarSurvivorsCame) {
  const std::string text =
      Print(KillTable(mutants, {{.mutant = "early", .is_reached = true},
                                {.mutant = "late", .is_reached = true, .is_infected = true}}));
  EXPECT_NE(text.find("early (a.cc, M1): reached, never infected\n"), std::string::npos);
  EXPECT_NE(text.find("late (a.cc, M2): infected\n"), std::string::npos);
}

TEST(KillTable, TheLowerOfTwoIsTheMedian) {
  const auto kills = KillTable(mutants, {Found("early", 1, 4), Found("late", 1, 8)});
  EXPECT_NE(Print(kills).find("median 4.00 s of CPU, nine in ten within 8.00 s"),
            std::string::npos);
  EXPECT_EQ(KillTable(mutants, {Found("late", 1, 9), Found("late", 2, 7)})[0].seconds_median, 7);
}

TEST(KillTable, CurvesHaveOneLineForEachGroupAndAll) {
  const std::string svg = SurvivalCurves(mutants, results);
  EXPECT_NE(svg.find("all (5 trials)"), std::string::npos);
  EXPECT_NE(svg.find("map (4 trials)"), std::string::npos);
  EXPECT_NE(svg.find("ram (1 trials)"), std::string::npos);
}

// The picture spans 360 points from 50 on.
TEST(KillTable, ACurveEndsAtTheShareThatIsNotFound) {
  const std::string found = SurvivalCurves(mutants, {Found("early", 1, 1), Found("early", 2, 2)});
  EXPECT_NE(found.find("V230.0H"), std::string::npos);
  EXPECT_NE(found.find("V410.0H690.0\""), std::string::npos);
  const std::string half =
      SurvivalCurves(mutants, {Found("early", 1, 1), {.mutant = "early", .seed = 2}});
  EXPECT_NE(half.find("V230.0H690.0\""), std::string::npos);
  EXPECT_EQ(half.find("V410.0"), half.rfind("V410.0"));  // An axis.
}

TEST(KillTable, CurvesHaveColoursOfTheirOwn) {
  std::vector<Mutant> of_groups;
  std::vector<TrialResult> found;
  for (const char* group : {"both", "kvm", "map", "oracles", "ram", "reference"}) {
    of_groups.push_back({group, group, "a.cc", "M1", "is wrong"});
    found.push_back(Found(group, 1, 1));
  }
  const std::string svg = SurvivalCurves(of_groups, found);
  std::set<std::string> colours;
  constexpr std::string_view kBefore = "fill=\"none\" stroke=\"";
  for (auto at = svg.find(kBefore); at != std::string::npos; at = svg.find(kBefore, at + 1)) {
    colours.insert(svg.substr(at + kBefore.size(), 7));
  }
  EXPECT_EQ(colours.size(), 7u);
}

TEST(TrialResults, AreReadAsTheyWereWritten) {
  const TrialResult other{.mutant = "late",
                          .seed = 2,
                          .seconds_max = 30,
                          .is_reached = true,
                          .is_infected = true,
                          .is_found = true,
                          .seconds = 0.1,
                          .executions = 1ull << 60,
                          .target = "kvm_fuzzer",
                          .signature = "crash-\"\n",
                          .operations = 5};
  const TrialResults written{"0123", {other, results[2]}};
  const auto read = ParseTrialResults(ToJson(written));
  ASSERT_TRUE(std::holds_alternative<TrialResults>(read));
  EXPECT_EQ(std::get<TrialResults>(read), written);
  EXPECT_EQ(std::get<TrialResults>(ParseTrialResults(ToJson({}))), TrialResults{});
}

TEST(TrialResults, OtherTextIsRefused) {
  for (const char* text : {"", "[]", "[\n{\"mutant\": 3}\n]", "{\"programs\": \"0123\"}"}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(ParseTrialResults(text))) << text;
  }
}

}  // namespace
}  // namespace flatcheck
