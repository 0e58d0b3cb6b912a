// A Reproduction is one failure in forms that people take elsewhere: a program that says what each
// of its lines does, a test for who repairs the engine, and the same calls for who hunts the same
// bug in QEMU.
//
// The emitters write text and run nothing but, for a failure with a probe, the reference.

#pragma once

#include <string>
#include <vector>

#include "fuzz/failure.h"
#include "fuzz/free_operands.h"
#include "fuzz/program_text.h"
#include "fuzz/trace.h"

namespace flatcheck {

struct Reproduction {
  const ProgramText& text;
  const Failure& failure;
  // The reference's: at least up to the step that fails, unless it is a crash or a hang.
  const Trace& expect;
  std::vector<OperandPlace> free_operands;
};

// The program's lines, each with a comment in plain words. It parses to the same program.
std::string CommentedProgram(const Reproduction& reproduction);

// One GoogleTest that needs the engine's public headers and nothing else of this project. It fails
// where the bug is and passes where it is not.
std::string GoogleTest(const Reproduction& reproduction);

// The calls in C against the memory API of QEMU 9.
std::string QemuCalls(const Reproduction& reproduction);

}  // namespace flatcheck
