// A Shrinker makes a failing program small and plain while it fails in the same way: it tries
// simpler programs (fuzz/simplicity.h) one after the other and goes on from each that still fails.
//
// It draws no random numbers: the same program and the same answers give the same result.

#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "fuzz/program.h"

namespace flatcheck {

// The step at which a program fails in the way that is wanted (its size: at its end), or nothing.
using FailingStep = std::function<std::optional<std::size_t>(const Program&)>;

struct Shrunk {
  Program program;
  std::size_t executions = 0;
  // Nothing smaller is near: without any one operation, with any one operand lowered (Lowered) or
  // any one operation made plainer (PlainerKinds), it does not fail so. False where the budget
  // ended first.
  bool is_minimal = false;
};

// What hears of it, if it is there: of each program that shrinking goes on from, and that a program
// is considered at all, whether it is run or is known.
struct ShrinkListener {
  std::function<void(const Shrunk&)> on_progress = nullptr;
  std::function<void()> on_trial = nullptr;
};

// Asks failing_step at most executions_max times.
// REQUIRES: program fails in the way that is wanted; executions_max is not 0.
Shrunk Shrink(Program program, const FailingStep& failing_step, std::size_t executions_max,
              const ShrinkListener& listener = {});

}  // namespace flatcheck
