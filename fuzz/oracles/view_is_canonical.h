// A published view is sorted, disjoint and as short as its rules allow (memory-map 2.1, 2.2): one
// trace alone shows it.

#pragma once

#include <cstddef>
#include <optional>

#include "fuzz/oracles/disagreement.h"
#include "fuzz/trace.h"

namespace flatcheck {

std::optional<Disagreement> ViewIsCanonical(const Trace& trace, std::size_t step);

}  // namespace flatcheck
