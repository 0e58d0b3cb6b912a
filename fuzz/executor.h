// Runs programs on a machine, step by step, into a trace.

#pragma once

#include "fuzz/machine.h"
#include "fuzz/program.h"
#include "fuzz/trace.h"

namespace flatcheck {

// Performs one operation and appends its Step: its refusal, what it caused, and, when it is a
// granted mutation at transaction depth 0 (../corpus/README.md), the views.
void RunStep(const Operation& operation, Machine& machine, Trace& trace);

// All of a program on a fresh machine.
Trace Run(const Program& program, Machine& machine);

}  // namespace flatcheck
