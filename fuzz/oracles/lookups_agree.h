// Engine and reference translate and find alike at every address where an answer could change: each
// edge of each range and the bytes beside it, page borders within ranges, the middle of each hole,
// and the ends of the address space.
//
// This asks the machines themselves, after a step on which their views agree. It changes neither.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "fuzz/machine.h"
#include "fuzz/oracles/disagreement.h"
#include "fuzz/trace.h"

namespace flatcheck {

class LookupsAgree {
 public:
  // REQUIRES: the step has views and the two traces agree on them.
  std::optional<Disagreement> Check(const Machine& expect, const Machine& actual,
                                    const Trace& trace, std::size_t step);

 private:
  void CollectAddresses(const Trace& trace, const ViewSeen& view);

  std::vector<std::uint64_t> addresses_;  // Of the view at hand, ascending, each once.
};

}  // namespace flatcheck
