#include "fuzz/mutator.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <variant>

#include "fuzz/draft.h"
#include "fuzz/generator.h"
#include "fuzz/limits.h"
#include "fuzz/operand_nudge.h"
#include "fuzz/program_codec.h"
#include "fuzz/program_text.h"
#include "fuzz/sketch.h"

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

TEST_P(EachMutation, KeepsTheLawsInProgramsOfMemory) {
  std::uint64_t changed = 0;
  for (std::uint64_t seed = 0; seed < kSeeds / 4; ++seed) {
    const Program original = Generate(seed, Theme::kMemory);
    Program program = original;
    Random random(seed);
    Mutate(program, GetParam(), random, Theme::kMemory);
    ExpectLaws(program, seed);
    changed += program != original;
  }
  EXPECT_GT(changed, kSeeds / 8);
}

TEST_P(EachMutation, BringsNoOperationsOnMemoryIntoAMap) {
  for (std::uint64_t seed = 0; seed < kSeeds / 4; ++seed) {
    Program program = Generate(seed, Theme::kMapAlone);
    Random random(seed);
    Mutate(program, GetParam(), random, Theme::kMap);
    ASSERT_FALSE(HasMemoryOperations(program)) << "seed " << seed;
  }
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

// One operation's addresses move together where it is duplicated, so far as that makes sense.
TEST(Mutate, DuplicatesMostOperationsOnMemorySoThatTheyAreGranted) {
  const Program program = std::get<ProgramText>(Parse("region r0 ram 0x8000\n"
                                                      "region r1 iommu 0x10000\n"
                                                      "as as0 r0\n"
                                                      "map m0 as0 0 8 1\n"
                                                      "iomap r1 0x1000 0xfff as0 0 3\n"
                                                      "peek m0 0 8\n"
                                                      "notifier n0 r1 0 2^64 1\n"))
                              .program;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Program duplicated = program;
    Random random(seed);
    Mutate(duplicated, Mutation::kDuplicate, random, Theme::kMemory);
    Sketch sketch;
    for (const Operation& operation : duplicated.operations) {
      ASSERT_TRUE(sketch.Grants(operation)) << Print(duplicated);
      sketch.Perform(operation);
    }
  }
}

TEST(Nudge, ChangesOneWordOfAProfile) {
  Random random(1);
  std::set<Profile> neighbours;
  const Profile profile{.valid = {1, 4}, .endian = Endian::kBig, .refuses = kRefusesOdd};
  for (int i = 0; i < 1000; ++i) {
    Profile changed = profile;
    Nudge(changed, random);
    EXPECT_LE(changed.valid.min, changed.valid.max);
    EXPECT_LE(changed.impl.min, changed.impl.max);
    const int words = (changed.valid != profile.valid) + (changed.impl != profile.impl) +
                      (changed.unaligned != profile.unaligned) +
                      (changed.impl_unaligned != profile.impl_unaligned) +
                      (changed.endian != profile.endian) + (changed.refuses != profile.refuses) +
                      (changed.fail != profile.fail);
    EXPECT_LE(words, 1);
    neighbours.insert(changed);
  }
  EXPECT_GT(neighbours.size(), 30u);
}

TEST(Nudge, AChoiceBecomesAnother) {
  Random random(1);
  std::set<std::uint8_t> widths;
  for (int i = 0; i < 100; ++i) {
    Width width{4};
    Nudge(width, random);
    widths.insert(width.value);
  }
  EXPECT_EQ(widths, (std::set<std::uint8_t>{1, 2, 8}));
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
