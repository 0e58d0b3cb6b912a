#include "reference/model_view.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace flatcheck::reference {
namespace {

// Walks the tree for one address at a time.
class Walk {
 public:
  Walk(const std::vector<Region>& regions, std::uint8_t migration_mask)
      : regions_(regions), migration_mask_(migration_mask) {}

  // Returns whether a region answers at the address.
  bool Ask(RegionId root, Wide address);

  // The walk compared the address with the edges of windows and did nothing else with it, so up to
  // the nearest edge above, every address gets the same answer.
  Wide until() const { return until_; }

  // From the address to until(). REQUIRES: there was an answer.
  const Range& answer() const { return answer_; }

  // Whether the answer before came from the same place in the tree, and from right below. Then the
  // edge between the two is that of something hidden or empty, and cuts nothing: not even what must
  // not be merged, for that veto is about two views of a region side by side.
  bool IsSamePlace() const;

 private:
  struct Inherited {
    bool readonly = false;
    bool nonvolatile = false;
    bool unmergeable = false;
  };

  bool Visit(RegionId id, Wide base, Inherited above);
  bool VisitTarget(RegionId alias, Wide base, Inherited above);
  bool IsInside(Wide start, Wide end);

  const std::vector<Region>& regions_;
  const std::uint8_t migration_mask_;
  Wide address_ = 0;
  Wide until_ = 0;
  Range answer_;
  Wide end_before_ = 0;
  RegionId region_before_ = kNone;
  // A region has one container, so a region and the aliases on the way to it are a place.
  std::vector<RegionId> aliases_passed_;
  std::vector<RegionId> aliases_passed_before_;
};

RegionId BehindWrapper(const std::vector<Region>& regions, RegionId id);
bool CanJoin(const Range& left, const Range& right);

}  // namespace

std::uint8_t LogMask(const Region& region, std::uint8_t migration_mask) {
  const bool migrates = HasBytes(region.kind) && region.kind != Kind::kRamDevice;
  return static_cast<std::uint8_t>((region.is_vga_logged ? kVgaMask : 0) |
                                   (migrates || region.iommu ? migration_mask : 0));
}

RegionId CanonicalRoot(const std::vector<Region>& regions, RegionId root) {
  while (root != kNone) {
    const RegionId next = BehindWrapper(regions, root);
    if (next == root) break;
    root = next;
  }
  return root;
}

const View* Views::Find(RegionId root) const {
  for (std::size_t i = 0; i < count_; ++i) {
    if (views_[i]->root == root) return views_[i].get();
  }
  return nullptr;
}

View& Views::Add() {
  if (count_ == views_.size()) views_.push_back(std::make_unique<View>());
  return *views_[count_++];
}

void Render(const std::vector<Region>& regions, RegionId root, std::uint8_t migration_mask,
            View& view) {
  view.root = root;
  std::vector<Range>& ranges = view.ranges;
  ranges.clear();
  ranges.reserve(8);
  Walk walk(regions, migration_mask);
  for (Wide address = 0; address < kSpaceEnd; address = walk.until()) {
    const bool is_answered = walk.Ask(root, address);
    assert(walk.until() > address);
    if (!is_answered) continue;
    if (!ranges.empty() && (walk.IsSamePlace() || CanJoin(ranges.back(), walk.answer()))) {
      ranges.back().end = walk.until();
    } else {
      ranges.push_back(walk.answer());
    }
  }
}

namespace {

// What a skippable wrapper leads to; `id` itself if it is none; kNone if nothing shows through it.
RegionId BehindWrapper(const std::vector<Region>& regions, RegionId id) {
  const Region& region = regions[id];
  if (!region.enabled) return kNone;
  if (region.kind == Kind::kAlias) {
    const bool shows_all = region.target_offset == 0 && region.size >= regions[region.target].size;
    return shows_all ? region.target : id;
  }
  if (region.kind != Kind::kContainer) return id;
  RegionId only_child = kNone;
  for (const RegionId child : region.children) {
    if (!regions[child].enabled) continue;
    if (only_child != kNone) return id;
    only_child = child;
  }
  if (only_child == kNone) return kNone;
  const Region& child = regions[only_child];
  return child.address == 0 && region.size >= child.size ? only_child : id;
}

bool Walk::Ask(RegionId root, Wide address) {
  address_ = address;
  until_ = kSpaceEnd;
  end_before_ = answer_.end;
  region_before_ = answer_.region;
  aliases_passed_before_ = aliases_passed_;
  aliases_passed_.clear();
  if (!Visit(root, 0, {})) return false;
  answer_.start = address;
  answer_.end = until_;
  return true;
}

bool Walk::IsSamePlace() const {
  return end_before_ == answer_.start && region_before_ == answer_.region &&
         aliases_passed_before_ == aliases_passed_;
}

// The root's own address counts too, so a root that is a child elsewhere is seen where it is there.
bool Walk::Visit(RegionId id, Wide base, Inherited above) {
  const Region& region = regions_[id];
  if (!region.enabled) return false;
  base += region.address;
  if (!IsInside(base, base + region.size)) return false;
  const Inherited seen{above.readonly || region.readonly, above.nonvolatile || region.nonvolatile,
                       above.unmergeable || region.unmergeable};
  if (region.kind == Kind::kAlias) return VisitTarget(id, base, seen);
  for (const RegionId child : region.children) {
    if (Visit(child, base, seen)) return true;
  }
  if (region.kind == Kind::kContainer) return false;
  answer_.region = id;
  answer_.offset = address_ - base;
  answer_.readonly = seen.readonly;
  answer_.nonvolatile = seen.nonvolatile;
  answer_.unmergeable = seen.unmergeable;
  answer_.romd_mode = region.romd_mode;
  answer_.log_mask = LogMask(region, migration_mask_);
  return true;
}

// Where the target is mapped itself does not matter: its address is taken off here, as the visit
// adds it again. Children of the alias are never seen.
bool Walk::VisitTarget(RegionId alias, Wide base, Inherited above) {
  const Region& region = regions_[alias];
  const Wide target_base = base - regions_[region.target].address - region.target_offset;
  aliases_passed_.push_back(alias);
  if (Visit(region.target, target_base, above)) return true;
  aliases_passed_.pop_back();
  return false;
}

// Whether [start, end) holds the address. Draws until_ in to the next edge.
bool Walk::IsInside(Wide start, Wide end) {
  if (address_ >= end) return false;
  until_ = std::min(until_, address_ < start ? start : end);
  return address_ >= start;
}

// Log mask and romd mode are the region's own, so parts of one region never differ in them.
bool CanJoin(const Range& left, const Range& right) {
  return left.end == right.start && left.region == right.region &&
         left.offset + (left.end - left.start) == right.offset && left.readonly == right.readonly &&
         left.nonvolatile == right.nonvolatile && !left.unmergeable && !right.unmergeable;
}

}  // namespace
}  // namespace flatcheck::reference
