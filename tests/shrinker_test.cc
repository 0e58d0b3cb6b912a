#include "fuzz/shrinker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "fuzz/draft.h"
#include "fuzz/generator.h"
#include "fuzz/operand_nudge.h"
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

// All programs that are one removal, one lowered operand or one plainer kind away.
std::vector<Program> Neighbours(const Program& program) {
  std::vector<Program> neighbours;
  const auto with = [&](std::size_t position, Operation operation) {
    neighbours.push_back(program);
    neighbours.back().operations[position] = std::move(operation);
  };
  for (std::size_t position = 0; position < program.operations.size(); ++position) {
    Draft draft(program);
    draft.Remove(position, 1);
    neighbours.push_back(std::move(draft).Settle());
    const Operation& operation = program.operations[position];
    for (const Operation& plainer : PlainerKinds(operation)) with(position, plainer);
    for (const auto& versions : LoweredOperands(operation)) {
      for (const Operation& lowered : versions) with(position, lowered);
    }
  }
  return neighbours;
}

TEST(Shrinker, NoNeighbourOfWhatItLeavesFailsInTheSameWay) {
  for (const Planted& planted : AllPlanted()) {
    SCOPED_TRACE(planted.name);
    Differential differential = With(planted.fault, planted.where);
    differential.AskEverything();
    const auto found = Find(differential, 0);
    ASSERT_TRUE(found);
    const FailingStep fails = Fails(differential, found->signature);
    const Shrunk shrunk = Shrink(found->program, fails, kExecutionsMax);
    EXPECT_TRUE(shrunk.is_minimal);
    EXPECT_LE(shrunk.program.operations.size(), 8U);
    EXPECT_TRUE(fails(shrunk.program)) << Print(shrunk.program);
    for (const Program& neighbour : Neighbours(shrunk.program)) {
      EXPECT_FALSE(IsSimpler(neighbour, shrunk.program) && fails(neighbour))
          << Print(neighbour) << "is simpler than\n"
          << Print(shrunk.program);
    }
  }
}

// Whatever the first program, and twice alike.
TEST(Shrinker, LeavesTheSameProgramEachTime) {
  const std::vector<Planted> all = AllPlanted();
  for (const Planted& planted : {all[2], all[5], all[7]}) {
    Differential differential = With(planted.fault, planted.where);
    differential.AskEverything();
    const auto found = Find(differential, 100);
    ASSERT_TRUE(found);
    const FailingStep fails = Fails(differential, found->signature);
    const Shrunk once = Shrink(found->program, fails, kExecutionsMax);
    const Shrunk twice = Shrink(found->program, fails, kExecutionsMax);
    EXPECT_EQ(once.program, twice.program);
    EXPECT_EQ(once.executions, twice.executions);
    const Shrunk again = Shrink(once.program, fails, kExecutionsMax);
    EXPECT_EQ(again.program, once.program);
  }
}

Program ProgramOf(std::string_view text) {
  const auto parsed = Parse(text);
  EXPECT_TRUE(std::holds_alternative<ProgramText>(parsed)) << text;
  return std::get<ProgramText>(parsed).program;
}

// However long the program: a spent budget ends it at once.
TEST(Shrinker, EndsWithItsBudget) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "region r" + std::to_string(i) + " ram 0x1000\n";
  std::size_t asked = 0;
  std::size_t trials = 0;
  const FailingStep counting = [&asked](const Program& program) -> std::optional<std::size_t> {
    ++asked;
    if (program.operations.size() < 3000) return std::nullopt;
    return program.operations.size();
  };
  const ShrinkListener listener{nullptr, [&trials] { ++trials; }};
  const Shrunk shrunk = Shrink(ProgramOf(text), counting, 3, listener);
  EXPECT_EQ(asked, 3U);
  EXPECT_EQ(shrunk.executions, 3U);
  EXPECT_FALSE(shrunk.is_minimal);
  EXPECT_LE(trials, 5U);
}

// A program fails at its first operation of the kind, if it holds so many others of that kind.
template <class Needed, class Last>
FailingStep LastAfter(std::size_t count) {
  return [count](const Program& program) -> std::optional<std::size_t> {
    std::size_t seen = 0;
    for (std::size_t step = 0; step < program.operations.size(); ++step) {
      seen += std::holds_alternative<Needed>(program.operations[step]);
      if (std::holds_alternative<Last>(program.operations[step]) && seen >= count) return step;
    }
    return std::nullopt;
  };
}

struct Row {
  std::string_view before;
  FailingStep fails;
  std::string_view after;
};

TEST(Shrinker, Rows) {
  const Row rows[] = {
      // What comes behind the failing step goes.
      {"begin\ncommit\nbegin\n", LastAfter<op::Commit, op::Commit>(1), "commit\n"},
      // The empty program never fails.
      {"begin\n", [](const Program&) { return 0; }, "begin\n"},
      // What is of use together alone goes together.
      {"region a iommu 1\nas s a\niomap a 0 0 s 0 3\niounmap a 0\nblocks\n",
       [](const Program& program) -> std::optional<std::size_t> {
         std::size_t entries = 0;
         for (std::size_t step = 0; step < program.operations.size(); ++step) {
           const Operation& operation = program.operations[step];
           entries += std::holds_alternative<op::IommuMap>(operation);
           entries -= std::holds_alternative<op::IommuUnmap>(operation);
           if (std::holds_alternative<op::Blocks>(operation) && entries == 0) return step;
         }
         return std::nullopt;
       },
       "blocks\n"},
      {"as s -\nmap m s 0 8 0\npeek m 0 8\nunmap m 8\nregion a iommu 1\nnotifier n a 0 1 1\n"
       "ioreplay n\nunnotifier n\nblocks\n",
       LastAfter<op::Blocks, op::Blocks>(1), "blocks\n"},
      // What the operation names must be there, not more.
      {"region a ram 0x3000\nregion b io 0x20\nregion c alias 0x10 a 0x5\nadd a 0 b\nadd a 7 c\n",
       LastAfter<op::Add, op::Add>(2), "add - 0 -\nadd - 0 -\n"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Print(Shrink(ProgramOf(row.before), row.fails, kExecutionsMax).program), row.after);
  }
}

TEST(Shrinker, FlattensContainersAndAliases) {
  // Fails where a region lies at 0x5000 of a root, however it came there.
  Fault fault;
  fault.show = [](Trace& trace, std::size_t) {
    for (RangeSeen& range : trace.ranges) range.offset += range.first == 0x5000;
  };
  Differential differential = With(fault, Where::kEngine);
  const Program program = ProgramOf(
      "region sys container 0x10000\n"
      "region bus container 0x8000\n"
      "region dev io 0x1000\n"
      "region window alias 0x8000 bus 0\n"
      "add bus 0x3000 dev 7\n"
      "add sys 0x2000 window 1\n"
      "as mem sys\n");
  const auto wrong = differential.Check(program);
  ASSERT_TRUE(wrong);
  const Signature signature = SignatureOf(program, *wrong);
  const Shrunk shrunk = Shrink(program, Fails(differential, signature), kExecutionsMax);
  EXPECT_EQ(Print(shrunk.program),
            "region r0 container 0x6000\n"
            "region r1 ram 0x1000\n"
            "add r0 0x5000 r1\n"
            "as as0 r0\n");
}

TEST(Simplicity, WhatIsLoweredOrPlainerIsSimplerAndNotTheOtherWayRound) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Program program = Generate(seed, seed % 2 == 0 ? Theme::kMap : Theme::kMemory);
    for (const Program& neighbour : Neighbours(program)) {
      // A lower slot is simpler where nothing else differs.
      EXPECT_TRUE(IsSimpler(neighbour, program)) << Print(neighbour) << Print(program);
      EXPECT_FALSE(IsSimpler(program, neighbour));
    }
    EXPECT_FALSE(IsSimpler(program, program));
  }
}

// The operation of one line.
Operation LineOf(std::string_view text) { return ProgramOf(text).operations.back(); }

std::string Printed(const Operation& operation) { return Print(Program{{operation}}); }

TEST(Simplicity, OperationsOnMemoryHavePlainerOnes) {
  struct Case {
    std::string_view line;
    std::string_view plainer;  // One of several.
  };
  const Case cases[] = {
      {"load s 0x1000 4 be", "read - 0x1000 4\n"},
      {"store s 0x1000 8 be 0x12", "write - 0x1000 8 0x12\n"},
      {"store s 0x1000 8 be 0x12", "load - 0x1000 8 be\n"},
      {"writerom s 0x1000 8 1", "write - 0x1000 8 1\n"},
      {"accessvalid s 0x1000 8 1", "xlat - 0x1000 8 1\n"},
      {"iotlb s 0x1000 1", "xlat - 0x1000 0 1\n"},
      {"region a iommu 0x1000 trace", "region r0 ram 0x1000\n"},
      {"region a resizeable 0x1234 0x4000", "region r0 ram 0x2000\n"},
      {"region a romd 0x1000 big", "region r0 io 0x1000 big\n"},
      {"testclear a 0x1000 8 code", "dirty - 0x1000 8 code\n"},
      {"snapshot a 0x1000 8 code", "testclear - 0x1000 8 code\n"},
      {"setdirty a 0x1000 8", "dirty - 0x1000 8 vga\n"},
      {"ramresize a 0x1000", "size - 0x1000\n"},
      {"poke m 8 4 1", "peek - 8 4\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.line);
    std::vector<std::string> plainer;
    for (const Operation& operation : PlainerKinds(LineOf(c.line))) {
      plainer.push_back(Printed(operation));
    }
    EXPECT_EQ(std::ranges::count(plainer, c.plainer), 1);
  }
}

TEST(Simplicity, EachWordOfAProfileCanGo) {
  const Profile full{.valid = {1, 4},
                     .impl = {2, 8},
                     .unaligned = true,
                     .impl_unaligned = true,
                     .endian = Endian::kNative,
                     .refuses = kRefusesOdd | kRefusesSize8,
                     .fail = 0x11};
  const std::vector<Profile> lowered = Lowered(full);
  EXPECT_EQ(lowered.front(), Profile());
  const auto holds = [&](auto change) {
    Profile changed = full;
    change(changed);
    return std::ranges::count(lowered, changed) == 1;
  };
  EXPECT_TRUE(holds([](Profile& profile) { profile.valid = {}; }));
  EXPECT_TRUE(holds([](Profile& profile) { profile.valid = {1, 2}; }));
  EXPECT_TRUE(holds([](Profile& profile) { profile.impl = {}; }));
  EXPECT_TRUE(holds([](Profile& profile) { profile.impl = {0, 8}; }));
  EXPECT_TRUE(holds([](Profile& profile) { profile.unaligned = false; }));
  EXPECT_TRUE(holds([](Profile& profile) { profile.impl_unaligned = false; }));
  EXPECT_TRUE(holds([](Profile& profile) { profile.endian = Endian::kLittle; }));
  EXPECT_TRUE(holds([](Profile& profile) { profile.endian = Endian::kBig; }));
  EXPECT_TRUE(holds([](Profile& profile) { profile.refuses = 0; }));
  EXPECT_TRUE(holds([](Profile& profile) { profile.refuses = kRefusesOdd; }));
  EXPECT_TRUE(holds([](Profile& profile) { profile.refuses = kRefusesSize8; }));
  EXPECT_TRUE(holds([](Profile& profile) { profile.fail.reset(); }));
  EXPECT_TRUE(holds([](Profile& profile) { profile.fail = 0; }));
  EXPECT_TRUE(Lowered(Profile()).empty());
}

// Also of profiles that weigh the same.
TEST(Simplicity, TheOrderIsTotal) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const auto draw = [&random] {
      Profile profile;
      for (int steps = 0; steps < 4; ++steps) Nudge(profile, random);
      return Program{{op::Io{{}, {0x1000}, profile}}};
    };
    const Program a = draw();
    const Program b = draw();
    EXPECT_EQ(IsSimpler(a, b) || IsSimpler(b, a), a != b) << Print(a) << Print(b);
    EXPECT_FALSE(IsSimpler(a, b) && IsSimpler(b, a)) << Print(a) << Print(b);
  }
}

TEST(Simplicity, OnePageIsThePlainestMask) {
  EXPECT_TRUE(Lowered(PageMask{0xfff}).empty());
  const std::vector<PageMask> lowered = {{0xfff}, {0x1fff}, {0x7ff}};
  EXPECT_EQ(Lowered(PageMask{0x3fff}), lowered);
}

}  // namespace
}  // namespace flatcheck
