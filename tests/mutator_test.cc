#include "fuzz/mutator.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "fuzz/draft.h"
#include "fuzz/generator.h"
#include "fuzz/limits.h"
#include "fuzz/program_codec.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kSeeds = 2000;

void ExpectLaws(const Program& program, std::uint64_t seed) {
  EXPECT_EQ(Decode(Encode(program)), program) << "not canonical, seed " << seed;
  EXPECT_LE(program.operations.size(), limits::kGeneratedOperationsMax) << "seed " << seed;
  EXPECT_LE(CountDefinitions(program.operations)[0], limits::kGeneratedRegionsMax)
      << "seed " << seed;
}

class EachMutation : public testing::TestWithParam<Mutation> {};

TEST_P(EachMutation, KeepsTheLawsAndChangesMostPrograms) {
  std::uint64_t changed = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Program original = Generate(seed);
    Program program = original;
    Random random(seed);
    Mutate(program, GetParam(), random);
    ExpectLaws(program, seed);
    changed += program != original;
  }
  EXPECT_GT(changed, kSeeds / 2);
}

TEST_P(EachMutation, TakesTheEmptyProgram) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Program program;
    Random random(seed);
    Mutate(program, GetParam(), random);
    ExpectLaws(program, seed);
  }
}

TEST_P(EachMutation, TakesALongProgram) {
  const Program longest = Generate(1, limits::kGeneratedOperationsMax);
  Program too_long = longest;
  too_long.operations.insert(too_long.operations.end(), longest.operations.begin(),
                             longest.operations.end());
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Program program = too_long;
    Random random(seed);
    Mutate(program, GetParam(), random);
    ExpectLaws(program, seed);
  }
}

INSTANTIATE_TEST_SUITE_P(Mutations, EachMutation,
                         testing::Values(Mutation::kSplice, Mutation::kInsert,
                                         Mutation::kNewOperand, Mutation::kNearOperand,
                                         Mutation::kMove, Mutation::kDuplicate,
                                         Mutation::kTransaction, Mutation::kRemove));

TEST(Mutate, KeepsTheLawsOverManyGenerations) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    Program program = Generate(seed);
    for (int generation = 0; generation < 100; ++generation) {
      Mutate(program, random);
      ExpectLaws(program, seed);
    }
  }
}

TEST(Mutate, DependsOnTheSeedAlone) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Program once = Generate(seed);
    Program again = once;
    Random random_once(seed);
    Random random_again(seed);
    Mutate(once, random_once);
    Mutate(again, random_again);
    EXPECT_EQ(once, again);
  }
}

TEST(Cross, KeepsTheLawsAndDependsOnTheSeedAlone) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Program first = Generate(seed);
    const Program second = Generate(seed + 1);
    Random random(seed);
    Random random_again(seed);
    const Program crossed = Cross(first, second, random);
    ExpectLaws(crossed, seed);
    EXPECT_EQ(crossed, Cross(first, second, random_again));
  }
}

TEST(Cross, TakesEmptyPrograms) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    ExpectLaws(Cross({}, Generate(seed), random), seed);
    ExpectLaws(Cross(Generate(seed), {}, random), seed);
    EXPECT_TRUE(Cross({}, {}, random).operations.empty());
  }
}

}  // namespace
}  // namespace flatcheck
