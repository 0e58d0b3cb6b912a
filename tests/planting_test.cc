#include "fuzz/mutants/planting.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "fuzz/mutants/mutant_table.h"

namespace flatcheck {
namespace {

constexpr const char* kHead =
    "#pragma clang diagnostic ignored \"-Weverything\"\n"
    "#include \"fuzz/mutants/mutant_choice.h\"\n#line 1 \"a.cc\"\n";

struct Case {
  const char* name;
  const char* source;
  std::vector<MutantText> mutants;
  const char* planted;  // Behind kHead.
};

MutantText Swap(const char* name, const char* right, const char* wrong, const char* after = "") {
  return {.name = name, .file = "a.cc", .after = after, .right = right, .wrong = wrong};
}

TEST(Planting, MakesRightTextsChoices) {
  const Case cases[] = {
      {"an expression",
       "return a < b;",
       {Swap("m", "a < b", "a <= b")},
       "return (flatcheck::IsMutant(\"m\") ? flatcheck::Infect((a <= b), (a < b)) : (a < b));"},
      {"a statement",
       "f(); g();",
       {Swap("m", "f();", "")},
       "if (flatcheck::IsWrong(\"m\")) {} else {f();} g();"},
      {"blanks and lines do not matter, and stay",
       "x = a +\n    b;",
       {Swap("m", "a+ b", "a")},
       "x = (flatcheck::IsMutant(\"m\") ? flatcheck::Infect((a), (a +\n    b)) : (a +\n    b));"},
      {"words are not cut",
       "xa < b; a < b;",
       {Swap("m", "a < b", "c")},
       "xa < b; (flatcheck::IsMutant(\"m\") ? flatcheck::Infect((c), (a < b)) : (a < b));"},
      {"the first one behind a text",
       "f(a); g(a); h(a);",
       {Swap("m", "a", "b", "g(")},
       "f(a); g((flatcheck::IsMutant(\"m\") ? flatcheck::Infect((b), (a)) : (a))); h(a);"},
      {"what counts is not done twice",
       "++a;",
       {Swap("m", "++a", "a")},
       "(flatcheck::IsWrong(\"m\") ? (a) : (++a));"},
      {"two of one text",
       "++a;",
       {Swap("m", "++a", "b"), Swap("n", "++a", "c")},
       "(flatcheck::IsWrong(\"m\") ? (b) : ((flatcheck::IsWrong(\"n\") ? (c) : (++a))));"},
      {"one inside another",
       "a + ++b;",
       {Swap("m", "++b", "c"), Swap("n", "a + ++b", "d")},
       "(flatcheck::IsWrong(\"n\") ? (d) : (a + (flatcheck::IsWrong(\"m\") ? (c) : (++b))));"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Planted planted = Plant("a.cc", c.source, c.mutants);
    EXPECT_EQ(planted.error, "");
    EXPECT_EQ(planted.source, kHead + std::string(c.planted));
  }
}

TEST(Planting, LeavesSourcesWithoutMutantsAlone) {
  EXPECT_EQ(Plant("b.cc", "a < b", {Swap("m", "a < b", "c")}).source, "a < b");
}

TEST(Planting, NamesTheMutantThatDoesNotFit) {
  const struct {
    const char* source;
    std::vector<MutantText> mutants;
    const char* error;
  } cases[] = {
      {"b", {Swap("m", "a", "c")}, "m: the right text is not in a.cc exactly once"},
      {"a a", {Swap("m", "a", "c")}, "m: the right text is not in a.cc exactly once"},
      {"a", {Swap("m", "a", "c", "b")}, "m: the right text is not in a.cc exactly once"},
      {"a b c",
       {Swap("m", "a b", "d"), Swap("n", "b c", "d")},
       "n: the right text overlaps another mutant's in part"},
  };
  for (const auto& c : cases) EXPECT_EQ(Plant("a.cc", c.source, c.mutants).error, c.error);
}

TEST(Planting, TablesAreRead) {
  const auto parsed = ParseMutants("x/some.mutants",
                                   "# why\nfile a.cc\n\nmutant m\norigin HIST-1\nwhat   w\n"
                                   "after  f(\nright  a  <\twrong\nwrong  b\nalso c.cc\nright x\n");
  const auto* mutants = std::get_if<std::vector<MutantText>>(&parsed);
  ASSERT_NE(mutants, nullptr);
  ASSERT_EQ(mutants->size(), 2u);
  const MutantText& mutant = mutants->front();
  EXPECT_EQ(mutant.name, "m");
  EXPECT_EQ(mutant.group, "some");
  EXPECT_EQ(mutant.file, "a.cc");
  EXPECT_EQ(mutant.origin, "HIST-1");
  EXPECT_EQ(mutant.after, "f(");
  EXPECT_EQ(mutant.right, "a  <\twrong");
  EXPECT_EQ(mutant.wrong, "b");
  EXPECT_EQ(mutants->back().name, "m");
  EXPECT_EQ(mutants->back().file, "c.cc");
  EXPECT_EQ(mutants->back().after, "");
  EXPECT_EQ(mutants->back().right, "x");
}

TEST(Planting, TablesThatDoNotReadAreRefused) {
  const struct {
    const char* table;
    const char* error;
  } cases[] = {
      {"mutant m\nright a\n", "t: m lacks file, origin, what or right"},
      {"right a\n",
       "t:1: found \"right a\", expected file, mutant, origin, what, after, right, "
       "wrong, effects or also"},
      {"file a\nmutant m\nwhy not\n",
       "t:3: found \"why not\", expected file, mutant, origin, what, after, right, wrong, effects "
       "or also"},
  };
  for (const auto& c : cases) {
    const auto parsed = ParseMutants("t", c.table);
    ASSERT_TRUE(std::holds_alternative<std::string>(parsed)) << c.table;
    EXPECT_EQ(std::get<std::string>(parsed), c.error);
  }
}

}  // namespace
}  // namespace flatcheck
