// Appearances are the layers of an address space: each place where a region can be seen from the
// root, through containers and aliases, and which parts of it really are seen.
//
//   This is a drawing and no oracle: fuzz/ has two machines for what is right. Where it differs
//   from a published view - in an open transaction, say - the page tells so.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/region_tree.h"

namespace flatcheck {

struct AddressSpan {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // Inclusive.
  bool operator==(const AddressSpan&) const = default;
};

struct Appearance {
  RegionSlot region;
  AddressSpan span;              // Cut to all regions above.
  std::uint64_t offset = 0;      // Of the span's first byte in the region.
  std::vector<RegionSlot> path;  // The aliases that lead to it, from the root down.
  bool enabled = true;
  std::vector<AddressSpan> seen;  // Ascending. Containers and aliases have none.
  bool operator==(const Appearance&) const = default;
};

struct Layers {
  RegionSlot top;                       // What the root stands for; absent if for nothing.
  std::vector<Appearance> appearances;  // In front to behind.
  bool is_complete = true;              // There are no more than these.
};

// What the root is followed down to, as long as that changes nothing (memory-map 2.3).
RegionSlot FollowDown(const RegionTree& tree, RegionSlot root);

// At most so many appearances, the ones in front.
Layers LayersOf(const RegionTree& tree, RegionSlot root, std::size_t appearances_max);

// Whether the seen parts are what a published view shows; attributes, which layers do not tell, are
// left alone.
bool AreSeenIn(const Layers& layers, std::span<const RangeSeen> view);

}  // namespace flatcheck
