// Each oracle, proved by a machine with one deliberate fault that it must catch.

#include "tests/planted_faults.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string_view>

#include "fuzz/generator.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kSeeds = 2000;

// The oracles that catch the fault, one in each program that shows it, up to the one wanted.
std::set<std::string_view> Catch(const Fault& fault, Where where, std::string_view wanted) {
  Differential differential = With(fault, where);
  std::set<std::string_view> oracles;
  for (std::uint64_t seed = 0; seed < kSeeds && !oracles.contains(wanted); ++seed) {
    if (const auto caught = differential.Check(Generate(seed))) oracles.insert(caught->oracle);
  }
  return oracles;
}

TEST(PlantedFaults, EachIsCaughtByItsOracle) {
  for (const Planted& planted : AllPlanted()) {
    SCOPED_TRACE(planted.name);
    EXPECT_TRUE(Catch(planted.fault, planted.where, planted.oracle).contains(planted.oracle));
  }
}

TEST(PlantedFaults, WithoutAFaultNothingIsCaught) {
  const Fault none;
  const auto caught = Catch(none, Where::kBoth, "any");
  EXPECT_TRUE(caught.empty()) << *caught.begin();
}

}  // namespace
}  // namespace flatcheck
