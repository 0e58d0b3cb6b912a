// Engine and reference print the same map: the trees as they are at the program's end, within an
// open transaction too; and where none is open, the views and what a firmware would tell of them.

#pragma once

#include <cstddef>
#include <optional>

#include "fuzz/machine.h"
#include "fuzz/oracles/disagreement.h"

namespace flatcheck {

std::optional<Disagreement> ListingsAgree(const Machine& expect, const Machine& actual,
                                          std::size_t step);

}  // namespace flatcheck
