#include "fuzz/generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "fuzz/executor.h"
#include "fuzz/limits.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/program_codec.h"
#include "fuzz/random.h"
#include "fuzz/reference_machine.h"
#include "fuzz/sketch_lookup.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kSeeds = 1000;

std::size_t RegionCount(const Program& program) {
  std::size_t regions = 0;
  for (const Operation& operation : program.operations) {
    VisitOperands(operation,
                  Overload{[&](const Defines<RegionKind>&) { ++regions; }, [](const auto&) {}});
  }
  return regions;
}

class InEachTheme : public testing::TestWithParam<Theme> {};

TEST_P(InEachTheme, OneSeedGivesOneProgram) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    EXPECT_EQ(Generate(seed, GetParam()), Generate(seed, GetParam()));
  }
  EXPECT_NE(Generate(1, GetParam()), Generate(2, GetParam()));
}

// What bytes decode to is canonical: slots that are absent or defined before, scalars in range.
TEST_P(InEachTheme, ProgramsAreCanonical) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Program program = Generate(seed, GetParam());
    EXPECT_EQ(Decode(Encode(program)), program) << "seed " << seed;
  }
}

TEST_P(InEachTheme, NearlyAllProgramsHaveEightToSixtyFourOperationsAndAboutThirtyTwoInTheMedian) {
  std::vector<std::size_t> lengths;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    lengths.push_back(Generate(seed, GetParam()).operations.size());
  }
  std::ranges::sort(lengths);
  EXPECT_GE(lengths.front(), 8u);
  EXPECT_LE(lengths[kSeeds * 98 / 100], 64u);  // One in a hundred has a ladder or a deep tree.
  EXPECT_LE(lengths.back(), limits::kGeneratedOperationsMax);
  EXPECT_NEAR(static_cast<double>(lengths[kSeeds / 2]), 32.0, 4.0);
}

TEST_P(InEachTheme, ProgramsHaveTheLengthAskedForAndNotTooManyRegions) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Program program = Generate(seed, 256, GetParam());
    EXPECT_EQ(program.operations.size(), 256u);
    EXPECT_LE(RegionCount(program), limits::kGeneratedRegionsMax);
  }
  EXPECT_TRUE(Generate(1, 0, GetParam()).operations.empty());
}

TEST(Generate, TheLongestProgramsReachTheLimitOfDepthOrHaveMoreLogUsersThanAByteCounts) {
  std::size_t deep = 0;
  std::size_t logging = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Program program = Generate(seed, limits::kGeneratedOperationsMax);
    EXPECT_EQ(program.operations.size(), limits::kGeneratedOperationsMax);
    ReferenceMachine machine;
    std::map<std::uint16_t, int> users;  // Of logs, by region.
    bool is_too_deep = false;
    bool is_counted_to_256 = false;
    for (const Operation& operation : program.operations) {
      Trace trace;
      RunStep(operation, machine, trace);
      is_too_deep |= trace.steps.back().refusal == "too-deep";
      const auto* const log = std::get_if<op::Log>(&operation);
      if (log != nullptr && trace.steps.back().refusal.empty()) {
        is_counted_to_256 |= (users[log->region.index] += log->on.value ? 1 : -1) == 256;
      }
    }
    deep += is_too_deep;
    logging += is_counted_to_256;
  }
  EXPECT_GT(deep, 0u);
  EXPECT_GT(logging, 0u);
}

TEST_P(InEachTheme, AllItsKindsOfOperationsAreWritten) {
  std::set<std::size_t> kinds;
  // Some are rare: to replay an IOMMU takes an IOMMU and a notifier.
  for (std::uint64_t seed = 0; seed < 8 * kSeeds; ++seed) {
    for (const Operation& operation : Generate(seed, GetParam()).operations) {
      kinds.insert(operation.index());
    }
  }
  const auto is_its_own = [](const OperationKind& kind) {
    return GetParam() != Theme::kMapAlone || !IsOnMemory(kind.blank());
  };
  EXPECT_EQ(kinds.size(),
            static_cast<std::size_t>(std::ranges::count_if(kOperationKinds, is_its_own)));
}

TEST_P(InEachTheme, AProgramLeavesKindsOut) {
  std::size_t kinds_max = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    std::set<std::size_t> kinds;
    for (const Operation& operation : Generate(seed, 256, GetParam()).operations) {
      kinds.insert(operation.index());
    }
    kinds_max = std::max(kinds_max, kinds.size());
  }
  EXPECT_LT(kinds_max, kOperationKinds.size());
}

INSTANTIATE_TEST_SUITE_P(Generate, InEachTheme,
                         testing::Values(Theme::kMapAlone, Theme::kMap, Theme::kMemory,
                                         Theme::kKvm));

// Of the theme's programs that hold any operation on memory.
double ShareWithMemory(Theme theme) {
  double programs = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    programs += HasMemoryOperations(Generate(seed, theme));
  }
  return programs / kSeeds;
}

TEST(Generate, AQuarterOfTheMapsProgramsHoldsOperationsOnMemory) {
  EXPECT_EQ(ShareWithMemory(Theme::kMapAlone), 0.0);
  EXPECT_NEAR(ShareWithMemory(Theme::kMap), 0.22, 0.05);
  EXPECT_GT(ShareWithMemory(Theme::kMemory), 0.95);
}

// Of the memory theme, behind the scenery.
TEST(Generate, MemoryProgramsAreMostlyAccesses) {
  double accesses = 0;
  double operations = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Program program = Generate(seed, 64, Theme::kMemory);
    for (const Operation& operation : std::span(program.operations).subspan(32)) {
      const bool is_access = std::visit(
          []<class Op>(const Op&) { return kIsOneOf<Op, op::Translate, op::Read, op::Write>; },
          operation);
      accesses += is_access || IsOnMemory(operation);
      ++operations;
    }
  }
  EXPECT_GT(accesses / operations, 0.55);
  EXPECT_LT(accesses / operations, 0.85);
}

// What runs of many generated programs came to.
struct Census {
  double operations = 0;
  double refused = 0;
  double programs_that_show = 0;   // At least three ranges in one view.
  double programs_that_share = 0;  // One view object in two address spaces.
  double programs_resolved = 0;    // A view whose root is not the space's.
  double programs_deleting = 0;    // A listener heard region_del.
};

void Count(const Trace& trace, Census& census) {
  census.operations += static_cast<double>(trace.steps.size());
  for (const Step& step : trace.steps) census.refused += step.refusal.empty() ? 0 : 1;
  const auto any_view = [&](auto&& property) { return std::ranges::any_of(trace.views, property); };
  census.programs_that_show +=
      any_view([](const ViewSeen& view) { return view.ranges.end - view.ranges.begin >= 3; });
  census.programs_that_share += any_view([](const ViewSeen& view) {
    return view.shares_with != view.space && view.ranges.begin != view.ranges.end;
  });
  census.programs_resolved += any_view([](const ViewSeen& view) {
    return view.view_root != view.root && view.view_root != RegionSlot{};
  });
  census.programs_deleting += std::ranges::any_of(trace.callbacks, [](const Callback& callback) {
    return callback.kind == CallbackKind::kRegionDel;
  });
}

TEST(Generate, MakesMapsWorthComparingAndAboutOneRefusalInTen) {
  Census census;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    ReferenceMachine machine;
    Count(flatcheck::Run(Generate(seed), machine), census);
  }
  constexpr double kPrograms = kSeeds;
  EXPECT_GT(census.refused / census.operations, 0.05);
  EXPECT_LT(census.refused / census.operations, 0.15);
  EXPECT_GT(census.programs_that_show / kPrograms, 0.5);
  EXPECT_GT(census.programs_that_share / kPrograms, 0.1);
  EXPECT_GT(census.programs_resolved / kPrograms, 0.1);
  EXPECT_GT(census.programs_deleting / kPrograms, 0.5);
}

// Where the accesses of memory programs went, as far as the sketch can tell, and what came of them.
struct AccessCensus {
  double accesses = 0;
  double answered = 0;
  double by_callback = 0;  // Of loads and stores alike; ROM devices in either mode.
  double failed = 0;       // Any bit but MEMTX_ERROR.
  double maps = 0;
  double direct = 0;
};

void CountAccess(const Sketch& sketch, const Operation& operation, const Trace& trace,
                 AccessCensus& census) {
  std::visit(
      [&]<class Op>(const Op& op) {
        if constexpr (kIsOneOf<Op, op::Load, op::Store, op::Read, op::Write>) {
          const SlotSet leaf = SetOf(LeafAt(sketch, op.space, op.address.value));
          ++census.accesses;
          census.answered += (leaf & Answering(sketch)) != 0;
          census.by_callback += (leaf & AnsweringByCallback(sketch)) != 0;
          census.failed += (trace.answers.back().result & 2) != 0;
        } else if constexpr (std::is_same_v<Op, op::Map>) {
          ++census.maps;
          census.direct += trace.answers.back().mapped.way == Mapped::Way::kDirect;
        }
      },
      operation);
}

TEST(Generate, AccessesOfMemoryProgramsMeetSomething) {
  AccessCensus census;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    ReferenceMachine machine;
    Sketch sketch;
    for (const Operation& operation : Generate(seed, Theme::kMemory).operations) {
      Trace trace;
      RunStep(operation, machine, trace);
      if (!trace.answers.empty()) CountAccess(sketch, operation, trace, census);
      sketch.Perform(operation);
    }
  }
  EXPECT_GT(census.answered / census.accesses, 0.7);
  EXPECT_GT(census.by_callback / census.accesses, 0.3);
  EXPECT_LT(census.by_callback / census.accesses, 0.6);
  EXPECT_LT(census.failed / census.accesses, 0.42);
  EXPECT_GT(census.direct / census.maps, 0.45);
}

// Refusals that need a state of their own.
TEST(Generate, RareRefusalsAreWritten) {
  std::set<std::pair<std::size_t, std::string_view>> seen;
  for (std::uint64_t seed = 0; seed < 5 * kSeeds; ++seed) {
    const Program program = Generate(seed, Theme::kMemory);
    ReferenceMachine machine;
    const Trace trace = flatcheck::Run(program, machine);
    for (std::size_t step = 0; step < trace.steps.size(); ++step) {
      seen.emplace(program.operations[step].index(), trace.steps[step].refusal);
    }
  }
  const auto refused = [&](const Operation& operation, std::string_view refusal) {
    return seen.contains({operation.index(), refusal});
  };
  EXPECT_TRUE(refused(op::Destroy(), "is-target"));
  EXPECT_TRUE(refused(op::Destroy(), "has-notifiers"));
  EXPECT_TRUE(refused(op::SpaceDestroy(), "has-mappings"));
  EXPECT_TRUE(refused(op::RegionPointer(), "bad-range"));
}

TEST(Generator, ContinuesWhatItFollowed) {
  Random random(1);
  Generator generator(random);
  generator.Follow(op::Container{{}, {0x10000}});
  generator.Follow(op::Begin());
  EXPECT_EQ(generator.sketch().regions.size(), 1u);
  EXPECT_EQ(generator.sketch().depth, 1u);
  OperationWeights only_ram{};
  for (std::size_t kind = 0; kind < only_ram.size(); ++kind) {
    only_ram[kind] = kOperationKinds[kind].number == op::Ram::kNumber;
  }
  const auto ram = generator.WriteOneOf(only_ram);
  ASSERT_TRUE(ram.has_value());
  EXPECT_TRUE(std::holds_alternative<op::Ram>(*ram));
  EXPECT_TRUE(generator.sketch().IsLive(RegionSlot{1}));
}

}  // namespace
}  // namespace flatcheck
