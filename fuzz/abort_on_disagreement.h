// What a fuzz target does with a program: nothing, if the oracles agree; else it prints the report
// and ends the process, so that the fuzzing engine keeps the input.

#pragma once

#include "fuzz/differential.h"
#include "fuzz/program.h"

namespace flatcheck {

// Operations beyond limits::kGeneratedOperationsMax are left out, so that no input is slow.
void AbortOnDisagreement(Program program, Differential& differential);
// Engine against reference as they are.
void AbortOnDisagreement(Program program, Oracles oracles);

}  // namespace flatcheck
