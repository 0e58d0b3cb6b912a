// Rendering: from a tree of regions to the FlatView that a guest sees (memory-map section 2).

#pragma once

#include <vector>

#include "engine/map/flat_view.h"

namespace flatcheck::engine {

class MemoryRegion;

// The region that is rendered in place of an address space's root: wrappers that show exactly one
// thing are skipped, so that many spaces share one view. Null when nothing can be seen
// (memory-map 2.3, quirks included).
MemoryRegion* ResolveRoot(MemoryRegion* root);

// The ranges of a view of `root`. O(p log p) for p paints: a paint is one region reached over one
// path.
std::vector<FlatRange> Render(const MemoryRegion& root, bool global_logging);

}  // namespace flatcheck::engine
