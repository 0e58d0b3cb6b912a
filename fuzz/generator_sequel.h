// What goes with an operation: changes of which only both together, or one right after the other,
// show a fault. Private to the generator.

#pragma once

#include <optional>

#include "fuzz/program.h"
#include "fuzz/random.h"
#include "fuzz/sketch.h"

namespace flatcheck {

// An operation that may come next, or none: most have no sequel, and it is left out at random.
// REQUIRES: the sketch has not performed the operation yet.
std::optional<Operation> SequelOf(const Sketch& sketch, Random& random, const Operation& operation);

}  // namespace flatcheck
