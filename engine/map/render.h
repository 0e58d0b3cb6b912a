// Rendering: from a tree of regions to the FlatView that a guest sees (memory-map section 2).

#pragma once

#include <cstdint>
#include <vector>

#include "engine/map/flat_view.h"

namespace flatcheck::engine {

class MemoryRegion;

// The region that is rendered in place of an address space's root: wrappers that show exactly one
// thing are skipped, so that many spaces share one view. Null when nothing can be seen
// (memory-map 2.3, quirks included).
MemoryRegion* ResolveRoot(MemoryRegion* root);

// Makes the ranges of views. O(p log p) for p paints: a paint is one region reached over one path.
// What it keeps from one view to the next is memory alone.
class Renderer {
 public:
  std::vector<FlatRange> Render(const MemoryRegion& root, bool global_logging);

 private:
  // In the order of visibility; each holds the whole of what the path shows of its region.
  std::vector<FlatRange> paints_;
  std::vector<std::uint32_t> order_;  // Indexes of the paints, by ascending first address.
  std::vector<std::uint32_t> open_;  // A heap of those that the sweep is in, the earliest in front.
};

}  // namespace flatcheck::engine
