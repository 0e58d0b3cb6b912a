// The graph of regions: which edges may be added so that rendering stays finite and bounded.
//
// A region is mounted by its container and by every alias that targets it. Walks go up over mounts
// or down over children and targets and visit each region once, however many paths lead to it. A
// change of the tree costs a visit of each region above: a container that many aliases show is dear
// to change.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/map/memory_region.h"
#include "engine/map/refusal.h"

namespace flatcheck::engine {

class RegionGraph {
 public:
  RegionGraph(std::size_t depth_max, std::uint64_t paths_max)
      : depth_max_(depth_max), paths_max_(paths_max) {}

  // May an alias onto `target` exist?
  Refusal CheckAlias(MemoryRegion& target);

  // Accounts for the edge parent -> child, unless it would close a cycle, be too deep or cost too
  // many paths.
  Refusal Connect(MemoryRegion& parent, MemoryRegion& child);

  // Undoes Connect.
  void Disconnect(MemoryRegion& parent, MemoryRegion& child);

 private:
  // Fills above_ with the region and all that show it, mounts behind what they mount. Each holds in
  // scratch_paths_ the number of ways from it down to the region, times `paths`, and in
  // scratch_depth_ the longest chain between the two.
  void WalkUp(MemoryRegion& region, std::uint64_t paths);
  void CollectAbove(MemoryRegion& region);
  // Regions on the longest chain downwards, the region itself included; counted where it is not
  // known.
  std::size_t Height(MemoryRegion& region);

  std::size_t depth_max_;
  std::uint64_t paths_max_;
  std::uint64_t walk_ = 0;
  std::vector<MemoryRegion*> above_;
};

}  // namespace flatcheck::engine
