#include "fuzz/guarded_differential.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <variant>

#include "fuzz/engine_machine.h"
#include "fuzz/program_text.h"
#include "fuzz/reference_machine.h"
#include "tests/planted_faults.h"

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" __attribute__((weak)) int __lsan_do_recoverable_leak_check();

namespace flatcheck {
namespace {

using std::chrono::milliseconds;

bool FindsLeaks() { return __lsan_do_recoverable_leak_check != nullptr; }

constexpr std::size_t kExecutionsMax = 1000;

Program ProgramOf(std::string_view text) {
  const auto parsed = Parse(text);
  EXPECT_TRUE(std::holds_alternative<ProgramText>(parsed));
  return std::get<ProgramText>(parsed).program;
}

const Program sample = ProgramOf(
    "region sys container 0x10000\n"
    "region ram ram 0x3000\n"
    "region uart io 0x100\n"
    "as mem sys\n"
    "begin\n"
    "add sys 0x2000 ram\n"
    "add sys 0x8000 uart 3\n"
    "commit\n"
    "enable uart 0\n"
    "del sys ram\n");

// Calls `end` before each operation that is a removal.
Fault OnDel(void (*end)()) {
  Fault fault;
  fault.replace = [end](const Operation& operation, auto) {
    if (std::holds_alternative<op::Del>(operation)) end();
    return operation;
  };
  return fault;
}

GuardedDifferential Guard(const Fault& fault, milliseconds stall_max = milliseconds(2000)) {
  return GuardedDifferential([](const Program&) { return std::make_unique<ReferenceMachine>(); },
                             [&fault](const Program&) {
                               return std::make_unique<Faulty>(std::make_unique<EngineMachine>(),
                                                               fault);
                             },
                             stall_max);
}

TEST(GuardedDifferential, FindsNothingWhereNothingIsWrong) {
  EXPECT_FALSE(Guard(Fault()).Check(sample));
}

TEST(GuardedDifferential, TellsADisagreementLikeADifferential) {
  for (const Planted& planted : AllPlanted()) {
    if (planted.where != Where::kEngine || planted.fault.NeedsKvm()) continue;
    Differential differential = With(planted.fault, planted.where);
    differential.AskEverything();
    const auto disagreement = differential.Check(sample);
    const auto failure = Guard(planted.fault).Check(sample);
    ASSERT_EQ(failure.has_value(), disagreement.has_value()) << planted.name;
    if (!failure) continue;
    EXPECT_EQ(failure->signature, SignatureOf(sample, *disagreement));
    EXPECT_EQ(failure->step, disagreement->step);
    EXPECT_EQ(failure->message, disagreement->message);
    EXPECT_EQ(failure->probe, disagreement->probe);
    EXPECT_EQ(failure->byte, disagreement->byte);
  }
}

TEST(GuardedDifferential, TellsTheByteThatDiffers) {
  Fault fault;
  fault.replace = [](Operation operation, auto) {
    if (auto* write = std::get_if<op::Write>(&operation)) write->value.value ^= 0x100;
    return operation;
  };
  const auto failure = Guard(fault).Check(
      ProgramOf("region ram ram 0x1000\nas mem ram\nwrite mem 0x10 4 0x11223344\n"));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->signature.field, "bytes");
  EXPECT_EQ(failure->byte, (ExpectedByte{{0}, 0x11, 0x33}));
}

TEST(GuardedDifferential, AnAbortIsACrashOfTheOperationAtHand) {
  const Fault fault = OnDel([] { std::abort(); });
  const auto failure = Guard(fault).Check(sample);
  ASSERT_TRUE(failure);
  EXPECT_EQ(ToString(failure->signature), "crash-del-SIGABRT");
  EXPECT_EQ(failure->step, 9U);
}

TEST(GuardedDifferential, AnExceptionIsACrash) {
  const Fault fault = OnDel([] { throw std::bad_alloc(); });
  const auto failure = Guard(fault).Check(sample);
  ASSERT_TRUE(failure);
  EXPECT_EQ(ToString(failure->signature), "crash-del-exception");
  EXPECT_EQ(failure->message, "uncaught exception: std::bad_alloc");
}

TEST(GuardedDifferential, ProgramsPassTogetherIfEachOneDoes) {
  const Program harmless = ProgramOf("region sys container 0x10000\nas mem sys\n");
  const Program programs[] = {harmless, sample, harmless};
  EXPECT_TRUE(Guard(Fault()).AllPass(programs));
  EXPECT_FALSE(Guard(OnDel([] { std::abort(); })).AllPass(programs));
  EXPECT_FALSE(Guard(OnDel([] { throw std::bad_alloc(); })).AllPass(programs));
  for (const Planted& planted : AllPlanted()) {
    if (planted.where != Where::kEngine || planted.fault.NeedsKvm()) continue;
    const GuardedDifferential guard = Guard(planted.fault);
    const bool each_passes = !guard.Check(harmless) && !guard.Check(sample);
    EXPECT_EQ(guard.AllPass(programs), each_passes) << planted.name;
  }
}

TEST(GuardedDifferential, ACrashIsShrunk) {
  const Fault fault = OnDel([] { std::abort(); });
  const GuardedDifferential guard = Guard(fault);
  const Shrunk shrunk = guard.Shrink(sample, *guard.Check(sample), kExecutionsMax);
  EXPECT_TRUE(shrunk.is_minimal);
  EXPECT_EQ(Print(shrunk.program), "del - -\n");
}

TEST(GuardedDifferential, AHangIsShrunk) {
  const Fault fault = OnDel([] {
    for (volatile bool forever = true; forever;) {
    }
  });
  const GuardedDifferential guard = Guard(fault, milliseconds(200));
  const auto failure = guard.Check(sample);
  ASSERT_TRUE(failure);
  EXPECT_EQ(ToString(failure->signature), "hang-del");
  EXPECT_EQ(failure->step, 9U);
  const Shrunk shrunk = guard.Shrink(sample, *failure, kExecutionsMax);
  EXPECT_TRUE(shrunk.is_minimal);
  EXPECT_EQ(Print(shrunk.program), "del - -\n");
}

// A disagreement whose simpler neighbours crash: the child that shrinks it dies, and it is shrunk
// all the same.
TEST(GuardedDifferential, ADisagreementIsShrunkPastCrashes) {
  Fault fault = OnDel([] { std::abort(); });
  fault.refuse = [](std::string_view word) {
    return word == "has-parent" ? std::string_view() : word;
  };
  const Program program = ProgramOf(
      "region sys container 0x10000\n"
      "region ram ram 0x3000\n"
      "region uart io 0x100\n"
      "begin\n"
      "add sys 0x2000 ram\n"
      "add sys 0x8000 uart 3\n"
      "commit\n"
      "add sys 0x2000 ram\n"
      "del sys ram\n");
  const GuardedDifferential guard = Guard(fault);
  const auto failure = guard.Check(program);
  ASSERT_TRUE(failure);
  EXPECT_EQ(ToString(failure->signature), "refusals_agree-add-refusal");
  const Shrunk shrunk = guard.Shrink(program, *failure, kExecutionsMax);
  EXPECT_TRUE(shrunk.is_minimal);
  EXPECT_EQ(shrunk.program.operations.size(), 4U) << Print(shrunk.program);
}

// Two bugs, of which the other one is met first on the way down.
TEST(GuardedDifferential, WhatIsShrunkKeepsItsSignature) {
  Fault fault;
  fault.refuse = [](std::string_view word) {
    return word == "has-parent" || word == "absent" ? std::string_view() : word;
  };
  const Program program = ProgramOf(
      "region sys container 0x10000\n"
      "region ram ram 0x3000\n"
      "add sys 0x2000 ram\n"
      "del sys ram\n"
      "add sys 0x2000 ram\n"
      "add sys 0x2000 ram\n");
  const GuardedDifferential guard = Guard(fault);
  const auto failure = guard.Check(program);
  ASSERT_TRUE(failure);
  EXPECT_EQ(ToString(failure->signature), "refusals_agree-add-refusal");
  const Shrunk shrunk = guard.Shrink(program, *failure, kExecutionsMax);
  EXPECT_EQ(Print(shrunk.program), "add - 0 -\n");
}

// The longer the program, the longer it takes: what hangs for a moment only must not be taken for a
// hang.
TEST(GuardedDifferential, ASlowProgramIsShrunkAsFarAsItHangs) {
  constexpr auto kPause = milliseconds(60);
  Fault fault;
  std::size_t regions = 0;
  fault.replace = [&regions, kPause](const Operation& operation, auto) {
    if (std::holds_alternative<op::Ram>(operation)) ++regions;
    if (!std::holds_alternative<op::Del>(operation)) return operation;
    const auto until = std::clock() + static_cast<std::clock_t>(regions) * kPause.count() *
                                          (CLOCKS_PER_SEC / 1000);
    while (std::clock() < until) {
    }
    return operation;
  };
  std::string text;
  for (int i = 0; i < 8; ++i) text += "region r" + std::to_string(i) + " ram 0x1000\n";
  const Program program = ProgramOf(text + "del r0 r1\n");
  const GuardedDifferential guard = Guard(fault, milliseconds(200));
  const auto failure = guard.Check(program);
  ASSERT_TRUE(failure);
  const Shrunk shrunk = guard.Shrink(program, *failure, kExecutionsMax);
  EXPECT_GE(shrunk.program.operations.size(), 4U) << Print(shrunk.program);
  EXPECT_LE(shrunk.program.operations.size(), 6U) << Print(shrunk.program);
}

TEST(GuardedDifferential, ALeakIsAFailure) {
  if (!FindsLeaks()) GTEST_SKIP() << "built without LeakSanitizer";
  Fault fault = OnDel([] {
    static void* volatile last;
    for (int i = 0; i < 50; ++i) last = std::malloc(64);  // All but one are lost.
    if (last == nullptr) std::abort();
  });
  const GuardedDifferential guard = Guard(fault);
  const auto failure = guard.Check(sample);
  ASSERT_TRUE(failure);
  EXPECT_EQ(ToString(failure->signature), "leak-end-memory-leak");
  EXPECT_FALSE(guard.AllPass({&sample, 1}));
}

TEST(GuardedDifferential, SaysWhenTheBudgetEndedFirst) {
  const Fault fault = OnDel([] { std::abort(); });
  const GuardedDifferential guard = Guard(fault);
  const Shrunk shrunk = guard.Shrink(sample, *guard.Check(sample), 2);
  EXPECT_FALSE(shrunk.is_minimal);
  EXPECT_EQ(shrunk.executions, 2U);
}

}  // namespace
}  // namespace flatcheck
