#include "fuzz/free_operands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <variant>

#include "fuzz/program_text.h"

namespace flatcheck {
namespace {

const Program sample = std::get<ProgramText>(Parse("region sys container 0x4000\n"
                                                   "region ram ram 0x1000\n"
                                                   "region rom rom 0x2000\n"
                                                   "add sys 0x1000 ram 3\n"
                                                   "enable ram 1\n"))
                           .program;

TEST(FreeOperands, AreNoneWhereAllCounts) {
  EXPECT_TRUE(FreeOperands(sample, [](const Program& p) { return p == sample; }).empty());
}

TEST(FreeOperands, AreAllButDefinitionsWhereNothingCounts) {
  const std::vector<OperandPlace> all{{0, 1}, {1, 1}, {2, 1}, {3, 0}, {3, 1},
                                      {3, 2}, {3, 3}, {4, 0}, {4, 1}};
  EXPECT_EQ(FreeOperands(sample, [](const Program&) { return true; }), all);
}

TEST(FreeOperands, OneThatCountsIsNotFree) {
  const auto at_a_page = [](const Program& program) {
    return std::get<op::Add>(program.operations[3]).offset.value == 0x1000;
  };
  const std::vector<OperandPlace> free = FreeOperands(sample, at_a_page);
  EXPECT_EQ(free.size(), 8U);
  EXPECT_EQ(std::count(free.begin(), free.end(), OperandPlace{3, 1}), 0);
}

// What differs by one page alone is seen.
TEST(FreeOperands, OneThatMustBeMoreThanAPageIsNotFree) {
  const auto more_than_a_page = [](const Program& program) {
    return std::get<op::Rom>(program.operations[2]).size.value != 0x1000;
  };
  const std::vector<OperandPlace> free = FreeOperands(sample, more_than_a_page);
  EXPECT_EQ(std::count(free.begin(), free.end(), OperandPlace{2, 1}), 0);
}

}  // namespace
}  // namespace flatcheck
