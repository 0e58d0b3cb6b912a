// A Page shows a program and what engine and reference made of it, step by step: one HTML document
// that needs no other file and no network.
//
//   It is for people who know neither the program nor this project: the tree of regions, each
//   address space as layers with the flat view below, the callbacks, and the differences in colour
//   and in words. All of that is worked out here; the scripts of the page (page.js, drawing.js)
//   only show it.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fuzz/failure.h"
#include "fuzz/free_operands.h"
#include "fuzz/program_text.h"
#include "fuzz/report.h"

namespace flatcheck {

// What the two made of Failure::probe.
struct ProbeAnswers {
  Answer expect;
  Answer actual;
};

struct Explanation {
  const ProgramText& text;
  // Both of as many steps as the machines lived through: of a program that crashes only those
  // before the crash.
  TracePair traces;
  std::optional<Failure> failure;  // None: the page just shows the map.
  std::vector<OperandPlace> free_operands;
  std::optional<ProbeAnswers> probe_answers{};
  std::string name{};  // Of the program, for the heading.
};

std::string Page(const Explanation& explanation);

}  // namespace flatcheck
