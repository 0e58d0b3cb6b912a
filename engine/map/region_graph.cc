#include "engine/map/region_graph.h"

#include <algorithm>

namespace flatcheck::engine {

namespace {

template <class Visit>
void ForEachMount(MemoryRegion* container, const std::vector<MemoryRegion*>& aliases, Visit visit) {
  if (container != nullptr) visit(*container);
  for (MemoryRegion* alias : aliases) visit(*alias);
}

}  // namespace

Refusal RegionGraph::CheckAlias(MemoryRegion& target) {
  if (Height(target) + 1 > depth_max_) return Refusal::kTooDeep;
  if (target.paths_ + 1 > paths_max_) return Refusal::kTooManyPaths;
  return Refusal::kNone;
}

Refusal RegionGraph::Connect(MemoryRegion& parent, MemoryRegion& child) {
  WalkUp(parent, child.paths_);
  if (child.mark_ == walk_) return Refusal::kCycle;
  std::size_t depth_above = 0;
  bool too_many = false;
  for (const MemoryRegion* region : above_) {
    depth_above = std::max(depth_above, region->scratch_depth_);
    too_many |= region->paths_ + region->scratch_paths_ > paths_max_;
  }
  const std::size_t height = Height(child);
  if (depth_above + height > depth_max_) return Refusal::kTooDeep;
  if (too_many) return Refusal::kTooManyPaths;
  for (MemoryRegion* region : above_) {
    region->paths_ += region->scratch_paths_;
    const bool is_counted = region->height_ != 0;
    if (is_counted) region->height_ = std::max(region->height_, region->scratch_depth_ + height);
  }
  return Refusal::kNone;
}

void RegionGraph::Disconnect(MemoryRegion& parent, MemoryRegion& child) {
  WalkUp(parent, child.paths_);
  const std::size_t height = Height(child);
  for (MemoryRegion* region : above_) {
    region->paths_ -= region->scratch_paths_;
    if (region->height_ == region->scratch_depth_ + height) region->height_ = 0;
  }
}

void RegionGraph::WalkUp(MemoryRegion& region, std::uint64_t paths) {
  ++walk_;
  above_.clear();
  CollectAbove(region);
  std::reverse(above_.begin(), above_.end());
  region.scratch_paths_ = paths;
  region.scratch_depth_ = 1;
  for (MemoryRegion* below : above_) {
    ForEachMount(below->container_, below->aliases_, [below](MemoryRegion& mount) {
      mount.scratch_paths_ += below->scratch_paths_;
      mount.scratch_depth_ = std::max(mount.scratch_depth_, below->scratch_depth_ + 1);
    });
  }
}

void RegionGraph::CollectAbove(MemoryRegion& region) {
  region.mark_ = walk_;
  region.scratch_paths_ = 0;
  region.scratch_depth_ = 0;
  ForEachMount(region.container_, region.aliases_, [this](MemoryRegion& mount) {
    if (mount.mark_ != walk_) CollectAbove(mount);
  });
  above_.push_back(&region);
}

std::size_t RegionGraph::Height(MemoryRegion& region) {
  if (region.height_ != 0) return region.height_;
  std::size_t below = 0;
  if (region.alias_target_ != nullptr) below = Height(*region.alias_target_);
  for (const auto& [rank, child] : region.children_) below = std::max(below, Height(*child));
  region.height_ = below + 1;
  return region.height_;
}

}  // namespace flatcheck::engine
