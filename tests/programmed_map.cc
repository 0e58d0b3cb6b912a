#include "tests/programmed_map.h"

#include <gtest/gtest.h>

#include <utility>
#include <variant>

#include "fuzz/executor.h"

namespace flatcheck {
namespace {

ProgramText ParseOrDie(std::string_view program) {
  auto parsed = Parse(program);
  EXPECT_TRUE(std::holds_alternative<ProgramText>(parsed)) << program;
  return std::get<ProgramText>(std::move(parsed));
}

}  // namespace

ProgrammedMap::ProgrammedMap(std::string_view program)
    : text_(ParseOrDie(program)), machine_(&text_.names) {
  for (const Step& step : Run(text_.program, machine_).steps) EXPECT_EQ(step.refusal, "");
}

}  // namespace flatcheck
