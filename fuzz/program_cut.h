// Smaller programs from larger ones, whose operands still name the objects that they named.

#pragma once

#include <cstddef>
#include <vector>

#include "fuzz/program.h"

namespace flatcheck {

// The operations marked, less those that name an object whose definition is left out.
// REQUIRES: keep has one mark for each operation.
Program Kept(const Program& program, std::vector<bool> keep);

// Up to the step: what the step names, what names or makes that, and so on; all where the step
// names nothing.
Program NeededFor(const Program& program, std::size_t step);

// Without the definition of `gone`: `other`, defined before it, stands in each place where it was
// named. If one of the two was a child of the other, what hangs in them keeps its place.
Program Merged(const Program& program, RegionSlot gone, RegionSlot other);

// As Merged; but `other` is of the kind and size that `gone` was.
Program MergedInto(const Program& program, RegionSlot gone, RegionSlot other);

// Without the operation at the position, which changes an address, a size or an alias offset: what
// gave it its value before gives the new one. Other operations are left as they are.
Program Folded(const Program& program, std::size_t position);

}  // namespace flatcheck
