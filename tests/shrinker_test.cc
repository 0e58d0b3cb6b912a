#include "fuzz/shrinker.h"

#include <gtest/gtest.h>

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
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Program program = Generate(seed);
    for (const Program& neighbour : Neighbours(program)) {
      // A lower slot is simpler where nothing else differs.
      EXPECT_TRUE(IsSimpler(neighbour, program)) << Print(neighbour) << Print(program);
      EXPECT_FALSE(IsSimpler(program, neighbour));
    }
    EXPECT_FALSE(IsSimpler(program, program));
  }
}

}  // namespace
}  // namespace flatcheck
