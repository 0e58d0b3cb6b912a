// Each oracle, proved by a machine with one deliberate fault that it must catch.

#include "tests/planted_faults.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

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

TEST(PlantedFaults, AProgramIsAskedOneLawOrEvery) {
  const std::vector<Planted> all = AllPlanted();
  const auto planted = std::ranges::find(all, "disable_and_enable", &Planted::oracle);
  ASSERT_NE(planted, all.end());
  Differential one = With(planted->fault, planted->where);
  Differential every = With(planted->fault, planted->where);
  every.AskEverything();
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

TEST(PlantedFaults, WhatFewAccessesOfAGuestShowIsFoundAmongEverything) {
  Fault fault;
  fault.guest = [](auto accesses, GuestSeen&) {
    if (accesses.size() > GuestAgrees::kFewAccesses) return;
    for (engine::GuestAccess& access : accesses) access.value ^= access.is_write ? 0 : 0x80;
  };
  const Program program{{op::Ram{{}, {0x4000}}, op::Space{{}, {0}}}};
  Differential differential = With(fault, Where::kEngine);
  EXPECT_FALSE(differential.Check(program));
  differential.AskEverything();
  const auto wrong = differential.Check(program);
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->oracle, "guest_agrees");
}

TEST(PlantedFaults, WithoutAFaultNothingIsCaught) {
  const Fault none;
  const auto caught = Catch(none, Where::kBoth, "any");
  EXPECT_TRUE(caught.empty()) << *caught.begin();
}

}  // namespace
}  // namespace flatcheck
