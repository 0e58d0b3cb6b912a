// Engine and reference translate and find alike at every address where an answer could change: each
// edge of each range and the bytes beside it, page borders within ranges, the middle of each hole,
// and the ends of the address space. At both ends of each range they also agree on where its host
// memory is; and where there is some, it is the range's own part of its region, for a range's bytes
// lie in the host as they lie in the guest (memory-map 7.8).
//
// This asks the machines themselves and changes neither. What they answer follows from a published
// view and from where its root hangs; each view is asked about when one of these changes.

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
  struct Machines {
    const Machine& expect;
    const Machine& actual;
  };

  // Forgets the program before.
  void Start() { views_before_ = {}; }

  // Takes the steps in order. REQUIRES: the machines' traces agree, and `trace` is either.
  std::optional<Disagreement> Check(Machines machines, const Trace& trace, std::size_t step);
  // Takes a step without asking: its views are known to be answered for alike.
  void Skip(const Trace& trace, std::size_t step);

 private:
  bool IsAsBefore(const Trace& trace, std::size_t view) const;
  void CollectAddresses(const Trace& trace, const ViewSeen& view);
  std::optional<Disagreement> AskAll(Machines machines, const ViewSeen& view,
                                     std::size_t step) const;

  std::optional<Disagreement> AskRegions(Machines machines, const Trace& trace,
                                         const ViewSeen& view, std::size_t step) const;

  std::optional<Disagreement> AskHosts(Machines machines, const Trace& trace, const ViewSeen& view,
                                       std::size_t step) const;

  Extent views_before_;                   // Of the last step that showed any.
  std::vector<std::uint64_t> addresses_;  // Of the view at hand, ascending, each once.
};

}  // namespace flatcheck
