#include "fuzz/shrinker.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "fuzz/draft.h"
#include "fuzz/generator.h"
#include "fuzz/program_text.h"
#include "fuzz/signature.h"
#include "fuzz/simplicity.h"
#include "tests/planted_faults.h"

namespace flatcheck {
namespace {

constexpr std::size_t kExecutionsMax = 10'000;

struct Found {
  Program program;
  Signature signature;
};

// The first generated program that shows the fault.
std::optional<Found> Find(Differential& differential, std::uint64_t first_seed) {
  for (std::uint64_t seed = first_seed; seed < first_seed + 2000; ++seed) {
    Program program = Generate(seed);
    if (const auto caught = differential.Check(program)) {
      Signature signature = SignatureOf(program, *caught);
      return Found{std::move(program), std::move(signature)};
    }
  }
  return std::nullopt;
}

FailingStep Fails(Differential& differential, const Signature& signature) {
  return [&differential, &signature](const Program& program) -> std::optional<std::size_t> {
    const auto caught = differential.Check(program);
    if (!caught || SignatureOf(program, *caught) != signature) return std::nullopt;
    return caught->step;
  };
}

TEST(Shrinker, KeepsTheSignatureOfEachPlantedFaultAndLeavesFewOperations) {
  for (const Planted& planted : AllPlanted()) {
    SCOPED_TRACE(planted.name);
    Differential differential = With(planted.fault, planted.where);
    const auto found = Find(differential, 0);
    ASSERT_TRUE(found);
    const FailingStep fails = Fails(differential, found->signature);
    const Shrunk shrunk = Shrink(found->program, fails, kExecutionsMax);
    EXPECT_TRUE(shrunk.is_minimal);
    EXPECT_TRUE(fails(shrunk.program)) << Print(shrunk.program);
    RecordProperty(std::string(planted.oracle), static_cast<int>(shrunk.executions));
    std::printf("%s: %zu -> %zu ops in %zu\n%s", std::string(planted.name).c_str(),
                found->program.operations.size(), shrunk.program.operations.size(),
                shrunk.executions, Print(shrunk.program).c_str());
    for (std::size_t position = 0; position < shrunk.program.operations.size(); ++position) {
      Draft draft(shrunk.program);
      draft.Remove(position, 1);
      EXPECT_FALSE(fails(std::move(draft).Settle())) << "without operation " << position << " of\n"
                                                     << Print(shrunk.program);
    }
  }
}

}  // namespace
}  // namespace flatcheck
