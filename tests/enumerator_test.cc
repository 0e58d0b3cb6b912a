#include "fuzz/enumerate/enumerator.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/differential.h"
#include "fuzz/enumerate/enumeration.h"
#include "fuzz/enumerate/exhausted_text.h"
#include "fuzz/enumerate/exhaustion.h"
#include "fuzz/executor.h"
#include "fuzz/program_text.h"
#include "fuzz/reference_machine.h"
#include "tests/planted_faults.h"

namespace flatcheck {
namespace {

constexpr std::uint64_t kPage = 0x1000;

// All that is written, read or left out in one place or another: a tiny universe.
std::vector<Operation> TinyMoves(const World& world) {
  std::vector<Operation> moves{op::Begin{}, op::Commit{}};
  for (std::uint16_t slot = 0; slot < world.end(); ++slot) {
    const RegionSlot region{slot};
    moves.push_back(op::Enable{region, {false}});
    moves.push_back(op::Readonly{region, {true}});
    if (slot >= world.first_own) moves.push_back(op::Add{{0}, {0}, region, {}});
  }
  return moves;
}

Universe Tiny() {
  return {"tiny",
          {op::Container{{}, {2 * kPage}}, op::Space{{}, {0}}},
          {op::Ram{{}, {kPage}}, op::Alias{{}, {kPage}, {}, {0}}},
          TinyMoves};
}

constexpr std::array kTinyParts{Scope::Part{Tiny, 2, 3}};
constexpr Scope kTiny{"tiny", kTinyParts};
constexpr std::chrono::milliseconds kStallMax(20'000);
constexpr std::uint64_t kBuild = 42;

Exhausted NothingOf(const Enumeration& enumeration) {
  return {.done = std::vector<bool>(enumeration.size())};
}

TEST(Worlds, EachChoiceOfRegionsComesOnce) {
  std::vector<std::string> worlds;
  for (const World& world : WorldsOf(Tiny(), 2)) {
    std::string regions = Print({world.start});
    worlds.push_back(regions.substr(regions.find("as as0 r0\n") + 10));
  }
  std::ranges::sort(worlds);
  EXPECT_EQ(worlds, (std::vector<std::string>{
                        "",
                        "region r1 alias 0x1000 r0 0\n",
                        "region r1 alias 0x1000 r0 0\nregion r2 alias 0x1000 r0 0\n",
                        "region r1 alias 0x1000 r0 0\nregion r2 alias 0x1000 r1 0\n",
                        "region r1 ram 0x1000\n",
                        "region r1 ram 0x1000\nregion r2 alias 0x1000 r0 0\n",
                        "region r1 ram 0x1000\nregion r2 alias 0x1000 r1 0\n",
                        "region r1 ram 0x1000\nregion r2 ram 0x1000\n",
                    }));
}

// Every word of moves, however it is spelled, and which of them are one.
class AllWords {
 public:
  using Word = std::vector<Move>;

  AllWords(const Alphabet& alphabet, std::size_t moves_max) : alphabet_(alphabet) {
    Sketch sketch;
    for (const Operation& operation : alphabet.world().start) sketch.Perform(operation);
    Extend({}, sketch, moves_max);
  }

  // Classes of words that use all regions.
  std::size_t CountClasses() {
    std::size_t classes = 0;
    for (auto& [word, seen] : words_) {
      if (seen) continue;
      ++classes;
      Spread(word);
    }
    return classes;
  }

 private:
  // NOLINTNEXTLINE(misc-no-recursion)
  void Extend(const Word& word, const Sketch& sketch, std::size_t left) {
    if (!word.empty() && UsesAll(word)) words_[word] = false;
    if (left == 0) return;
    for (Move move = 0; move < alphabet_.size(); ++move) {
      Word longer = word;
      longer.push_back(move);
      if (HasEffect(sketch, alphabet_.At(move))) {
        Sketch behind = sketch;
        behind.Perform(alphabet_.At(move));
        Extend(longer, behind, left - 1);
      } else if (UsesAll(longer)) {
        words_[longer] = false;
        ended_.insert(longer);
      }
    }
  }

  static bool HasEffect(const Sketch& sketch, const Operation& move) {
    if (!sketch.Grants(move)) return false;
    if (const auto* enable = std::get_if<op::Enable>(&move))
      return sketch.At(enable->region).enabled;
    if (const auto* set = std::get_if<op::Readonly>(&move)) return !sketch.At(set->region).readonly;
    return true;
  }

  bool UsesAll(const Word& word) const {
    SlotSet used = 0;
    for (const Move move : word) used |= alphabet_.Uses(move);
    return used == alphabet_.Own();
  }

  bool IsIn(const Word& word, std::size_t place) const {
    int depth = 0;
    for (std::size_t i = 0; i < place; ++i) {
      depth += std::holds_alternative<op::Begin>(alphabet_.At(word[i])) ? 1 : 0;
      depth -= std::holds_alternative<op::Commit>(alphabet_.At(word[i])) ? 1 : 0;
    }
    return depth > 0;
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  void Spread(const Word& word) {
    bool& seen = words_.at(word);
    if (seen) return;
    seen = true;
    for (std::size_t symmetry = 0; symmetry < alphabet_.symmetries(); ++symmetry) {
      Word renamed;
      for (const Move move : word) renamed.push_back(alphabet_.Image(symmetry, move));
      Spread(renamed);
    }
    const std::size_t fixed = ended_.contains(word) ? 1 : 0;
    for (std::size_t i = 0; i + 1 + fixed < word.size(); ++i) {
      if (!IsIn(word, i) || !alphabet_.Commute(word[i], word[i + 1])) continue;
      Word swapped = word;
      std::swap(swapped[i], swapped[i + 1]);
      Spread(swapped);
    }
  }

  const Alphabet& alphabet_;
  std::map<Word, bool> words_;  // And whether its class is counted.
  std::set<Word> ended_;
};

TEST(Enumerator, OneProgramOfEachClassComesOnce) {
  for (const World& world : WorldsOf(Tiny(), 2)) {
    SCOPED_TRACE(Print({world.start}));
    constexpr std::size_t kMovesMax = 4;
    const Alphabet alphabet(world, TinyMoves(world));
    std::set<std::string> programs;
    std::size_t count = 0;
    for (Move first = 0; first < alphabet.size(); ++first) {
      Enumerator enumerator(alphabet, kMovesMax, first);
      for (; enumerator.Next(); ++count) programs.insert(Print(enumerator.program()));
    }
    EXPECT_EQ(programs.size(), count);
    EXPECT_EQ(count, AllWords(alphabet, kMovesMax).CountClasses());
  }
}

// The programs of a tiny enumeration that have this among their last lines.
std::size_t CountOf(const std::string& lines) {
  const Enumeration enumeration(kTiny);
  std::size_t count = 0;
  for (std::size_t unit = 0; unit < enumeration.size(); ++unit) {
    for (Enumerator programs = enumeration.At(unit); programs.Next();) {
      count += Print(programs.program()).ends_with(lines) ? 1 : 0;
    }
  }
  return count;
}

TEST(Enumerator, SymmetricProgramsAreAbsent) {
  const std::string two_rams = "region r1 ram 0x1000\nregion r2 ram 0x1000\n";
  EXPECT_EQ(CountOf(two_rams + "add r0 0 r1\nadd r0 0 r2\n"), 1U);
  EXPECT_EQ(CountOf(two_rams + "add r0 0 r2\nadd r0 0 r1\n"), 0U);
  EXPECT_EQ(CountOf(two_rams + "begin\nenable r1 0\nreadonly r2 1\n"), 1U);
  EXPECT_EQ(CountOf(two_rams + "begin\nreadonly r2 1\nenable r1 0\n"), 0U);
  EXPECT_EQ(CountOf(two_rams + "enable r1 0\nreadonly r2 1\n"), 1U);
  EXPECT_EQ(CountOf(two_rams + "readonly r1 1\nenable r2 0\n"), 1U);
}

TEST(Enumerator, NothingFollowsWhatChangesNothing) {
  EXPECT_GT(CountOf("enable r0 0\nenable r0 0\n"), 0U);
  EXPECT_EQ(CountOf("enable r0 0\nenable r0 0\nbegin\n"), 0U);
  EXPECT_GT(CountOf("commit\n"), 0U);
  EXPECT_EQ(CountOf("as as0 r0\ncommit\nbegin\n"), 0U);
}

TEST(Enumerator, ARegionThatNothingNamesIsAbsent) {
  EXPECT_EQ(CountOf("region r1 ram 0x1000\nbegin\n"), 0U);
  EXPECT_EQ(CountOf("region r1 ram 0x1000\nregion r2 alias 0x1000 r1 0\nenable r2 0\n"), 1U);
}

// What a commit makes of moves, each on regions that are in their places.
std::string TraceOf(const World& world, const std::vector<Operation>& moves) {
  ReferenceMachine machine;
  Trace trace;
  Program program{world.start};
  for (std::uint16_t slot = world.first_own; slot < world.end(); slot += 2) {
    program.operations.push_back(op::Add{{0}, {0}, {slot}, {}});
  }
  program.operations.push_back(op::Begin{});
  program.operations.insert(program.operations.end(), moves.begin(), moves.end());
  for (const Operation& operation : program.operations) RunStep(operation, machine, trace);
  trace.Clear();
  RunStep(op::Commit{}, machine, trace);
  RunStep(op::Enable{{0}, {false}}, machine, trace);
  RunStep(op::Enable{{0}, {true}}, machine, trace);
  std::string text;
  for (const Callback& callback : trace.callbacks) {
    text += std::to_string(static_cast<int>(callback.kind)) + "@" +
            std::to_string(callback.section.address) + ":" +
            std::to_string(callback.section.region.index) + " ";
  }
  for (const RangeSeen& range : trace.ranges) {
    text += std::to_string(range.first) + "-" + std::to_string(range.last) + "=" +
            std::to_string(range.region.index) + "+" + std::to_string(range.offset) + "," +
            std::to_string(range.log_mask) + (range.readonly ? "r" : "") +
            (range.nonvolatile ? "n" : "") + (range.unmergeable ? "u" : "") + "\n";
  }
  return text;
}

TEST(Alphabet, WhatCommutesDoesTheSameInEitherOrder) {
  std::size_t pairs = 0;
  for (const auto universe : {Attributes, Transactions}) {
    const Universe made = universe();
    for (const World& world : WorldsOf(made, 2)) {
      const Alphabet alphabet(world, made.moves(world));
      for (Move a = 0; a < alphabet.size(); ++a) {
        for (Move b = 0; b < a; ++b) {
          if (!alphabet.Commute(a, b)) continue;
          // A sample: the pairs of all worlds take half a minute.
          if (++pairs % 7 != 0) continue;
          EXPECT_EQ(TraceOf(world, {alphabet.At(a), alphabet.At(b)}),
                    TraceOf(world, {alphabet.At(b), alphabet.At(a)}))
              << Print({{alphabet.At(a), alphabet.At(b)}});
        }
      }
    }
  }
  EXPECT_GT(pairs, 1000U);
}

bool Commits(const Trace& trace) {
  const Extent callbacks = trace.steps.back().callbacks;
  return std::any_of(
      trace.callbacks.begin() + callbacks.begin, trace.callbacks.begin() + callbacks.end,
      [](const Callback& callback) { return callback.kind == CallbackKind::kCommit; });
}

// A refusal that is foreseen and does not come would cut off programs.
TEST(Enumeration, WhatIsForeseenComesTrue) {
  const Enumeration enumeration(*FindScope("S"));
  const std::vector<std::size_t> units = enumeration.ScatteredUnits();
  for (std::size_t i = 0; i < units.size() / 4; ++i) {
    for (Enumerator programs = enumeration.At(units[i]); programs.Next();) {
      ReferenceMachine machine;
      const Trace trace = flatcheck::Run(programs.program(), machine);
      const bool granted = trace.steps.back().refusal.empty();
      ASSERT_TRUE(granted || programs.ends()) << Print(programs.program());
      ASSERT_FALSE(programs.ends() && Commits(trace)) << Print(programs.program());
    }
  }
}

TEST(Enumeration, EveryUnitComesOnceInScatteredOrder) {
  const Enumeration enumeration(kTiny);
  const std::vector<std::size_t> units = enumeration.ScatteredUnits();
  EXPECT_EQ(std::set<std::size_t>(units.begin(), units.end()).size(), enumeration.size());
  EXPECT_EQ(units.size(), enumeration.size());
}

TEST(Exhaustion, FindsNothingWhereNothingIsWrong) {
  const Enumeration enumeration(kTiny);
  Exhausted exhausted = NothingOf(enumeration);
  Exhaustion exhaustion(enumeration, EngineAgainstReference(Oracles::kAll), kStallMax);
  EXPECT_FALSE(exhaustion.Run(exhausted, 2, [] { return true; }));
  EXPECT_EQ(exhausted.programs, CountOf(""));
  EXPECT_EQ(std::ranges::count(exhausted.done, false), 0);
}

TEST(Exhaustion, GoesOnWhereItStopped) {
  const Enumeration enumeration(kTiny);
  Exhausted exhausted = NothingOf(enumeration);
  Exhaustion exhaustion(enumeration, EngineAgainstReference(Oracles::kAll), kStallMax);
  EXPECT_FALSE(exhaustion.Run(exhausted, 1, [&] { return exhausted.programs < 100; }));
  const std::uint64_t programs = exhausted.programs;
  EXPECT_GE(programs, 100U);
  auto read = ParseExhausted(enumeration, kBuild, PrintExhausted(enumeration, kBuild, exhausted));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->done, exhausted.done);
  EXPECT_FALSE(exhaustion.Run(*read, 3, [] { return true; }));
  EXPECT_EQ(read->programs, CountOf(""));
}

TEST(Exhaustion, FindsEveryPlantedFaultInScopeS) {
  const Enumeration enumeration(*FindScope("S"));
  for (const Planted& planted : AllPlanted()) {
    SCOPED_TRACE(planted.name);
    Exhausted exhausted = NothingOf(enumeration);
    Exhaustion exhaustion(enumeration, With(planted.fault, planted.where), kStallMax);
    const auto program = exhaustion.Run(exhausted, 2, [] { return true; });
    ASSERT_TRUE(program);
    EXPECT_TRUE(With(planted.fault, planted.where).Check(*program)) << Print(*program);
  }
}

TEST(Exhaustion, TellsTheProgramThatCrashes) {
  Fault fault;
  fault.replace = [](const Operation& operation, std::uint64_t depth) {
    if (depth == 2 && std::holds_alternative<op::Readonly>(operation)) std::abort();
    return operation;
  };
  const Enumeration enumeration(kTiny);
  Exhausted exhausted = NothingOf(enumeration);
  Exhaustion exhaustion(enumeration, With(fault, Where::kEngine), kStallMax);
  const auto program = exhaustion.Run(exhausted, 2, [] { return true; });
  ASSERT_TRUE(program);
  EXPECT_NE(Print(*program).find("begin\nbegin\nreadonly r"), std::string::npos) << Print(*program);
}

TEST(ExhaustedText, IsOfOneScopeAndBuild) {
  const Enumeration enumeration(kTiny);
  const Enumeration other(*FindScope("S"));
  const std::string text = PrintExhausted(enumeration, kBuild, NothingOf(enumeration));
  EXPECT_TRUE(ParseExhausted(enumeration, kBuild, text));
  EXPECT_FALSE(ParseExhausted(enumeration, kBuild + 1, text));
  EXPECT_FALSE(ParseExhausted(other, kBuild, text));
}

TEST(ExhaustedText, IsWholeAndUnchanged) {
  const Enumeration enumeration(kTiny);
  Exhausted exhausted = NothingOf(enumeration);
  exhausted.done[2] = exhausted.done[3] = exhausted.done[7] = true;
  const std::string text = PrintExhausted(enumeration, kBuild, exhausted);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(ParseExhausted(enumeration, kBuild, text.substr(0, size))) << size;
    std::string changed = text;
    changed[size] = changed[size] == '0' ? '1' : '0';
    EXPECT_FALSE(ParseExhausted(enumeration, kBuild, changed)) << changed;
  }
}

// Of whoever makes a digest of them.
TEST(ExhaustedText, UnitsExist) {
  const Enumeration enumeration(kTiny);
  const std::string text = PrintExhausted(enumeration, kBuild, NothingOf(enumeration));
  const std::string before = text.substr(0, text.find("digest "));
  const auto parses = [&](std::string_view lines) {
    const std::string with = before + std::string(lines);
    return ParseExhausted(enumeration, kBuild,
                          fmt::format("{}digest {:016x}\n", with, DigestOf(with, kBuild)))
        .has_value();
  };
  EXPECT_TRUE(parses("1 2\n"));
  EXPECT_FALSE(parses("0 1000000\n"));
  EXPECT_FALSE(parses("2 1\n"));
  EXPECT_FALSE(parses("0 -1\n"));
  EXPECT_FALSE(parses("0 x\n"));
  EXPECT_FALSE(parses("0\n"));
}

}  // namespace
}  // namespace flatcheck
