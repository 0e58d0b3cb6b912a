// Reproductions of programs, for tests of what they say.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "fuzz/executor.h"
#include "fuzz/program_text.h"
#include "fuzz/reference_machine.h"
#include "fuzz/repro/reproduction.h"

namespace flatcheck {

inline ProgramText ParseOrDie(const std::string& text) {
  auto parsed = Parse(text);
  EXPECT_TRUE(std::holds_alternative<ProgramText>(parsed)) << text;
  return std::holds_alternative<ProgramText>(parsed) ? std::get<ProgramText>(std::move(parsed))
                                                     : ProgramText();
}

inline Trace RunReference(const Program& program) {
  ReferenceMachine reference;
  return Run(program, reference);
}

inline Failure FailureAt(std::size_t step, std::string oracle, std::string field = "") {
  return {{std::move(oracle), "op", std::move(field), ""}, step, "it differs"};
}

struct Emitted {
  std::string program;
  std::string test;
  std::string qemu;
};

inline Emitted Emit(const ProgramText& text, const Failure& failure,
                    std::vector<OperandPlace> free_operands = {}) {
  const Trace expect = RunReference(text.program);
  const Reproduction reproduction{text, failure, expect, std::move(free_operands)};
  return {CommentedProgram(reproduction), GoogleTest(reproduction), QemuCalls(reproduction)};
}

inline Emitted EmitText(const std::string& text, const Failure& failure) {
  return Emit(ParseOrDie(text), failure);
}

// From the line that begins so to the end of the function.
inline std::string FunctionFrom(const std::string& source, std::string_view beginning) {
  const std::size_t begin = source.find(beginning);
  if (begin == std::string::npos) return source;
  return source.substr(begin, source.find("\n}\n", begin) + 3 - begin);
}

inline bool IsPlain(std::string_view source) {
  return std::ranges::all_of(source, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

inline constexpr std::string_view kOracles[] = {"refusals_agree",
                                                "answers_agree",
                                                "events_agree",
                                                "views_agree",
                                                "lookups_agree",
                                                "listings_agree",
                                                "view_is_canonical",
                                                "events_rebuild_view",
                                                "crash",
                                                "hang",
                                                "one_transaction_or_many",
                                                "disable_and_enable",
                                                "hidden_region"};

}  // namespace flatcheck
