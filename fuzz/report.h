// A Report is what a person reads about a disagreement: the program up to the step that shows it,
// and what engine and reference did in that step, side by side. No line is longer than 100 columns.
//
//   Lines that both have go across. Where they differ, a line has two columns, its margin has `>`
//   in the first and `~` in the others; long equal stretches are counted, not printed.

#pragma once

#include <string>

#include "fuzz/failure.h"
#include "fuzz/oracles/disagreement.h"
#include "fuzz/program_text.h"
#include "fuzz/trace.h"

namespace flatcheck {

enum class Colour { kNone, kTerminal };

struct TracePair {
  const Trace& expect;  // The reference's.
  const Trace& actual;  // The engine's.
};

// The traces may end with the step that disagrees, or before.
std::string Report(const ProgramText& text, TracePair traces, const Disagreement& disagreement,
                   Colour colour);

// Of a program that ended its process, or did not end: where, and what the process wrote.
std::string Report(const ProgramText& text, const Failure& failure);

}  // namespace flatcheck
