// A Layout is where regions hang: what people want to hear of an `add` beyond its operands.
//
// It takes granted operations as they come and knows no rule but the order of siblings.

#pragma once

#include <cstdint>
#include <vector>

#include "fuzz/program.h"

namespace flatcheck {

class Layout {
 public:
  struct Region {
    std::uint64_t size = 0;  // 2^64 - 1 is 2^64.
    std::uint64_t address = 0;
    std::int32_t priority = 0;
    RegionSlot container;
    std::vector<RegionSlot> children;  // From front to back.
  };

  // Does what a granted operation does; of a refused one, it counts the object that is not there.
  void Perform(const Operation& operation, bool granted);

  const Region& At(RegionSlot slot) const { return regions_[slot.index]; }
  std::uint64_t depth() const { return depth_; }

  // The siblings that share an address with the region, from front to back.
  // REQUIRES: the region has a container.
  std::vector<RegionSlot> InFrontOf(RegionSlot region) const;
  std::vector<RegionSlot> Behind(RegionSlot region) const;

 private:
  void Hang(RegionSlot parent, RegionSlot child);
  void TakeDown(RegionSlot child);
  bool Overlap(RegionSlot a, RegionSlot b) const;

  std::vector<Region> regions_;  // By slot.
  std::uint64_t depth_ = 0;
};

}  // namespace flatcheck
