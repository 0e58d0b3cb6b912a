// The text of a trace: what `flatcheck trace` prints and what the .out files hold.
// ../corpus/README.md is the manual of the form.
//
// A step is the operation's source line, its refusal or its callbacks, device accesses and answer,
// and the views, in this order. Fields that QEMU's own traces lack are printed only when they are
// set.

#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "fuzz/program_text.h"
#include "fuzz/trace.h"

namespace flatcheck {

// Appends the lines of one step.
// REQUIRES: the trace is of the text's program and has this step.
void PrintStep(const ProgramText& text, const Trace& trace, std::size_t step, std::string& out);

// Runs of pages as the trace has them: `0-3,7`, or `-` for none.
std::string PagesText(std::span<const PageRun> runs);

// All steps and the depth at the end.
std::string PrintTrace(const ProgramText& text, const Trace& trace);

}  // namespace flatcheck
