// An Expectation is what the reference did, as the lines of a trace (fuzz/trace_text.h) that an
// emitted source compares or quotes.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/machine.h"
#include "fuzz/program_text.h"
#include "fuzz/trace.h"

namespace flatcheck {

struct Expectation {
  std::vector<std::string> callbacks;
  std::vector<std::string> device_calls;
  std::vector<std::string> views;  // Of each space a line, and one for each range that it shows.
  // Of each space a line, with what traces leave out: where offset 0 of its root lies, and the
  // oldest space that shows the same view object.
  std::vector<std::string> places;
  std::vector<std::string> sharing;
  std::string signals;  // Notifiers, each with a blank behind it.
  AnswerKind answer_kind = AnswerKind::kNone;
  // Without the mark and the word that traces begin it with. Empty if nothing else is to be told.
  std::vector<std::string> answer;
};

// Of one step. Empty if the trace does not have it.
Expectation ExpectationOf(const ProgramText& text, const Trace& trace, std::size_t step);

// What the reference answers to the question, asked after the step.
Expectation ExpectedAnswer(const ProgramText& text, std::size_t step, const Operation& question);

// The reference's RAM blocks after the step, in their order.
std::vector<BlockSeen> ExpectedBlocks(const ProgramText& text, std::size_t step);

// The map after the step, as the reference lists it.
std::string ExpectedListing(const ProgramText& text, std::size_t step, Listing listing);

}  // namespace flatcheck
