// Each oracle, proved by a machine with one deliberate fault that it must catch.

#include "tests/planted_faults.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "fuzz/generator.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kSeeds = 2000;

// The oracle that catches the fault in the first program that shows it; none if no program does.
std::optional<Disagreement> Catch(const Fault& fault, Where where) {
  Differential differential = With(fault, where);
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    if (auto caught = differential.Check(Generate(seed))) return caught;
  }
  return std::nullopt;
}

TEST(PlantedFaults, EachIsCaughtByItsOracle) {
  for (const Planted& planted : AllPlanted()) {
    SCOPED_TRACE(planted.name);
    const auto caught = Catch(planted.fault, planted.where);
    ASSERT_TRUE(caught.has_value()) << "no program of " << kSeeds << " shows it";
    EXPECT_EQ(caught->oracle, planted.oracle) << caught->message;
  }
}

TEST(PlantedFaults, AProgramIsAskedOneLawOrEvery) {
  const std::vector<Planted> all = AllPlanted();
  const auto planted = std::ranges::find(all, "disable_and_enable", &Planted::oracle);
  ASSERT_NE(planted, all.end());
  Differential one = With(planted->fault, planted->where);
  Differential every = With(planted->fault, planted->where);
  every.AskEveryLaw();
  int caught_by_one = 0;
  int caught_by_every = 0;
  for (std::uint64_t seed = 0; seed < kSeeds / 10; ++seed) {
    const Program program = Generate(seed);
    const auto wrong = every.Check(program);
    if (!wrong || wrong->oracle != planted->oracle) continue;
    ++caught_by_every;
    if (one.Check(program)) ++caught_by_one;
  }
  EXPECT_GT(caught_by_one, 0);
  EXPECT_GT(caught_by_every, caught_by_one);
}

TEST(PlantedFaults, WithoutAFaultNothingIsCaught) {
  const Fault none;
  const auto caught = Catch(none, Where::kBoth);
  EXPECT_FALSE(caught.has_value()) << caught->oracle << ": " << caught->message;
}

}  // namespace
}  // namespace flatcheck
