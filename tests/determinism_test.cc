// A program's trace depends on the program alone: not on what ran before it, nor on how often.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fuzz/differential.h"
#include "fuzz/engine_machine.h"
#include "fuzz/executor.h"
#include "fuzz/generator.h"
#include "fuzz/program_text.h"
#include "fuzz/reference_machine.h"
#include "fuzz/trace_text.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kPrograms = 200;

template <class AnyMachine>
std::string TraceOf(std::uint64_t seed) {
  const Program program = Generate(seed);
  AnyMachine machine;
  return PrintTrace(Spell(program), Run(program, machine));
}

template <class AnyMachine>
class Determinism : public testing::Test {};
using Machines = testing::Types<EngineMachine, ReferenceMachine>;
TYPED_TEST_SUITE(Determinism, Machines);

TYPED_TEST(Determinism, TheSameInReverseOrder) {
  std::vector<std::string> forwards;
  for (std::uint64_t seed = 0; seed < kPrograms; ++seed) {
    forwards.push_back(TraceOf<TypeParam>(seed));
  }
  for (std::uint64_t seed = kPrograms; seed-- > 0;) {
    ASSERT_EQ(TraceOf<TypeParam>(seed), forwards[seed]) << "seed " << seed;
  }
}

// What a fuzz target keeps between inputs is memory alone.
TEST(Determinism, ADifferentialKeepsNoState) {
  const auto traces_of = [](Differential& differential, std::uint64_t seed) {
    const Program program = Generate(seed);
    EXPECT_FALSE(differential.Check(program).has_value()) << "seed " << seed;
    const ProgramText text = Spell(program);
    return PrintTrace(text, differential.expect()) + PrintTrace(text, differential.actual());
  };
  Differential kept = EngineAgainstReference(Oracles::kAll);
  for (std::uint64_t seed = 0; seed < kPrograms; ++seed) traces_of(kept, seed);
  for (std::uint64_t seed = kPrograms; seed-- > 0;) {
    Differential fresh = EngineAgainstReference(Oracles::kAll);
    ASSERT_EQ(traces_of(kept, seed), traces_of(fresh, seed)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace flatcheck
