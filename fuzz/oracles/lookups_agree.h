// Engine and reference translate and find alike at every address where an answer could change: each
// edge of each range and the bytes beside it, page borders within ranges, the middle of each hole,
// and the ends of the address space. At both ends of each range they also agree on where its host
// memory is; and where there is some, it is the range's own part of its region, for a range's bytes
// lie in the host as they lie in the guest (memory-map 7.8).
//
// This asks the machines themselves and changes neither. What they answer follows from a published
// view and from where its root hangs: a range or a hole is asked about when it is new in its view;
// all of them are when the root hangs elsewhere, and addresses at the end of the program.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
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
  // Once there are no more steps.
  std::optional<Disagreement> CheckEnd(Machines machines, std::size_t step);
  // Takes a step without asking: its views are known to be answered for alike.
  void Skip(const Trace& trace, std::size_t step);

 private:
  using Ranges = std::span<const RangeSeen>;

  // What the view's space showed before; nothing if that was nothing, or its root hung elsewhere.
  std::optional<Ranges> RangesBefore(const Trace& trace, const ViewSeen& view) const;
  // What is new in ranges against those before, if any: addresses_ and new_ranges_.
  void CollectNew(Ranges ranges, const std::optional<Ranges>& ranges_before);
  void CollectPageBorders(const RangeSeen& range);
  void Collect(std::uint64_t address);
  void CollectBeside(std::uint64_t edge);
  std::optional<Disagreement> AskAddresses(Machines machines, const ViewSeen& view,
                                           std::size_t ranges, std::size_t step) const;
  std::optional<Disagreement> AskRegions(Machines machines, std::size_t step) const;
  std::optional<Disagreement> AskHosts(Machines machines, SpaceSlot space, std::size_t step) const;

  Extent views_before_;  // Of the last step that showed any.
  Trace left_;           // The views at the end.
  // Of the view at hand:
  std::vector<std::uint64_t> addresses_;  // Ascending, each once.
  std::vector<RangeSeen> new_ranges_;
};

}  // namespace flatcheck
