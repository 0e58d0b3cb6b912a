// A free operand of a failing program may have other values: the failure stays the same with every
// one that was tried, the least and the greatest of its type, its neighbours and random ones. What
// is not free is what the bug is about.

#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <vector>

#include "fuzz/program.h"

namespace flatcheck {

// The n-th operand of an operation, both counted from 0, in text order (definitions count).
struct OperandPlace {
  std::size_t operation = 0;
  std::size_t operand = 0;
  auto operator<=>(const OperandPlace&) const = default;
};

// Tries other values for each operand, one operand at a time, and asks whether the program still
// fails in the same way. In order of places. Deterministic.
std::vector<OperandPlace> FreeOperands(const Program& program,
                                       const std::function<bool(const Program&)>& still_fails);

}  // namespace flatcheck
