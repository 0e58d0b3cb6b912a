#include "fuzz/sketch.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "fuzz/generator.h"
#include "fuzz/machine.h"
#include "fuzz/reference_machine.h"

namespace flatcheck {
namespace {

// The guess may differ from a machine's answer where limits of depth and paths matter, and after
// the 63rd region.
TEST(Sketch, GuessesWhatAMachineGrants) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const Program program = Generate(seed);
    ReferenceMachine machine;
    Sketch sketch;
    for (std::size_t line = 0; line < program.operations.size(); ++line) {
      Trace trace;
      const Operation& operation = program.operations[line];
      const bool expected = machine.Apply(operation, trace).empty();
      EXPECT_EQ(sketch.Grants(operation), expected) << "seed " << seed << ", operation " << line;
      sketch.Perform(operation);
    }
    EXPECT_EQ(sketch.depth, machine.Depth());
  }
}

}  // namespace
}  // namespace flatcheck
