// Engine and reference hold the same memory: the same RAM blocks at the same ram addresses, the
// same pages dirty to each client, and the same bytes wherever an operation may have written, and
// beside it.
//
// Asked after each operation that may change memory, and once more at the program's end.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "fuzz/machine.h"
#include "fuzz/oracles/disagreement.h"
#include "fuzz/program.h"
#include "fuzz/trace.h"

namespace flatcheck {

class MemoryAgrees {
 public:
  struct Machines {
    const Machine& expect;
    const Machine& actual;
  };

  // Forgets the program before.
  void Start() { places_.clear(); }

  // Takes the steps in order. REQUIRES: the machines' traces agree; `trace` is either.
  std::optional<Disagreement> Check(Machines machines, const Operation& operation,
                                    const Trace& trace, std::size_t step);
  // After the last step.
  std::optional<Disagreement> CheckEnd(Machines machines, std::size_t step);

 private:
  // A line of bytes in a block.
  struct Place {
    RegionSlot region;
    std::uint64_t offset = 0;
    auto operator<=>(const Place&) const = default;
  };

  // Where the operation may have written.
  void CollectPlaces(const Machine& machine, const Operation& operation);
  void CollectBeside(RegionSlot region, std::uint64_t offset);
  std::optional<Disagreement> CompareBlocks(Machines machines, std::size_t step);
  std::optional<Disagreement> CompareBytes(Machines machines, std::size_t first,
                                           std::size_t step) const;

  MemorySeen expect_;
  MemorySeen actual_;
  std::vector<Place> places_;  // Of the program so far.
};

}  // namespace flatcheck
