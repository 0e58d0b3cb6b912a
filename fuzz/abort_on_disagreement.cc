#include "fuzz/abort_on_disagreement.h"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "fuzz/limits.h"
#include "fuzz/program_text.h"
#include "fuzz/report.h"

namespace flatcheck {

void AbortOnDisagreement(Program program, Differential& differential) {
  if (program.operations.size() > limits::kGeneratedOperationsMax) {
    program.operations.resize(limits::kGeneratedOperationsMax);
  }
  const auto disagreement = differential.Check(program);
  if (!disagreement) return;
  fmt::print(stderr, "{}",
             Report(Spell(program), {differential.expect(), differential.actual()}, *disagreement,
                    Colour::kNone));
  std::fflush(stderr);
  std::abort();
}

void AbortOnDisagreement(Program program, Oracles oracles) {
  static Differential differential = EngineAgainstReference(oracles);
  AbortOnDisagreement(std::move(program), differential);
}

}  // namespace flatcheck
