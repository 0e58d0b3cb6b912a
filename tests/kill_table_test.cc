#include "fuzz/mutants/kill_table.h"

#include <gtest/gtest.h>

#include <string>
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
  EXPECT_EQ(CountSurvivors(kills), 1u);
}

TEST(KillTable, NamesSurvivorsAndSumsUp) {
  const std::string text = Print(KillTable(mutants, results));
  EXPECT_NE(text.find("Survivors:\n  never (b.cc, M3), never reached\n    never comes\n"),
            std::string::npos);
  EXPECT_NE(text.find("3 mutants: 1 found by every seed, 1 by some, 1 by none; median 11.00 s"),
            std::string::npos);
}

TEST(KillTable, CurvesHaveOneLineForEachGroupAndAll) {
  const std::string svg = SurvivalCurves(mutants, results);
  EXPECT_NE(svg.find("all (5 trials)"), std::string::npos);
  EXPECT_NE(svg.find("map (4 trials)"), std::string::npos);
  EXPECT_NE(svg.find("ram (1 trials)"), std::string::npos);
}

TEST(TrialResults, AreReadAsTheyWereWritten) {
  const std::string json = ToJson(results);
  const auto parsed = ParseTrialResults(json);
  ASSERT_TRUE(std::holds_alternative<std::vector<TrialResult>>(parsed));
  EXPECT_EQ(ToJson(std::get<std::vector<TrialResult>>(parsed)), json);
  EXPECT_TRUE(std::holds_alternative<std::string>(ParseTrialResults("[\n{\"mutant\": 3}\n]")));
}

}  // namespace
}  // namespace flatcheck
