// Engine and reference hold the same memory: the same RAM blocks at the same ram addresses, the
// same pages dirty to each client, and the same bytes wherever an operation may have written, and
// beside it.
//
// Asked after each operation that may change memory - of several that create blocks, after the
// next one of another kind - and once more at the program's end.

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
  void Start() {
    places_.clear();
    mappings_.clear();
    has_new_blocks_ = false;
  }

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

  struct MappingSeen {
    SpaceSlot space;
    std::uint64_t address = 0;
    Mapped mapped;
  };

  void Remember(const op::Map& map, const Trace& trace, std::size_t step);
  // Where the operation may have written, and beside it.
  void CollectPlaces(const Machine& machine, const Operation& operation);
  void CollectRange(const Machine& machine, SpaceSlot space, std::uint64_t address,
                    std::uint64_t length);
  void CollectBeside(RegionSlot region, std::uint64_t offset);
  std::optional<Disagreement> CompareBlocks(Machines machines, std::size_t step);
  std::optional<Disagreement> CompareBytes(Machines machines, std::size_t first,
                                           std::size_t step) const;

  bool has_new_blocks_ = false;  // Since the last comparison.
  MemorySeen expect_;
  MemorySeen actual_;
  std::vector<Place> places_;          // Of the program so far.
  std::vector<MappingSeen> mappings_;  // By slot.
};

}  // namespace flatcheck
