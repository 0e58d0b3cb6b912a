// A Failure is what a program shows to be wrong with the map: a disagreement, a crash or a hang.

#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "fuzz/oracles/disagreement.h"
#include "fuzz/program.h"
#include "fuzz/signature.h"

namespace flatcheck {

struct Failure {
  Signature signature;
  std::size_t step = 0;      // The operation that shows it; the program's size for its end.
  std::string message;       // For people, one line.
  std::string printed = {};  // Of a crash: what the process wrote to its standard error stream.
  // The `xlat` or `find` that shows it after the step, if no operation of the program does.
  std::optional<Operation> probe = std::nullopt;
  std::optional<ExpectedByte> byte = std::nullopt;  // That differs, where one does.
};

// Whether the program ran to its failing step and the oracles said so; otherwise it crashed, hung
// or leaked.
inline bool IsDisagreement(const Failure& failure) {
  const std::string& oracle = failure.signature.oracle;
  return oracle != "crash" && oracle != "hang" && oracle != "leak";
}

}  // namespace flatcheck
