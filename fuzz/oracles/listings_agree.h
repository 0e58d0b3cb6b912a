// Engine and reference list the map in the same words.

#pragma once

#include <cstddef>
#include <optional>

#include "fuzz/machine.h"
#include "fuzz/oracles/disagreement.h"

namespace flatcheck {

// Within a transaction only trees can be listed.
std::optional<Disagreement> ListingsAgree(const Machine& expect, const Machine& actual,
                                          Listing listing, std::size_t step);

}  // namespace flatcheck
