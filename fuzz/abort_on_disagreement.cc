#include "fuzz/abort_on_disagreement.h"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>

#include "fuzz/limits.h"
#include "fuzz/program_text.h"
#include "fuzz/report.h"

namespace flatcheck {

void AbortOnDisagreement(Program program, Oracles oracles) {
  if (program.operations.size() > limits::kGeneratedOperationsMax) {
    program.operations.resize(limits::kGeneratedOperationsMax);
  }
  static Differential differential = EngineAgainstReference(oracles);
  const auto disagreement = differential.Check(program);
  if (!disagreement) return;
  fmt::print(stderr, "{}",
             Report(Spell(program), {differential.expect(), differential.actual()}, *disagreement,
                    Colour::kNone));
  std::fflush(stderr);
  std::abort();
}

}  // namespace flatcheck
